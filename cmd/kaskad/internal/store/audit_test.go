package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// acted writes lines of the audit.
func acted(t *testing.T, db *DB, lines ...fallback.Audited) (ids []bots.ID) {
	t.Helper()
	err := db.Update(context.Background(), func(tx fallback.Tx) error {
		ids = nil
		for _, l := range lines {
			l.ID, l.At = tx.NewID(), tx.Now()
			tx.PutAudit(l)
			ids = append(ids, l.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestTheAuditIsReadNewestFirst(t *testing.T) {
	db := open(t, Options{})
	ids := acted(t, db, fallback.Audited{Act: "reply", By: "Iryna", Contact: 7}, fallback.Audited{Act: "note", By: "Petro", Contact: 8}, fallback.Audited{Act: "reply", By: "Petro", Contact: 7})
	if err := db.Records("audit").Put(context.Background(), "0001", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		ask  AuditAsk
		most int
		want []bots.ID
		more bool
	}{
		"all":             {AuditAsk{}, 10, []bots.ID{ids[2], ids[1], ids[0]}, false},
		"a page":          {AuditAsk{}, 2, []bots.ID{ids[2], ids[1]}, true},
		"the page behind": {AuditAsk{Before: ids[1]}, 2, []bots.ID{ids[0]}, false},
		"of a person":     {AuditAsk{Contact: 7}, 10, []bots.ID{ids[2], ids[0]}, false},
		"by somebody":     {AuditAsk{By: "petro"}, 10, []bots.ID{ids[2], ids[1]}, false},
		"an act":          {AuditAsk{Act: "note"}, 10, []bots.ID{ids[1]}, false},
		"too new":         {AuditAsk{Since: time.Now().Add(time.Hour)}, 10, nil, false},
	} {
		found, next, err := db.StaffAudit(context.Background(), c.ask, c.most)
		if err != nil || len(found) != len(c.want) || next != 0 != c.more {
			t.Errorf("%s: %v, next %v, %v", what, found, next, err)
			continue
		}
		for i := range found {
			if found[i].ID != c.want[i] {
				t.Errorf("%s: line %d is %v, want %v", what, i, found[i].ID, c.want[i])
			}
		}
	}
	own, err := db.Records("audit").List(context.Background(), "", 10)
	if err != nil || len(own) != 1 {
		t.Errorf("the program's own audit has %d lines, %v: want 1", len(own), err)
	}
}

func TestLinesOfTheAuditAreDroppedAndBlanked(t *testing.T) {
	db := open(t, Options{})
	ctx := context.Background()
	ids := acted(t, db, fallback.Audited{Act: "note", Contact: 7, Detail: "a secret"}, fallback.Audited{Act: "note", Contact: 8, Detail: "another's"})
	if err := db.eraseAudit(ctx, leavers{{Erasing: fallback.Erasing{Contact: 7}}}); err != nil {
		t.Fatal(err)
	}
	found, _, err := db.StaffAudit(ctx, AuditAsk{}, 10)
	if err != nil || len(found) != 2 || found[1].ID != ids[0] || found[1].Detail != "" || found[1].Act != "note" || found[1].At.IsZero() || found[0].Detail != "another's" {
		t.Fatalf("%+v, %v", found, err)
	}
	if n := left(t, db, time.Now().Add(-time.Hour)); n != 2 {
		t.Errorf("%d lines are left, want both: they are not old", n)
	}
	if n := left(t, db, time.Now().Add(time.Hour)); n != 0 {
		t.Errorf("%d old lines are left", n)
	}
}

// Lines of the program's own audit go by their age, too, and nothing that stands beside them.
func TestLinesOfTheProgramsAuditAreDropped(t *testing.T) {
	db := open(t, Options{})
	ctx, at := t.Context(), time.Now().Add(-time.Hour)
	var all []RecordOf
	for n := range 20 {
		line := people.EntryAt(at.Add(time.Duration(n)*time.Minute), "local", "pause", 0)
		raw, err := line.Encode()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, RecordOf{people.AuditRecords, Record{line.ID, raw}})
	}
	for _, kind := range []string{"audis", "audit ", "audiu"} {
		all = append(all, RecordOf{kind, Record{strings.Repeat("f", 16), []byte("another's")}})
	}
	if err := db.WriteRecords(ctx, all...); err != nil {
		t.Fatal(err)
	}
	dropped := 0
	if err := db.Retain(ctx, Retention{Audit: 50*time.Minute + 30*time.Second}, func(kind string, n int) {
		if kind == KeptAudit {
			dropped += n
		}
	}); err != nil {
		t.Fatal(err)
	}
	left, err := db.Records(people.AuditRecords).List(ctx, "", 100)
	if err != nil || dropped != 10 || len(left) != 10 {
		t.Fatalf("%d were dropped and %d are left of 20, %v", dropped, len(left), err)
	}
	for _, r := range left {
		if e, err := people.ReadEntry(r.ID, r.Data); err != nil || e.At.Before(at.Add(9*time.Minute)) {
			t.Errorf("%s of %s is left, %v", e.What, e.At, err)
		}
	}
	if other, err := db.Records("audit ").List(ctx, "", 1); err != nil || len(other) != 1 {
		t.Errorf("another's record is gone, %v", err)
	}
	if err := db.pieces(ctx, func(t *tx, from []byte, _ int) piece { return t.dropLines(from, time.Now(), 1) }, func(piece) {}); err != nil {
		t.Fatal(err)
	}
	if left, err := db.Records(people.AuditRecords).List(ctx, "", 1); err != nil || len(left) != 0 {
		t.Errorf("one at a time leaves %d, %v", len(left), err)
	}
}

// left drops lines from before a time, one at a time, and counts the rest.
func left(t *testing.T, db *DB, before time.Time) int {
	t.Helper()
	err := db.pieces(context.Background(), func(t *tx, from []byte, _ int) piece { return t.dropAudit(from, before, 1) }, func(piece) {})
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := db.StaffAudit(context.Background(), AuditAsk{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}
