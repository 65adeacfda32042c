package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

func TestReportsInTheWrongOrder(t *testing.T) {
	s := started(Service)
	s.d.Cascade.Steps[0].Until = Until{Level: bots.Accepted}
	s.d.Route[0].Needs = Until{Level: bots.Delivered}
	s.settle(s.claim(t), nil)
	s.d.Undelivered(0, bots.Unreachable, "gone", s.e, s.now)
	s.d.Route[0].Needs = Until{Level: bots.Accepted}
	s.d.Prove(0, Evidence{Level: bots.Accepted, Kind: "receipt", At: s.now}, s.now)
	if s.d.State != Queued || s.d.Leg != 1 || s.d.Route[0].Outcome != Fell {
		t.Errorf("%s: that it was accepted says nothing once it is known that it will not arrive", show(&s.d.Status))
	}
	s.d.Prove(0, Evidence{Level: bots.Delivered, Kind: "receipt", At: s.now}, s.now)
	if s.d.State != Done || s.d.Route[0].Outcome != Taken {
		t.Errorf("%s: it has arrived after all", show(&s.d.Status))
	}
}

// A leg counts by what it cost, and not by what its channel costs now: providers differ, and prices change.
func TestPaidStepsCountWhatWasPaid(t *testing.T) {
	for name, c := range map[string]struct {
		price, cost int64
		end         *bots.SendError
		want        int
	}{
		"taken for money":                        {price: 8400, cost: 8400, want: 1},
		"taken for money by a dearer provider":   {price: 0, cost: 8400, want: 1},
		"uncertain":                              {price: 8400, cost: 8400, end: &bots.SendError{}, want: 1},
		"not taken":                              {price: 8400, cost: 8400, end: &bots.SendError{Fault: bots.Unreachable}, want: 0},
		"free":                                   {want: 0},
		"taken for nothing where others do cost": {price: 8400, want: 1}, // its channel is one that costs: no second one
	} {
		t.Run(name, func(t *testing.T) {
			s := started(Service)
			channel := s.e.Channels[bots.Telegram]
			channel.Price = bots.Money{Amount: c.price, Currency: "UAH"}
			s.e.Channels[bots.Telegram] = channel
			a, err := s.d.Claim(0, bots.Money{Amount: c.cost, Currency: "UAH"}, s.e, s.now)
			if err != nil {
				t.Fatal(err)
			}
			s.settle(a, c.end)
			if got := s.d.paid(s.e.Rules); got != c.want {
				t.Errorf("%d paid steps, want %d; %s", got, c.want, show(&s.d.Status))
			}
		})
	}
}

func TestAPaidStepTooManyIsPassedBy(t *testing.T) {
	s := started(Service)
	s.d.Cascade.PaidSteps = 1
	viber := s.e.Channels[bots.Viber]
	viber.Price = bots.Money{} // of its first provider; the one that is at hand costs
	s.e.Channels[bots.Viber] = viber
	a, _ := s.d.Claim(0, bots.Money{Amount: 8400, Currency: "UAH"}, s.e, s.now)
	s.settle(a, nil)
	s.later(telegramWait).do((*Delivery).Come)
	if _, err := s.d.Claim(1, bots.Money{Amount: 8400, Currency: "UAH"}, s.e, s.now); err == nil || s.d.Route[1].Outcome != PassedBy || s.d.Route[1].Reason != ReasonPaid {
		t.Errorf("%v, %s, want the second paid step passed by", err, show(&s.d.Status))
	}
}

func TestLateIsWhatALaterStepWasPaidFor(t *testing.T) {
	for name, c := range map[string]struct {
		next func(s *stage)
		late bool
	}{
		"the next step went out":              {func(s *stage) { s.settle(s.claim(t), nil) }, true},
		"the next step may have":              {func(s *stage) { s.settle(s.claim(t), &bots.SendError{}) }, true},
		"the next step is under way":          {func(s *stage) { s.claim(t) }, true},
		"the next step was accepted and lost": {func(s *stage) { s.settle(s.claim(t), nil); s.d.Undelivered(1, bots.Unreachable, "gone", s.e, s.now) }, true},
		"the next step was not taken":         {func(s *stage) { s.settle(s.claim(t), &bots.SendError{Fault: bots.Unreachable}) }, false},
		"the next step could not be written":  {func(s *stage) { s.d.Reject(1, "unwritable", s.e, s.now) }, false},
		"the next step stood in its lane":     {func(*stage) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(Service)
			s.settle(s.claim(t), nil)
			s.later(telegramWait).do((*Delivery).Come)
			c.next(s)
			s.d.Prove(0, Evidence{Level: bots.Read, Kind: "reply", At: s.now}, s.now)
			if got := s.d.Route[0].Late; got != c.late || s.d.State != Done {
				t.Errorf("late: %v, want %v; %s", got, c.late, show(&s.d.Status))
			}
		})
	}
}

// What was held by the night goes out after it, also when its deadline is shorter than the ramp.
func TestTheRampLeavesTimeBeforeTheDeadline(t *testing.T) {
	evening := time.Date(2026, 5, 20, 22, 0, 0, 0, kyiv())
	morning := time.Date(2026, 5, 21, 9, 0, 0, 0, kyiv())
	for _, deadline := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour} {
		spread := map[time.Time]bool{}
		for id := range bots.ID(200) {
			s := &stage{d: &Delivery{Plan: testPlan(Service)}, e: testEnv(), now: evening}
			s.d.ID, s.d.Cascade.Deadline = id+1, deadline
			s.d.Accept(s.e, s.now)
			spread[s.d.Due] = true
			if s.d.Due.Before(morning) || s.d.Due.Sub(morning) >= min(deadline, time.Hour) {
				t.Fatalf("deadline %v: held until %v", deadline, s.d.Due.In(kyiv()))
			}
			s.now = s.d.Due
			s.claim(t)
		}
		if len(spread) < 100 {
			t.Errorf("deadline %v: 200 deliveries go out at %d moments, want them spread", deadline, len(spread))
		}
	}
}

// A wait that slept through the night ends before the deadline does, so that the next step can still go.
func TestTheRampOfAWaitLeavesTimeForTheNextStep(t *testing.T) {
	for id := range bots.ID(100) {
		s := &stage{d: &Delivery{Plan: testPlan(Service)}, e: testEnv(), now: time.Date(2026, 5, 20, 20, 55, 0, 0, kyiv())}
		s.d.ID, s.d.Cascade.Deadline = id+1, telegramWait+10*time.Minute
		s.d.Accept(s.e, s.now)
		s.settle(s.claim(t), nil)
		s.now = s.d.Due
		s.do((*Delivery).Come)
		if s.d.Leg != 1 || s.d.State != Queued {
			t.Fatalf("delivery %d: %s, want the next step", id+1, show(&s.d.Status))
		}
	}
}
