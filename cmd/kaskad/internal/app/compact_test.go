package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// TestASlowReaderDelaysNoWait: somebody reads the old file for as long as they like; the engine's rest is over when the new one is in its place.
func TestASlowReaderDelaysNoWait(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "")
	begun, hold, read := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	leave := sync.OnceFunc(func() { close(hold) })
	defer leave()
	go func() {
		read <- a.db.Read(t.Context(), func(fallback.View) error {
			close(begun)
			<-hold
			return nil
		})
	}()
	<-begun
	done := make(chan Compacted, 1)
	go func() {
		res, err := a.shrink(t.Context())
		if err != nil {
			t.Errorf("the store was not compacted: %v", err)
		}
		done <- res
	}()
	select {
	case res := <-done: // and with it the rest
		leave()
		if err := errors.Join(<-read, <-res.old); err != nil {
			t.Error(err)
		}
		if res.OldOpen || res.After == 0 {
			t.Errorf("it says %+v", res)
		}
	case <-time.After(time.Minute):
		t.Fatal("the engine rests until the reader is done")
	}
}

// TestSettle: the command waits a moment for the old file, and says when that is open still.
func TestSettle(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		closed time.Duration
		err    error
		leaves time.Duration // the caller; 0: never
		open   bool
		after  time.Duration
	}{
		"closed soon":                        {closed: 3 * time.Second, after: 3 * time.Second},
		"somebody reads it for an hour":      {closed: time.Hour, open: true, after: oldWait},
		"its caller leaves":                  {closed: time.Hour, leaves: time.Second, open: true, after: time.Second},
		"it cannot be closed, which is told": {closed: time.Second, err: broken, after: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				old := make(chan error, 1)
				time.AfterFunc(c.closed, func() { old <- c.err })
				if c.leaves > 0 {
					time.AfterFunc(c.leaves, cancel)
				}
				began, res := time.Now(), Compacted{old: old}
				err := res.settle(ctx)
				if !errors.Is(err, c.err) || res.OldOpen != c.open || time.Since(began) != c.after {
					t.Errorf("settle = %v after %s, %+v; want %v after %s, open %v", err, time.Since(began), res, c.err, c.after, c.open)
				}
				time.Sleep(c.closed)
			})
		})
	}
}

// TestCompactAnswers: what the socket answers is what was done.
func TestCompactAnswers(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "")
	w := httptest.NewRecorder()
	a.compact(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, compactPath, nil))
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, `"before":`) || strings.Contains(body, "old_open") {
		t.Errorf("it answers %d %s", w.Code, body)
	}
}

// TestACompactionWithoutItsLine: the store was compacted, whether or not the audit can be written: it is not told as failed, nor done again.
func TestACompactionWithoutItsLine(t *testing.T) {
	db, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := &closes{db: db, at: "the store was compacted"}
	res, err := (&App{db: db, log: slog.New(log)}).rewrite(t.Context())
	if err != nil || res.After == 0 {
		t.Errorf("rewrite = %+v, %v; want what was done", res, err)
	}
	if want := []string{"INFO the store was compacted", "ERROR the audit has no line of a compaction"}; strings.Join(log.lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log has %q; want %q", log.lines, want)
	}
}

// closes is a log that closes the store with a line, so that what is to be written after it cannot be.
type closes struct {
	slog.Handler
	db    *store.DB
	at    string
	lines []string
}

func (c *closes) Enabled(context.Context, slog.Level) bool { return true }

func (c *closes) Handle(_ context.Context, r slog.Record) error {
	c.lines = append(c.lines, r.Level.String()+" "+r.Message)
	if r.Message == c.at {
		return c.db.Close()
	}
	return nil
}
