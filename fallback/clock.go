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
// pauses and deaf gaps.
type Clock struct {
	Quiet Quiet
	Own   []Own // one after the other
	Zone  *time.Location
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
	nights, until := c.nights(t)
	end := t
	for _, q := range nights {
		if !q.On() {
			continue
		}
		for _, day := range [...]int{-1, 0} {
			if s := c.quietSpan(q, t, day); !t.Before(s.From) && t.Before(s.To) {
				end = later(end, s.To)
			}
		}
	}
	if !until.IsZero() {
		end = earlier(end, until)
	}
	return end, end.After(t)
}

// quietSpan is the quiet time that begins on t's local day plus days. time.Date settles what a clock change leaves out.
func (c Clock) quietSpan(q Quiet, t time.Time, days int) Span {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.In(zone).Date()
	d += days
	from := time.Date(y, m, d, 0, q.From, 0, 0, zone)
	if q.To < q.From {
		d++
	}
	return Span{From: from, To: time.Date(y, m, d, 0, q.To, 0, 0, zone)}
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
	nights, until := c.nights(t)
	take(until) // then others are in force
	for _, q := range nights {
		if !q.On() {
			continue
		}
		for _, day := range [...]int{0, 1} {
			take(c.quietSpan(q, t, day).From)
		}
	}
	for _, s := range c.Stops {
		if s.To.After(s.From) {
			take(s.From)
		}
	}
	return next, !next.IsZero()
}
