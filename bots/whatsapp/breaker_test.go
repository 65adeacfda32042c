package whatsapp

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func breakerIn(t *testing.T, db *sql.DB) *breaker {
	t.Helper()
	b := new(breaker)
	if err := b.open(t.Context(), db, noon); err != nil {
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

// What a wrong clock wrote, or reads, opens the breaker for no longer than a right one, and does not make it forget.
func TestBreakerWithAClockThatIsWrong(t *testing.T) {
	const year = 365 * 24 * time.Hour
	opened := func(at time.Duration, lasts time.Duration) trouble {
		return trouble{Opened: noon.Add(at), Until: noon.Add(at + lasts), Trips: 1}
	}
	never := time.Unix(100, 0).Sub(noon)                  // no battery: the machine begins in 1970, and asks for the time later
	type look struct{ starts, asks, until time.Duration } // until 0: it is shut
	h := time.Hour
	for name, c := range map[string]struct {
		kept  trouble
		looks []look
	}{
		"right":                                     {opened(0, 2*h), []look{{h, h, 2 * h}, {h, 2 * h, 0}}},
		"a year ahead when it opened":               {opened(year, 2*h), []look{{0, 0, 2 * h}, {h, h, 2 * h}, {h, 2 * h, 0}}},
		"a year ahead at one start":                 {opened(0, 2*h), []look{{year, year, 0}, {h, h, 2 * h}}},
		"set back by a year":                        {opened(0, 2*h), []look{{-year, -year, 2*h - year}, {h - year, h - year, 2*h - year}, {h - year, 2*h - year, 0}}},
		"none at one start":                         {opened(0, 2*h), []look{{never, never, never + 2*h}, {h, h, 2 * h}, {h, 2 * h, 0}}},
		"none at one start, then set back a little": {opened(0, 2*h), []look{{never, never, never + 2*h}, {-h, -h, h}, {-h / 2, -h / 2, h}, {h, h, 2 * h}}},
		"behind at one start":                       {opened(0, 2*h), []look{{-3 * h, -3 * h, -h}, {h, h, 2 * h}, {-h, -h, h}}},
		"more behind at each start":                 {opened(0, 2*h), []look{{-h, -h, h}, {-4 * h, -4 * h, -2 * h}, {-3 * h, -3 * h, -2 * h}, {h, h, 2 * h}}},
		"a time that cannot be":                     {opened(0, 10*year), []look{{h, h, longestOpen}}},
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t, filepath.Join(t.TempDir(), "b.db"))
			if err := breakerIn(t, db).keep(t.Context(), c.kept); err != nil {
				t.Fatal(err)
			}
			for i, l := range c.looks {
				b := new(breaker)
				if err := b.open(t.Context(), db, noon.Add(l.starts)); err != nil {
					t.Fatal(err)
				}
				got, open := b.standing(noon.Add(l.asks))
				if open != (l.until != 0) || open && !got.Until.Equal(noon.Add(l.until)) {
					t.Errorf("start %d: open %t until %v, want %v", i, open, got.Until.Sub(noon), l.until)
				}
			}
		})
	}
}

// Refusals that a wrong clock dated into the future do not count as of the last hour for ever.
func TestRefusalsFromTheFutureAreOfNow(t *testing.T) {
	ahead := noon.Add(1000 * time.Hour)
	is, behind := trouble{Refused: []time.Time{ahead.Add(-time.Minute), ahead}}.sound(noon)
	if !behind.Equal(noon) || len(is.Refused) != 2 || !is.Refused[0].Equal(noon.Add(-time.Minute)) || !is.Refused[1].Equal(noon) {
		t.Errorf("it became %+v", is)
	}
	if is = is.after(noon.Add(2 * time.Hour)); len(is.Refused) != 1 || is.Trips != 0 {
		t.Errorf("two hours later one more: %+v", is)
	}
	if is, behind := (trouble{}).sound(noon); !behind.IsZero() || !is.Until.IsZero() {
		t.Errorf("nothing became %+v", is)
	}
}

// A clock that is put right while the program runs must neither end a pause nor make it longer: what is known is measured from now.
func TestTimesOfTheBreakerAreMeasured(t *testing.T) {
	now := time.Now()
	at := now.Round(0) // as it is read from disk
	is, _ := trouble{Refused: []time.Time{at}, Opened: at, Until: at.Add(time.Hour), Trips: 3}.sound(now)
	for name, at := range map[string]time.Time{"the refusal": is.Refused[0], "the beginning": is.Opened, "the end": is.Until} {
		if !strings.Contains(at.String(), "m=") {
			t.Errorf("%s is what the clock told: %v", name, at)
		}
	}
	if is.Trips != 3 || !is.Until.Equal(at.Add(time.Hour)) {
		t.Errorf("it became %+v", is)
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
