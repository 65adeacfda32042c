package store

import (
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
	batch := fmt.Sprint("outbox ", at)
	if noted, err := db.noteAdded(ctx, j, batch); noted || err != nil {
		return true, err
	}
	found, upTo, err := db.ChangesOf(ctx, at, journalPage, "contact.consent", "contact.blocked", "contact.erased", fallback.ChangeNoKept)
	if err != nil || upTo == at {
		return false, err
	}
	lines, err := db.journalLines(ctx, found)
	if err != nil {
		return false, err
	}
	return upTo-at >= journalPage, db.writeDown(ctx, j, batch, lines, func(t *tx) { t.set.put(tCursor, name(journalCursor), numberKey(upTo)) })
}

// addedLines are lines that are in the file, and what the store has to note of them.
type addedLines struct {
	last journalPlace
	note func(t *tx)
}

// writeDown numbers lines and brings them to disk; then the store notes the last of them, with what else there is to note. Where it cannot,
// the batch, by its name, is not added again: see noteAdded.
func (db *DB) writeDown(ctx context.Context, j *Journal, batch string, lines []fallback.JournalLine, note func(t *tx)) error {
	if len(lines) == 0 {
		return db.write(ctx, func(t *tx) error { note(t); return nil })
	}
	at, err := db.journaled(ctx)
	if err != nil {
		return err
	}
	last, err := j.newest(db.journalOf())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	if at.number > 0 && !at.same(last) && !j.tail.same(last) { // it was taken away, or another copy was put in its place
		if err := db.journalLost(ctx); err != nil {
			return err
		}
	}
	from := max(at.number, j.tail.number)
	for i := range lines {
		lines[i].Number = from + uint64(i) + 1
	}
	sum, err := j.add(db.journalOf(), lines)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	j.tail = journalPlace{lines[len(lines)-1].Number, sum, true}
	j.added[batch] = addedLines{j.tail, note}
	_, err = db.noteAdded(ctx, j, batch)
	return err
}

// noteAdded has the store note a batch that is in the file, if there is such a one. A store that could not write for long (its disk is full)
// so adds nothing twice. Who dies in between has the batch twice, which does nothing: the second is known by the first.
func (db *DB) noteAdded(ctx context.Context, j *Journal, batch string) (noted bool, err error) {
	done, ok := j.added[batch]
	if !ok {
		return false, nil
	}
	if j.missing() {
		delete(j.added, batch)
		return false, nil
	}
	at, err := db.journaled(ctx)
	if err != nil {
		return false, err
	}
	if err := db.write(ctx, func(t *tx) error {
		if done.last.number > at.number {
			t.set.put(tSetting, name(settingJournal), done.last.encode())
		}
		done.note(t)
		return nil
	}); err != nil {
		return false, err
	}
	delete(j.added, batch)
	return true, nil
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
