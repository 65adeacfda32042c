package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/fallback"
)

// writer is the one goroutine that writes. Everything that queued while it made a commit durable goes into the next one.
func (db *DB) writer() {
	defer db.release() // after gone is closed: see work
	defer close(db.gone)
	flush := time.NewTimer(time.Hour)
	defer flush.Stop()
	flush.Stop()
	if db.heads.len() > 0 {
		flush.Reset(flushEvery) // left by a crash
	}
	last, armed := 0, db.heads.len() > 0
	for db.failure.Load() == nil {
		var ops []*op
		flushing := false
		select {
		case o := <-db.queue:
			ops = db.gather(o, last)
		case a := <-db.asides:
			a.done <- a.run()
			continue
		case <-flush.C:
			flushing, armed = true, false
		case <-db.prepared: // the store is being closed
			if ops = db.drain(nil, db.opt.Batch); len(ops) == 0 {
				db.commit(nil, true)
				return
			}
		}
		db.commit(ops, flushing)
		last = len(ops)
		if !armed && db.heads.len() > 0 {
			flush.Reset(flushEvery)
			armed = true
		}
	}
}

// flushEvery is how long heads of conversations stay in memory alone (and in the head log).
const flushEvery = time.Second

// gather takes what is queued. After a large batch it waits a moment for the callers whom that batch has just answered:
// otherwise two half batches would take turns.
func (db *DB) gather(first *op, last int) []*op {
	ops := db.drain([]*op{first}, db.opt.Batch)
	if last <= 32 || db.opt.Linger <= 0 {
		return ops
	}
	timer := time.NewTimer(db.opt.Linger)
	defer timer.Stop()
	for enough := min(len(ops)+last, db.opt.Batch); len(ops) < enough; {
		select {
		case o := <-db.queue:
			ops = append(ops, o)
		case <-timer.C:
			return db.drain(ops, db.opt.Batch)
		}
	}
	return ops
}

func (db *DB) drain(ops []*op, limit int) []*op {
	for len(ops) < limit {
		select {
		case o := <-db.queue:
			ops = append(ops, o)
		default:
			return ops
		}
	}
	return ops
}

// release answers whoever is still queued when the writer has ended.
func (db *DB) release() {
	for _, o := range db.drain(nil, 1<<30) {
		if o.state.CompareAndSwap(opWaiting, opTaken) {
			o.finish(db.stopped())
		} else {
			o.leave()
		}
	}
}

// commit writes a batch and answers its callers.
func (db *DB) commit(ops []*op, flushing bool) {
	taken := ops[:0]
	for _, o := range ops {
		if o.state.CompareAndSwap(opWaiting, opTaken) {
			taken = append(taken, o)
		} else {
			o.leave()
		}
	}
	if len(taken) == 0 && !flushing {
		return
	}
	began := time.Now()
	db.stats.begin(began)
	wrote, err := db.attempt(taken, flushing)
	db.stats.batch(len(taken), wrote, began, time.Now())
	for _, o := range taken {
		if o.err == nil {
			o.err = err
		}
		o.finish(o.err)
	}
}

// attempt is one commit, or none when nobody had anything to write.
func (db *DB) attempt(ops []*op, flushing bool) (wrote bool, err error) {
	var btx *bolt.Tx
	defer func() {
		if r := recover(); r != nil { // inside bbolt: nothing is certain any more
			wrote, err = false, db.fail(db.panicked(r))
			abandon(btx)
		}
	}()
	if btx, err = db.bolt.Begin(true); err != nil {
		return false, db.fail(err)
	}
	w := &batch{db: db, btx: btx, no: db.base + uint64(btx.ID()), now: now(), change: db.lastChange.Load(), headLog: db.headLog}
	w.linesFrom = w.change + 1
	for _, o := range ops {
		if o.err = w.apply(o); errors.Is(o.err, errPut) {
			_ = btx.Rollback()
			return false, db.fail(o.err)
		}
	}
	if flushing {
		err = w.flushHeads()
	}
	if err == nil {
		err = w.dropOld()
	}
	if err == nil && (w.wrote || flushing) {
		err = errors.Join(w.putLines(), w.saveMeta())
	}
	if err != nil || !w.wrote {
		_ = btx.Rollback()
		if err != nil {
			return false, db.fail(err)
		}
		return false, nil
	}
	if db.tight(btx) {
		db.snapshots.yield()
	}
	if err := btx.Commit(); err != nil {
		return false, db.refused(w.no, err)
	}
	if err := w.publish(); err != nil {
		return false, db.fail(err)
	}
	return true, nil
}

// abandon ends a transaction after a panic: the file could not be closed while bbolt holds the writer's lock for it.
func abandon(btx *bolt.Tx) {
	defer func() { _ = recover() }() // the store has failed already, and has said why
	if btx != nil {
		_ = btx.Rollback()
	}
}

// publish changes what is in memory: the batch is on disk. Readers get the new snapshot after the lists of generations that
// belong to it; heads leave memory after the snapshot that has them.
func (w *batch) publish() error {
	db := w.db
	w.publishGenerations()
	if w.freedAt != 0 {
		db.freed.Store(w.freedAt)
	}
	db.heads.add(w.heads, w.no)
	db.headLog = w.headLog
	changed := w.change != db.lastChange.Swap(w.change)
	if err := db.snapshots.replace(db); err != nil {
		return err
	}
	db.heads.remove(w.flushed, w.no)
	if changed {
		db.broadcast()
	}
	return nil
}

// refused decides what an error of a commit means. When the new root was not written, a full or read-only disk has changed
// nothing, and the store lives on; anything else ends it.
func (db *DB) refused(no uint64, err error) error {
	soft := harmless(err)
	if soft == nil {
		return db.fail(err)
	}
	if broken := db.snapshots.replace(db); broken != nil || db.snapshots.current.no >= no {
		return db.fail(err)
	}
	db.opt.Log.Error("the disk takes nothing", "err", err)
	return soft
}

// fail ends the store: nothing is acknowledged any more. What was durable before can still be read.
func (db *DB) fail(cause error) error {
	if db.failure.CompareAndSwap(nil, &cause) {
		db.opt.Log.Error("the store has failed", "err", cause)
		db.failed <- fmt.Errorf("%w: %w", ErrFailed, cause)
		db.snapshots.stop()
	}
	return fmt.Errorf("%w: %w", ErrFailed, cause)
}

// Failed tells, once, why the store cannot go on. The program ends then.
func (db *DB) Failed() <-chan error { return db.failed }

var _ fallback.Store = (*DB)(nil)
