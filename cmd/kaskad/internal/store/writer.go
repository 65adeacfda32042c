package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// op is one operation on its way through the writer. It is used again when its caller is done with it.
type op struct {
	run   func(*tx) error
	tx    tx
	set   writeSet
	other writeSet // of a second run
	ids   idSource
	ready bool   // set is prepared; else the writer runs it
	since uint64 // the commit that the caller's view showed
	err   error
	state atomic.Int32
	done  chan struct{}
}

// States of an op: the caller may leave until the writer has taken it.
const (
	opWaiting int32 = iota
	opTaken
	opLeft
)

func (db *DB) newOp(run func(*tx) error) *op {
	o, ok := db.idle.Get().(*op)
	if !ok {
		o = &op{done: make(chan struct{}, 1)}
	}
	o.run = run
	return o
}

// recycle is for an op that nobody else knows any more.
func (db *DB) recycle(o *op) {
	o.run, o.err, o.ready = nil, nil, false
	o.tx = tx{reads: o.tx.reads[:0]}
	o.set.reset()
	o.other.reset()
	o.ids = idSource{given: o.ids.given[:0]}
	o.state.Store(opWaiting)
	db.idle.Put(o)
}

// write runs an operation as one transaction and returns after it is on disk. The operation may run more than once.
func write[T any](ctx context.Context, db *DB, f func(*tx) (T, error)) (T, error) {
	var res T
	err := db.write(ctx, func(t *tx) (err error) {
		res, err = f(t)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return res, nil
}

func (db *DB) write(ctx context.Context, run func(*tx) error) error {
	o, err := db.prepare(ctx, run)
	if err != nil || o == nil {
		return err
	}
	if err := db.enqueue(ctx, o); err != nil {
		return err
	}
	return db.wait(ctx, o)
}

// prepare runs the operation on a view. A nil op has nothing to write.
func (db *DB) prepare(ctx context.Context, run func(*tx) error) (*op, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := db.newOp(run)
	if db.opt.inWriter {
		return o, nil
	}
	if err := db.beginAt(&o.tx); err != nil {
		return nil, err
	}
	err := o.try()
	o.ready, o.since = !o.tx.stale, o.tx.snap.no
	o.tx.close()
	if o.ready && (err != nil || o.set.empty()) {
		db.recycle(o)
		return nil, err // what the view shows was true after the call began: so is an error
	}
	return o, nil
}

// enqueue hands the operation to the writer; it waits while the queue is full.
func (db *DB) enqueue(ctx context.Context, o *op) error {
	select {
	case <-db.gone:
		return db.stopped()
	default:
	}
	select {
	case db.queue <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-db.gone:
		return db.stopped()
	}
}

// wait returns when the operation is on disk, or when it is certain that it will not be.
func (db *DB) wait(ctx context.Context, o *op) error {
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(opWaiting, opLeft) {
			return ctx.Err()
		}
		<-o.done // the writer has it
	case <-db.gone:
		if o.state.CompareAndSwap(opWaiting, opLeft) {
			return db.stopped()
		}
		<-o.done
	}
	err := o.err
	db.recycle(o)
	return err
}

// stopped is why the writer takes nothing any more.
func (db *DB) stopped() error {
	if cause := db.failure.Load(); cause != nil {
		return fmt.Errorf("%w: %w", ErrFailed, *cause)
	}
	return ErrClosed
}

// try runs the operation on its view and turns a panic into its error. With option Twice it runs it twice and compares.
func (o *op) try() error {
	t := &o.tx
	o.set.reset()
	o.ids = idSource{given: o.ids.given[:0]}
	t.set, t.ids = &o.set, &o.ids
	err := t.recovered(o.run)
	if !t.db.opt.Twice {
		return err
	}
	o.other.reset()
	t.set, o.ids.used = &o.other, 0
	again := t.recovered(o.run)
	t.set = &o.set
	if (err == nil) != (again == nil) {
		return fmt.Errorf("store: a transaction is not pure: it gave %w, then %w", orNil(err), orNil(again))
	}
	if diff := o.set.differs(&o.other); err == nil && diff != "" {
		return fmt.Errorf("store: a transaction is not pure: %s", diff)
	}
	return err
}

func orNil(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

func (t *tx) recovered(run func(*tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = t.db.panicked(r)
		}
	}()
	return run(t)
}

// panicked makes an error of a panic. The log gets where it happened, and nothing that a message or a person may be in.
func (db *DB) panicked(r any) error {
	err, ok := r.(error)
	if !ok {
		err = errors.New("panic in a transaction")
	}
	db.opt.Log.Error("a transaction panicked", "type", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
	return fmt.Errorf("store: %w", err)
}

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
	defer close(db.gone)
	defer db.release()
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
		case <-db.quit:
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
	if last <= 32 || len(ops) >= last || db.opt.Linger <= 0 {
		return ops
	}
	timer := time.NewTimer(db.opt.Linger)
	defer timer.Stop()
	for len(ops) < min(last, db.opt.Batch) {
		select {
		case o := <-db.queue:
			ops = append(ops, o)
		case <-timer.C:
			return ops
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

// release answers whoever is still queued when the writer ends.
func (db *DB) release() {
	for _, o := range db.drain(nil, 1<<30) {
		if o.state.CompareAndSwap(opWaiting, opTaken) {
			o.err = db.stopped()
			o.done <- struct{}{}
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
	if err != nil {
		for _, o := range taken {
			if o.err == nil {
				o.err = err
			}
		}
	}
	db.stats.batch(len(taken), wrote, time.Since(began))
	for _, o := range taken {
		o.done <- struct{}{}
	}
}

// attempt is one commit, or none when nobody had anything to write.
func (db *DB) attempt(ops []*op, flushing bool) (wrote bool, err error) {
	defer func() {
		if r := recover(); r != nil { // inside bbolt: nothing is certain any more
			wrote, err = false, db.fail(db.panicked(r))
		}
	}()
	btx, err := db.bolt.Begin(true)
	if err != nil {
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
