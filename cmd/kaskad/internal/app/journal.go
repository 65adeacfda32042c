package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// openJournal does again what the journal has and the store does not, before anything is sent.
func (a *App) openJournal(ctx context.Context) error {
	j := store.JournalIn(a.cfg.Server.DataDir)
	n, err := a.db.ReplayJournal(ctx, j, erasedAgain)
	if err != nil {
		return err
	}
	a.journal = &journal{Journal: j, db: a.db, log: a.log}
	if n == 0 {
		return nil
	}
	a.log.Warn("the store was older than its journal: noes and erasures since then were done again", "people", n)
	if a.told != nil {
		fmt.Fprintf(a.told, "kaskad: the store was older than its journal: noes and erasures since then were done again (people: %d); kaskad audit has the erasures\n", n)
	}
	return a.noteAudit(ctx, "journal", map[string]int{"people": n})
}

// erasedAgain is the line of the audit about an erase that is done again: as it was in the store that knew of it, with when and by whom.
func erasedAgain(l fallback.JournalLine) (kind string, note store.Record, err error) {
	line := people.EntryAt(l.At, l.By, "erase", l.Contact)
	note.ID = line.ID
	note.Data, err = line.Encode()
	return people.AuditRecords, note, err
}

// journal is the journal of a store that is open.
type journal struct {
	*store.Journal
	db  *store.DB
	log *slog.Logger

	mu     sync.Mutex
	behind time.Time // since when it could not be written; zero: it can
}

// keep follows the outbox until ctx ends: a no is in the journal as soon as it is on disk in the store, and a moment. What the journal
// lacks because it was lost is written down, too.
func (j *journal) keep(ctx context.Context) error {
	for {
		changed := j.db.Changed()
		err := j.flush(ctx)
		if err == nil {
			err = j.mend(ctx)
		}
		rest := journalPause // many changes come at once: one sync is for all of them
		if err != nil && ctx.Err() == nil {
			j.log.Warn("the journal is behind", "err", err)
			changed, rest = nil, journalAgain
		}
		pause(ctx, nil, rest)
		if changed != nil {
			pause(ctx, changed, 0)
		}
		if ctx.Err() != nil {
			return nil // what the last moment brought: Close
		}
	}
}

func (j *journal) mend(ctx context.Context) error {
	n, err := j.db.MendJournal(ctx, j.Journal)
	if n > 0 && err == nil {
		j.log.Warn("the journal did not go on where the store stands: all noes and erasures were written down anew", "people", n)
	}
	if err != nil {
		return j.wrote(err)
	}
	return nil // that there was nothing to write does not say that it can be
}

// flush brings to the journal what the store has; where there is no journal, nothing.
func (j *journal) flush(ctx context.Context) error {
	if j == nil {
		return nil
	}
	err := j.db.FlushJournal(ctx, j.Journal)
	if err == nil && !j.late().IsZero() { // perhaps there was nothing to write
		err = j.writable()
	}
	return j.wrote(err)
}

func (j *journal) writable() error {
	if err := j.Ready(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrJournal, err)
	}
	return nil
}

// wrote notes how it went.
func (j *journal) wrote(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case err == nil:
		j.behind = time.Time{}
	case errors.Is(err, store.ErrJournal) && j.behind.IsZero():
		j.behind = time.Now()
	}
	return err
}

// late is since when the journal could not be written; the zero time: it can.
func (j *journal) late() time.Time {
	if j == nil {
		return time.Time{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.behind
}

// ready says why an erasure could not be written down, before it is done.
func (j *journal) ready(ctx context.Context) error {
	if j == nil {
		return nil
	}
	if err := j.writable(); err != nil {
		return j.wrote(err)
	}
	return j.flush(ctx)
}

// journalDegraded is what /readyz names while the journal cannot be written, and journalAdvice what it says then.
const (
	journalDegraded = "journal"
	journalAdvice   = "kaskad.journal cannot be written, so nobody can be erased, and a backup that is put back would not know the last noes: look at its owner and at the room on the disk; the log has the error"
)

const (
	journalPause = 100 * time.Millisecond
	journalAgain = 10 * time.Second
)

// JournalSuffix is what the copy of the journal beside a backup has behind the backup's name.
const JournalSuffix = ".journal"

// copyJournal copies the journal of a folder beside a backup; without one there is nothing to copy.
func copyJournal(dir, backup string) (err error) {
	from, err := os.Open(filepath.Join(dir, store.JournalName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.CreateTemp(filepath.Dir(backup), ".journal-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = io.Copy(f, from)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), backup+JournalSuffix); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(backup))
}
