package fallback

import (
	"time"

	"kaskad/bots"
)

// A channel that does not answer, or fails at its own end, costs more than time: a message of unknown outcome is never sent again, so
// each one that is tried meanwhile ends in its wait and then in the next, paid step. After tripAfter such messages in a row the sender is
// put aside. A check that succeeds lets one message be tried; only when one is taken does the sender count as well.

const (
	tripAfter = 5
	firstDown = 5 * time.Second // after which a sender that is down is checked; then twice as long, each time
	lastDown  = 2 * time.Minute
)

// slips counts messages of one sender that got no answer, less those that got one. An outage shows as a row of them; a single message that
// is tried again and again is one.
type slips struct {
	n    int
	last bots.ID
}

// count takes an outcome; it reports whether there are too many now.
func (s *slips) count(message bots.ID, slipped bool) (tripped bool) {
	switch {
	case !slipped:
		s.n = max(0, s.n-1)
	case message != s.last:
		s.n, s.last = s.n+1, message
	}
	if s.n < tripAfter {
		return false
	}
	s.n = 0
	return true
}

// slipped reports whether an error says nothing about the message: nobody answered, or the channel failed at its own end.
func slipped(err *bots.SendError) bool {
	return err != nil && (err.Fault == bots.Uncertain || err.Fault == bots.Temporary && err.RetryAfter == 0 && !err.ChatOnly)
}

// answered counts the outcome of one message. It puts a sender aside that has not answered tripAfter times; it says when to check it, and
// whether that is news.
func (h *holds) answered(sender string, message bots.ID, err *bots.SendError, now time.Time) (check time.Time, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.slips[sender]
	if s == nil {
		s = &slips{}
		h.slips[sender] = s
	}
	have := h.senders[sender]
	tripped := s.count(message, slipped(err))
	trial := have != nil && have.down && !have.fault && slipped(err) // the one message that was to show that all is well
	if !tripped && !trial {
		return time.Time{}, false
	}
	have = h.of(sender)
	if last := h.lapses[sender]; !have.down && now.Sub(last.at) < lapseLife {
		have.probes = max(have.probes, last.probes)
	}
	if have.fault && !have.down {
		return time.Time{}, false // it refuses our account: the stronger word
	}
	news = !have.down
	have.down = true
	have.blame(now)
	return have.until, news
}

func (h *holds) isDown(sender string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	have := h.senders[sender]
	return have != nil && have.down
}

// Down are the senders that do not answer, and since when.
func (e *Engine) Down() map[string]time.Time {
	e.holds.mu.Lock()
	defer e.holds.mu.Unlock()
	all := map[string]time.Time{}
	for name, have := range e.holds.senders {
		if have.down {
			all[name] = have.blamed
		}
	}
	return all
}
