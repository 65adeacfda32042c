package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// batch is one commit at work.
type batch struct {
	db      *DB
	btx     *bolt.Tx
	no      uint64 // of the commit
	now     time.Time
	buckets [tables]*bolt.Bucket
	gens    [tables]*genBatch
	heads   map[bots.ID][]byte // written by this batch
	flushed map[bots.ID][]byte // brought to their bucket by this batch
	headLog uint64
	change  uint64 // last number given to a line of the outbox
	// Lines that have no entry yet, and the number of the first of them.
	lines     []byte
	linesFrom uint64
	wrote     bool
}

func (w *batch) bucket(t table) *bolt.Bucket {
	if w.buckets[t] == nil {
		b := w.btx.Bucket([]byte(layouts[t].bucket))
		if layouts[t].grows {
			b.FillPercent = 0.9
		}
		w.buckets[t] = b
	}
	return w.buckets[t]
}

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
		}
	}
}

// commit writes a batch and answers its callers.
func (db *DB) commit(ops []*op, flushing bool) {
	taken := ops[:0]
	for _, o := range ops {
		if o.state.CompareAndSwap(opWaiting, opTaken) {
			taken = append(taken, o)
		}
	}
	if len(taken) == 0 && !flushing {
		return
	}
	began := time.Now()
	wrote, err := db.attempt(taken, flushing)
	db.stats.batch(len(taken), wrote, time.Since(began))
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
	w := &batch{db: db, btx: btx, no: uint64(btx.ID()), now: now(), change: db.lastChange.Load(), headLog: db.headLog}
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
	if err == nil && w.wrote {
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

// errPut is a put that bbolt did not take, which the checks of writeSet make impossible.
var errPut = errors.New("the entry was not taken")

// apply brings one operation into the batch: its prepared set if what it read still stands, else a new run.
func (w *batch) apply(o *op) error {
	if !o.ready || !w.db.versions.unchanged(o.tx.reads, o.since) {
		if o.ready {
			w.db.stats.again.Add(1)
		}
		o.tx = tx{db: w.db, w: w, now: now(), reads: o.tx.reads[:0]}
		if err := o.try(); err != nil {
			return err
		}
	}
	return w.put(&o.set)
}

// put writes a set. Nothing here can fail for a reason that is the operation's own.
func (w *batch) put(set *writeSet) error {
	for i := range set.puts {
		p := &set.puts[i]
		if !layouts[p.table].free {
			w.db.versions.wrote(p.hash, w.no)
		}
		if err := w.putOne(p); err != nil {
			return fmt.Errorf("%w: %s: %w", errPut, p.table, err)
		}
	}
	if err := w.addLines(set.changes); err != nil {
		return fmt.Errorf("%w: %s: %w", errPut, tChange, err)
	}
	for _, s := range set.spent {
		if err := w.addSpent(s); err != nil {
			return fmt.Errorf("%w: %s: %w", errPut, tSpent, err)
		}
	}
	w.wrote = w.wrote || !set.empty()
	return nil
}

func (w *batch) putOne(p *put) error {
	switch {
	case p.table == tHead:
		return w.putHead(p)
	case layouts[p.table].generations:
		w.genPut(p)
		return nil
	case p.del:
		return w.bucket(p.table).Delete(p.key)
	}
	return w.bucket(p.table).Put(p.key, p.val)
}

// Keys of bucket meta.
var (
	keySchema  = []byte("schema")
	keyLastID  = []byte("last id")
	keyChange  = []byte("last change")
	keyHeadLog = []byte("last head")
)

// saveMeta writes the counters. The bucket is small enough to lie in the root page, which every commit writes anyway.
func (w *batch) saveMeta() error {
	meta := w.btx.Bucket(metaBucket)
	for _, kv := range []struct {
		key []byte
		n   uint64
	}{{keyLastID, w.db.ids.last.Load()}, {keyChange, w.change}, {keyHeadLog, w.headLog}} {
		if err := meta.Put(kv.key, numberKey(kv.n)); err != nil {
			return err
		}
	}
	return w.saveGenerations(meta)
}

// publish changes what is in memory: the batch is on disk. Readers get the new snapshot after the lists of generations that
// belong to it; heads leave memory after the snapshot that has them.
func (w *batch) publish() error {
	db := w.db
	w.publishGenerations()
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
