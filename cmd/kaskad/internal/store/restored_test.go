package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kaskad/bots"
	"kaskad/fallback"
)

// What was open in a copy ends in commits of a few. A crash after the first leaves the store in safe mode, and the next call ends the rest,
// once each; what came since, and what is to be sent, stays open.
func TestEndRestoredGoesOnAfterACrash(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	const many = 2*restoredAtOnce + 50
	ids := make([]bots.ID, many)
	for i := range ids {
		ids[i] = accept(t, db, request(fmt.Sprintf("+38050%07d", i))).ID
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := MarkCopy(filepath.Join(dir, FileName)); err != nil {
		t.Fatal(err)
	}
	restored := func(db *DB) bool {
		pauses, err := db.Pauses(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(pauses, func(p fallback.Pause) bool { return p.Scope == fallback.RestoredScope && p.To.IsZero() })
	}
	db = openAt(t, dir, Options{})
	if !restored(db) {
		t.Fatal("a copy that is opened as the store is not in safe mode")
	}
	later, send := accept(t, db, request("+380661112233")).ID, map[bots.ID]bool{ids[many-1]: true}
	page, err := db.openPage(t.Context(), []byte{}, send)
	if err != nil || page.next == nil {
		t.Fatalf("the first page is %d ids, %v", len(page.ids), err)
	}
	for _, id := range page.ids {
		if err := db.write(t.Context(), func(tx *tx) error { _, err := fallback.EndRestored(tx, id); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openAt(t, dir, Options{})
	if !restored(db) {
		t.Error("after a crash in the middle the safe mode is over")
	}
	for _, want := range []int{many - 1 - len(page.ids), 0} {
		if n, err := db.EndRestored(t.Context(), send); err != nil || n != want {
			t.Errorf("EndRestored = %d, %v; want %d", n, err, want)
		}
	}
	for _, id := range append(slices.Clone(ids), later) {
		d, err := db.Delivery(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		stays := id == later || send[id]
		if stays == d.State.Final() || !stays && (d.State != fallback.Unconfirmed || d.Reason != fallback.ReasonRestored) {
			t.Errorf("delivery %s is %s %q; stays open: %v", id, d.State, d.Reason, stays)
		}
	}
}

// An older file beside the count of starts is one that was put back; the same one, or one that is moved without the count, is not.
func TestAnOlderStoreIsRecognised(t *testing.T) {
	dir := t.TempDir()
	begin := func() (pauses int) {
		db, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := db.Pauses(t.Context())
		if err == nil {
			err = db.NoteStart(t.Context())
		}
		if closed := db.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		return len(all)
	}
	path, starts := filepath.Join(dir, FileName), filepath.Join(dir, StartsName)
	begin()
	old := readFile(t, path)
	oldStarts := readFile(t, starts)
	if n := begin(); n != 0 {
		t.Errorf("a store that is opened again has %d pauses", n)
	}
	writeFile(t, starts, oldStarts)
	if n := begin(); n != 0 {
		t.Errorf("a store that is newer than the count has %d pauses", n)
	}
	writeFile(t, path, old)
	writeFile(t, starts, []byte(`{"store":"another","starts":900}`))
	if n := begin(); n != 0 {
		t.Errorf("a store beside another one's count has %d pauses", n)
	}
	begin()
	writeFile(t, path, old)
	for range 2 {
		if n := begin(); n != 1 {
			t.Errorf("a store that was put back has %d pauses; want the one of safe mode", n)
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
