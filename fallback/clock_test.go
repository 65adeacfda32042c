package fallback

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

// drawClock makes a clock with quiet hours of a cascade and of a person who changed their mind, in Kyiv, and stops that may overlap
// each other and the quiet hours. The days drawn
// have both changes of the clocks in them.
func drawClock(t *rapid.T) Clock {
	c := Clock{Zone: kyiv()}
	minutes := rapid.IntRange(0, 24*4-1)
	if rapid.Bool().Draw(t, "quiet hours") {
		c.Quiet = Quiet{From: 15 * minutes.Draw(t, "from"), To: 15 * minutes.Draw(t, "to")}
	}
	c.Own = drawOwn(t)
	for range rapid.IntRange(0, 3).Draw(t, "stops") {
		from := drawTime(t, "stop")
		c.Stops = append(c.Stops, Span{from, from.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour)})
	}
	return c
}

// drawOwn is what a person asked for, one after the other, sometimes with time of no wish between.
func drawOwn(t *rapid.T) (all []Own) {
	at := drawTime(t, "asked")
	for range rapid.IntRange(0, 3).Draw(t, "wishes") {
		until := at.Add(time.Duration(rapid.IntRange(1, 40*60).Draw(t, "wanted for")) * time.Minute)
		all = append(all, Own{drawQuiet(t), at, until})
		at = until.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "any time for")) * 7 * time.Hour)
	}
	if len(all) > 0 && rapid.Bool().Draw(t, "still") {
		all[len(all)-1].Until = time.Time{}
	}
	return all
}

// drawQuiet is what the page lets a person ask for: whole hours, three of them open at least.
func drawQuiet(t *rapid.T) Quiet {
	from, open := rapid.IntRange(0, 23).Draw(t, "open from"), rapid.IntRange(bots.LeastOpen, 23).Draw(t, "open for")
	return Quiet{From: (from + open) % 24 * 60, To: from * 60}
}

var changes = []time.Time{
	time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),  // 3:00 becomes 4:00
	time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), // 4:00 becomes 3:00
	time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC),
}

func drawTime(t *rapid.T, name string) time.Time {
	day := rapid.SampledFrom(changes).Draw(t, name+" near")
	return day.Add(time.Duration(rapid.IntRange(-3*24*60, 3*24*60).Draw(t, name)) * time.Minute)
}

func drawFor(t *rapid.T) time.Duration {
	return time.Duration(rapid.IntRange(1, 3*24*60).Draw(t, "for")) * time.Minute
}

func TestClockAddAndPassedAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from, d := drawClock(t), drawTime(t, "start"), drawFor(t)
		end := c.Add(from, d)
		if got := c.Passed(from, end); got != d {
			t.Fatalf("Passed(from, Add(from, %v)) = %v", d, got)
		}
		if got := c.Passed(from, end.Add(-time.Second)); got >= d {
			t.Fatalf("a second before %v, %v have passed already: Add is not the first such moment", end, got)
		}
		if _, quiet := c.QuietUntil(end.Add(-time.Nanosecond)); quiet {
			t.Fatalf("Add ends at %v, inside quiet hours", end)
		}
	})
}

func TestClockIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from := drawClock(t), drawTime(t, "start")
		d, more, wait := drawFor(t), drawFor(t), drawFor(t)
		if a, b := c.Add(from, d), c.Add(from, d+more); !a.Before(b) {
			t.Fatalf("more time ends no later: %v, %v", a, b)
		}
		if a, b := c.Add(from, d), c.Add(from.Add(wait), d); b.Before(a) {
			t.Fatalf("a later start ends earlier: %v, %v", a, b)
		}
		if a, b := c.Passed(from, from.Add(d)), c.Passed(from, from.Add(d+more)); a > b {
			t.Fatalf("less has passed later: %v, %v", a, b)
		}
		if a := c.Passed(from, from.Add(d)); a < 0 || a > d {
			t.Fatalf("%v of %v have passed", a, d)
		}
		mid := from.Add(d)
		if sum, whole := c.Passed(from, mid)+c.Passed(mid, mid.Add(more)), c.Passed(from, mid.Add(more)); sum != whole {
			t.Fatalf("the parts pass %v, the whole %v", sum, whole)
		}
	})
}

// TestClockAgainstMinutes compares with the slowest clock there is: one that looks at every minute.
func TestClockAgainstMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from, d := drawClock(t), drawTime(t, "start"), drawFor(t)
		if changing(c.Quiet.From) || changing(c.Quiet.To) || slices.ContainsFunc(c.Own, func(o Own) bool { return changing(o.From) || changing(o.To) }) {
			t.Skip("the hour that is left out or comes twice has no right answer")
		}
		var want time.Duration
		for at := from; at.Before(from.Add(d)); at = at.Add(time.Minute) {
			if !still(c, at) {
				want += time.Minute
			}
		}
		if got := c.Passed(from, from.Add(d)); got != want {
			t.Fatalf("Passed(%v, +%v) = %v, want %v; clock %+v", from, d, got, want, c)
		}
	})
}

