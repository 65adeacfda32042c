package stage

import (
	"context"
	"fmt"
)

// Notify wakes everyone who waits for a change. The caller holds the lock.
func (s *Stage) Notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed is closed by the next Notify. The caller holds the lock.
func (s *Stage) Changed() <-chan struct{} { return s.changed }

// Wait calls done, with the lock held, now and after every change until it is true. The error says that ctx or the stage ended first.
func (s *Stage) Wait(ctx context.Context, done func() bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !done() {
		if err := s.change(ctx); err != nil {
			return err
		}
	}
	return nil
}

// change lets go of the lock until something changes.
func (s *Stage) change(ctx context.Context) error {
	changed := s.Changed()
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return context.Canceled
	}
}

// Nth waits until n are found, and answers with the n-th, counted from 1. found is called with the lock held; the error says of what
// there were too few.
func Nth[T any](ctx context.Context, s *Stage, n int, what string, found func() []T) (T, error) {
	var got []T
	err := s.Wait(ctx, func() bool {
		got = found()
		return len(got) >= n
	})
	if err != nil {
		var none T
		return none, fmt.Errorf("%s: %d of %d %s: %w", s.name, len(got), n, what, err)
	}
	return got[n-1], nil
}
