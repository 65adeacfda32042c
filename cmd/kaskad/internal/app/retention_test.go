package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

func TestWhenTheFileIsCompacted(t *testing.T) {
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		got, err := time.ParseInLocation("2006-01-02 15:04", s, kyiv)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, c := range map[string]struct{ hour, within, since, want string }{
		"in the last quiet hour of seven days":    {"04:00", "7d", "2026-03-02 12:01", "2026-03-09 04:00"},
		"just before that hour":                   {"04:00", "7d", "2026-03-02 03:59", "2026-03-08 04:00"},
		"at that hour":                            {"04:00", "7d", "2026-03-02 04:00", "2026-03-08 04:00"},
		"over the night in which clocks go ahead": {"03:30", "2d", "2026-03-28 12:00", "2026-03-30 03:30"},
		"within a day":                            {"04:00", "1d", "2026-03-02 12:00", "2026-03-03 04:00"},
		"where no quiet hour is left, at the end": {"04:00", "2h", "2026-03-02 12:00", "2026-03-02 13:00"},
	} {
		within, err := fallback.ParseDuration(c.within)
		if err != nil {
			t.Fatal(err)
		}
		r := &Retention{CompactAt: c.hour, CompactWithin: fallback.Lasting(within)}
		if got := compactBy(r, kyiv, at(c.since)); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s; want %s", name, got, c.want)
		}
	}
}

// TestKeeping lets weeks pass: what is deleted is out of the file within seven days, also over a restart and a time in which nothing ran.
func TestKeeping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var db *store.DB
		stop := func() {}
		begin := func() *keeping {
			var err error
			if db, err = store.Open(dir, store.Options{}); err != nil {
				t.Fatal(err)
			}
			cfg := defaultRetention()
			cfg.Quarantine = fallback.Lasting(2 * day)
			k := &keeping{db: db, log: slog.New(slog.DiscardHandler), cfg: cfg, zone: time.UTC, crowd: crowd, dropped: map[string]uint64{}, note: (&App{db: db}).noteAudit}
			k.compact = func(ctx context.Context) (Compacted, error) {
				_, err := db.Compact(ctx)
				return Compacted{}, err
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- k.run(ctx) }()
			stop = func() {
				cancel()
				if err := errors.Join(<-done, db.Close()); err != nil {
					t.Error(err)
				}
			}
			synctest.Wait()
			return k
		}
		k := begin()
		if err := db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Event: "e1", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*day + 6*time.Hour) // bubbles begin at midnight
		if s := k.status(); s.Dropped[store.KeptQuarantine] != 1 || s.DeletedSince.IsZero() || s.CompactAt.Sub(s.DeletedSince) > 7*day {
			t.Fatalf("after three days: %+v; want what nobody took out dropped, and the file compacted within a week", s)
		}
		since := k.status().DeletedSince
		stop()
		k = begin()
		if s := k.status(); !s.DeletedSince.Equal(since) {
			t.Errorf("after a restart: %+v; want the same as before", s)
		}
		for !k.status().DeletedSince.IsZero() {
			if time.Sleep(time.Hour); time.Since(since) > 7*day {
				t.Fatal("a week after the deletion the file has not been compacted")
			}
		}
		if h := time.Now().UTC().Hour(); h > 5 {
			t.Errorf("compacted before %d:00; want the quiet hour", h)
		}
		if err := db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Event: "e2", At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*day + time.Hour)
		if k.status().DeletedSince.IsZero() {
			t.Fatal("nothing was dropped")
		}
		stop()
		time.Sleep(30 * day)
		k = begin()
		time.Sleep(3 * time.Minute)
		if s := k.status(); !s.DeletedSince.IsZero() {
			t.Errorf("three minutes after the start of a gateway that did not run for a month: %+v; want the file compacted", s)
		}
		stop()
	})
}

// A file is kept no longer than the message it came with: after that nobody could say whose it is, and no erase would find it.
func TestFilesAreKeptNoLongerThanMessages(t *testing.T) {
	for _, c := range []struct{ messages, media, want time.Duration }{
		{1095 * day, 90 * day, 90 * day}, {30 * day, 90 * day, 30 * day}, {0, 90 * day, 90 * day}, {30 * day, 0, 30 * day}, {0, 0, everKept * day},
	} {
		r := Retention{Messages: fallback.Lasting(c.messages), Media: fallback.Lasting(c.media)}
		if got := r.mediaKept(); got != c.want {
			t.Errorf("messages for %s, media for %s: files are kept for %s, want %s", c.messages, c.media, got, c.want)
		}
	}
}

// A time that cannot be read is one fault: what is read in its place is not judged, too.
func TestATimeThatCannotBeReadIsOneFault(t *testing.T) {
	for text, want := range map[string]string{
		"messages = \"3 years\"":        "no duration",
		"media = \"soon\"":              "no duration",
		"compact_within = \"a week\"":   "no duration",
		"deliveries = 30":               "no duration",
		"messages = \"7d\"":             "shorter than 8d",
		"media = \"30m\"":               "shorter than 1h",
		"compact_within = \"30d\"":      "between 2h and 7d",
		"messages = \"8d\"\nmedia=\"\"": "no duration",
	} {
		_, faults := load(t, aBot+"[retention]\n"+text+"\n")
		var of []string
		for _, f := range faults {
			if !f.Warning {
				of = append(of, f.Problem)
			}
		}
		if len(of) != 1 || !strings.Contains(of[0], want) {
			t.Errorf("%s: %q; want one fault, %q", text, of, want)
		}
	}
}
