package store

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestCompactUnderASlowReader: who reads the old file for long sees what it saw, and keeps nobody waiting: not the compaction, nor those who
// write, nor a backup, nor the next compaction. When it is done, the old file is closed.
func TestCompactUnderASlowReader(t *testing.T) {
	db := open(t, Options{})
	id := accept(t, db, request("+380501112233")).ID
	old := []*bolt.DB{db.bolt}
	done := slowReader(t, db, id)
	first := compactNow(t, db)
	accept(t, db, request("+380501112244"))
	if n, err := db.Backup(t.Context(), io.Discard); err != nil || n == 0 {
		t.Errorf("a backup has %d bytes, %v", n, err)
	}
	old = append(old, db.bolt)
	second := compactNow(t, db)
	if err := <-second.Closed; err != nil { // nobody reads that one
		t.Error(err)
	}
	select {
	case err := <-first.Closed:
		t.Errorf("the first file is closed (%v) while somebody reads it", err)
	default:
	}
	if err := done(); err != nil {
		t.Errorf("the slow reader: %v", err)
	}
	if err := <-first.Closed; err != nil {
		t.Error(err)
	}
	for n, file := range old {
		if err := file.View(func(*bolt.Tx) error { return nil }); !errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
			t.Errorf("file %d is open still: %v", n, err)
		}
	}
	accept(t, db, request("+380501112255"))
	noProblems(t, db)
}

// slowReader reads until it is told to end; then it looks for a delivery once more.
func slowReader(t *testing.T, db *DB, id bots.ID) (end func() error) {
	t.Helper()
	begun, hold, res := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		res <- db.Read(t.Context(), func(v fallback.View) error {
			close(begun)
			<-hold
			if d := v.Delivery(id); d == nil {
				return errors.New("what was there when it began is gone")
			}
			return nil
		})
	}()
	<-begun
	end = sync.OnceValue(func() error {
		close(hold)
		return <-res
	})
	t.Cleanup(func() { _ = end() })
	return end
}

// compactNow compacts. The minute is for a compaction that waits for the reader, and so for ever.
func compactNow(t *testing.T, db *DB) Compacted {
	t.Helper()
	type answer struct {
		res Compacted
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		res, err := db.Compact(t.Context())
		answered <- answer{res, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil {
			t.Fatal(a.err)
		}
		return a.res
	case <-time.After(time.Minute):
		t.Fatal("the compaction waits for who reads the old file")
	}
	panic("not reached")
}
