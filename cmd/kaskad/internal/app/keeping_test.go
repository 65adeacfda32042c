package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// keeper is the keeping of a store in a folder, and how to end it.
func keeper(t *testing.T, dir string) (*keeping, func()) {
	t.Helper()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &App{db: db, log: slog.New(slog.DiscardHandler)}
	k := &keeping{db: db, log: a.log, crowd: crowd, cfg: defaultRetention(), zone: time.UTC, dropped: map[string]uint64{}, compact: a.rewrite, note: a.noteAudit}
	return k, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// runs has a keeping work until the returned func is called.
func (k *keeping) runs(t *testing.T) func() {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func quarantined(t *testing.T, db *store.DB, event string) {
	t.Helper()
	if err := db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Event: event, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// dropsOne leaves something of a person in free pages.
func dropsOne(t *testing.T, db *store.DB) {
	t.Helper()
	quarantined(t, db, "e1")
	list, err := db.Quarantined(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	if err := db.DropQuarantined(t.Context(), list[0].ID); err != nil {
		t.Fatal(err)
	}
}

// TestAClockThatWasWrong: what was noted at a time that is yet to come, by a clock that was years ahead, keeps nothing from its turn.
func TestAClockThatWasWrong(t *testing.T) {
	dir := t.TempDir()
	k, end := keeper(t, dir) // by today's clock
	dropsOne(t, k.db)
	if err := k.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	end()
	synctest.Test(t, func(t *testing.T) { // by a clock of the year 2000
		k, end := keeper(t, dir)
		defer end()
		stop := k.runs(t)
		time.Sleep(3 * time.Minute)
		if s := k.status(); !s.DeletedSince.IsZero() {
			t.Errorf("after three minutes %+v; want the file compacted", s)
		}
		time.Sleep(2 * day)
		if s := k.status(); time.Since(s.Last) > day {
			t.Errorf("after two nights the last pass was at %s", s.Last)
		}
		stop()
	})
}

// TestRetentionThatFails keeps nobody in the file who was erased.
func TestRetentionThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		k, end := keeper(t, dir)
		defer end()
		k.journal = &journal{Journal: store.JournalIn(dir), db: k.db, log: k.log}
		if err := os.WriteFile(filepath.Join(dir, store.JournalName), []byte("no line of ours\n\n\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		dropsOne(t, k.db)
		stop := k.runs(t)
		time.Sleep(8 * day)
		if s := k.status(); !s.DeletedSince.IsZero() {
			t.Errorf("after a week of passes that failed %+v; want the file compacted", s)
		}
		stop()
		if err := k.pass(t.Context(), time.Now()); err == nil {
			t.Error("the pass does not fail: this test shows nothing")
		}
	})
}

// TestAPassThatFailsLeavesTheJournal: while the store cannot drop what is old, lines stay that it may have to be told again.
func TestAPassThatFailsLeavesTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		k, end := keeper(t, dir)
		j := store.JournalIn(dir)
		k.journal = &journal{Journal: j, db: k.db, log: k.log}
		for _, card := range []string{"C-1", "C-2"} {
			no := bots.Consent{State: bots.Denied, At: time.Now(), Source: "form"}
			_, _, err := k.db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: card}, func(c *bots.Contact) error { c.Tell(no); return nil })
			if err := errors.Join(err, k.journal.flush(t.Context())); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * day)
		}
		left := func() int {
			t.Helper()
			lines, _, err := j.Lines()
			if err != nil {
				t.Fatal(err)
			}
			return len(lines)
		}
		end()
		if err := k.pass(t.Context(), time.Now()); err == nil {
			t.Error("the pass does not fail: this test shows nothing")
		}
		if n := left(); n != 2 {
			t.Errorf("after a pass that failed the journal has %d lines, want both", n)
		}
		again, end := keeper(t, dir)
		defer end()
		again.journal = &journal{Journal: j, db: again.db, log: again.log}
		if err := again.pass(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if n := left(); n != 1 {
			t.Errorf("after a pass that did not, it has %d, want the newer one", n)
		}
	})
}

// TestKeepingIsAudited: the audit says how much of what was dropped, and when the file was written anew.
func TestKeepingIsAudited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := keeper(t, t.TempDir())
		defer end()
		k.cfg.Quarantine = fallback.Lasting(2 * day)
		quarantined(t, k.db, "e1")
		quarantined(t, k.db, "e2")
		stop := k.runs(t)
		time.Sleep(12 * day)
		stop()
		lines, err := reads{DB: k.db}.Audit(t.Context(), "", 10)
		if err != nil || len(lines) != 2 {
			t.Fatalf("the audit has %+v, %v; want a pass and a compaction", lines, err)
		}
		if l := lines[1]; l.What != "retention" || l.Who != itself || l.Counts[store.KeptQuarantine] != 2 || len(l.Counts) != 1 {
			t.Errorf("of the pass it says %+v", l)
		}
		if l := lines[0]; l.What != "compact" || l.Counts["bytes_before"] == 0 {
			t.Errorf("of the compaction it says %+v", l)
		}
		_, err = (&App{db: k.db, log: k.log}).rewrite(people.With(t.Context(), people.Local()))
		lines, failed := reads{DB: k.db}.Audit(t.Context(), "", 1)
		if err := errors.Join(err, failed); err != nil || lines[0].Who != people.Local().Name {
			t.Errorf("who compacts by hand is %+v, %v", lines, err)
		}
	})
}

// TestAFileThatIsMostlyFree is written anew in the quiet hour in which that became so, and not by day.
func TestAFileThatIsMostlyFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := keeper(t, t.TempDir())
		defer end()
		k.cfg.CompactAt, k.crowd = "04:00", 20
		stop := k.runs(t)
		time.Sleep(10 * time.Hour)
		size := func() int64 { return k.db.Stats().FileSize }
		things := k.db.Records("test")
		for n := range 200 {
			if err := things.Put(t.Context(), strconv.Itoa(n), make([]byte, 4000)); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 200 {
			if err := things.Delete(t.Context(), strconv.Itoa(n)); err != nil {
				t.Fatal(err)
			}
		}
		before := size()
		if !k.crowded() {
			t.Fatalf("the file is not crowded: %+v", k.db.Stats())
		}
		time.Sleep(17 * time.Hour)
		if size() != before {
			t.Error("the file was written anew before the quiet hour")
		}
		time.Sleep(2 * time.Hour)
		if after := size(); after > before/2 {
			t.Errorf("after the quiet hour it has %d bytes, before it had %d", after, before)
		}
		stop()
	})
}

// TestABrokenJournalIsFound by check --store: else the next start would be the first to tell.
func TestABrokenJournalIsFound(t *testing.T) {
	dir := t.TempDir()
	a, _ := gateway(t, dir, "")
	if found, err := a.checkStore(t.Context()); err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
	if err := os.WriteFile(a.journal.Path(), []byte("no line of ours\n\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := a.checkStore(t.Context()); err != nil || len(found) != 1 || !strings.Contains(found[0], "line 1 is broken") {
		t.Errorf("check --store finds %q, %v; want the broken line", found, err)
	}
}
