package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// running is a watch that runs until the test of its bubble ends it.
func running(t *testing.T, look func(context.Context) []Condition, targets ...Target) (w *Watch, end func()) {
	w, err := New(t.Context(), Options{Hold: time.Minute, Record: newMemory(), Log: slog.New(slog.DiscardHandler), Look: look, Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	return w, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func takes(context.Context, string, []Line) error   { return nil }
func refuses(context.Context, string, []Line) error { return errors.New("no") }
func hangs(ctx context.Context, _ string, _ []Line) error {
	<-ctx.Done()
	return ctx.Err()
}

// A look that never ends stops all waking: that has to show. A target that hangs or refuses does not, for others are told.
func TestALookThatHangsIsStuck(t *testing.T) {
	t.Parallel()
	found := func(context.Context) []Condition { return []Condition{deaf} }
	for name, c := range map[string]struct {
		look func(context.Context) []Condition
		tell func(context.Context, string, []Line) error
		want bool
	}{
		"all is well":      {found, takes, false},
		"a target refuses": {found, refuses, false},
		"a target hangs":   {found, hangs, false},
		"a look hangs":     {func(ctx context.Context) []Condition { <-ctx.Done(); return nil }, takes, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, end := running(t, c.look, Target{Name: "one", Tell: c.tell})
				defer end()
				time.Sleep(4 * time.Minute)
				if w.Stuck(time.Now()) {
					t.Error("it is stuck before the time for it is over")
				}
				time.Sleep(2 * time.Minute)
				if got := w.Stuck(time.Now()); got != c.want {
					t.Errorf("stuck: %v; want %v", got, c.want)
				}
			})
		})
	}
}

// Nobody is told for a quarter of an hour: that has to show elsewhere. One who is told is enough.
func TestAWatchThatTellsNobodyIsMute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		targets []Target
		want    bool
	}{
		"all take it":     {[]Target{{Name: "a", Tell: takes}, {Name: "b", Tell: takes}}, false},
		"one takes it":    {[]Target{{Name: "a", Tell: refuses}, {Name: "b", Tell: takes}}, false},
		"all refuse it":   {[]Target{{Name: "a", Tell: refuses}, {Name: "b", Tell: refuses}}, true},
		"one hangs":       {[]Target{{Name: "a", Tell: hangs}, {Name: "b", Tell: takes}}, false},
		"all hang":        {[]Target{{Name: "a", Tell: hangs}, {Name: "b", Tell: hangs}}, true},
		"hang and refuse": {[]Target{{Name: "a", Tell: hangs}, {Name: "b", Tell: refuses}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, end := running(t, func(context.Context) []Condition { return []Condition{deaf} }, c.targets...)
				defer end()
				time.Sleep(15 * time.Minute)
				if w.Mute(time.Now()) {
					t.Error("it is mute before the time for it is over")
				}
				time.Sleep(3 * time.Minute)
				if got := w.Mute(time.Now()); got != c.want {
					_, why := w.Failing()
					t.Errorf("mute: %v (%s); want %v", got, why, c.want)
				}
			})
		})
	}
}

// A target that hangs is given up, and the others are told meanwhile.
func TestATargetThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var after time.Duration
		w, end := running(t, func(context.Context) []Condition { return []Condition{deaf} }, Target{Name: "hangs", Tell: hangs},
			Target{Name: "well", Tell: func(_ context.Context, _ string, lines []Line) error {
				if lines[0].Key == deaf.Key {
					after = time.Since(begun)
				}
				return nil
			}})
		defer end()
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if after == 0 || after > 70*time.Second {
			t.Errorf("the other one was told after %v; want a minute", after)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		i := slices.IndexFunc(w.Open(), func(o Open) bool { return o.Key == "alerts:hangs" })
		if i < 0 || !strings.Contains(w.Open()[i].Text, "no answer in time") {
			t.Errorf("open: %+v; want that one target hangs", w.Open())
		}
	})
}

// The process dies after a target took it and before that was written: it is told once more, by the same id. It is so without a hold, too.
func TestAKillWhileItIsToldTellsItAgainByTheSameID(t *testing.T) {
	t.Parallel()
	for _, hold := range []time.Duration{0, time.Minute} {
		kept, now := newMemory(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		var ids []string
		begin := func(dies bool) *Watch {
			w, err := New(t.Context(), Options{Hold: hold, Record: kept, Log: slog.New(slog.DiscardHandler),
				Look: func(context.Context) []Condition { return []Condition{deaf} },
				Targets: []Target{{Name: "one", Tell: func(_ context.Context, id string, _ []Line) error {
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
				w.at(t.Context(), now)
			}
		}
		pass(begin(true))
		if len(ids) != 1 {
			t.Fatalf("before the kill it was told by %q", ids)
		}
		pass(begin(false))
		pass(begin(false))
		if len(ids) != 2 || len(slices.Compact(ids)) != 1 {
			t.Errorf("with a hold of %v it was told by %q; want twice by one id", hold, ids)
		}
	}
}
