package stage

import (
	"context"
	"time"
)

// Scale is how long a delay really takes.
func (s *Stage) Scale(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.speed)
}

// Sleep waits for a delay. It is false when ctx or the stage ended first.
func (s *Stage) Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(s.Scale(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.ctx.Done():
		return false
	}
}

// After runs f, without the lock, after a delay. The caller holds the lock.
func (s *Stage) After(d time.Duration, f func()) {
	s.Go(func() {
		if s.Sleep(s.ctx, d) {
			f()
		}
	})
}

// Later does something, with the lock held, after a delay; at once when there is none. The caller holds the lock.
func (s *Stage) Later(d time.Duration, do func()) {
	if d <= 0 {
		do()
		return
	}
	s.After(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
		s.Notify()
	})
}
