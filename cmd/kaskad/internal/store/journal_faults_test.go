package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// fullDisk is a journal on a disk that takes some bytes and no more.
type fullDisk struct {
	*os.File
	room   int
	noSync bool
}

func (f *fullDisk) Write(b []byte) (int, error) {
	n, err := f.File.Write(b[:min(len(b), f.room)])
	if err == nil && n < len(b) {
		err = syscall.ENOSPC
	}
	return n, err
}

func (f *fullDisk) Sync() error {
	if f.noSync {
		return syscall.EIO
	}
	return f.File.Sync()
}

func journaling(t *testing.T, at time.Time, numbers ...uint64) (lines []fallback.JournalLine) {
	t.Helper()
	for _, n := range numbers {
		lines = append(lines, fallback.JournalLine{Number: n, At: at, Contact: bots.ID(n), No: fallback.KeptNo{At: at, Marketing: true}})
	}
	return lines
}

// numbersOf are the lines of a journal that can be read.
func numbersOf(t *testing.T, j *Journal) (numbers []uint64) {
	t.Helper()
	lines, _, err := j.Lines()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		numbers = append(numbers, l.Number)
	}
	return numbers
}

// TestAJournalOnAFullDisk: whatever part of a line the disk takes, the journal can be read after, and the next line stands behind the last
// whole one.
func TestAJournalOnAFullDisk(t *testing.T) {
	line, _, err := encodeLine(&journaling(t, time.Now(), 2)[0], "own")
	if err != nil {
		t.Fatal(err)
	}
	for room := range len(line) + 1 {
		j := JournalIn(t.TempDir())
		if _, err := j.add("own", journaling(t, time.Now(), 1)); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(j.path, os.O_RDWR|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := addTo(&fullDisk{File: f, room: room, noSync: true}, line); err == nil {
			t.Errorf("with room for %d bytes: no error", room)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got := numbersOf(t, j); len(got) != 1 {
			t.Fatalf("with room for %d bytes there are the lines %d", room, got)
		}
		if _, err := j.add("own", journaling(t, time.Now(), 2)); err != nil {
			t.Fatal(err)
		}
		if got := numbersOf(t, j); len(got) != 2 {
			t.Fatalf("after room for %d bytes there are the lines %d", room, got)
		}
	}
}

// TestAJournalCutOffByACrash: half a line that is there when the program starts, or whenever a line is added, is no reason to lose others.
func TestAJournalCutOffByACrash(t *testing.T) {
	for what, torn := range map[string][]byte{
		"half a line":      []byte(`1f2e3d4c {"n":2,"at":"2026`),
		"zeros":            make([]byte, 9000),
		"a line and a bit": append(bytes.Repeat([]byte("x"), 5000), "{"...),
	} {
		j := JournalIn(t.TempDir())
		if _, err := j.add("own", journaling(t, time.Now(), 1)); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(torn); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := j.add("own", journaling(t, time.Now(), 2)); err != nil {
			t.Fatal(err)
		}
		if got := numbersOf(t, j); len(got) != 2 {
			t.Errorf("%s: the lines %d", what, got)
		}
	}
}

// TestRotateThatFails leaves the journal as it was.
func TestRotateThatFails(t *testing.T) {
	began := time.Now()
	for what, spoil := range map[string]func(j *Journal) error{
		"its place is taken":   func(j *Journal) error { return os.MkdirAll(filepath.Join(j.path+".new", "x"), 0o700) },
		"a line is broken":     func(j *Journal) error { return spoilByte(j.path, 20) },
		"half a line in front": func(j *Journal) error { return spoilByte(j.path, 0) },
	} {
		j := JournalIn(t.TempDir())
		if _, err := j.add("own", append(journaling(t, began.Add(-48*time.Hour), 1, 2), journaling(t, began, 3)...)); err != nil {
			t.Fatal(err)
		}
		if err := spoil(j); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(j.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Rotate(began.Add(-time.Hour)); err == nil {
			t.Errorf("%s: no error", what)
		}
		if after, err := os.ReadFile(j.path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the journal is another one now: %v", what, err)
		}
	}
}

// TestARewriteThatBreaksOff leaves the journal as it was, and nothing beside it: what was written of the new file never takes its place.
func TestARewriteThatBreaksOff(t *testing.T) {
	j := JournalIn(t.TempDir())
	if _, err := j.add("own", journaling(t, time.Now(), 1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := spoilByte(j.path, len(before)/2); err != nil { // the second line
		t.Fatal(err)
	}
	if err := j.rewrite(func(*storedLine) bool { return true }); err == nil {
		t.Error("no error")
	}
	if err := spoilByte(j.path, len(before)/2); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(j.path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the journal is another one now: %v", err)
	}
	if _, err := os.Stat(j.path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("beside it is what was written of the new one: %v", err)
	}
}

func spoilByte(path string, at int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[at] ^= 1
	return os.WriteFile(path, b, 0o600)
}

// TestRotateKeepsWhatIsNew: lines go by their own time, also behind one that a clock which was wrong dated far ahead.
func TestRotateKeepsWhatIsNew(t *testing.T) {
	j, began := JournalIn(t.TempDir()), time.Now()
	all := journaling(t, began.Add(-48*time.Hour), 1, 2, 3, 4)
	all[1].At = began.Add(1000 * time.Hour)
	if _, err := j.add("own", all); err != nil {
		t.Fatal(err)
	}
	if err := j.Rotate(began.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(numbersOf(t, j)); got != "[2 4]" {
		t.Errorf("the lines %s are left; want the one that is not old, and the newest", got)
	}
}

// TestRotateAndAClockThatWentBack: a line that a wrong clock dated years back is as new as the one before it.
func TestRotateAndAClockThatWentBack(t *testing.T) {
	j, began := JournalIn(t.TempDir()), time.Now()
	all := journaling(t, began.Add(-time.Minute), 1, 2, 3, 4)
	all[0].At, all[2].At = began.Add(-48*time.Hour), time.Unix(0, 0)
	if _, err := j.add("own", all); err != nil {
		t.Fatal(err)
	}
	if err := j.Rotate(began.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(numbersOf(t, j)); got != "[2 3 4]" {
		t.Errorf("the lines %s are left; want all but the first", got)
	}
}

// TestALineWithoutEnd is not read into the memory, however long: at the end of the file it is cut off, in its middle it is told.
func TestALineWithoutEnd(t *testing.T) {
	j := JournalIn(t.TempDir())
	if _, err := j.add("own", journaling(t, time.Now(), 1)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(j.path, 8*mostLine); err != nil { // a hole
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if got := numbersOf(t, j); len(got) != 1 {
		t.Errorf("the lines %d", got)
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 6*mostLine {
		t.Errorf("reading it took %d bytes", after.TotalAlloc-before.TotalAlloc)
	}
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString("\n" + string(whole))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := j.Check(); err == nil || !strings.Contains(err.Error(), "line 2 is broken") {
		t.Errorf("Check = %v", err)
	}
	if err := os.Truncate(j.path, 8*mostLine+1); err != nil {
		t.Fatal(err)
	}
	if _, err := j.newest("own"); err == nil {
		t.Error("the last line is taken for one of ours")
	}
}

// TestAJournalOfAnotherStore is refused before anything of it is done: its ids mean other people.
func TestAJournalOfAnotherStore(t *testing.T) {
	mine, theirs := t.TempDir(), t.TempDir()
	other := openAt(t, theirs, Options{})
	gone := lived(t, other, 1)
	if err := other.Update(t.Context(), func(tx fallback.Tx) error { _, err := fallback.Erase(tx, gone, "local"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := other.FlushJournal(t.Context(), JournalIn(theirs)); err != nil {
		t.Fatal(err)
	}
	db := openAt(t, mine, Options{})
	b, err := os.ReadFile(filepath.Join(theirs, JournalName))
	if err != nil || len(b) == 0 {
		t.Fatal(len(b), err)
	}
	if err := os.WriteFile(filepath.Join(mine, JournalName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := db.ReplayJournal(t.Context(), JournalIn(mine), nil); !errors.Is(err, ErrOtherJournal) || n != 0 {
		t.Errorf("ReplayJournal = %d, %v; want ErrOtherJournal", n, err)
	}
}

// story is a store of which people are erased, one after the other, with copies of it and of its journal.
type story struct {
	t       *testing.T
	dir     string
	db      *DB
	people  []bots.ID
	stores  [][]byte
	journal [][]byte
}

func newStory(t *testing.T, people int) *story {
	s := &story{t: t, dir: t.TempDir()}
	s.db = openAt(t, s.dir, Options{})
	for n := range people {
		c, _, err := s.db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: fmt.Sprint("C-", n)}, func(c *bots.Contact) error { c.Name = "x"; return nil })
		if err != nil {
			t.Fatal(err)
		}
		s.people = append(s.people, c.ID)
	}
	s.copy()
	return s
}

func (s *story) copy() {
	s.t.Helper()
	var b bytes.Buffer
	if _, err := s.db.Backup(s.t.Context(), &b); err != nil {
		s.t.Fatal(err)
	}
	s.stores = append(s.stores, b.Bytes())
	raw, err := os.ReadFile(filepath.Join(s.dir, JournalName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	s.journal = append(s.journal, raw)
}

// erases erases a person, as a running gateway does, and copies both files.
func (s *story) erases(who int) {
	s.t.Helper()
	if _, err := s.db.Erase(s.t.Context(), s.people[who], "local", "", Record{}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.FlushJournal(s.t.Context(), JournalIn(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	s.copy()
}

// putBack puts copies in the place of the files, and starts; of -1 the file stays, a nil journal is taken away.
func (s *story) putBack(store, journal int) {
	s.t.Helper()
	closeChecked(s.t, s.db)
	if store >= 0 {
		if err := os.WriteFile(filepath.Join(s.dir, FileName), s.stores[store], 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	path := filepath.Join(s.dir, JournalName)
	switch {
	case journal < 0:
	case s.journal[journal] == nil:
		if err := os.Remove(path); err != nil {
			s.t.Fatal(err)
		}
	default:
		if err := os.WriteFile(path, s.journal[journal], 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.starts()
}

func (s *story) starts() {
	s.t.Helper()
	s.db = openAt(s.t, s.dir, Options{})
	if _, err := s.db.ReplayJournal(s.t.Context(), JournalIn(s.dir), nil); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.db.MendJournal(s.t.Context(), JournalIn(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.FlushJournal(s.t.Context(), JournalIn(s.dir)); err != nil {
		s.t.Fatal(err)
	}
}

// left are the people who are there.
func (s *story) left() (all []int) {
	s.t.Helper()
	for n, id := range s.people {
		if c, err := s.db.Contact(s.t.Context(), id); err == nil && c != nil {
			all = append(all, n)
		}
	}
	return all
}

// TestFilesThatArePutBack: whichever store is put back beside whichever journal, everybody who was erased while one of the two was there is
// gone, and what is put back after that knows it, too.
func TestFilesThatArePutBack(t *testing.T) {
	// Copies: 0 before anything, then one after each of the persons 0, 1 and 2 was erased.
	for name, c := range map[string]struct {
		puts [][2]int // store and journal, one after the other
		want string
	}{
		"an older store":                                    {[][2]int{{1, -1}}, "[3]"},
		"an older store twice":                              {[][2]int{{1, -1}, {0, -1}, {0, -1}}, "[3]"},
		"an older journal, then an older store":             {[][2]int{{-1, 1}, {0, -1}}, "[3]"},
		"no journal, then an older store":                   {[][2]int{{-1, 0}, {0, -1}}, "[3]"},
		"both older, then the newest journal":               {[][2]int{{1, 1}, {-1, 3}}, "[3]"},
		"both older without journal, then the newest again": {[][2]int{{1, 0}, {-1, 3}}, "[3]"},
		"both, as they were together":                       {[][2]int{{2, 2}}, "[2 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t, 4)
			for who := range 3 {
				s.erases(who)
			}
			for _, put := range c.puts {
				s.putBack(put[0], put[1])
			}
			if got := fmt.Sprint(s.left()); got != c.want {
				t.Errorf("there are %s; want %s", got, c.want)
			}
		})
	}
}

// TestTwoHistories: a store that was put back without its journal erases others, and then the journal is found. Lines of one number are
// not taken for each other.
func TestTwoHistories(t *testing.T) {
	s := newStory(t, 5)
	s.erases(0)
	s.erases(1)
	s.putBack(0, 0)
	s.erases(2)
	s.erases(3)
	if got := fmt.Sprint(s.left()); got != "[0 1 4]" {
		t.Fatalf("without the journal there are %s: this test shows nothing", got)
	}
	s.putBack(-1, 2)
	if got := fmt.Sprint(s.left()); got != "[4]" {
		t.Errorf("with the journal there are %s; want nobody who was erased in either", got)
	}
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[4]" {
		t.Errorf("an older store beside it: %s; want the journal to know of all", got)
	}
}

// TestAJournalThatIsTakenAway while the gateway runs is made anew, with all that the store knows.
func TestAJournalThatIsTakenAway(t *testing.T) {
	s := newStory(t, 3)
	s.erases(0)
	if err := os.Remove(filepath.Join(s.dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	s.erases(1)
	if n, err := s.db.MendJournal(t.Context(), JournalIn(s.dir)); err != nil || n != 2 {
		t.Errorf("MendJournal = %d, %v; want two people", n, err)
	}
	if n, err := s.db.MendJournal(t.Context(), JournalIn(s.dir)); err != nil || n != 0 {
		t.Errorf("a second one = %d, %v; want nothing to do", n, err)
	}
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[2]" {
		t.Errorf("there are %s; want the third one alone", got)
	}
}

// TestChangesThatTheJournalHasNotSeen stay, however old they are.
func TestChangesThatTheJournalHasNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		db := openAt(t, dir, Options{})
		defer closeChecked(t, db)
		turn, err := db.Receive(t.Context(), wrote("e1", "1", "stop"), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * 24 * time.Hour)
		aged(t, db, 3, "later")
		keep := Retention{Changes: 24 * time.Hour, Journal: true}
		if got := retain(t, db, keep); got[KeptChanges] != 0 {
			t.Errorf("dropped %v, and the journal has seen nothing", got)
		}
		j := JournalIn(dir)
		if err := db.FlushJournal(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if lines, _, err := j.Lines(); err != nil || len(lines) != 1 || lines[0].Contact != turn.Contact.ID {
			t.Errorf("the journal has %+v, %v; want the no", lines, err)
		}
		if got := retain(t, db, keep); got[KeptChanges] == 0 {
			t.Errorf("dropped %v; want what the journal has seen", got)
		}
	})
}
