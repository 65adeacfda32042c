package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
)

func TestEveryIDOfATestStoreHasTheMark(t *testing.T) {
	for name, c := range map[string]struct {
		opt   Options
		begin string
	}{
		"a real store": {Options{}, "0"},
		"a test store": {Options{Test: true}, "4"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, c.opt)
			before := time.Now().Add(-time.Second)
			d := accept(t, db, request("+380501112233"))
			had, err := db.Load(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			ids := []bots.ID{d.ID, had.Contact.ID}
			changes, err := db.Changes(t.Context(), 0, 100)
			if err != nil || len(changes) == 0 {
				t.Fatalf("changes %v, %v", changes, err)
			}
			for _, change := range changes {
				ids = append(ids, change.Contact)
			}
			for _, id := range ids {
				if !strings.HasPrefix(id.String(), c.begin) || id.Test() != c.opt.Test {
					t.Errorf("id %s; want one that begins with %s", id, c.begin)
				}
				if made := id.Time(); made.Before(before) || made.After(time.Now().Add(time.Minute)) {
					t.Errorf("id %s was made at %v", id, made)
				}
			}
			if since := allOf(t, db, Filter{Since: before}, 10); len(since) != 1 {
				t.Errorf("%d deliveries since a second ago; want 1", len(since))
			}
			if since := allOf(t, db, Filter{Since: time.Now().Add(time.Hour)}, 10); len(since) != 0 {
				t.Errorf("%d deliveries since in an hour", len(since))
			}
		})
	}
}

func TestAStoreIsNotOpenedAsTheOtherKind(t *testing.T) {
	for name, c := range map[string]struct {
		first, then Options
		says        string
	}{
		"a real one for test keys": {Options{}, Options{Test: true}, "real records"},
		"a test one for real keys": {Options{Test: true}, Options{}, "test keys made"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := openAt(t, dir, c.first)
			accept(t, db, request("+380501112233"))
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			was, err := os.ReadFile(filepath.Join(dir, FileName))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir, c.then); !errors.Is(err, ErrKind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Open = %v; want that it %s", err, c.says)
			}
			if is, err := os.ReadFile(filepath.Join(dir, FileName)); err != nil || string(is) != string(was) {
				t.Errorf("the refused file has changed (%v)", err)
			}
			openAt(t, dir, c.first)
		})
	}
}

func TestCheckFindsARecordOfTheOtherKind(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	accept(t, db, request("+380501112233"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := bolt.Open(filepath.Join(dir, FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = file.Update(func(btx *bolt.Tx) error { return btx.Bucket(metaBucket).Put(keyTest, []byte{1}) })
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	db, err = Open(dir, Options{Test: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Check(t.Context())
	if err != nil || len(found) == 0 || !strings.Contains(found[len(found)-1].String(), "other kind") {
		t.Errorf("Check = %v, %v; want that a record belongs into the other kind of store", found, err)
	}
}
