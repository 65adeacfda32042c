package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// started is a delivery of a purpose with its first leg in its lane.
func started(p Purpose) *stage {
	s := &stage{d: &Delivery{Plan: testPlan(p)}, e: testEnv(), now: noon}
	s.d.Accept(s.e, s.now)
	return s
}

func TestAccept(t *testing.T) {
	evening := time.Date(2026, 5, 20, 22, 0, 0, 0, kyiv())
	for name, c := range map[string]struct {
		purpose Purpose
		at      time.Time
		change  func(s *stage)
		want    State
		reason  string
	}{
		"marketing with consent starts":           {purpose: Marketing, want: Queued},
		"marketing without consent is skipped":    {purpose: Marketing, change: func(s *stage) { s.e.Contact.Marketing = bots.Consent{} }, want: Skipped, reason: ReasonConsent},
		"unknown consent is enough under opt-out": {purpose: Marketing, change: func(s *stage) { s.e.Contact.Marketing = bots.Consent{}; s.e.OptOut = true }, want: Queued},
		"a no is a no under opt-out, too":         {purpose: Marketing, change: func(s *stage) { s.e.Contact.Marketing.State = bots.Denied; s.e.OptOut = true }, want: Skipped, reason: ReasonOptOut},
		"service asks for no consent":             {purpose: Service, change: func(s *stage) { s.e.Contact.Marketing.State = bots.Denied }, want: Queued},
		"marketing too often is skipped":          {purpose: Marketing, change: func(s *stage) { s.e.Counted = []time.Time{noon.Add(-time.Hour)} }, want: Skipped, reason: ReasonOften},
		"three in a week are too many": {purpose: Marketing, change: func(s *stage) {
			s.e.Counted = []time.Time{noon.Add(-25 * time.Hour), noon.Add(-50 * time.Hour), noon.Add(-75 * time.Hour)}
		}, want: Skipped, reason: ReasonOften},
		"what was sent last week does not count":         {purpose: Marketing, change: func(s *stage) { s.e.Counted = []time.Time{noon.Add(-8 * 24 * time.Hour)} }, want: Queued},
		"service is never too often":                     {purpose: Service, change: func(s *stage) { s.e.Counted = []time.Time{noon} }, want: Queued},
		"later is scheduled":                             {purpose: Service, change: func(s *stage) { s.d.SendAt = noon.Add(time.Hour) }, want: Scheduled},
		"how often is asked when it goes out":            {purpose: Marketing, change: func(s *stage) { s.d.SendAt = noon.Add(24 * time.Hour); s.e.Counted = []time.Time{noon} }, want: Scheduled},
		"a time that is over is now":                     {purpose: Service, change: func(s *stage) { s.d.SendAt = noon.Add(-time.Hour) }, want: Queued},
		"at night it is held":                            {purpose: Service, at: evening, want: Held, reason: ReasonQuiet},
		"urgent wakes people":                            {purpose: Urgent, at: evening, want: Queued},
		"so does an answer to their own message":         {purpose: Conversation, at: evening, want: Queued},
		"in a pause it is held":                          {purpose: Service, change: func(s *stage) { s.e.Pauses = []Pause{{From: noon}} }, want: Held, reason: ReasonPause},
		"a pause of another purpose is none":             {purpose: Service, change: func(s *stage) { s.e.Pauses = []Pause{{Scope: "marketing", From: noon}} }, want: Queued},
		"nobody to reach is skipped":                     {purpose: Service, change: func(s *stage) { s.e.Contact.Addresses = nil }, want: Skipped, reason: ReasonNoPlace},
		"no channel is on: skipped":                      {purpose: Service, change: func(s *stage) { s.e.Channels = nil }, want: Skipped, reason: ReasonNoPlace},
		"the first channel without an address is passed": {purpose: Service, change: func(s *stage) { s.e.Contact.Remove(bots.Address{Channel: bots.Telegram, ID: "42"}) }, want: Queued},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stage{d: &Delivery{Plan: testPlan(c.purpose)}, e: testEnv(), now: noon}
			if !c.at.IsZero() {
				s.now = c.at
			}
			if c.change != nil {
				c.change(s)
			}
			s.d.Accept(s.e, s.now)
			if s.d.State != c.want || s.d.Reason != c.reason {
				t.Errorf("%s %q, want %s %q", s.d.State, s.d.Reason, c.want, c.reason)
			}
			standing(t, s.d)
		})
	}
}

