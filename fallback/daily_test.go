package fallback

import (
	"testing"

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
	have := Written{Day: "2026-11-22", Count: 7, Days: 2}
	for name, c := range map[string]struct {
		have  Written
		today string
		want  Written
	}{
		"nothing was counted":            {Written{}, "2026-11-22", Written{Day: "2026-11-22"}},
		"the same day":                   {have, "2026-11-22", have},
		"the next":                       {have, "2026-11-23", Written{Day: "2026-11-23", Days: 3}},
		"a month in which it was idle":   {have, "2026-12-22", Written{Day: "2026-12-22", Days: 3}},
		"after a day without a message":  {Written{Day: "2026-11-22", Days: 1}, "2026-11-23", Written{Day: "2026-11-23", Days: 1}},
		"over the end of summer time":    {Written{Day: "2026-10-24", Count: 1}, "2026-10-26", Written{Day: "2026-10-26", Days: 1}},
		"a clock set back over midnight": {have, "2026-11-21", have},
		"a clock that was days ahead":    {have, "2026-11-19", Written{Day: "2026-11-19", Days: 3}},
	} {
		if got := c.have.on(c.today); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
