package fallback

import (
	"time"

	"kaskad/bots"
)

// Own is the quiet part of a person's own day, and when the person wanted it so.
type Own struct {
	Quiet
	Since, Until time.Time // Until zero: still
}

// Owns are the quiet parts of the days of a person who asked for hours.
func Owns(c *bots.Contact) []Own {
	if c == nil || len(c.Wishes.Hours) == 0 {
		return nil
	}
	all := make([]Own, len(c.Wishes.Hours))
	for i, h := range c.Wishes.Hours {
		all[i] = Own{Quiet{From: h.To * 60, To: h.From * 60}, h.Since, h.Until} // open from nine to eight is quiet from eight to nine
	}
	return all
}

// leastOpen is what quiet hours leave of a day at least, those of the cascade and the person's together; less only where those of the
// cascade alone leave less.
const leastOpen = bots.LeastOpen * 60

// nights are the quiet hours in force at a time, and until when they are (zero: for good). The person's are added to the cascade's.
// Where both together would leave less than leastOpen of a day, the person's count alone: whoever wants to be written to from six
// to nine gets it then, and not never. Whoever only narrows a day that is short already opens nothing.
func (c Clock) nights(t time.Time) (nights [2]Quiet, until time.Time, whose whoseHours) {
	for _, own := range c.Own {
		if t.Before(own.Since) {
			return [2]Quiet{c.Quiet}, own.Since, cascades
		}
		if own.Until.IsZero() || t.Before(own.Until) {
			if c.Days == nil && alone(c.Quiet, own.Quiet) { // else each day says for itself
				return [2]Quiet{own.Quiet}, own.Until, personsAlone
			}
			return [2]Quiet{c.Quiet, own.Quiet}, own.Until, both
		}
	}
	return [2]Quiet{c.Quiet}, time.Time{}, cascades
}

// alone reports whether the person's quiet hours count without the cascade's.
func alone(cascade, own Quiet) bool {
	return openBoth(cascade, own) < min(leastOpen, dayMinutes-cascade.minutes())
}

// whoseHours says whose quiet hours are in force.
type whoseHours uint8

const (
	cascades whoseHours = iota
	both
	personsAlone
)

const dayMinutes = 24 * 60

// minutes is how long quiet hours are.
func (q Quiet) minutes() int { return (q.To - q.From + dayMinutes) % dayMinutes }

// openBoth is how many minutes of a day neither of two quiet hours covers.
func openBoth(a, b Quiet) int {
	open := dayMinutes - a.minutes() - b.minutes()
	for _, day := range [...]int{-dayMinutes, 0, dayMinutes} {
		from, to := max(a.From, b.From+day), min(a.From+a.minutes(), b.From+day+b.minutes())
		open += max(0, to-from)
	}
	return open
}
