package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The journal is a file of its own, because it has to be newer than the store that is put back. A line is a sum and JSON; lines are only
// added, each synced before the store notes its number. What a crash left half written at the end is cut off.

// JournalName is the file in data_dir.
const JournalName = "kaskad.journal"

// settingJournal is the number of the last line that the store knows of.
const settingJournal = "journal"

// Journal is the file.
type Journal struct {
	path string
	mu   sync.Mutex // of who writes it
}

// JournalIn is the journal of a folder.
func JournalIn(dir string) *Journal { return &Journal{path: filepath.Join(dir, JournalName)} }

// Path is where it is.
func (j *Journal) Path() string { return j.path }

// journalLine is a line as it is written.
type journalLine struct {
	Number  uint64    `json:"n"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Contact bots.ID   `json:"contact"`
	By      string    `json:"by,omitempty"`
	Same    []bots.ID `json:"same,omitempty"`
	Marks   []string  `json:"marks,omitempty"`
	Said    time.Time `json:"said,omitzero"`
	Ads     bool      `json:"marketing,omitempty"`
	All     bool      `json:"all,omitempty"`
	On      []string  `json:"on,omitempty"`
}

// The kinds of line.
const (
	lineNo     = "no"
	lineErased = "erased"
)

func encodeLine(l *fallback.JournalLine) ([]byte, error) {
	w := journalLine{Number: l.Number, At: l.At, Kind: lineNo, Contact: l.Contact, By: l.By, Same: l.Same, Said: l.No.At, Ads: l.No.Marketing, All: l.No.All, On: l.No.On}
	if l.Erased {
		w.Kind = lineErased
	}
	for _, mark := range l.Marks {
		w.Marks = append(w.Marks, hex.EncodeToString(mark))
	}
	b, err := json.Marshal(w)
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(b), b), err
}

func decodeLine(b []byte) (l fallback.JournalLine, ok bool) {
	sum, text, found := bytes.Cut(b, []byte(" "))
	if !found || string(sum) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) {
		return l, false
	}
	var w journalLine
	if json.Unmarshal(text, &w) != nil || w.Kind != lineNo && w.Kind != lineErased {
		return l, false
	}
	l = fallback.JournalLine{Number: w.Number, At: w.At, Erased: w.Kind == lineErased, Contact: w.Contact, By: w.By, Same: w.Same}
	l.No = fallback.KeptNo{At: w.Said, Marketing: w.Ads, All: w.All, On: w.On}
	for _, mark := range w.Marks {
		raw, err := hex.DecodeString(mark)
		if err != nil {
			return l, false
		}
		l.Marks = append(l.Marks, raw)
	}
	return l, true
}

// Lines reads the journal; whole is how long it is without a line that a crash left half written. One that is broken elsewhere is an error.
func (j *Journal) Lines() (lines []fallback.JournalLine, whole int64, err error) {
	b, err := os.ReadFile(j.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	for n := 1; err == nil && len(b) > 0; n++ {
		text, rest, ended := bytes.Cut(b, []byte("\n"))
		l, ok := decodeLine(text)
		switch {
		case ok && ended:
			lines, whole, b = append(lines, l), whole+int64(len(text))+1, rest
		case len(rest) == 0:
			return lines, whole, nil // the last one: nothing was told to anybody before it was whole
		default:
			return nil, 0, fmt.Errorf("%s: line %d is broken: it holds noes that a restored store would not know; put a copy of it in place (FILE.journal beside a backup), or move it away", j.path, n)
		}
	}
	return lines, whole, err
}

// add appends lines, and returns when they are on disk.
func (j *Journal) add(lines []fallback.JournalLine) (err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, missing := os.Stat(j.path)
	f, err := os.OpenFile(j.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var all []byte
	for i := range lines {
		b, err := encodeLine(&lines[i])
		if err != nil {
			return err
		}
		all = append(all, b...)
	}
	if _, err := f.Write(all); err != nil {
		return err
	}
	if err := f.Sync(); err != nil || missing == nil {
		return err
	}
	return syncDir(filepath.Dir(j.path))
}

// Rotate drops lines from before a time, and what is half written. The newest one stays: it has the number.
func (j *Journal) Rotate(before time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines, _, err := j.Lines()
	if err != nil {
		return err
	}
	keep := 0
	for keep < len(lines)-1 && lines[keep].At.Before(before) {
		keep++
	}
	if keep == 0 {
		return nil
	}
	return j.rewrite(lines[keep:])
}

// rewrite puts a file with some lines in the place of the journal.
func (j *Journal) rewrite(lines []fallback.JournalLine) error {
	fresh := &Journal{path: j.path + ".new"}
	if err := dropFile(fresh.path); err != nil {
		return err
	}
	if err := errors.Join(fresh.add(lines), os.Rename(fresh.path, j.path)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(j.path))
}

// ReplayJournal does again what the journal says and the store does not know: it is older than the journal, because it was put back, or
// because a crash came between the two. It reports how many lines changed something.
func (db *DB) ReplayJournal(ctx context.Context, j *Journal) (changed int, err error) {
	lines, whole, err := j.Lines()
	if err != nil {
		return 0, err
	}
	if info, err := os.Stat(j.path); err == nil && info.Size() > whole {
		if err := os.Truncate(j.path, whole); err != nil {
			return 0, err
		}
	}
	known, err := db.journaled(ctx)
	if err != nil {
		return 0, err
	}
	for _, l := range lines {
		if l.Number <= known {
			continue
		}
		did, err := write(ctx, db, func(t *tx) (bool, error) {
			t.set.put(tSetting, name(settingJournal), wrapped(numberKey(l.Number)))
			return fallback.Replay(t, l)
		})
		if err != nil {
			return changed, fmt.Errorf("journal line %d: %w", l.Number, err)
		}
		if did {
			changed++
		}
	}
	return changed, nil
}

func (db *DB) journaled(ctx context.Context) (uint64, error) {
	b, err := db.Setting(ctx, settingJournal)
	return keyNumber(b), err
}

// journalCursor is the place of the journal in the outbox.
const journalCursor = "journal"

// journalPage is how many changes are looked at before the journal is synced.
const journalPage = 1000

// WriteJournal brings to the journal what is new in the outbox, and reports whether there may be more.
func (db *DB) WriteJournal(ctx context.Context, j *Journal) (more bool, err error) {
	at, err := db.Cursor(ctx, journalCursor)
	if err != nil {
		return false, err
	}
	found, upTo, err := db.ChangesOf(ctx, at, journalPage, "contact.consent", "contact.blocked", "contact.erased")
	if err != nil || upTo == at {
		return false, err
	}
	lines, err := db.journalLines(ctx, found)
	if err != nil {
		return false, err
	}
	number, err := db.journaled(ctx)
	if err != nil {
		return false, err
	}
	for i := range lines {
		number++
		lines[i].Number = number
	}
	if len(lines) > 0 {
		if err := j.add(lines); err != nil {
			return false, fmt.Errorf("journal: %w", err)
		}
	}
	return upTo-at >= journalPage, db.write(ctx, func(t *tx) error {
		t.set.put(tSetting, name(settingJournal), wrapped(numberKey(number)))
		t.set.put(tCursor, name(journalCursor), numberKey(upTo))
		return nil
	})
}

// journalLines are the lines of those whom some changes are about, one for each.
func (db *DB) journalLines(ctx context.Context, found []bots.Change) ([]fallback.JournalLine, error) {
	return view(ctx, db, func(t *tx) (lines []fallback.JournalLine, err error) {
		met := map[bots.ID]bool{}
		for i := range found {
			contact := found[i].Contact
			if met[contact] {
				continue
			}
			met[contact] = true
			if l, ok := fallback.Journaled(t, contact); ok {
				lines = append(lines, l)
			}
		}
		return lines, nil
	})
}
