package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
)

// syscallFile is the file that bbolt has open, to take it away.
type syscallFile struct{ f *os.File }

func (s *syscallFile) catch(o *bolt.Options) {
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		s.f = f
		return f, err
	}
}

func (s *syscallFile) close(t *testing.T) {
	t.Helper()
	if err := s.f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSecondOpenerIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openAt(t, dir, Options{})
	_, err := Open(dir, Options{}) // waits a second, or two, for one that ends
	if !errors.Is(err, ErrInUse) || err.Error() != "kaskad.db is in use; is another kaskad running?" {
		t.Errorf("Open = %v", err)
	}
}

func TestMigration(t *testing.T) {
	dir := t.TempDir()
	old := openAt(t, dir, Options{})
	if err := old.PutSetting(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	fails := errors.New("does not work")
	broken := append(migrations[:len(migrations):len(migrations)], func(*bolt.Tx, []byte) ([]byte, error) { return nil, fails })
	if _, err := Open(dir, Options{migrations: broken}); !errors.Is(err, fails) {
		t.Fatalf("Open with a broken migration = %v", err)
	}
	next := append(migrations[:len(migrations):len(migrations)], func(btx *bolt.Tx, _ []byte) ([]byte, error) {
		return nil, btx.Bucket([]byte("settings")).Put(name("b"), wrapped([]byte("2")))
	})
	db := openAt(t, dir, Options{migrations: next})
	for key, want := range map[string]string{"a": "1", "b": "2"} {
		if v, err := db.Setting(t.Context(), key); err != nil || string(v) != want {
			t.Errorf("Setting(%s) = %q, %v; want %q", key, v, err, want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), fmt.Sprint("schema ", len(next))) {
		t.Errorf("Open of a newer file = %v; want ErrNewer", err)
	}
	back := t.TempDir()
	if err := os.Rename(filepath.Join(dir, FileName+fmt.Sprint(".schema", len(migrations))), filepath.Join(back, FileName)); err != nil {
		t.Fatalf("no copy from before the migration: %v", err)
	}
	if v, err := openAt(t, back, Options{}).Setting(t.Context(), "a"); err != nil || string(v) != "1" {
		t.Errorf("the copy has %q, %v", v, err)
	}
}

// TestNewerFileIsRefused: of a file that a newer version has written nothing else is expected to be as we know it.
func TestNewerFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	closeChecked(t, openAt(t, dir, Options{}))
	damage(t, dir, func(btx *bolt.Tx) error {
		return errors.Join(btx.DeleteBucket(genBucket), btx.Bucket(metaBucket).Put(keySchema, numberKey(99)))
	})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("Open = %v; want ErrNewer", err)
	}
}

// TestBackup takes copies while others write: each is a whole store.
func TestBackup(t *testing.T) {
	t.Parallel()
	db := open(t, Options{Generation: 16})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, _ = db.Accept(ctx, request("+38050111223"+string(rune('0'+i))), rules(), world())
				_, _ = db.Receive(ctx, wrote("e"+bots.ID(i*1e6+n+1).String(), "4"+string(rune('0'+i)), "hello"), rules(), world())
			}
		})
	}
	for range 5 {
		time.Sleep(20 * time.Millisecond)
		var b bytes.Buffer
		n, err := db.Backup(t.Context(), &b)
		if err != nil || n != int64(b.Len()) {
			t.Fatalf("Backup = %d bytes of %d, %v", n, b.Len(), err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		copied := openAt(t, dir, Options{})
		if copied.LastChange() > db.LastChange() {
			t.Errorf("the copy has change %d, the store %d", copied.LastChange(), db.LastChange())
		}
		closeChecked(t, copied)
	}
	cancel()
	wg.Wait()
	if _, err := db.Backup(ctx, new(bytes.Buffer)); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup with an ended context = %v", err)
	}
}
