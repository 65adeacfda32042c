package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"kaskad/bots"
	"kaskad/fallback"
)

// ErrJournal is a journal that cannot be written. What was to stand in it is in the store.
var ErrJournal = errors.New("the journal cannot be written")

// journalCursor is the place of the journal in the outbox.
const journalCursor = "journal"

// journalPage is how many changes, or people, are looked at before the journal is synced.
const journalPage = 1000

// FlushJournal brings to the journal all that is in the outbox now: when it returns, it is on disk.
func (db *DB) FlushJournal(ctx context.Context, j *Journal) error {
	for {
		if more, err := db.WriteJournal(ctx, j); err != nil || !more {
			return err
		}
	}
}

// WriteJournal brings to the journal what is new in the outbox, and reports whether there may be more.
func (db *DB) WriteJournal(ctx context.Context, j *Journal) (more bool, err error) {
	j.following.Lock()
	defer j.following.Unlock()
	at, err := db.Cursor(ctx, journalCursor)
	if err != nil {
		return false, err
	}
	found, upTo, err := db.ChangesOf(ctx, at, journalPage, "contact.consent", "contact.blocked", "contact.erased", fallback.ChangeNoKept)
	if err != nil || upTo == at {
		return false, err
	}
	lines, err := db.journalLines(ctx, found)
	if err != nil {
		return false, err
	}
	return upTo-at >= journalPage, db.writeDown(ctx, j, lines, func(t *tx) { t.set.put(tCursor, name(journalCursor), numberKey(upTo)) })
}

// writeDown numbers lines and brings them to disk; then the store notes the last of them, with what else there is to note.
func (db *DB) writeDown(ctx context.Context, j *Journal, lines []fallback.JournalLine, note func(t *tx)) error {
	at, err := db.journaled(ctx)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		if at.number > 0 && j.missing() {
			if err := db.journalLost(ctx); err != nil {
				return err
			}
		}
		for i := range lines {
			lines[i].Number = at.number + uint64(i) + 1
		}
		at.number, at.summed = lines[len(lines)-1].Number, true
		if at.sum, err = j.add(db.journalOf(), lines); err != nil {
			return fmt.Errorf("%w: %w", ErrJournal, err)
		}
	}
	return db.write(ctx, func(t *tx) error {
		if len(lines) > 0 {
			t.set.put(tSetting, name(settingJournal), at.encode())
		}
		note(t)
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

// journalLost notes that the journal may lack what the store knows.
func (db *DB) journalLost(ctx context.Context) error {
	return db.PutSetting(ctx, settingJournalLost, nil)
}

// MendJournal writes down anew every no and every erasure that the store knows, if the journal may lack some: it was lost, or is an older
// copy. It reports of how many people; when it is broken off, it begins again.
func (db *DB) MendJournal(ctx context.Context, j *Journal) (people int, err error) {
	if lost, err := db.Setting(ctx, settingJournalLost); err != nil || lost == nil {
		return 0, err
	}
	for of, prefix := range map[table][]byte{tRecord: name(erasedKind), tContact: {}} {
		for from := prefix; from != nil; {
			p, err := db.peoplePage(ctx, of, prefix, from)
			if err != nil {
				return people, err
			}
			if err := db.writeDownNow(ctx, j, p.lines); err != nil {
				return people, err
			}
			people, from = people+len(p.lines), p.next
		}
	}
	return people, db.write(ctx, func(t *tx) error {
		t.set.delete(tSetting, name(settingJournalLost))
		return nil
	})
}

func (db *DB) writeDownNow(ctx context.Context, j *Journal, lines []fallback.JournalLine) error {
	if len(lines) == 0 {
		return nil
	}
	j.following.Lock()
	defer j.following.Unlock()
	return db.writeDown(ctx, j, lines, func(*tx) {})
}

// peoplePage are the lines of some people, and where the next ones begin; nil: nowhere.
type peoplePage struct {
	lines []fallback.JournalLine
	next  []byte
}

func (db *DB) peoplePage(ctx context.Context, of table, prefix, from []byte) (peoplePage, error) {
	return view(ctx, db, func(t *tx) (p peoplePage, err error) {
		var ids []bots.ID
		c := t.bucket(of).Cursor()
		k, _ := c.Seek(from)
		for ; k != nil && bytes.HasPrefix(k, prefix) && len(ids) < journalPage; k, _ = c.Next() {
			ids = append(ids, lastID(k))
		}
		if k != nil && bytes.HasPrefix(k, prefix) {
			p.next = bytes.Clone(k)
		}
		for _, id := range ids {
			if met := t.Contact(id); met != nil && met.ID != id {
				continue // absorbed: it has no line of its own
			}
			if l, ok := fallback.Journaled(t, id); ok {
				p.lines = append(p.lines, l)
			}
		}
		return p, nil
	})
}