func changing(minutes int) bool { return 3*60 <= minutes && minutes < 4*60 }

// still says whether a clock stands at a moment, as people would: by the hands of the clock on the wall.
func still(c Clock, at time.Time) bool {
	for _, s := range c.Stops {
		if !at.Before(s.From) && at.Before(s.To) {
			return true
		}
	}
	local := at.In(c.Zone)
	now := local.Hour()*60 + local.Minute()
	for _, o := range c.Own {
		if at.Before(o.Since) || !o.Until.IsZero() && !at.Before(o.Until) {
			continue
		}
		open, alone := 0, 0
		for m := range dayMinutes {
			if !shut(c.Quiet, m) {
				alone++
				if !shut(o.Quiet, m) {
					open++
				}
			}
		}
		return shut(o.Quiet, now) || open >= min(leastOpen, alone) && shut(c.Quiet, now)
	}
	return shut(c.Quiet, now)
}

func shut(q Quiet, now int) bool {
	switch {
	case q.From == q.To:
		return false
	case q.From < q.To:
		return q.From <= now && now < q.To
	}
	return now >= q.From || now < q.To
}

// Whatever a cascade and a person ask for, a delivery goes on: some of every day is open.
func TestNoHoursHangADelivery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quarter := rapid.IntRange(0, 24*4-1)
		quiet := Quiet{From: 15 * quarter.Draw(t, "from")}
		quiet.To = (quiet.From + 15*rapid.IntRange(0, 21*4).Draw(t, "for")) % dayMinutes
		c, from := Clock{Quiet: quiet, Own: []Own{{Quiet: drawQuiet(t)}}, Zone: kyiv()}, drawTime(t, "start")
		if until, quiet := c.QuietUntil(from); quiet && until.Sub(from) > 22*time.Hour {
			t.Fatalf("quiet for %v from %v; clock %+v", until.Sub(from), from, c)
		}
		if end := c.Add(from, 24*time.Hour); end.Sub(from) > (9*24+2)*time.Hour { // eight days, and one for the hour that spring takes
			t.Fatalf("a deadline of a day is over after %v; clock %+v", end.Sub(from), c)
		}
		for at := from; at.Before(from.Add(24 * time.Hour)); at = at.Add(15 * time.Minute) {
			if changing(c.Own[0].From) || changing(c.Own[0].To) {
				break // the hour that is left out or comes twice
			}
			if _, quiet := c.QuietUntil(at); !quiet && still(Clock{Own: c.Own, Zone: c.Zone}, at) {
				t.Fatalf("%v is open, and the person asked for quiet; clock %+v", at, c)
			}
		}
	})
}

func TestQuietHours(t *testing.T) {
	night := Clock{Quiet: Quiet{From: 21 * 60, To: 9 * 60}, Zone: kyiv()}
	local := func(month time.Month, day, hour, min int) time.Time {
		return time.Date(2026, month, day, hour, min, 0, 0, kyiv())
	}
	for name, c := range map[string]struct {
		at    time.Time
		until time.Time
	}{
		"the evening":                          {local(5, 20, 21, 0), local(5, 21, 9, 0)},
		"after midnight":                       {local(5, 21, 0, 30), local(5, 21, 9, 0)},
		"the last minute":                      {local(5, 21, 8, 59), local(5, 21, 9, 0)},
		"nine in the morning is day":           {local(5, 21, 9, 0), time.Time{}},
		"the night that lost an hour":          {local(3, 28, 23, 0), local(3, 29, 9, 0)},
		"the night that has an hour twice":     {local(10, 24, 23, 0), local(10, 25, 9, 0)},
		"the hour that came a second time":     {time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), local(10, 25, 9, 0)},
		"noon":                                 {local(5, 21, 12, 0), time.Time{}},
		"one minute before the evening is day": {local(5, 21, 20, 59), time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			until, quiet := night.QuietUntil(c.at)
			if quiet == c.until.IsZero() || !until.Equal(c.until) {
				t.Errorf("QuietUntil(%v) = %v, %v; want %v", c.at, until, quiet, c.until)
			}
		})
	}
	if got, want := night.Add(local(5, 20, 20, 50), 15*time.Minute), local(5, 21, 9, 5); !got.Equal(want) {
		t.Errorf("fifteen minutes from 20:50 end at %v, want %v", got, want)
	}
	if got, want := night.Add(local(10, 24, 20, 0), 2*time.Hour), local(10, 25, 10, 0); !got.Equal(want) {
		t.Errorf("two hours over the long night end at %v, want %v", got, want)
	}
	if _, quiet := (Clock{Quiet: Quiet{From: 540, To: 540}}).QuietUntil(local(5, 20, 9, 0)); quiet {
		t.Error("from = to must mean never")
	}
}
