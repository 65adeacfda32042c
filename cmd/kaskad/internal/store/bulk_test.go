package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// queued waits until so many places are taken.
func queued(t *testing.T, db *DB, n int) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if len(db.bulk) == n {
			return
		}
	}
	t.Fatalf("%d places are taken, want %d", len(db.bulk), n)
}

func TestWhatIsUrgentStandsBehindTwoCommitsAtMost(t *testing.T) {
	db := open(t, Options{Batch: 16})
	release := holdWriter(t, db)
	var done atomic.Int64
	var all sync.WaitGroup
	const many = 600
	for i := range many {
		all.Go(func() {
			_, err := writeBulk(t.Context(), db, func(t *tx) (struct{}, error) { return struct{}{}, setting(fmt.Sprintf("b%d", i), "1")(t) })
			if err != nil {
				t.Error(err)
			}
			done.Add(1)
		})
	}
	queued(t, db, 32)
	before := int64(-1)
	all.Go(func() {
		o, err := db.submit(t.Context(), func(tx *tx) error {
			return setting("urgent", "1")(tx)
		})
		if err == nil {
			err = db.wait(t.Context(), o)
		}
		if err != nil {
			t.Error(err)
		}
		before = done.Load()
	})
	for len(db.jobs)+len(db.queue) < 33 {
		time.Sleep(time.Millisecond)
	}
	release()
	all.Wait()
	if before < 0 || before > 32+2*16 { // callers of the next ones may be answered before this one looks
		t.Errorf("%d of %d went before it, want 32 or few more", before, many)
	}
	if done.Load() != many || len(db.bulk) != 0 {
		t.Errorf("%d were done, and %d places are still taken", done.Load(), len(db.bulk))
	}
}

func TestPlacesComeBackFromThoseWhoLeft(t *testing.T) {
	db := open(t, Options{Batch: 4})
	release := holdWriter(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			_, err := writeBulk(ctx, db, func(t *tx) (struct{}, error) { return struct{}{}, setting(fmt.Sprintf("b%d", i), "1")(t) })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("one who left got %v", err)
			}
		})
	}
	queued(t, db, 8)
	for len(db.queue) < 8 { // prepared: nobody works on them, so that all may leave
		time.Sleep(time.Millisecond)
	}
	cancel()
	all.Wait()
	release()
	queued(t, db, 0)
	if _, err := writeBulk(t.Context(), db, func(t *tx) (struct{}, error) { return struct{}{}, setting("after", "1")(t) }); err != nil {
		t.Error(err)
	}
}

func TestNobodyWaitsForAPlaceOfAClosedStore(t *testing.T) {
	db := open(t, Options{Batch: 2})
	release := holdWriter(t, db)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			_, _ = writeBulk(t.Context(), db, func(t *tx) (struct{}, error) { return struct{}{}, setting(fmt.Sprintf("b%d", i), "1")(t) })
		})
	}
	queued(t, db, 4)
	ended := make(chan error)
	go func() { ended <- db.Close() }()
	release()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	all.Wait()
}
