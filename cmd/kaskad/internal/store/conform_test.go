package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/cmd/kaskad/internal/store/storetest"
)

// conforming is a store with the check as the shared tests want it.
type conforming struct{ *store.DB }

func (c conforming) Check() error {
	problems, err := c.DB.Check(context.Background())
	for _, p := range problems {
		err = errors.Join(err, fmt.Errorf("%s", p))
	}
	return err
}

// EraseRest makes unreadable besides what was sealed of those who are erased.
func (c conforming) EraseRest(ctx context.Context, people []bots.ID) (bool, error) {
	more, err := c.DB.EraseRest(ctx, people)
	if err == nil && !more {
		_, err = c.ForgetKeys(ctx, nil)
	}
	return more, err
}

// Forget drops what nothing open needs.
func (c conforming) Forget(ctx context.Context) error {
	return c.Retain(ctx, store.Retention{Messages: 1, Deliveries: 1}, func(string, int) {})
}

// TestStore runs what every store must do. Every transaction runs twice; generations are small, so that there are many.
func TestStore(t *testing.T) {
	t.Parallel()
	runAll(t, store.Options{Twice: true, Generation: 16})
}

// TestStoreOfTestKeys runs the same where every id has the mark. What it writes is not waited for: that it is on the disk is TestStore's.
func TestStoreOfTestKeys(t *testing.T) {
	t.Parallel()
	runAll(t, store.Unsynced(store.Options{Twice: true, Generation: 16, Test: true}))
}

func runAll(t *testing.T, opt store.Options) {
	storetest.Run(t, func(t *testing.T, dir string) storetest.Store {
		t.Helper()
		db, err := store.Open(dir, opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := (conforming{db}).Check(); err != nil && !errors.Is(err, store.ErrClosed) {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return conforming{db}
	})
}

// TestSealedStore runs the same where what is of people is sealed.
func TestSealedStore(t *testing.T) {
	t.Parallel()
	runAll(t, store.Unsynced(store.Options{Twice: true, Generation: 16, Keys: newKeys(t)}))
}

// newKeys are keys for a test, of as many files as it opens.
func newKeys(t *testing.T) *keyring.Ring {
	t.Helper()
	path, master := filepath.Join(t.TempDir(), "people.keys"), keyring.NewMaster()
	if err := keyring.Make(path, master); err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.Open(path, master)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := keys.Close(); err != nil {
			t.Error(err)
		}
	})
	return keys
}
