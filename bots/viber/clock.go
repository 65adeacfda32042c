package viber

import (
	"net/http"
	"sync"
	"time"
)

// clock knows how far Viber's clock was ever seen to run ahead of ours. Times of Viber are compared with times of ours when a
// "seen" or a message has to tell what came before it; a message of ours that was sent after it must not count as read. It
// forgets nothing until the program ends: a message may be open for days, settled by our clock as it was then. That is why one
// wild time must not get in: a lead much longer than the known one counts when another moment shows the same.
type clock struct {
	mu    sync.Mutex
	lead  time.Duration
	doubt moment // the last one that was not believed
}

// moment is a time that Viber told, and by how much it lay ahead of ours.
type moment struct {
	told time.Time
	lead time.Duration
}

// leap is by how much a single moment may lengthen the lead; two that agree within it may lengthen it by anything.
const leap = time.Minute

// saw takes a moment that Viber told, and when it reached us. Viber cannot tell of the future, so the difference is the least
// that its clock runs ahead. It reports whether the moment is to be believed.
func (c *clock) saw(told, reached time.Time) bool {
	if told.IsZero() || reached.IsZero() {
		return true
	}
	now := moment{told, told.Sub(reached)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.lead <= c.lead {
		return true
	}
	if now.lead > c.lead+leap && !now.confirms(c.doubt) {
		c.doubt = now
		return false
	}
	c.lead = now.lead
	return true
}

// confirms reports whether another moment shows the same lead. A repeat of one call tells the same moment, and confirms nothing.
func (m moment) confirms(other moment) bool {
	return !other.told.IsZero() && !m.told.Equal(other.told) && (m.lead-other.lead).Abs() <= leap
}

// answered takes the date in the header of an answer.
func (c *clock) answered(h http.Header, at time.Time) {
	if told, err := http.ParseTime(h.Get("Date")); err == nil {
		c.saw(told, at)
	}
}

func (c *clock) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lead
}
