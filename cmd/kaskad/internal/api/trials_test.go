package api

import (
	"errors"
	"testing"
	"time"
)

func TestTrials(t *testing.T) {
	var all trials
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for n := range mostTrials {
		if err := all.begin(now.Add(time.Duration(n) * time.Second)); err != nil {
			t.Fatalf("trial %d: %v", n, err)
		}
	}
	later := func(d time.Duration) int {
		p, _ := errors.AsType[*Problem](all.begin(now.Add(d)))
		if p == nil {
			return 0
		}
		return p.retryAfter
	}
	for _, c := range []struct {
		after time.Duration
		wait  int
	}{{10 * time.Second, 50}, {59*time.Second + time.Millisecond, 1}, {time.Minute, 0}, {time.Minute, 1}, {61 * time.Second, 0}, {-time.Hour, 0}, {time.Hour, 0}} {
		if wait := later(c.after); wait != c.wait {
			t.Errorf("after %s it has to wait %d s; want %d", c.after, wait, c.wait)
		}
	}
}
