package viber

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock knows how far Viber's clock was ever seen to run ahead of ours. Times of Viber are compared with times of ours when a
// "seen" or a message has to tell what came before it; a message of ours that was sent after it must not count as read. It
// forgets nothing until the program ends: a message may be open for days, settled by our clock as it was then.
type clock struct{ lead atomic.Int64 }

// saw takes a moment that Viber told, and when it reached us. Viber cannot tell of the future, so the difference is the least
// that its clock runs ahead.
func (c *clock) saw(told, reached time.Time) {
	if told.IsZero() || reached.IsZero() {
		return
	}
	lead := int64(told.Sub(reached))
	for {
		have := c.lead.Load()
		if lead <= have || c.lead.CompareAndSwap(have, lead) {
			return
		}
	}
}

// answered takes the date in the header of an answer.
func (c *clock) answered(h http.Header, at time.Time) {
	if told, err := http.ParseTime(h.Get("Date")); err == nil {
		c.saw(told, at)
	}
}

func (c *clock) ahead() time.Duration { return time.Duration(c.lead.Load()) }
