package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

func TestTheDeadlineStopsInAPauseOfItsChannelOnly(t *testing.T) {
	pause := func(scope string) *stage {
		s := started(Service)
		s.settle(s.claim(t), nil)
		s.e.Pauses = []Pause{{Scope: scope, From: noon.Add(time.Minute), To: noon.Add(time.Hour + time.Minute)}}
		return s
	}
	day := 24 * time.Hour
	plain := pause("nothing").d.end(&Env{Rules: &Rules{}, World: &World{}}, noon)
	for scope, moved := range map[string]time.Duration{"": time.Hour, "telegram": time.Hour, "service": time.Hour, "marketing": 0, "viber": 0} {
		s := pause(scope)
		s.later(day)
		if got := s.d.end(s.e, s.now).Sub(plain); got != moved {
			t.Errorf("a pause of %q for an hour moves the deadline by %v, want %v", scope, got, moved)
		}
		for s.d.Leg == 0 && s.d.State == Waiting {
			s.do((*Delivery).Come)
			s.later(time.Hour)
		}
		if got := s.d.end(s.e, s.now).Sub(plain); got != moved {
			t.Errorf("after the next step has begun, a pause of %q has moved it by %v, want %v", scope, got, moved)
		}
	}
}

func TestDeafTimeMovesTheWaitAndNotTheDeadline(t *testing.T) {
	for purpose, moved := range map[Purpose]time.Duration{Service: 10 * time.Minute, Marketing: 10 * time.Minute, Urgent: 0} {
		s := started(purpose)
		s.settle(s.claim(t), nil)
		deadline := s.d.end(s.e, s.now)
		s.e.Ears[bots.Telegram] = gap(noon.Add(time.Minute), noon.Add(11*time.Minute))
		if got, want := s.d.waitEnd(s.e, s.now), noon.Add(telegramWait+moved); !got.Equal(want) {
			t.Errorf("%s: the wait ends at %v, want %v", purpose, got, want)
		}
		if got := s.d.end(s.e, s.now); !got.Equal(deadline) {
			t.Errorf("%s: the deadline moved to %v", purpose, got)
		}
	}
}

func TestAChannelGoneForGoodHoldsNothing(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), nil)
	s.later(telegramWait)
	s.e.Ears[bots.Telegram] = Ear{Deaf: true, Gone: true, Until: s.now.Add(time.Hour)}
	s.do((*Delivery).Come)
	if s.d.Leg != 1 {
		t.Errorf("%s, want the next leg: the cap is over", show(&s.d.Status))
	}
}

func TestAWaitLooksAtAllStepsThatOweAProof(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), nil)
	s.later(telegramWait).do((*Delivery).Come)
	s.settle(s.claim(t), nil)
	s.later(viberWait)
	s.e.Ears[bots.Telegram] = Ear{Deaf: true, Until: s.now.Add(7 * time.Minute)}
	s.do((*Delivery).Come)
	if s.d.State != Waiting || s.d.Lane() != WaitLane(bots.Telegram, Second) {
		t.Errorf("%s in lane %s, want waiting until telegram is heard: it may still tell of a reply", show(&s.d.Status), s.d.Lane())
	}
	delete(s.e.Ears, bots.Telegram)
	s.later(time.Second).do((*Delivery).Come)
	if s.d.Leg < 2 {
		t.Errorf("%s, want its wait over as soon as it is heard", show(&s.d.Status))
	}
}

// What may not go out because a channel is deaf stands in the lane that is worked off when it is heard, whatever it is: until the
// longest that the channel may be deaf would be minutes for who has written nothing.
func TestAStepWaitsUntilAnEarlierChannelIsHeard(t *testing.T) {
	s := started(Service)
	s.settle(s.claim(t), nil)
	s.later(telegramWait).do((*Delivery).Come)
	s.e.Ears[bots.Telegram] = Ear{Deaf: true, Until: s.now.Add(9 * time.Minute)}
	if _, err := s.d.Claim(s.d.Leg, s.cost(), s.e, s.now); err == nil {
		t.Fatalf("%s: it was claimed while telegram is deaf", show(&s.d.Status))
	}
	if s.d.State != Held || s.d.Reason != "catching_up: telegram" || s.d.Lane() != WaitLane(bots.Telegram, Second) {
		t.Errorf("%s in lane %s, want held in the lane of telegram", show(&s.d.Status), s.d.Lane())
	}
	s.later(time.Second).do((*Delivery).Come)
	if s.d.Lane() != WaitLane(bots.Telegram, Second) {
		t.Errorf("%s in lane %s, want held while it is deaf", show(&s.d.Status), s.d.Lane())
	}
	s.e.Ears[bots.Telegram] = Ear{Deaf: true, Gone: true, Until: s.now}
	s.later(time.Second).do((*Delivery).Come)
	if s.d.State != Queued || s.d.Lane() != SendLane(bots.Viber, Second) || s.d.Due.After(s.now) {
		t.Errorf("%s in lane %s, want queued: telegram is gone", show(&s.d.Status), s.d.Lane())
	}
	s.claim(t)
}

