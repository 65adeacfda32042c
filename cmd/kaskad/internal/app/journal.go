package app

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"kaskad/cmd/kaskad/internal/store"
)

// openJournal does again what the journal has and the store does not, before anything is sent.
func (a *App) openJournal(ctx context.Context) error {
	a.journal = store.JournalIn(a.cfg.Server.DataDir)
	n, err := a.db.ReplayJournal(ctx, a.journal)
	if n > 0 {
		a.log.Warn("the store was older than its journal: noes and erasures since then were done again", "people", n)
	}
	return err
}

// keepJournal follows the outbox until ctx ends: a no is in the journal as soon as it is on disk in the store, and a moment.
func (a *App) keepJournal(ctx context.Context) error {
	for {
		changed := a.db.Changed()
		more, err := a.db.WriteJournal(ctx, a.journal)
		var wait <-chan time.Time
		switch {
		case ctx.Err() != nil:
			return a.endJournal(ctx)
		case err != nil:
			a.log.Warn("the journal is behind", "err", err)
			changed, wait = nil, time.After(journalAgain)
		case more:
			continue
		default: // many changes come at once: one sync is for all of them
			wait = time.After(journalPause)
		}
		select {
		case <-ctx.Done():
			return a.endJournal(ctx)
		case <-wait:
		}
		if changed != nil {
			select {
			case <-ctx.Done():
				return a.endJournal(ctx)
			case <-changed:
			}
		}
	}
}

// endJournal writes what the last moment brought: the next start may find another store.
func (a *App) endJournal(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = a.db.WriteJournal(context.WithoutCancel(ctx), a.journal); err != nil {
			a.log.Warn("the journal is behind", "err", err)
			return nil
		}
	}
	return nil
}

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
