package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// The day's limit is for money, whatever it is spent on: only what is free goes on.
func TestTheDaysSpendHoldsPaidStepsOfEveryPurpose(t *testing.T) {
	for _, purpose := range []Purpose{Service, Marketing, Urgent, Conversation} {
		for name, c := range map[string]struct {
			cost  int64
			spent int64
			held  bool
		}{
			"a paid step past the limit":          {cost: 8400, spent: 91_601, held: true},
			"a paid step up to the limit":         {cost: 8400, spent: 91_600},
			"a free step past the limit":          {cost: 0, spent: 200_000},
			"a paid step that alone is too much":  {cost: 100_001, held: true},
			"a free step, though the next is not": {},
		} {
			t.Run(purpose.String()+": "+name, func(t *testing.T) {
				s := started(purpose)
				s.e.SpendPerDay = bots.Money{Amount: 100_000, Currency: "UAH"}
				s.e.spent.value = bots.Money{Amount: c.spent, Currency: "UAH"}
				_, err := s.d.Claim(0, bots.Money{Amount: c.cost, Currency: "UAH"}, s.e, s.now)
				if got := s.d.State == Held && s.d.Reason == ReasonSpend && err != nil; got != c.held {
					t.Fatalf("%s, %v; held: %v, want %v", show(&s.d.Status), err, got, c.held)
				}
				if midnight := time.Date(2026, 5, 21, 0, 0, 0, 0, kyiv()); c.held && !s.d.Due.Equal(midnight) {
					t.Errorf("held until %v, want %v, when the company's next day begins", s.d.Due, midnight)
				}
			})
		}
	}
}

// Where clocks are put on at midnight, the next day begins at one.
func TestTheNextDayIsAhead(t *testing.T) {
	for _, name := range []string{"Africa/Cairo", "Asia/Beirut", "America/Havana", "Europe/Kyiv"} {
		zone, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		for now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC); now.Month() < time.December; now = now.Add(time.Hour) {
			next := nextMidnight(now, zone)
			if !next.After(now) || next.Sub(now) > 25*time.Hour || day(next, zone) == day(now, zone) {
				t.Fatalf("%s: after %v comes %v", name, now.In(zone), next.In(zone))
			}
		}
	}
}
