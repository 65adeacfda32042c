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
	plain := pause("nothing").d.end(&World{}, noon)
	for scope, moved := range map[string]time.Duration{"": time.Hour, "telegram": time.Hour, "service": time.Hour, "marketing": 0, "viber": 0} {
		s := pause(scope)
		s.later(day)
		if got := s.d.end(s.e.World, s.now).Sub(plain); got != moved {
			t.Errorf("a pause of %q for an hour moves the deadline by %v, want %v", scope, got, moved)
		}
		for s.d.Leg == 0 && s.d.State == Waiting {
			s.do((*Delivery).Come)
			s.later(time.Hour)
		}
		if got := s.d.end(s.e.World, s.now).Sub(plain); got != moved {
			t.Errorf("after the next step has begun, a pause of %q has moved it by %v, want %v", scope, got, moved)
		}
	}
}

func TestDeafTimeMovesTheWaitAndNotTheDeadline(t *testing.T) {
	for purpose, moved := range map[Purpose]time.Duration{Service: 10 * time.Minute, Marketing: 10 * time.Minute, Urgent: 0} {
		s := started(purpose)
		s.settle(s.claim(t), nil)
		deadline := s.d.end(s.e.World, s.now)
		s.e.Ears[bots.Telegram] = gap(noon.Add(time.Minute), noon.Add(11*time.Minute))
		if got, want := s.d.waitEnd(s.e.World, s.now), noon.Add(telegramWait+moved); !got.Equal(want) {
			t.Errorf("%s: the wait ends at %v, want %v", purpose, got, want)
		}
		if got := s.d.end(s.e.World, s.now); !got.Equal(deadline) {
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
	if s.d.State != Waiting || !s.d.Due.Equal(s.now.Add(7*time.Minute)) {
		t.Errorf("%s, want waiting until telegram is heard: it may still tell of a reply", show(&s.d.Status))
	}
}

func TestALaneHeldByAFault(t *testing.T) {
	for name, c := range map[string]struct {
		purpose Purpose
		change  func(s *stage)
		want    bool
	}{
		"service goes on after its wait":                 {purpose: Service, want: true},
		"marketing stays":                                {purpose: Marketing, want: false},
		"unless the operator says so":                    {purpose: Marketing, change: func(s *stage) { s.e.LeaveHeld = map[string]bool{s.d.Cascade.Name: true} }, want: true},
		"for this cascade":                               {purpose: Marketing, change: func(s *stage) { s.e.LeaveHeld = map[string]bool{"loyalty": true} }, want: false},
		"not before the wait is over":                    {purpose: Service, change: func(s *stage) { s.later(-time.Minute) }, want: false},
		"time behind the lane's own rate does not count": {purpose: Service, change: func(s *stage) { s.e.Held = map[string]time.Time{bots.Telegram: s.now.Add(-time.Minute)} }, want: false},
		"a lane that no fault holds is never left":       {purpose: Service, change: func(s *stage) { s.e.Held = nil }, want: false},
		"nor does a pause":                               {purpose: Service, change: func(s *stage) { s.e.Pauses = []Pause{{From: noon, To: noon.Add(time.Minute)}} }, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(c.purpose)
			s.e.LeaveHeld = nil
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
