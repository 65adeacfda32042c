package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// noon is a moment of no quiet hours in Kyiv, where the deliveries of the tests live.
var noon = time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC)

const (
	telegramWait = 15 * time.Minute
	viberWait    = 30 * time.Minute
)

func kyiv() *time.Location {
	zone, err := LoadZone("Europe/Kyiv")
	if err != nil {
		panic(err)
	}
	return zone
}

// testRules are the rules under which the table holds.
func testRules() *Rules {
	price := bots.Money{Amount: 8400, Currency: "UAH"}
	return &Rules{
		PerDay: 1, PerWeek: 3, SameMessage: time.Hour, Zone: kyiv(), Lease: time.Minute,
		Channels: map[string]Channel{
			bots.Telegram: {Limits: bots.Limits{Reports: bots.Accepted, CanEngage: true, Keeps: 24 * time.Hour, KeepsPress: 150 * time.Second}, Senders: []string{"telegram"}},
			bots.Viber:    {Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Keeps: time.Hour}, Senders: []string{"viber"}, Price: price},
			bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main", "sms/own"}, Price: price},
		},
		AfterGap: map[Purpose]GapPolicy{Marketing: GapHold, Service: GapSend},
	}
}

func testContact() *bots.Contact {
	c := &bots.Contact{ID: 1, Phone: "+380501112233", Marketing: bots.Consent{State: bots.Given}}
	for _, a := range []bots.Address{{Channel: bots.Telegram, ID: "42"}, {Channel: bots.Viber, ID: "v42"}, {Channel: bots.SMS, ID: c.Phone}} {
		c.Set(a, bots.Active, noon.Add(-time.Hour))
	}
	return c
}

func testEnv() *Env {
	return &Env{Rules: testRules(), World: &World{Boot: 7, Ears: map[string]Ear{}, WhenDown: map[string]DownPolicy{"marketing": DownWait}}, Contact: testContact()}
}

func testPlan(p Purpose) Plan {
	return Plan{
		ID: 77, Contact: 1, Purpose: p, Zone: "Europe/Kyiv",
		Cascade: Cascade{
			Name: "marketing",
			Steps: []Step{
				{Channel: bots.Telegram, Wait: telegramWait, Until: Until{Level: bots.Read}},
				{Channel: bots.Viber, Wait: viberWait, Until: Until{Level: bots.Read}},
				{Channel: bots.SMS, Until: Until{Level: bots.Delivered}},
			},
			Deadline: 24 * time.Hour, PaidSteps: 1, Quiet: DefaultQuiet(),
		},
	}
}

// a case of the table: a delivery in a state, and when that is.
type stage struct {
	d   *Delivery
	e   *Env
	now time.Time
}

func (s *stage) do(f func(d *Delivery, e *Env, now time.Time)) { f(s.d, s.e, s.now) }

// limit changes what Viber is like.
func (s *stage) limit(change func(*bots.Limits)) {
	viber := s.e.Channels[bots.Viber]
	change(&viber.Limits)
	s.e.Channels[bots.Viber] = viber
}

// later lets time pass.
func (s *stage) later(d time.Duration) *stage { s.now = s.now.Add(d); return s }

func (s *stage) claim(t *testing.T) Attempt {
	t.Helper()
	a, err := s.d.Claim(s.d.Leg, s.cost(), s.e, s.now)
	if err != nil {
		t.Fatalf("claim: %v; the delivery is %s %s", err, s.d.State, s.d.Reason)
	}
	return a
}

func (s *stage) cost() bots.Money { return s.e.Channels[s.d.leg().Channel].Price }

func (s *stage) settle(a Attempt, err *bots.SendError) { s.d.Settle(a, Result{Err: err}, s.e, s.now) }

// stages makes a delivery in each state, in the way in which it really comes about.
func stages(t *testing.T) map[string]func() *stage {
	fresh := func() *stage {
		s := &stage{d: &Delivery{Plan: testPlan(Marketing)}, e: testEnv(), now: noon}
		return s
	}
	queuedFirst := func() *stage { s := fresh(); s.d.Accept(s.e, s.now); return s }
	sending := func() *stage { s := queuedFirst(); s.claim(t); return s }
	unsure := func() *stage {
		s := sending().later(time.Minute)
		s.do((*Delivery).Come)
		return s
	}
	waiting := func() *stage { s := queuedFirst(); s.settle(s.claim(t), nil); return s }
	queued := func() *stage { s := unsure().later(telegramWait); s.do((*Delivery).Come); return s }
	ended := func(f func(s *stage)) func() *stage {
		return func() *stage { s := sending(); f(s); return s }
	}
	all := map[string]func() *stage{
		"scheduled": func() *stage {
			s := fresh()
			s.d.SendAt = noon.Add(time.Hour)
			s.d.Accept(s.e, s.now)
			return s
		},
		"held by quiet hours": func() *stage {
			s := queued()
			s.now = noon.Add(10 * time.Hour)
			s.d.Claim(1, s.cost(), s.e, s.now)
			s.now = s.d.Due
			return s
		},
		"held by a pause": func() *stage {
			s := queued()
			s.e.Pauses = []Pause{{From: s.now}}
			s.d.Claim(1, s.cost(), s.e, s.now)
			s.later(time.Minute).e.Pauses[0].To = s.now
			return s
		},
		"held by the spend": func() *stage {
			s := queued()
			s.e.SpendPerDay = bots.Money{Amount: 1}
			s.d.Cascade.Quiet = Quiet{} // so that midnight is a time to send
			s.d.Claim(1, s.cost(), s.e, s.now)
			s.e.SpendPerDay = bots.Money{}
			s.now = s.d.Due
			s.d.Cascade.Quiet = DefaultQuiet()
			s.now = s.now.Add(13 * time.Hour)
			return s
		},
		"held by a gap": func() *stage {
			s := waiting().later(telegramWait)
			s.e.Ears[bots.Telegram] = Ear{Gaps: []Span{{noon.Add(time.Second), noon.Add(10 * time.Minute)}}}
			s.later(10 * time.Minute).do((*Delivery).Come)
			return s
		},
		"queued":  queued,
		"sending": sending,
		"waiting": waiting,
		"unsure":  unsure,
		"unconfirmed": func() *stage {
			s := unsure()
			s.now = noon.Add(100 * time.Hour)
			s.do((*Delivery).Come)
			return s
		},
		"done": func() *stage {
			s := queued()
			s.settle(s.claim(t), nil)
			s.d.Prove(1, Evidence{Level: bots.Read, Kind: "receipt", At: s.now}, s.now)
			return s
		},
		"failed": func() *stage {
			s := sending()
			s.settle(attemptOf(s.d, 0), &bots.SendError{Fault: bots.Unreachable})
			s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
			s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable})
			return s
		},
		"refused":   ended(func(s *stage) { s.d.OptOut(s.now) }),
		"cancelled": ended(func(s *stage) { s.d.Cancel(s.now) }),
		"expired": func() *stage {
			s := queuedFirst()
			s.now = noon.Add(100 * time.Hour)
			s.d.Claim(0, bots.Money{}, s.e, s.now)
			return s
		},
		"skipped": func() *stage {
			s := fresh()
			s.e.Contact.Addresses = nil
			s.d.Accept(s.e, s.now)
			s.e.Contact = testContact()
			return s
		},
	}
	return all
}
