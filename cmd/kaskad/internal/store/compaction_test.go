package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	bolt "go.etcd.io/bbolt"
)

// TestCompact: what was deleted is in the file until it is compacted, and not after; everything else is there.
func TestCompact(t *testing.T) {
	db := open(t, Options{Generation: 16})
	for n := range 300 {
		accept(t, db, request(fmt.Sprintf("+3805011%05d", n)))
	}
	secret := []byte("a name that was erased")
	people := db.Records("test")
	for n := range 200 {
		if err := people.Put(t.Context(), fmt.Sprint(n), bytes.Repeat(secret, 40)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 200 {
		if err := people.Delete(t.Context(), fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(fileOf(t, db), secret) {
		t.Fatal("what was deleted left the file by itself: this test shows nothing")
	}
	res, err := db.Compact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := fileOf(t, db)
	if bytes.Contains(b, secret) {
		t.Error("what was deleted is still in the file")
	}
	if res.After >= res.Before || res.After != int64(len(b)) || res.Paused <= 0 {
		t.Errorf("Compact = %+v; the file has %d bytes", res, len(b))
	}
	info, err := os.Stat(db.Path())
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the new file is %v, %v; want 0600", info.Mode(), err)
	}
	for n := range 300 {
		accept(t, db, request(fmt.Sprintf("+3805011%05d", n)))
	}
	noProblems(t, db)
}

func fileOf(t *testing.T, db *DB) []byte {
	t.Helper()
	b, err := os.ReadFile(db.Path())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCompactWithHeadsInTheirLog: the head of a conversation that was changed just now stands in a log for a moment. It is not carried into
// the new file, to be deleted there.
func TestCompactWithHeadsInTheirLog(t *testing.T) {
	db := open(t, Options{})
	if _, err := db.Receive(t.Context(), wrote("e1", "1", "hello"), rules(), world()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.bolt.View(func(btx *bolt.Tx) error {
		if k, _ := btx.Bucket([]byte(layouts[tHeadLog].bucket)).Cursor().First(); k != nil {
			t.Error("the new file has a head in its log")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	noProblems(t, db)
}

// TestCompactUnderTraffic: calls wait, go on, and lose nothing.
func TestCompactUnderTraffic(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{Generation: 64})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	said := make([][]string, 4)
	for c := range said {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				req := request(fmt.Sprintf("+38050222%02d%02d", c, n%50))
				req.Text, req.Key = fmt.Sprint(n), fmt.Sprint(c, "/", n)
				a, err := db.Accept(t.Context(), req, rules(), world())
				if err != nil {
					t.Errorf("Accept: %v", err)
					return
				}
				said[c] = append(said[c], "accepted "+req.Key+" "+a.ID.String())
				if _, err := db.Load(t.Context(), a.ID); err != nil {
					t.Errorf("Load of what was accepted just now: %v", err)
				}
			}
		})
	}
	for range 5 {
		if _, err := db.Compact(t.Context()); err != nil {
			t.Error(err)
		}
		accept(t, db, request("+380503330000"))
	}
	close(stop)
	wg.Wait()
	for round := range 2 { // as it is in memory, and as it is on disk
		for _, lines := range said {
			for _, line := range lines {
				acknowledged(t, db, line)
			}
		}
		noProblems(t, db)
		if round == 0 {
			closeChecked(t, db)
			db = openAt(t, dir, Options{Generation: 64})
		}
	}
}

// TestCompactThatFails leaves everything as it was, and the next one works.
func TestCompactThatFails(t *testing.T) {
	for what, spoil := range map[string]func(t *testing.T, db *DB) (context.Context, func()){
		"its place is taken": func(t *testing.T, db *DB) (context.Context, func()) {
			taken := filepath.Join(filepath.Dir(db.Path()), compactName)
			if err := os.MkdirAll(filepath.Join(taken, "x"), 0o700); err != nil {
				t.Fatal(err)
			}
			return t.Context(), func() { _ = os.RemoveAll(taken) }
		},
		"its caller leaves": func(t *testing.T, db *DB) (context.Context, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, func() {}
		},
		"a backup is at work": func(t *testing.T, db *DB) (context.Context, func()) {
			db.long.RLock()
			return t.Context(), db.long.RUnlock
		},
	} {
		t.Run(what, func(t *testing.T) {
			db := open(t, Options{})
			ctx, mend := spoil(t, db)
			if _, err := db.Compact(ctx); err == nil {
				t.Fatal("Compact = nil; want its error")
			}
			accept(t, db, request("+380501112233"))
			mend()
			if _, err := db.Compact(t.Context()); err != nil {
				t.Error(err)
			}
			accept(t, db, request("+380501112244"))
		})
	}
}

// TestCompactOfAStoreThatFails: a compaction begins with a commit. Where that ends the store, no new file takes the place of the old one, whose
// last commit nobody knows.
func TestCompactOfAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file syscallFile
		db := open(t, Options{boltOpts: file.catch})
		if _, err := db.Receive(t.Context(), wrote("e1", "1", "hello"), rules(), world()); err != nil { // its head is to be written
			t.Fatal(err)
		}
		was, err := os.Stat(db.Path())
		if err != nil {
			t.Fatal(err)
		}
		file.close(t)
		if _, err := db.Compact(t.Context()); !errors.Is(err, ErrFailed) {
			t.Errorf("Compact = %v; want ErrFailed", err)
		}
		if is, err := os.Stat(db.Path()); err != nil || !os.SameFile(was, is) {
			t.Errorf("another file has the store's name, %v", err)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(db.Path()), compactName)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a copy lies beside it: %v", err)
		}
		_ = db.Close()
	})
}

