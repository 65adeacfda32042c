package store

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestFreed: since when a person's data is in free pages is noted once, outlives a restart, and ends with a compaction.
func TestFreed(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir, Options{})
	accept(t, db, request("+380501112233"))
	if since := db.FreedSince(); !since.IsZero() {
		t.Errorf("FreedSince of a store in which nothing was deleted = %s", since)
	}
	quarantined := func() {
		t.Helper()
		if err := db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Raw: []byte("x"), At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		list, err := db.Quarantined(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := db.DropQuarantined(t.Context(), list[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	before := now()
	quarantined()
	first := db.FreedSince()
	if first.Before(before) || first.After(now()) {
		t.Errorf("FreedSince = %s; want a time since %s", first, before)
	}
	quarantined()
	closeChecked(t, db)
	db = openAt(t, dir, Options{})
	if since := db.FreedSince(); !since.Equal(first) {
		t.Errorf("after a second one and a restart FreedSince = %s; want %s", since, first)
	}
	for range 2 {
		if _, err := db.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if since := db.FreedSince(); !since.IsZero() {
			t.Errorf("FreedSince of a file that was compacted = %s", since)
		}
		closeChecked(t, db)
		db = openAt(t, dir, Options{})
	}
	if err := db.Update(t.Context(), func(tx fallback.Tx) error {
		tx.PutErased(fallback.Erased{Contact: 7, At: tx.Now()})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if db.FreedSince().IsZero() {
		t.Error("an erasure that deletes nothing is not noted")
	}
}
