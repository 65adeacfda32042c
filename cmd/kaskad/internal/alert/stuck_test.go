package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A target that never answers stops all waking: that has to show. One that refuses does not, for it is tried again.
func TestAWatchThatHangsIsStuck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tell func(context.Context, string, []Line) error
		want bool
	}{
		"takes it":   {func(context.Context, string, []Line) error { return nil }, false},
		"refuses it": {func(context.Context, string, []Line) error { return errors.New("no") }, false},
		"hangs":      {func(ctx context.Context, _ string, _ []Line) error { <-ctx.Done(); return ctx.Err() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, err := New(t.Context(), Options{Hold: time.Minute, Record: memory{}, Log: slog.New(slog.DiscardHandler),
					Look: func(context.Context) []Condition { return []Condition{deaf} }, Targets: []Target{{"one", c.tell}}})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- w.Run(ctx) }()
				time.Sleep(5 * time.Minute)
				if w.Stuck(time.Now()) {
					t.Error("it is stuck before the time for it is over")
				}
				time.Sleep(2 * time.Minute)
				if got := w.Stuck(time.Now()); got != c.want {
					t.Errorf("stuck: %v; want %v", got, c.want)
				}
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// The process dies after a target took it and before that was written: it is told once more, by the same id.
func TestAKillWhileItIsToldTellsItAgainByTheSameID(t *testing.T) {
	t.Parallel()
	kept, now := memory{}, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var ids []string
	begin := func(dies bool) *Watch {
		w, err := New(t.Context(), Options{Hold: time.Minute, Record: kept, Log: slog.New(slog.DiscardHandler),
			Look: func(context.Context) []Condition { return []Condition{deaf} },
			Targets: []Target{{"one", func(_ context.Context, id string, _ []Line) error {
				ids = append(ids, id)
				if dies {
					panic("killed")
				}
				return nil
			}}}})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	pass := func(w *Watch) {
		defer func() { _ = recover() }() // the kill
		for range 10 {
			now = now.Add(10 * time.Second)
			if err := w.Pass(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
	}
	pass(begin(true))
	if len(ids) != 1 {
		t.Fatalf("before the kill it was told by %q", ids)
	}
	pass(begin(false))
	pass(begin(false))
	if len(ids) != 2 || len(slices.Compact(ids)) != 1 {
		t.Errorf("it was told by %q; want twice by one id", ids)
	}
}
