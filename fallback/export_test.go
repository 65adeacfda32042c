package fallback

import "time"

// SetClock makes it look as if the wall clock had been set ahead since the last beat, or back.
func (e *Engine) SetClock(ahead time.Duration) {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	e.ears.wall = e.ears.wall.Add(-ahead)
}

// Suspend makes it look as if the machine had slept since the last beat.
func (e *Engine) Suspend(d time.Duration) {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	e.ears.last, e.ears.wall = e.ears.last.Add(-d), e.ears.wall.Add(-d)
}
