package store

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// holdWriter keeps the writer busy until the test lets it go.
func holdWriter(t *testing.T, db *DB) (release func()) {
	t.Helper()
	hold, held := make(chan struct{}), make(chan struct{})
	var once sync.Once
	o := db.newOp(func(*tx) error {
		once.Do(func() { close(held) })
		<-hold
		return errors.New("holds the writer")
	})
	db.queue <- o
	<-held
	return func() {
		close(hold)
		_ = db.wait(context.Background(), o)
	}
}

// together runs operations so that they share one commit.
func together(t *testing.T, db *DB, run ...func(*tx) error) []error {
	t.Helper()
	release := holdWriter(t, db)
	errs := make([]error, len(run))
	var wg sync.WaitGroup
	for i, f := range run {
		o := db.newOp(f)
		if db.prepare(o) {
			db.queue <- o
		}
		wg.Go(func() { errs[i] = db.wait(t.Context(), o) })
	}
	release()
	wg.Wait()
	return errs
}

func setting(name, value string) func(*tx) error {
	return func(t *tx) error {
		t.set.put(tSetting, []byte(name), wrapped([]byte(value)))
		return nil
	}
}

func TestNeighboursOfAFailureAreLeftAlone(t *testing.T) {
	for _, inWriter := range []bool{false, true} {
		t.Run(fmt.Sprintf("inWriter=%v", inWriter), func(t *testing.T) {
			db := open(t, Options{inWriter: inWriter})
			boom := errors.New("boom")
			corrupt := &CorruptError{Bucket: "d", Key: []byte{1}, Err: errMalformed}
			errs := together(t, db,
				setting("a", "1"),
				func(t *tx) error { return errors.Join(setting("b", "1")(t), boom) },
				func(t *tx) error { _ = setting("c", "1")(t); panic(corrupt) },
				func(t *tx) error { _ = setting("d", "1")(t); panic("text of a message") },
				setting("e", "1"),
			)
			if errs[0] != nil || errs[4] != nil || !errors.Is(errs[1], boom) || !errors.Is(errs[2], errMalformed) || errs[3] == nil {
				t.Errorf("errors %v", errs)
			}
			if strings.Contains(errs[3].Error(), "text of") {
				t.Errorf("a panic's words are in its error: %v", errs[3])
			}
			for name, want := range map[string]bool{"a": true, "b": false, "c": false, "d": false, "e": true} {
				got, err := view(t.Context(), db, func(t *tx) ([]byte, error) { return t.get(tSetting, []byte(name)), nil })
				if err != nil || (got != nil) != want {
					t.Errorf("setting %s is there: %v, %v; want %v", name, got != nil, err, want)
				}
			}
		})
	}
}

// TestCopiesOfOneEvent: sixteen copies in one commit give one turn, whoever runs them.
func TestCopiesOfOneEvent(t *testing.T) {
	for _, inWriter := range []bool{false, true} {
		t.Run(fmt.Sprintf("inWriter=%v", inWriter), func(t *testing.T) {
			db := open(t, Options{inWriter: inWriter, Generation: 4})
			var copies []func(*tx) error
			event := wrote("e1", "42", "hello")
			for range 16 {
				copies = append(copies, func(t *tx) error {
					_, err := fallback.Receive(t, event, rules(), world())
					return err
				})
			}
			taken := 0
			for _, err := range together(t, db, copies...) {
				switch {
				case err == nil:
					taken++
				case !errors.Is(err, fallback.ErrSeen):
					t.Error(err)
				}
			}
			if taken != 1 {
				t.Errorf("%d copies were taken; want 1", taken)
			}
		})
	}
}

