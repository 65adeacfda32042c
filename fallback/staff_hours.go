package fallback

import "time"

// Work tells whether the team is at work at a time, and until when that stays so; zero: for as long as anybody knows. It is pure. Nil: the
// team is always at work.
type Work func(at time.Time) (open bool, until time.Time)

// mostStretches bounds how far hours are read ahead: about a year of days with a break.
const mostStretches = 1500

// At is when the team is at work, from a time on; zero: nobody knows when.
func (w Work) At(from time.Time) time.Time { return w.After(from, 0) }

// After is when some working time will have passed since a time; zero: nobody knows.
func (w Work) After(from time.Time, length time.Duration) time.Time {
	if w == nil {
		return from.Add(length)
	}
	for range mostStretches {
		open, until := w(from)
		switch {
		case open && (until.IsZero() || until.Sub(from) > length):
			return from.Add(length)
		case until.IsZero() || !until.After(from):
			return time.Time{}
		case open:
			length -= until.Sub(from)
		}
		from = until
	}
	return time.Time{}
}

// Passed is how much working time lies between two times.
func (w Work) Passed(from, to time.Time) (passed time.Duration) {
	if !to.After(from) {
		return 0
	}
	if w == nil {
		return to.Sub(from)
	}
	for range mostStretches {
		open, until := w(from)
		end := to
		if !until.IsZero() && until.Before(to) {
			end = until
		}
		if open {
			passed += end.Sub(from)
		}
		if end.Equal(to) || !end.After(from) {
			return passed
		}
		from = end
	}
	return passed
}
