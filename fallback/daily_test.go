package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

func TestWarmUp(t *testing.T) {
	young := bots.Daily{First: 20, Growth: 1.5, Most: 100}
	for name, c := range map[string]struct {
		bound bots.Daily
		day   int
		want  int
		is    bool
	}{
		"the first day":                      {young, 0, 20, true},
		"the second":                         {young, 1, 30, true},
		"the third":                          {young, 2, 45, true},
		"in the end":                         {young, 30, 100, true},
		"after years":                        {young, 10_000, 100, true},
		"it grows without end":               {bots.Daily{First: 1, Growth: 2}, 10_000, 1<<31 - 1, true},
		"one that does not grow":             {bots.Daily{First: 20, Most: 100}, 9, 20, true},
		"an account that is not young":       {bots.Daily{Most: 1000}, 0, 1000, true},
		"more on the first day than at most": {bots.Daily{First: 50, Growth: 2, Most: 10}, 0, 10, true},
		"nothing is bound":                   {bots.Daily{}, 3, 0, false},
	} {
		if got, is := allowed(c.bound, c.day); got != c.want || is != c.is {
			t.Errorf("%s: %d %v, want %d %v", name, got, is, c.want, c.is)
		}
	}
}

func TestCountOfADay(t *testing.T) {
	have := Written{First: "2026-11-20", Day: "2026-11-22", Count: 7}
	for name, c := range map[string]struct {
		have  Written
		today string
		want  Written
		age   int
	}{
		"nothing was counted":            {Written{}, "2026-11-22", Written{"2026-11-22", "2026-11-22", 0, time.Time{}}, 0},
		"the same day":                   {have, "2026-11-22", have, 2},
		"the next":                       {have, "2026-11-23", Written{"2026-11-20", "2026-11-23", 0, time.Time{}}, 3},
		"over the end of summer time":    {Written{"2026-10-24", "2026-10-24", 1, time.Time{}}, "2026-10-26", Written{"2026-10-24", "2026-10-26", 0, time.Time{}}, 2},
		"a clock set back over midnight": {have, "2026-11-21", have, 2},
		"a clock that was days ahead":    {have, "2026-11-19", Written{"2026-11-19", "2026-11-19", 0, time.Time{}}, 0},
	} {
		if got := c.have.on(c.today); got != c.want || got.age() != c.age {
			t.Errorf("%s: %+v of age %d, want %+v of age %d", name, got, got.age(), c.want, c.age)
		}
	}
}
