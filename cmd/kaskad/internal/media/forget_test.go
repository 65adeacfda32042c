package media

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// A file of somebody who was erased is gone from the folder, alone, and nobody has it fetched again.
func TestForget(t *testing.T) {
	s := &servers{files: map[string]string{"a": "first", "b": "second", "c": "another's"}}
	k := newKeeper(t, s, nil)
	m, other := voice(7, "a", "b"), voice(8, "c")
	for n, want := range []string{"first", "second"} {
		if got, err := read(t, k, m, n); err != nil || got != want {
			t.Fatalf("file %d is %q, %v", n, got, err)
		}
	}
	if got, err := read(t, k, other, 0); err != nil || got != "another's" {
		t.Fatalf("%q, %v", got, err)
	}
	asked := s.count()
	for range 2 { // what was done already harms nobody
		for n := range 2 {
			if err := k.Forget(7, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range 2 {
		if _, err := os.Stat(k.name(7, n)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("file %d is in the folder: %v", n, err)
		}
		if got, err := read(t, k, m, n); !errors.Is(err, bots.ErrNoFile) {
			t.Errorf("file %d is handed out: %q, %v", n, got, err)
		}
	}
	if k.soon(t.Context(), m, 0) || s.count() != asked {
		t.Errorf("it was fetched again, or will be: asked %d times, %d before", s.count(), asked)
	}
	if got, err := read(t, k, other, 0); err != nil || got != "another's" {
		t.Errorf("somebody else's file is %q, %v", got, err)
	}
	if left, err := k.list(); err != nil || len(left) != 1 {
		t.Errorf("in the folder there are %v, %v", left, err)
	}
}

// One that was never fetched is nothing to remove, and one that cannot be removed is told: the erase tries it again.
func TestForgetWhatIsNotThereAndWhatStays(t *testing.T) {
	k := newKeeper(t, &servers{}, nil)
	if err := k.Forget(7, 0); err != nil {
		t.Errorf("one that was never fetched: %v", err)
	}
	if err := os.MkdirAll(k.name(8, 0)+"/x", 0o700); err != nil { // stands for what cannot be removed
		t.Fatal(err)
	}
	if err := k.Forget(8, 0); err == nil {
		t.Error("what could not be removed is told to be gone")
	}
}

// slow is a channel whose file comes when it is let.
type slow struct{ begun, let chan struct{} }

func (s *slow) Fetch(context.Context, bots.Media, int64) (io.ReadCloser, error) {
	close(s.begun)
	<-s.let
	return io.NopCloser(strings.NewReader("late")), nil
}

// A file that is being fetched when its person is erased is waited for, and removed.
func TestForgetWaitsForAFetch(t *testing.T) {
	s := &slow{make(chan struct{}), make(chan struct{})}
	k := newKeeper(t, &servers{}, func(o *Options) { o.Fetchers = map[string]bots.Fetcher{bots.WhatsApp: s} })
	m := voice(7, "a")
	fetched, gone := make(chan error, 1), make(chan error, 1)
	go func() { _, err := read(t, k, m, 0); fetched <- err }()
	<-s.begun
	go func() { gone <- k.Forget(7, 0) }()
	for waits := 0; waits < 2; runtime.Gosched() { // who fetches, and who waits for that
		k.mu.Lock()
		waits = k.held[k.name(7, 0)]
		k.mu.Unlock()
	}
	select {
	case err := <-gone:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	close(s.let)
	if err := errors.Join(<-fetched, <-gone); err != nil {
		t.Error(err)
	}
	if left, err := k.list(); err != nil || len(left) > 0 {
		t.Errorf("in the folder there are %v, %v", left, err)
	}
}

// A file is as old as its message, however late it is fetched: it goes when that does, after which nobody could say whose it is.
func TestAFileIsAsOldAsItsMessage(t *testing.T) {
	s := &servers{files: map[string]string{"a": "old", "b": "new"}}
	k := newKeeper(t, s, func(o *Options) { o.Keep = 30 * 24 * time.Hour })
	now := time.Now()
	old, fresh := voice(7, "a"), voice(8, "b")
	old.At, fresh.At = now.Add(-29*24*time.Hour), now.Add(-time.Hour)
	for _, m := range []*bots.Message{old, fresh} {
		if _, err := read(t, k, m, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Sweep(now.Add(2 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, err := k.list(); err != nil || len(left) != 1 || left[0].name != k.name(8, 0) {
		t.Errorf("in the folder there are %v, %v; want the newer one alone", left, err)
	}
}