// TestCopyThatDiffers is refused: every entry of the new file is compared before it takes the place of the old one.
func TestCopyThatDiffers(t *testing.T) {
	db := open(t, Options{})
	accept(t, db, request("+380501112233"))
	for what, spoil := range map[string]func(*bolt.Tx) error{
		"an entry is missing": func(btx *bolt.Tx) error {
			k, _ := btx.Bucket([]byte("d")).Cursor().First()
			return btx.Bucket([]byte("d")).Delete(k)
		},
		"an entry is another": func(btx *bolt.Tx) error {
			k, v := btx.Bucket([]byte("d")).Cursor().First()
			return btx.Bucket([]byte("d")).Put(k, append(bytes.Clone(v), 0))
		},
		"an entry is too much": func(btx *bolt.Tx) error { return btx.Bucket([]byte("d")).Put([]byte("zzzzzzzz"), nil) },
		"a bucket is missing":  func(btx *bolt.Tx) error { return btx.DeleteBucket([]byte("spent")) },
	} {
		c := &compaction{db: db, ctx: t.Context(), path: filepath.Join(t.TempDir(), "copy")}
		if err := db.beside(t.Context(), c.copy); err != nil {
			t.Fatal(err)
		}
		fresh, err := bolt.Open(c.path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		compare := func() error { return c.compare(fresh) }
		if err := db.beside(t.Context(), compare); err != nil {
			t.Errorf("a true copy is refused: %v", err)
		}
		if err := fresh.Update(spoil); err != nil {
			t.Fatal(err)
		}
		if err := db.beside(t.Context(), compare); err == nil {
			t.Errorf("%s: nobody noticed", what)
		}
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenedWhileItIsCompacted: a process that waits for the lock of the old file gets it when that is closed; it must not take the file
// that is gone for the store.
func TestOpenedWhileItIsCompacted(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	opened := make(chan struct{})
	var once sync.Once
	other := Options{boltOpts: func(o *bolt.Options) {
		o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			once.Do(func() { close(opened) })
			return f, err
		}
	}}
	res := make(chan error)
	go func() {
		second, err := Open(dir, other)
		if err == nil {
			err = errors.Join(errors.New("it has the store open"), second.Close())
		}
		res <- err
	}()
	<-opened
	if _, err := db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-res; !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v; want ErrInUse", err)
	}
}
