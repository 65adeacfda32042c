package fallback

import (
	"slices"
	"sync"
	"time"
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
