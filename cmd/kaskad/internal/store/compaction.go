package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// What was deleted stays in the file until its page is used again. A compaction writes all that is left into a new file, which then
// takes the place of the old one:
//
//  1. The writer rests. Readers go on; whoever wants to write waits.
//  2. Everything is copied to a file beside the store, which is synced, closed, opened as the store is, and compared entry by entry.
//  3. It is renamed to the store's name, and the folder is synced. Before that the old file is the store, after it the new one, and both
//     hold the same: a process that is killed leaves one whole file, and at most a copy beside it that the next Open removes.
//  4. Readers get the new file with their next snapshot, and the writer goes on. The old one is closed, and so gone, when the last of its readers
//     is done.
//
// The new file begins to count its commits anew; DB.base goes on with ours, so that what is in memory stays true.

// compactName is the new file while it is written.
const compactName = FileName + ".compact"

// ErrBusy is a compaction that a backup, a check or another compaction is in the way of.
var ErrBusy = errors.New("a backup, a check or a compaction is at work; compact when it is done")

// ErrNoRoom is a disk without room for a second file.
var ErrNoRoom = errors.New("not enough room on the disk")

// Compacted is what a compaction did.
type Compacted struct {
	Before int64         // bytes of the file
	After  int64         // bytes of the new one
	Paused time.Duration // how long writers waited

	// Closed tells when the old file is closed and its room on the disk is free: its last reader is done. Nobody has to wait for it.
	Closed <-chan error
}

// compaction is one at work. It runs in the writer.
type compaction struct {
	db     *DB
	ctx    context.Context
	path   string // of the new file
	res    Compacted
	closed chan error // the old file is gone
}

// aside is work for the writer between two commits.
type aside struct {
	run  func() error
	done chan error
}

// Compact writes the file anew, without what was deleted. Writers wait meanwhile; nothing that was acknowledged is lost, whenever it ends.
// It needs room for a second file. A compaction that fails leaves everything as it was. It is over when the new file has taken the place of
// the old one: who reads that still, for however long, keeps nobody from writing, nor a backup or the next compaction from its turn.
func (db *DB) Compact(ctx context.Context) (Compacted, error) {
	if !db.long.TryLock() {
		return Compacted{}, ErrBusy
	}
	defer db.long.Unlock()
	c := &compaction{db: db, ctx: ctx, path: filepath.Join(dirOf(db.path), compactName), closed: make(chan error, 1)}
	if err := db.room(); err != nil {
		return Compacted{}, err
	}
	if err := db.beside(ctx, c.work); err != nil {
		return Compacted{}, err
	}
	return c.res, nil
}

// beside has the writer do something between two commits.
func (db *DB) beside(ctx context.Context, run func() error) error {
	a := &aside{run: run, done: make(chan error, 1)}
	select {
	case db.asides <- a:
		return <-a.done
	case <-ctx.Done():
		return ctx.Err()
	case <-db.gone:
		return db.stopped()
	}
}

// room refuses to begin what the disk has no room for.
func (db *DB) room() error {
	s := db.Stats()
	need := uint64(s.FileSize-int64(s.FreePages)*int64(s.PageSize))*11/10 + 16<<20
	if have, known := freeSpace(dirOf(db.path)); known && have < need {
		return fmt.Errorf("%w: a compaction needs %d MiB beside the file, there are %d", ErrNoRoom, need>>20, have>>20)
	}
	return nil
}

// work is the whole of it.
func (c *compaction) work() error {
	began := time.Now()
	c.db.commit(nil, true) // what is in the log of heads is deleted from it soon: not out of the new file
	if c.db.failure.Load() != nil {
		return c.db.stopped()
	}
	fresh, err := c.prepared()
	if err != nil {
		return errors.Join(fmt.Errorf("compact: %w; the store goes on as it was", err), dropFile(c.path))
	}
	if err := os.Rename(c.path, c.db.path); err != nil {
		return errors.Join(fmt.Errorf("compact: %w; the store goes on as it was", err), fresh.Close(), dropFile(c.path))
	}
	if err := c.swap(fresh); err != nil { // which of the two the folder names is not certain any more
		return c.db.fail(err)
	}
	c.res.Paused = time.Since(began)
	return nil
}

// prepared writes the new file and opens it as the store. A panic is bbolt's, on a page it cannot read.
func (c *compaction) prepared() (fresh *bolt.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = c.db.panicked(r)
		}
	}()
	if err := dropFile(c.path); err != nil {
		return nil, err
	}
	if err := c.copy(); err != nil {
		return nil, err
	}
	options := c.db.boltOptions(c.path)
	if fresh, err = bolt.Open(c.path, 0o600, &options); err != nil {
		return nil, err
	}
	if err := c.compare(fresh); err != nil {
		return nil, errors.Join(fmt.Errorf("the copy is not like the file: %w", err), fresh.Close())
	}
	if err := forgetFreed(fresh); err != nil {
		return nil, errors.Join(err, fresh.Close())
	}
	return fresh, nil
}

// swap makes the new file, which has its name already, the one that everybody sees from now on.
func (c *compaction) swap(fresh *bolt.DB) error {
	db, old := c.db, c.db.bolt
	if err := syncDir(dirOf(db.path)); err != nil {
		return errors.Join(err, fresh.Close())
	}
	last, err := lastCommit(fresh)
	if err != nil {
		return errors.Join(err, fresh.Close())
	}
	c.res.Before, c.res.After = sizeOf(old), sizeOf(fresh)
	was := old.Stats()
	db.stats.pages.Add(was.TxStats.GetPageCount())
	db.base = db.snapshots.newest() - last
	db.freed.Store(0)
	db.bolt, db.mapped = fresh, db.boltOptions(db.path).InitialMmapSize
	if err := db.snapshots.replace(db); err != nil {
		return err // the old one stays open: the snapshot of it is the last there is
	}
	c.res.Closed = c.closed
	db.closing.Go(func() { c.leave(old) })
	return nil
}

// leave closes the old file. It waits for its last reader.
func (c *compaction) leave(old *bolt.DB) {
	err := old.Close()
	if err != nil {
		c.db.opt.Log.Error("the old file of the store cannot be closed; its room is free when the gateway ends", "err", err)
	}
	c.closed <- err
}

// lastCommit is the number of a file's last commit. Nobody writes to it meanwhile.
func lastCommit(file *bolt.DB) (no uint64, err error) {
	err = file.View(func(btx *bolt.Tx) error {
		no = uint64(btx.ID())
		return nil
	})
	return no, err
}

// sizeOf is how large a file is, for the report; 0 where it cannot be read, which happens to a closed one alone.
func sizeOf(file *bolt.DB) (size int64) {
	_ = file.View(func(btx *bolt.Tx) error {
		size = btx.Size()
		return nil
	})
	return size
}

// dropFile removes a file; one that is not there is as good.
func dropFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