func TestALaneHeldByAFault(t *testing.T) {
	for name, c := range map[string]struct {
		purpose Purpose
		change  func(s *stage)
		want    bool
	}{
		"service goes on after its wait":                 {purpose: Service, want: true},
		"marketing stays":                                {purpose: Marketing, want: false},
		"unless the operator says so":                    {purpose: Marketing, change: func(s *stage) { s.e.WhenDown = map[string]DownPolicy{s.d.Cascade.Name: DownWait} }, want: true},
		"for this cascade":                               {purpose: Marketing, change: func(s *stage) { s.e.WhenDown = map[string]DownPolicy{"loyalty": DownWait} }, want: false},
		"not before the wait is over":                    {purpose: Service, change: func(s *stage) { s.later(-time.Minute) }, want: false},
		"time behind the lane's own rate does not count": {purpose: Service, change: func(s *stage) { s.e.Held = map[string]time.Time{bots.Telegram: s.now.Add(-time.Minute)} }, want: false},
		"a lane that no fault holds is never left":       {purpose: Service, change: func(s *stage) { s.e.Held = nil }, want: false},
		"nor does a pause":                               {purpose: Service, change: func(s *stage) { s.e.Pauses = []Pause{{From: noon, To: noon.Add(time.Minute)}} }, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(c.purpose)
			s.e.WhenDown = nil
			s.e.Held = map[string]time.Time{bots.Telegram: s.now}
			s.later(telegramWait)
			if c.change != nil {
				c.change(s)
			}
			if got := s.d.GiveUpLane(s.e, s.now); got != c.want || (s.d.Leg == 1) != c.want {
				t.Errorf("GiveUpLane = %v, leg %d; want %v", got, s.d.Leg, c.want)
			}
		})
	}
}

// A gap that somebody has decided about is not asked about again at the next step.
func TestALostStretchIsAskedAboutOnce(t *testing.T) {
	lost := func() *stage { // Telegram keeps a press for 150 s, and we were away for ten minutes
		s := started(Marketing)
		s.d.Cascade.PaidSteps = 0
		s.settle(s.claim(t), nil)
		s.e.Ears[bots.Telegram] = gap(noon.Add(time.Minute), noon.Add(11*time.Minute))
		s.later(telegramWait + 10*time.Minute).do((*Delivery).Come)
		return s
	}
	s := lost()
	if s.d.State != Held || s.d.Reason != ReasonGap {
		t.Fatalf("%s, want held by the gap", show(&s.d.Status))
	}
	s.later(time.Minute).do((*Delivery).ResumeGap)
	s.settle(s.claim(t), nil)
	s.later(viberWait).do((*Delivery).Come)
	if s.d.State != Queued || s.d.Leg != 2 {
		t.Errorf("%s, want the last step: the gap was resumed", show(&s.d.Status))
	}
}

// A step that stands in its lane while we are away asks before it goes whether the proof of an earlier one was lost.
func TestALostStretchWhileTheNextStepIsQueued(t *testing.T) {
	queued := func(p GapPolicy) *stage {
		s := started(Marketing)
		s.e.AfterGap[Marketing] = p
		s.settle(s.claim(t), nil)
		s.later(telegramWait).do((*Delivery).Come)
		from := s.now.Add(time.Minute)
		s.later(11 * time.Minute)
		s.e.Ears[bots.Telegram] = gap(from, s.now)
		s.later(time.Second)
		return s
	}
	s := queued(GapHold)
	if _, err := s.d.Claim(1, s.cost(), s.e, s.now); err == nil || s.d.State != Held || s.d.Reason != ReasonGap {
		t.Fatalf("%v, %s, want held by the gap", err, show(&s.d.Status))
	}
	standing(t, s.d)
	s.later(time.Hour).do((*Delivery).ResumeGap)
	a := s.claim(t)
	if a.Leg != 1 {
		t.Errorf("leg %d goes after the resume, want the one that was held", a.Leg)
	}
	s.settle(a, nil)
	s.later(viberWait).do((*Delivery).Come)
	if s.d.State == Held {
		t.Errorf("%s: the gap was resumed", show(&s.d.Status))
	}

	s = queued(GapHold)
	s.d.Claim(1, s.cost(), s.e, s.now)
	s.now = s.d.Due
	if s.do((*Delivery).Come); s.d.State != Unconfirmed || s.d.Route[1].Outcome != Withdrawn {
		t.Errorf("%s, want unconfirmed at the deadline", show(&s.d.Status))
	}

	s = queued(GapAssumeRead)
	if _, err := s.d.Claim(1, s.cost(), s.e, s.now); err == nil || s.d.State != Unconfirmed || s.d.Reason != ReasonGap {
		t.Errorf("%v, %s, want unconfirmed", err, show(&s.d.Status))
	}

	s = queued(GapSend)
	if s.claim(t); s.d.State != Sending {
		t.Errorf("%s, want it to go", show(&s.d.Status))
	}
}
