package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestABackupThatIsPutBack knows what was said after it was made: who said stop gets no marketing, who was erased is gone, and whoever
// comes again with the name of one it never knew is not written to either.
func TestABackupThatIsPutBack(t *testing.T) {
	dir := t.TempDir()
	db, j := openAt(t, dir, Options{}), JournalIn(dir)
	strict := rules()
	strict.OptOut = true
	says := func(db *DB, id, chat, text string) bots.ID {
		t.Helper()
		turn, err := db.Receive(t.Context(), wrote(id, chat, text), strict, world())
		if err != nil {
			t.Fatal(err)
		}
		return turn.Contact.ID
	}
	stops, erased, stays := says(db, "e1", "1", "hello"), says(db, "e2", "2", "hello"), says(db, "e3", "3", "hello")
	markets := func(db *DB, chat string) fallback.State {
		t.Helper()
		req := request("")
		req.To, req.Purpose, req.Text = bots.Ref{Kind: bots.Telegram, Value: chat}, fallback.Marketing, "offer "+bots.ID(time.Now().UnixNano()).String()
		a, err := db.Accept(t.Context(), req, strict, world())
		if err != nil {
			return fallback.Skipped
		}
		return a.State
	}
	journal := func() {
		t.Helper()
		for more := true; more; {
			var err error
			if more, err = db.WriteJournal(t.Context(), j); err != nil {
				t.Fatal(err)
			}
		}
	}
	journal()
	if markets(db, "1") != fallback.Queued || markets(db, "2") != fallback.Queued {
		t.Fatal("marketing is not queued before anybody said no")
	}
	var backup bytes.Buffer
	if _, err := db.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	says(db, "e4", "1", "stop")
	says(db, "e5", "2", "stop")
	says(db, "e6", "4", "hello") // nobody whom the backup knows
	says(db, "e7", "4", "stop")
	if err := db.Update(t.Context(), func(tx fallback.Tx) error {
		_, err := fallback.Erase(tx, erased, "local")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	journal()
	if b, err := os.ReadFile(j.Path()); err != nil || strings.Contains(string(b), "telegram") || bytes.Count(b, []byte("\n")) < 3 {
		t.Fatalf("the journal is %q, %v; want a line for each, and no name", b, err)
	}
	closeChecked(t, db)
	if err := os.WriteFile(filepath.Join(dir, FileName), backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	old := openAt(t, dir, Options{})
	if markets(old, "1") != fallback.Queued {
		t.Fatal("the backup knows the no: this test shows nothing")
	}
	if n, err := old.ReplayJournal(t.Context(), j, nil); err != nil || n != 3 {
		t.Fatalf("ReplayJournal = %d, %v; want three people", n, err)
	}
	for chat, want := range map[string]fallback.State{"1": fallback.Skipped, "2": fallback.Skipped, "3": fallback.Queued} {
		if got := markets(old, chat); got != want {
			t.Errorf("marketing to chat %s after the replay: %s; want %s", chat, got, want)
		}
	}
	page, err := old.List(t.Context(), Filter{Contact: stops}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page.Items {
		if !d.State.Final() {
			t.Errorf("a delivery that was open in the backup is %s", d.State)
		}
	}
	if c, err := old.Contact(t.Context(), erased); err == nil && c != nil {
		t.Errorf("the erased one is there: %v", c.ID)
	}
	if c, err := old.Contact(t.Context(), stays); err != nil || c == nil {
		t.Errorf("the third one: %v, %v", c, err)
	}
	for chat, id := range map[string]string{"2": "e8", "4": "e9"} {
		again := says(old, id, chat, "hello")
		if c, err := old.Contact(t.Context(), again); err != nil || c.Marketing.State != bots.Denied {
			t.Errorf("who comes again in chat %s: %+v, %v; want the no to stand", chat, c, err)
		}
	}
	if n, err := old.ReplayJournal(t.Context(), j, nil); err != nil || n != 0 {
		t.Errorf("a second replay = %d, %v; want nothing", n, err)
	}
}

// TestAYesAfterTheNo: a crash between the journal and the store makes a line be done again; a yes since then stands.
func TestAYesAfterTheNo(t *testing.T) {
	dir := t.TempDir()
	db, j := openAt(t, dir, Options{}), JournalIn(dir)
	tell := func(id, text string) bots.ID {
		t.Helper()
		turn, err := db.Receive(t.Context(), wrote(id, "1", text), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		return turn.Contact.ID
	}
	contact := tell("e1", "stop")
	if _, err := db.WriteJournal(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	tell("e2", "start")
	if err := db.PutSetting(t.Context(), settingJournal, numberKey(0)); err != nil { // as if the store had not come to note it
		t.Fatal(err)
	}
	if n, err := db.ReplayJournal(t.Context(), j, nil); err != nil || n != 0 {
		t.Errorf("ReplayJournal = %d, %v; want nothing changed", n, err)
	}
	if c, err := db.Contact(t.Context(), contact); err != nil || c.Marketing.State != bots.Given {
		t.Errorf("the person's consent is %v, %v; want the yes", c.Marketing.State, err)
	}
}

// TestJournalFile: what a crash cut off goes, what is broken in the middle is told, and old lines go but for the newest.
func TestJournalFile(t *testing.T) {
	line := func(n uint64, at time.Time) fallback.JournalLine {
		return fallback.JournalLine{Number: n, At: at, Contact: 7, Marks: [][]byte{{1, 2}}, No: fallback.KeptNo{At: at, Marketing: true, On: []string{bots.Viber}}}
	}
	j, began := JournalIn(t.TempDir()), time.Now().UTC()
	if _, err := j.add("own", []fallback.JournalLine{line(1, began.Add(-48*time.Hour)), line(2, began.Add(-time.Hour))}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.add("own", []fallback.JournalLine{line(3, began)}); err != nil {
		t.Fatal(err)
	}
	lines, whole, err := j.Lines()
	if err != nil || len(lines) != 3 || lines[2].Number != 3 || !lines[2].No.Marketing || lines[2].No.On[0] != bots.Viber || lines[2].Contact != 7 || !bytes.Equal(lines[2].Marks[0], []byte{1, 2}) {
		t.Fatalf("Lines = %+v, %v", lines, err)
	}
	b, err := os.ReadFile(j.Path())
	if err != nil || int64(len(b)) != whole {
		t.Fatal(len(b), whole, err)
	}
	info, err := os.Stat(j.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the journal is %v, %v; want 0600", info.Mode(), err)
	}
	for cut := 1; cut < 20; cut++ {
		if err := os.WriteFile(j.Path(), b[:len(b)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if lines, _, err := j.Lines(); err != nil || len(lines) != 2 {
			t.Fatalf("with %d bytes cut off: %d lines, %v; want two", cut, len(lines), err)
		}
	}
	broken := bytes.Clone(b)
	broken[20] ^= 1
	if err := os.WriteFile(j.Path(), broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Lines(); err == nil || !strings.Contains(err.Error(), "line 1 is broken") {
		t.Errorf("a broken line: %v", err)
	}
	if err := os.WriteFile(j.Path(), b, 0o600); err != nil {
		t.Fatal(err)
	}
	for before, want := range map[time.Duration]int{24 * time.Hour: 2, -time.Hour: 1} {
		if err := errors.Join(os.WriteFile(j.Path(), b, 0o600), j.Rotate(began.Add(-before))); err != nil {
			t.Fatal(err)
		}
		if lines, _, err := j.Lines(); err != nil || len(lines) != want || lines[want-1].Number != 3 {
			t.Errorf("without what is older than %s: %+v, %v; want %d lines", before, lines, err, want)
		}
	}
}