func TestTheRampSpreadsTheMorning(t *testing.T) {
	nine := time.Date(2026, 5, 21, 9, 0, 0, 0, kyiv())
	places := map[time.Time]bool{}
	for id := range bots.ID(50) {
		s := &stage{d: &Delivery{Plan: testPlan(Service)}, e: testEnv(), now: nine.Add(-5 * time.Hour)}
		s.d.ID = id + 1
		s.d.Accept(s.e, s.now)
		if s.d.Due.Before(nine) || !s.d.Due.Before(nine.Add(time.Hour)) {
			t.Fatalf("due %v, want within the hour after nine", s.d.Due)
		}
		places[s.d.Due] = true
	}
	if len(places) < 45 {
		t.Errorf("50 deliveries have %d places in the ramp", len(places))
	}
}

func TestTemporaryIsRetriedInsideTheWait(t *testing.T) {
	s := started(Service)
	tries := 0
	for s.d.Leg == 0 {
		s.now = s.d.Due
		s.settle(s.claim(t), &bots.SendError{Fault: bots.Temporary})
		if tries++; tries > 50 {
			t.Fatal("retried for ever")
		}
	}
	if s.now.Sub(noon) >= telegramWait || tries < 5 {
		t.Errorf("tried %d times until %v, want some, all inside the wait of %v", tries, s.now.Sub(noon), telegramWait)
	}
	if s.d.State != Queued || s.d.leg().Channel != bots.Viber {
		t.Errorf("then %s on %s, want queued on viber", s.d.State, s.d.leg().Channel)
	}
}

func TestNextProvider(t *testing.T) {
	atSMS := func() *stage {
		s := started(Service)
		s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
		s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
		return s
	}
	for fault, next := range map[bots.Fault]bool{
		bots.Temporary: true, bots.Misconfigured: true, bots.Rejected: true, bots.Unreachable: false, bots.Refused: false, bots.Uncertain: false,
	} {
		t.Run(fault.String(), func(t *testing.T) {
			s := atSMS()
			first := s.claim(t)
			s.settle(first, &bots.SendError{Fault: fault})
			if got := s.d.State == Queued; got != next {
				t.Fatalf("after %s the delivery is %s; next provider: want %v", fault, s.d.State, next)
			}
			if !next {
				return
			}
			if second := s.claim(t); first.Sender != "sms/main" || second.Sender != "sms/own" {
				t.Errorf("tried %s, then %s", first.Sender, second.Sender)
			}
		})
	}
	t.Run("text rejected by all", func(t *testing.T) {
		s := atSMS()
		s.settle(s.claim(t), &bots.SendError{Fault: bots.Rejected})
		s.settle(s.claim(t), &bots.SendError{Fault: bots.Rejected, Code: "27"})
		if s.d.State != Failed || s.d.Reason != "rejected: 27" {
			t.Errorf("%s %q, want failed with the last reason", s.d.State, s.d.Reason)
		}
	})
}

func TestUndeliveredWhileTheCallIsUnderWay(t *testing.T) {
	s := started(Service)
	a := s.claim(t)
	s.d.Undelivered(0, bots.Unreachable, "gone", s.e, s.now)
	if s.d.State != Sending {
		t.Fatalf("%s while the call is under way, want sending: never two attempts in flight", s.d.State)
	}
	s.settle(a, nil)
	if s.d.State != Queued || s.d.Leg != 1 {
		t.Errorf("then %s leg %d, want the next leg queued", s.d.State, s.d.Leg)
	}
}

