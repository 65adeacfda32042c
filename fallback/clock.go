package fallback

import "time"

// Quiet is the part of the day in which nothing is sent: minutes after local midnight. From = To means never.
type Quiet struct {
	From, To int
	Ramp     time.Duration // what was held starts again spread over this
}

// On reports whether there is any quiet time at all.
func (q Quiet) On() bool { return q.From != q.To }

// Span is a stretch of time in which a clock stood still. It includes From and not To.
type Span struct{ From, To time.Time }

// Clock tells how much of a stretch of time counts. Quiet hours, the cascade's and the person's own, are in the zone; Stops are
// pauses, holds and deaf gaps.
type Clock struct {
	Quiet Quiet
	Days  *Days // nil: all days are alike
	Own   []Own // one after the other
	Zone  *time.Location
	Also  []*time.Location // where the person may be as well: quiet in any of them is quiet. Hours of the person's own are in Zone.
	Stops []Span
}

// Add returns the first moment by which d of counting time has gone since from.
func (c Clock) Add(from time.Time, d time.Duration) time.Time {
	t := from
	for range maxSpans {
		if end, stopped := c.stopped(t); stopped {
			t = end
			continue
		}
		next, ok := c.nextStop(t)
		if !ok || d <= next.Sub(t) {
			return t.Add(d)
		}
		d -= next.Sub(t)
		t = next
	}
	return t.Add(d)
}

// Passed returns how much of from..to counted.
func (c Clock) Passed(from, to time.Time) time.Duration {
	var sum time.Duration
	t := from
	for range maxSpans {
		if !t.Before(to) {
			break
		}
		if end, stopped := c.stopped(t); stopped {
			t = end
			continue
		}
		next, ok := c.nextStop(t)
		if !ok || next.After(to) {
			next = to
		}
		sum += next.Sub(t)
		t = next
	}
	return sum
}

// maxSpans bounds the walk: a deadline is days, not decades.
const maxSpans = 10_000

// QuietUntil reports whether t is in quiet hours, and when they end.
func (c Clock) QuietUntil(t time.Time) (time.Time, bool) {
	end := t
	for range maxNights {
		until, quiet := c.night(end)
		if !quiet {
			break
		}
		end = until
	}
	if !end.After(t) {
		return time.Time{}, false
	}
	return end, true
}

// maxNights bounds the walk over quiet hours that touch: the cascade's, the person's, and those the person had before.
const maxNights = 256

// night is the end of one of the quiet hours that t is in: at it another may have begun.
func (c Clock) night(t time.Time) (time.Time, bool) {
	nights, until, whose := c.nights(t)
	end := t
	c.spans(nights, whose, t, -1, 0, func(s Span) {
		if !t.Before(s.From) && t.Before(s.To) {
			end = later(end, s.To)
		}
	})
	if !until.IsZero() {
		end = earlier(end, until)
	}
	return end, end.After(t)
}

// spans gives the quiet times of the local days around t, from first to last of them, in each zone.
func (c Clock) spans(nights [2]Quiet, whose whoseHours, t time.Time, first, last int, f func(Span)) {
	zones := 1 + len(c.Also)
	if whose != cascades {
		zones = 1
	}
	for i := range zones {
		zone := c.Zone
		if i > 0 {
			zone = c.Also[i-1]
		} else if zone == nil {
			zone = time.UTC
		}
		y, m, d := t.In(zone).Date()
		for day := d + first; day <= d+last; day++ {
			for n, q := range nights {
				switch {
				case n == 0 && c.Days != nil:
					c.Days.spans(q, nights[1], y, m, day, zone, f)
				case q.On():
					f(quietSpan(q, y, m, day, zone))
				}
			}
		}
	}
}

// quietSpan is the quiet time that begins on a local day.
func quietSpan(q Quiet, y int, m time.Month, d int, zone *time.Location) Span {
	from := firstAt(y, m, d, q.From, zone)
	if q.To < q.From {
		d++
	}
	return Span{From: from, To: lastAt(y, m, d, q.To, zone)}
}

// firstAt and lastAt are when clocks in a zone first, and last, show a minute of a day, or are put over it: a change of clocks shows some
// minutes twice and leaves some out, of which time.Date takes whichever it likes. Quiet time begins at the first and ends at the last.

func firstAt(y int, m time.Month, d, minute int, zone *time.Location) time.Time {
	a, b := shown(y, m, d, minute, zone)
	return earlier(a, b)
}

func lastAt(y int, m time.Month, d, minute int, zone *time.Location) time.Time {
	a, b := shown(y, m, d, minute, zone)
	if a.After(b) {
		return a
	}
	return b
}

// shown is a minute of a day by what clocks show before a change of clocks that is near, and after it; the same where only one shows it.
func shown(y int, m time.Month, d, minute int, zone *time.Location) (before, after time.Time) {
	const near = 3 * time.Hour // more than clocks are changed by
	at := time.Date(y, m, d, 0, minute, 0, 0, zone)
	wall := time.Date(y, m, d, 0, minute, 0, 0, time.UTC)
	by := func(t time.Time) (time.Time, bool) {
		_, seconds := t.Zone()
		got := wall.Add(-time.Duration(seconds) * time.Second).In(zone)
		return got, got.Hour() == wall.Hour() && got.Minute() == wall.Minute()
	}
	before, is := by(at.Add(-near))
	after, is2 := by(at.Add(near))
	switch {
	case is && !is2:
		after = before
	case is2 && !is:
		before = after
	}
	return before, after
}

// stopped reports whether the clock stands still at t, and until when at least.
func (c Clock) stopped(t time.Time) (time.Time, bool) {
	if end, quiet := c.night(t); quiet {
		return end, true
	}
	for _, s := range c.Stops {
		if !t.Before(s.From) && t.Before(s.To) {
			return s.To, true
		}
	}
	return t, false
}

// nextStop is when the clock may stand still next after t.
func (c Clock) nextStop(t time.Time) (time.Time, bool) {
	var next time.Time
	take := func(at time.Time) {
		if at.After(t) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	nights, until, whose := c.nights(t)
	take(until) // then others are in force
	c.spans(nights, whose, t, 0, 1, func(s Span) { take(s.From) })
	for _, s := range c.Stops {
		if s.To.After(s.From) {
			take(s.From)
		}
	}
	return next, !next.IsZero()
}