// TestSameOrder: whatever is read and written by many at once, the outcome is that of one after the other.
func TestSameOrder(t *testing.T) {
	t.Parallel()
	for _, inWriter := range []bool{false, true} {
		t.Run(fmt.Sprintf("inWriter=%v", inWriter), func(t *testing.T) {
			db := open(t, Options{inWriter: inWriter, Generation: 8})
			const callers, each = 8, 50
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for range each {
						err := db.write(t.Context(), func(t *tx) error {
							n := t.Spent("2026-11-21").Amount
							t.AddSpent("2026-11-21", bots.Money{Amount: 1, Currency: "UAH"})
							c := t.Conversation(1)
							c.Contact = 1
							if int64(c.Unread) != n {
								return fmt.Errorf("the head says %d, the costs say %d", c.Unread, n)
							}
							c.Unread++
							t.PutConversation(c)
							old, _ := t.Key("counter")
							t.PutKey("counter", fallback.KeyUse{Body: old.Body + 1})
							if int64(old.Body) != n {
								return fmt.Errorf("the key says %d, the costs say %d", old.Body, n)
							}
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			_, _ = view(t.Context(), db, func(tx *tx) (int, error) {
				key, _ := tx.Key("counter")
				if key.Body != callers*each || tx.Conversation(1).Unread != callers*each {
					t.Errorf("%d, %d; want %d", key.Body, tx.Conversation(1).Unread, callers*each)
				}
				return 0, nil
			})
		})
	}
}

func TestAContextEndsTheWait(t *testing.T) {
	db := open(t, Options{})
	release := holdWriter(t, db)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := db.PutSetting(ctx, "late", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("PutSetting = %v; want DeadlineExceeded", err)
	}
	release()
	if v, err := db.Setting(t.Context(), "late"); v != nil || err != nil {
		t.Errorf("Setting = %v, %v; want none: its caller was told that nothing was written", v, err)
	}
}

func TestImpureOperationIsRefused(t *testing.T) {
	db := open(t, Options{})
	n := 0
	err := db.write(t.Context(), func(t *tx) error {
		n++
		return setting("n", fmt.Sprint(n))(t)
	})
	if err == nil || !strings.Contains(err.Error(), "not pure") {
		t.Errorf("write = %v; want it refused as impure", err)
	}
}

// TestErrorOfTheDisk: after an error of a commit nothing is acknowledged, and everyone hears why.
func TestErrorOfTheDisk(t *testing.T) {
	var file syscallFile
	db := open(t, Options{boltOpts: file.catch})
	if err := db.PutSetting(t.Context(), "a", nil); err != nil {
		t.Fatal(err)
	}
	file.close(t)
	for range 2 {
		err := db.PutSetting(t.Context(), "b", nil)
		if !errors.Is(err, ErrFailed) || !errors.Is(err, fallback.ErrUnavailable) {
			t.Errorf("PutSetting = %v; want ErrFailed", err)
		}
	}
	select {
	case err := <-db.Failed():
		if !errors.Is(err, ErrFailed) {
			t.Errorf("Failed = %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("Failed tells nothing")
	}
	if v, err := db.Setting(t.Context(), "a"); err != nil || v == nil {
		t.Errorf("Setting(a) = %v, %v; want what was durable", v, err)
	}
	if v, err := db.Setting(t.Context(), "b"); err == nil && v != nil {
		t.Error("Setting(b) is there, and nobody was told so")
	}
	_ = db.Close()
}

// TestFullFile: a file that may not grow refuses, and goes on when there is room again.
func TestFullFile(t *testing.T) {
	var b *bolt.DB
	db := open(t, Options{boltOpts: func(o *bolt.Options) { o.InitialMmapSize = 0 }})
	b = db.bolt
	if err := db.PutSetting(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	onWriter(t, db, func() { b.MaxSize = 1 })
	err := db.PutSetting(t.Context(), "b", make([]byte, 1<<20))
	if !errors.Is(err, ErrFull) || !errors.Is(err, fallback.ErrUnavailable) {
		t.Fatalf("PutSetting = %v; want ErrFull", err)
	}
	if v, err := db.Setting(t.Context(), "b"); err != nil || v != nil {
		t.Errorf("Setting = %v, %v; want none", v, err)
	}
	onWriter(t, db, func() { b.MaxSize = 0 })
	if err := db.PutSetting(t.Context(), "b", make([]byte, 1<<20)); err != nil {
		t.Errorf("PutSetting with room = %v", err)
	}
}

// onWriter runs f while the writer does nothing else.
func onWriter(t *testing.T, db *DB, f func()) {
	t.Helper()
	o := db.newOp(func(*tx) error { f(); return errors.New("nothing to write") })
	db.queue <- o
	_ = db.wait(t.Context(), o)
}

// TestFullDisk fills a real file system. It needs the right to mount one: run it as root, or with
//
//	unshare -rm go test -run TestFullDisk ./cmd/kaskad/internal/store
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", dir).Run(); err != nil {
		t.Skip("no right to mount; run: unshare -rm go test -run TestFullDisk ./cmd/kaskad/internal/store")
	}
	defer func() { _ = exec.Command("umount", "-l", dir).Run() }()
	db := openAt(t, dir, Options{boltOpts: func(o *bolt.Options) { o.InitialMmapSize = 16 << 20 }})
	written, err := 0, error(nil)
	for ; err == nil && written < 100; written++ {
		err = db.PutSetting(t.Context(), fmt.Sprint(written), make([]byte, 128<<10))
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("PutSetting number %d = %v; want ErrFull", written, err)
	}
	for n := range written - 1 {
		if v, err := db.Setting(t.Context(), fmt.Sprint(n)); err != nil || len(v) != 128<<10 {
			t.Errorf("Setting(%d) = %d bytes, %v", n, len(v), err)
		}
	}
	if err := exec.Command("mount", "-o", "remount,size=16m", dir).Run(); err != nil {
		t.Fatal(err)
	}
	if err := db.PutSetting(t.Context(), "more", make([]byte, 1<<20)); err != nil {
		t.Errorf("PutSetting with room = %v", err)
	}
	closeChecked(t, db)
}

func TestQueueIsBounded(t *testing.T) {
	db := open(t, Options{Queue: 2})
	release := holdWriter(t, db)
	var done atomic.Int32
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if err := db.PutSetting(t.Context(), fmt.Sprint(i), nil); err != nil {
				t.Error(err)
			}
			done.Add(1)
		})
	}
	time.Sleep(20 * time.Millisecond)
	if n, q := done.Load(), db.Stats().Queue; n != 0 || q > 4 {
		t.Errorf("%d are done and %d queued while the writer is held; want none and at most 2 for the workers and 2 for the writer", n, q)
	}
	release()
	wg.Wait()
}

func TestClosedStore(t *testing.T) {
	db := open(t, Options{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.PutSetting(t.Context(), "a", nil); !errors.Is(err, ErrClosed) || !errors.Is(err, fallback.ErrUnavailable) {
		t.Errorf("PutSetting = %v; want ErrClosed", err)
	}
	if _, err := db.Setting(t.Context(), "a"); !errors.Is(err, ErrClosed) {
		t.Errorf("Setting = %v; want ErrClosed", err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close again = %v", err)
	}
}

// TestIds: ids grow, over clock jumps and restarts, and a second run of an operation gets the same.
func TestIds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		last := bots.ID(0)
		next := func(db *DB) {
			t.Helper()
			id, err := write(t.Context(), db, func(t *tx) (bots.ID, error) {
				id := t.NewID()
				return id, setting("id", id.String())(t)
			})
			if err != nil || id <= last {
				t.Errorf("NewID = %d, %v; want more than %d", id, err, last)
			}
			last = id
		}
		time.Sleep(1000 * time.Hour) // the clock is wrong, and is put right
		db := openAt(t, dir, Options{})
		next(db)
		next(db)
		if uint64(last) < uint64(time.Now().UnixMicro()) {
			t.Errorf("id %d is before its time %d", last, time.Now().UnixMicro())
		}
		db.ids.last.Store(uint64(time.Now().Add(500 * time.Hour).UnixMicro()))
		last = bots.ID(db.ids.last.Load())
		next(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		next(openAt(t, dir, Options{}))
	})
}

// TestPagesOfAnAccept is the exact cost of 256 callers on a file that has a past: it does not depend on the machine.
func TestPagesOfAnAccept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := fill(dir, 20_000, 20_000); err != nil {
		t.Fatal(err)
	}
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const batch, batches = 256, 40
	before := db.Stats()
	for n := range batches {
		release := holdWriter(t, db)
		var wg sync.WaitGroup
		for i := range batch {
			req := benchRequest(n*batch + i)
			req.To.Value = benchPhone((n*batch + i) * 7919 % 20_000)
			o := db.newOp(func(t *tx) error { _, err := fallback.Accept(t, req, rules(), world()); return err })
			if !db.prepare(o) {
				t.Fatal("nothing to write")
			}
			db.queue <- o
			wg.Go(func() {
				if err := db.wait(t.Context(), o); err != nil {
					t.Error(err)
				}
			})
		}
		release()
		wg.Wait()
	}
	after := db.Stats()
	pages := float64(after.Pages-before.Pages) / (batch * batches)
	t.Logf("%.2f pages for each accept, %.1f accepts in a commit", pages, float64(after.Ops-before.Ops)/float64(after.Batches-before.Batches))
	if pages > 1.1 {
		t.Errorf("%.2f pages for each accept; want at most 1.1", pages)
	}
}
