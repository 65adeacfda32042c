package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"kaskad/fallback"
)

// The store knows which line of the journal it wrote, or did again, last: its number and its sum. What stands behind that line is news to a
// store that was put back. Where that line is not in the journal, all of it is done again, which changes nothing that is known already; and
// what the store itself knows is written down anew, because somebody may have put an older copy there, or lost it.

// Settings about the journal.
const (
	settingJournal     = "journal"      // number and sum of the line that is known last
	settingJournalLost = "journal lost" // there while noes and erasures of the store may not be in it
)

// ErrOtherJournal is a journal that another store wrote: its ids mean other people.
var ErrOtherJournal = errors.New("it was written by another store: put the kaskad.db back that belongs to it, or put this store's own journal in place (FILE.journal beside a backup), or move it away")

// journalPlace is a line of the journal; a number of 0: none.
type journalPlace struct {
	number uint64
	sum    uint32
	summed bool // else only the number is known
}

func (p journalPlace) is(l *storedLine) bool {
	return p.number == l.Number && (!p.summed || p.sum == l.sum)
}

// same reports whether both are one line of the file; none is no line's.
func (p journalPlace) same(q journalPlace) bool {
	return p.number > 0 && p.number == q.number && (!p.summed || !q.summed || p.sum == q.sum)
}

func (p journalPlace) encode() []byte {
	return wrapped(binary.BigEndian.AppendUint32(numberKey(p.number), p.sum))
}

// journaled is the line that the store knows last.
func (db *DB) journaled(ctx context.Context) (p journalPlace, err error) {
	b, err := db.Setting(ctx, settingJournal)
	p.number = keyNumber(b)
	if len(b) == 12 {
		p.sum, p.summed = binary.BigEndian.Uint32(b[8:]), true
	}
	return p, err
}

// journalOf is what a line has to tell whose it is: a hash that no other store has, and that tells nothing of its key.
func (db *DB) journalOf() string {
	h := hmac.New(sha256.New, db.markKey)
	h.Write([]byte(settingJournal))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// survey is what a look through the journal finds.
type survey struct {
	whole int64
	known bool // the line that the store knows is there
	last  journalPlace
}

func (j *Journal) survey(at journalPlace, of string) (s survey, err error) {
	s.whole, err = j.each(func(l storedLine) error {
		if l.store != "" && l.store != of {
			return fmt.Errorf("%s: %w", j.path, ErrOtherJournal)
		}
		s.known = s.known || at.is(&l)
		s.last = journalPlace{l.Number, l.sum, true}
		return nil
	})
	return s, err
}

// replayAtOnce is how many lines are done again in one commit.
const replayAtOnce = 64

// JournalNote is a record that is written in the transaction that does a line again by which somebody is erased.
type JournalNote func(fallback.JournalLine) (kind string, note Record, err error)

// ReplayJournal does again what the journal says and the store does not know: it is older than the journal, because it was put back, or
// because a crash came between the two. It reports how many lines changed something; note may be nil.
func (db *DB) ReplayJournal(ctx context.Context, j *Journal, note JournalNote) (changed int, err error) {
	at, err := db.journaled(ctx)
	if err != nil {
		return 0, err
	}
	s, err := j.survey(at, db.journalOf())
	if err != nil {
		return 0, err
	}
	if info, err := os.Stat(j.path); err == nil && info.Size() > s.whole {
		if err := os.Truncate(j.path, s.whole); err != nil {
			return 0, err
		}
	}
	if at.number > 0 && !s.known { // noted before anything else: whatever follows may break off
		if err := db.journalLost(ctx); err != nil {
			return 0, err
		}
	}
	if s.known && at.same(s.last) {
		return 0, nil
	}
	return db.replay(ctx, j, at, s.known, note)
}

// replay does again what stands behind a line that is known, else all of it.
func (db *DB) replay(ctx context.Context, j *Journal, at journalPlace, known bool, note JournalNote) (changed int, err error) {
	var some []storedLine
	flush := func() error {
		n, err := db.replaySome(ctx, some, note)
		changed, some = changed+n, some[:0]
		return err
	}
	_, err = j.each(func(l storedLine) error {
		if known {
			known = !at.is(&l)
			return nil
		}
		l.raw = nil
		if some = append(some, l); len(some) < replayAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return changed, err
}

func (db *DB) replaySome(ctx context.Context, lines []storedLine, note JournalNote) (int, error) {
	if len(lines) == 0 {
		return 0, nil
	}
	return write(ctx, db, func(t *tx) (changed int, err error) {
		for i := range lines {
			l := &lines[i]
			there := l.Erased && t.Contact(l.Contact) != nil
			did, err := fallback.Replay(t, l.JournalLine)
			if err == nil && there && note != nil {
				err = t.note(note, l.JournalLine)
			}
			if err != nil {
				return 0, fmt.Errorf("journal line %d: %w", l.Number, err)
			}
			if did {
				changed++
			}
			t.set.put(tSetting, name(settingJournal), journalPlace{l.Number, l.sum, true}.encode())
		}
		return changed, nil
	})
}

func (t *tx) note(of JournalNote, l fallback.JournalLine) error {
	kind, r, err := of(l)
	if err == nil {
		t.set.put(tRecord, t.db.Records(kind).key(r.ID), wrapped(r.Data))
	}
	return err
}
