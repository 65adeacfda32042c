package fallback

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"kaskad/bots"
)

// storing are the calls whose events are being made durable: their chats are stored side by side, so that what was told first may be the
// last that can be read.
type storing struct {
	mu    sync.Mutex
	begun []time.Time
}

// begin notes a call; what it returns ends it.
func (s *storing) begin(at time.Time) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = append(s.begun, at)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if i := slices.IndexFunc(s.begun, at.Equal); i >= 0 {
			s.begun = slices.Delete(s.begun, i, i+1)
		}
	}
}

// Storing is since when events of a call are being made durable, of several calls of the oldest; zero: of none. What came before can be
// read as a whole; whoever shows messages in the order in which they were written waits for the rest.
func (e *Engine) Storing() (since time.Time) {
	e.storing.mu.Lock()
	defer e.storing.mu.Unlock()
	for _, at := range e.storing.begun {
		since = soonest(since, at)
	}
	return since
}

// Whole is up to when everything that was stored can be read now: what is being stored is not there yet. Storing may be nil: nobody tells.
func Whole(storing func() time.Time, now time.Time) time.Time {
	if storing != nil {
		if since := storing(); !since.IsZero() {
			return since
		}
	}
	return now
}

// How long a message waits at most for others of its call, and how soon it is looked again whether they are there.
const (
	storeTime = time.Second
	StoreLook = 20 * time.Millisecond
)

// Early reports whether messages may still come that were written before this one, as they are being stored with it: up to whole all are
// there.
func Early(message bots.ID, whole, now time.Time) bool {
	at := message.Time()
	// Ids of one moment are pushed forward; one that is far ahead tells of a clock that was set back.
	return !at.Before(whole) && now.Sub(at) < storeTime && at.Sub(now) < storeTime
}

// Wrote is when a customer wrote, by the messenger and by us: who wrote first is shown first.
type Wrote struct {
	At   time.Time `json:"at,omitzero"`
	Came time.Time `json:"came,omitzero"`
}

// WroteOf is when a message was written. A messenger's clock that is ahead of ours makes nobody wait.
func WroteOf(m *bots.Message) Wrote {
	w := Wrote{m.At, m.Came}
	if w.Came.IsZero() {
		w.Came = w.At
	}
	if w.At.After(w.Came) {
		w.At = w.Came
	}
	return w
}

// After reports whether it was written after another one.
func (w Wrote) After(other Wrote) bool {
	return cmp.Or(w.At.Compare(other.At), w.Came.Compare(other.Came)) > 0
}
