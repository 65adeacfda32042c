package whatsapp

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

func breakerIn(t *testing.T, db *sql.DB) *breaker {
	t.Helper()
	b := new(breaker)
	if err := b.open(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return b
}

func database(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", address(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// script refuses at some times and asks at others.
func TestBreaker(t *testing.T) {
	type step struct {
		at      time.Duration
		refused bool
		open    time.Duration // until when, from the start; 0: it is shut
	}
	h := time.Hour
	for name, steps := range map[string][]step{
		"now and then a refusal":             {{0, true, 0}, {2 * h, true, 0}, {4 * h, true, 0}, {6 * h, true, 0}},
		"three within an hour":               {{0, true, 0}, {h / 3, true, 0}, {h / 2, true, h/2 + 2*h}, {2 * h, false, h/2 + 2*h}, {3 * h, false, 0}},
		"answers that are refused meanwhile": {{0, true, 0}, {1, true, 0}, {2, true, 2*h + 2}, {h, true, 2*h + 2}, {h + 1, true, 2*h + 2}},
		"again at once when it shuts":        {{0, true, 0}, {0, true, 0}, {0, true, 2 * h}, {3 * h, true, 7 * h}, {8 * h, true, 16 * h}, {17 * h, true, 33 * h}, {34 * h, true, 66 * h}, {67 * h, true, 115 * h}, {116 * h, true, 164 * h}},
		"after a calm day":                   {{0, true, 0}, {0, true, 0}, {0, true, 2 * h}, {27 * h, true, 0}, {27 * h, true, 0}, {27 * h, true, 29 * h}},
	} {
		t.Run(name, func(t *testing.T) {
			b := breakerIn(t, database(t, filepath.Join(t.TempDir(), "b.db")))
			for i, s := range steps {
				now := noon.Add(s.at)
				if s.refused {
					if err := b.refused(now); err != nil {
						t.Fatal(err)
					}
				}
				got, open := b.standing(now)
				if open != (s.open > 0) || open && !got.Until.Equal(noon.Add(s.open)) {
					t.Errorf("step %d, %v: open %t until %v, want %v", i, s.at, open, got.Until.Sub(noon), s.open)
				}
				if open && (!got.Limited || got.Shut || got.State != "limited" || got.Advice == "") {
					t.Errorf("step %d: the standing is %+v", i, got)
				}
			}
		})
	}
}

func TestBreakerOutlivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	db := database(t, path)
	b := breakerIn(t, db)
	for range 2 {
		if err := b.refused(noon); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	db = database(t, path)
	if b = breakerIn(t, db); len(b.is.Refused) != 2 {
		t.Fatalf("after a restart %d refusals are known, want 2", len(b.is.Refused))
	}
	if err := b.refused(noon); err != nil {
		t.Fatal(err)
	}
	db.Close()
	got, open := breakerIn(t, database(t, path)).standing(noon.Add(time.Hour))
	if !open || !got.Until.Equal(noon.Add(2*time.Hour)) || !got.Since.Equal(noon) {
		t.Errorf("after a restart it is open %t: %+v", open, got)
	}
}

// What cannot be written down is told, and the breaker works all the same.
func TestBreakerOnABrokenDisk(t *testing.T) {
	db := database(t, filepath.Join(t.TempDir(), "b.db"))
	b := breakerIn(t, db)
	db.Close()
	for range refusals {
		if err := b.refused(noon); err == nil {
			t.Error("nobody is told that it could not be kept")
		}
	}
	if _, open := b.standing(noon); !open {
		t.Error("it did not open")
	}
}

// Lanes ask many times a second whether the breaker is open; the disk may take long to keep it.
func TestNobodyWaitsForTheDiskToLearnOfTheBreaker(t *testing.T) {
	db := database(t, filepath.Join(t.TempDir(), "b.db"))
	db.SetMaxOpenConns(1)
	b := breakerIn(t, db)
	b.is.Refused = []time.Time{noon, noon}
	busy, err := db.Conn(t.Context()) // the disk is busy with something else
	if err != nil {
		t.Fatal(err)
	}
	kept := make(chan error, 1)
	go func() { kept <- b.refused(noon) }()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for open := false; !open; _, open = b.standing(noon.Add(time.Minute)) {
			time.Sleep(time.Millisecond)
		}
	}()
	select {
	case <-asked:
	case err := <-kept:
		t.Fatalf("it was kept (%v) before anybody could ask", err)
	}
	if err := busy.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-kept; err != nil {
		t.Error(err)
	}
}