func TestProofBeforeTheSettle(t *testing.T) {
	for name, err := range map[string]*bots.SendError{"accepted": nil, "lost": {Fault: bots.Uncertain}, "temporary": {Fault: bots.Temporary}, "rejected": {Fault: bots.Rejected}} {
		t.Run(name, func(t *testing.T) {
			s := started(Service)
			a := s.claim(t)
			s.d.Prove(0, Evidence{Level: bots.Delivered, Kind: "receipt", At: s.now}, s.now)
			s.settle(a, err)
			if s.d.State != Waiting || s.d.leg().Outcome != Taken || s.d.leg().Level != bots.Delivered {
				t.Errorf("%s, want waiting: what was delivered is out, whatever the call says", show(&s.d.Status))
			}
		})
	}
}

func TestProofOfALegThatWaitsForItsRetry(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), &bots.SendError{Fault: bots.Temporary})
	s.d.Prove(0, Evidence{Level: bots.Delivered, Kind: "receipt", At: s.now}, s.now)
	if s.d.State != Waiting {
		t.Fatalf("%s, want waiting: it went out after all", show(&s.d.Status))
	}
	s.now = s.d.Due
	s.do((*Delivery).Come)
	if want := noon.Add(telegramWait); s.d.State != Waiting || !s.d.Due.Equal(want) {
		t.Errorf("%s, want waiting until %v", show(&s.d.Status), want)
	}
}

func TestUnconfirmedTurnsDoneAndNothingElseDoes(t *testing.T) {
	for name, end := range stages(t) {
		s := end()
		if !s.d.State.Final() {
			continue
		}
		was := s.d.State
		s.d.Prove(0, Evidence{Level: bots.Read, Kind: "reply", At: s.now}, s.now)
		want := was
		if was == Unconfirmed {
			want = Done
		}
		if s.d.State != want {
			t.Errorf("%s became %s", name, s.d.State)
		}
	}
}

func TestReachedByTheEarliestProof(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), nil)
	s.later(telegramWait).do((*Delivery).Come)
	s.settle(s.claim(t), nil)
	s.d.Prove(1, Evidence{Level: bots.Read, Kind: "receipt", At: s.now.Add(time.Minute)}, s.now.Add(time.Minute))
	if s.d.ReachedBy() != bots.Viber {
		t.Fatalf("reached by %s, want viber", s.d.ReachedBy())
	}
	s.d.Prove(0, Evidence{Level: bots.Engaged, Kind: "reply", At: s.now.Add(-time.Minute)}, s.now.Add(2*time.Minute))
	if s.d.ReachedBy() != bots.Telegram || s.d.LateKind != "reply" || !s.d.Route[0].Late {
		t.Errorf("reached by %s, late %q, leg late %v; want telegram, whose reply was first and came late", s.d.ReachedBy(), s.d.LateKind, s.d.Route[0].Late)
	}
	s.d.Prove(1, Evidence{Level: bots.Engaged, Kind: "reply", At: s.now.Add(time.Hour)}, s.now.Add(time.Hour))
	if s.d.ReachedBy() != bots.Telegram {
		t.Error("a later reply took it back")
	}
}

func TestWhatThePartsCost(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
	s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
	s.d.Cascade.PaidSteps = 0
	a, err := s.d.Claim(2, bots.Money{Amount: 18400, Currency: "UAH"}, s.e, s.now)
	if err != nil {
		t.Fatal(err)
	}
	a.Parts = 2
	s.d.Settle(a, Result{Receipt: bots.Receipt{Parts: 3}}, s.e, s.now)
	if got := s.d.Cost().String(); got != "2.76 UAH" {
		t.Errorf("cost %s, want 2.76 UAH: three parts at the price of the attempt", got)
	}
}

func TestARetryLooksAtTheAddressAgain(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), &bots.SendError{Fault: bots.Temporary})
	s.e.Contact.Set(bots.Address{Channel: bots.Telegram, ID: "42"}, bots.BlockedState, s.now)
	s.now = s.d.Due
	if _, err := s.d.Claim(0, bots.Money{}, s.e, s.now); err == nil || s.d.Leg != 1 {
		t.Errorf("claimed (%v), leg %d: the address was blocked since the first attempt", err, s.d.Leg)
	}
}
