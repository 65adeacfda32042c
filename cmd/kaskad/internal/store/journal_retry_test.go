package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"kaskad/bots"
)

// full is a context in which the store takes so many writes and no more, and can be read: its disk is full, and that of the journal is not.
type full struct {
	context.Context
	takes *int
}

func takes(t *testing.T, writes int) full { return full{t.Context(), &writes} }

func (f full) Err() error {
	var callers [8]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for more := true; more; {
		var frame runtime.Frame
		if frame, more = frames.Next(); !strings.HasSuffix(frame.Function, "(*DB).submit") {
			continue
		}
		if *f.takes--; *f.takes < 0 {
			return syscall.ENOSPC
		}
	}
	return f.Context.Err()
}

// lineCount is how many lines the journal of a story has.
func (s *story) lineCount() int {
	s.t.Helper()
	lines, _, err := JournalIn(s.dir).Lines()
	if err != nil {
		s.t.Fatal(err)
	}
	return len(lines)
}

// TestAStoreThatCannotNoteWhatIsInTheJournal adds it once, however often it is tried again; after a restart once more, which does nothing.
func TestAStoreThatCannotNoteWhatIsInTheJournal(t *testing.T) {
	for name, restart := range map[string]bool{"tried again": false, "started anew between": true} {
		t.Run(name, func(t *testing.T) {
			s, began := newStory(t, 0), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
			if _, err := s.db.Receive(t.Context(), wrote("e1", "chat-1", "stop"), rules(), world()); err != nil {
				t.Fatal(err)
			}
			j := JournalIn(s.dir)
			for range 5 {
				if err := s.db.FlushJournal(takes(t, 0), j); !errors.Is(err, syscall.ENOSPC) {
					t.Fatal("the store notes it: this test shows nothing")
				}
			}
			if n := s.lineCount(); n != 1 {
				t.Errorf("%d lines after five tries, want one", n)
			}
			want := 1
			if restart {
				s.putBack(-1, -1)
				j, want = JournalIn(s.dir), 2
			}
			s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-2"}, bots.AboutMarketing, bots.Consent{State: bots.Denied, At: began, Source: "form"})
			if err := s.db.FlushJournal(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if n := s.lineCount(); n != want+1 {
				t.Errorf("%d lines in the end, want %d", n, want+1)
			}
			for _, store := range []int{-1, 0} { // as it is, and from before all that: the same noes, once
				s.putBack(store, -1)
				if got := s.lineCount(); store < 0 && got != want+1 {
					t.Errorf("%d lines after a start, want %d", got, want+1)
				}
				if n, err := s.db.ReplayJournal(t.Context(), JournalIn(s.dir), nil); err != nil || n != 0 {
					t.Errorf("a second replay = %d, %v", n, err)
				}
			}
		})
	}
}

// TestAReplayTwiceOver: lines that stand in a journal twice do what they do once.
func TestAReplayTwiceOver(t *testing.T) {
	s, began := newStory(t, 1), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	s.says(began, said{person: "stop", minutes: 1}, said{about: bots.Viber, state: bots.Denied, minutes: 2})
	s.erases(0)
	j := JournalIn(s.dir)
	raw, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	closeChecked(t, s.db)
	if err := errors.Join(os.WriteFile(j.path, append(bytes.Clone(raw), raw...), 0o600), os.WriteFile(filepath.Join(s.dir, FileName), s.stores[0], 0o600)); err != nil {
		t.Fatal(err)
	}
	s.db = openAt(t, s.dir, Options{})
	lines := bytes.Count(raw, []byte("\n"))
	if n, err := s.db.ReplayJournal(t.Context(), j, nil); err != nil || n > lines || n == 0 {
		t.Errorf("ReplayJournal = %d, %v; want each of %d lines to do something at most once", n, err, lines)
	}
	if got := fmt.Sprint(s.left()); got != "[]" {
		t.Errorf("there are %s", got)
	}
	s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-1"}, bots.AboutMarketing, bots.Consent{State: bots.Given, At: began.Add(50 * time.Minute), Source: "form"})
	if got := s.words(); got != "marketing denied by person; viber denied by person; " {
		t.Errorf("who comes again has %q", got)
	}
}

// TestAMendThatFindsNoRoom goes on where it was, and adds no page twice, whichever of the two disks is full.
func TestAMendThatFindsNoRoom(t *testing.T) {
	s := newStory(t, 3)
	s.erases(0)
	s.erases(1)
	s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-1"}, bots.AboutMarketing, bots.Consent{State: bots.Denied, At: time.Now(), Source: "form"})
	s.flush()
	closeChecked(t, s.db)
	if err := os.Remove(filepath.Join(s.dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	s.db = openAt(t, s.dir, Options{})
	j := JournalIn(s.dir)
	if _, err := s.db.ReplayJournal(t.Context(), j, nil); err != nil {
		t.Fatal(err)
	}
	for _, writes := range []int{1, 0, 0} { // notes that the journal is missing
		if _, err := s.db.MendJournal(takes(t, writes), j); !errors.Is(err, syscall.ENOSPC) {
			t.Fatal("it is mended: this test shows nothing")
		}
	}
	if n := s.lineCount(); n != 2 {
		t.Errorf("%d lines after the first page, want those of the two who were erased", n)
	}
	for _, writes := range []int{1, 0, 0} { // notes the first page, adds the second
		if _, err := s.db.MendJournal(takes(t, writes), j); !errors.Is(err, syscall.ENOSPC) {
			t.Fatal("it is mended: this test shows nothing")
		}
		if n := s.lineCount(); n != 3 {
			t.Errorf("%d lines after the second page, want three", n)
		}
	}
	j = JournalIn(s.dir) // as after a start: the second page is there twice
	if n, err := s.db.ReplayJournal(t.Context(), j, nil); err != nil || n != 0 {
		t.Errorf("ReplayJournal = %d, %v; want nothing that is news", n, err)
	}
	if n, err := s.db.MendJournal(t.Context(), j); err != nil || n != 1 {
		t.Errorf("MendJournal = %d, %v; want the one of the second page", n, err)
	}
	if n := s.lineCount(); n != 4 {
		t.Errorf("%d lines, want four", n)
	}
	if n, err := s.db.MendJournal(t.Context(), j); err != nil || n != 0 {
		t.Errorf("a second one = %d, %v; want nothing to do", n, err)
	}
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[2]" {
		t.Errorf("with an older store there are %s", got)
	}
}

// TestAJournalThatIsLostWhileItIsMended is written anew from its first page, whatever was noted of the one that is gone.
func TestAJournalThatIsLostWhileItIsMended(t *testing.T) {
	s := newStory(t, 3)
	s.erases(0)
	s.tells(bots.Ref{Kind: bots.Telegram, Value: "chat-1"}, bots.AboutMarketing, bots.Consent{State: bots.Denied, At: time.Now(), Source: "form"})
	s.flush()
	j := JournalIn(s.dir)
	lose := func() {
		t.Helper()
		if err := os.Remove(j.path); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	if err := s.db.journalLost(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, err := view(t.Context(), s.db, func(x *tx) (*mending, error) { return x.mending(), nil })
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.db.mendPage(t.Context(), j, m); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	lose()
	if _, err := s.db.Erase(t.Context(), s.people[1], "local", "", Record{}); err != nil { // finds that it is gone
		t.Fatal(err)
	}
	if err := s.db.FlushJournal(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if n, err := s.db.MendJournal(t.Context(), j); err != nil || n != 3 {
		t.Errorf("MendJournal = %d, %v; want all three", n, err)
	}
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[2]" {
		t.Errorf("with an older store there are %s", got)
	}
}

// TestAnOlderJournalThatIsPutThereWhileTheGatewayRuns is seen with the next line, and what it lacks is written down anew.
func TestAnOlderJournalThatIsPutThereWhileTheGatewayRuns(t *testing.T) {
	s := newStory(t, 4)
	s.erases(0)
	s.erases(1)
	j := JournalIn(s.dir)
	if err := os.WriteFile(j.path, s.journal[1], 0o600); err != nil {
		t.Fatal(err)
	}
	s.erases(2)
	if n, err := s.db.MendJournal(t.Context(), j); err != nil || n != 3 {
		t.Errorf("MendJournal = %d, %v; want all three who were erased", n, err)
	}
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[3]" {
		t.Errorf("with an older store there are %s", got)
	}
}

// TestTwoStoresOfOneFile: a store adds nothing to the journal of another. A file with lines of both could be read with neither.
func TestTwoStoresOfOneFile(t *testing.T) {
	mine, theirs := newStory(t, 1), newStory(t, 1)
	mine.erases(0)
	j := JournalIn(mine.dir)
	before, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.db.Erase(t.Context(), theirs.people[0], "local", "", Record{}); err != nil {
		t.Fatal(err)
	}
	if err := theirs.db.FlushJournal(t.Context(), j); !errors.Is(err, ErrJournal) || !errors.Is(err, ErrOtherJournal) {
		t.Errorf("FlushJournal = %v; want that it is another's", err)
	}
	if after, err := os.ReadFile(j.path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file is another one now: %v", err)
	}
	if err := theirs.db.FlushJournal(t.Context(), JournalIn(theirs.dir)); err != nil {
		t.Errorf("its own: %v", err)
	}
}

// TestALastLineThatIsBroken is not written behind: in the middle of the file it would keep the gateway from starting.
func TestALastLineThatIsBroken(t *testing.T) {
	s := newStory(t, 2)
	s.erases(0)
	j := JournalIn(s.dir)
	if err := spoilByte(j.path, 30); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Erase(t.Context(), s.people[1], "local", "", Record{}); err != nil {
		t.Fatal(err)
	}
	if err := s.db.FlushJournal(t.Context(), j); !errors.Is(err, ErrJournal) {
		t.Errorf("FlushJournal = %v; want ErrJournal", err)
	}
	s.putBack(-1, -1)
	s.putBack(0, -1)
	if got := fmt.Sprint(s.left()); got != "[]" {
		t.Errorf("after a start, and with an older store, there are %s", got)
	}
}
