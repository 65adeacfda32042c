package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// op is one operation on its way through the writer. It is used again when its caller is done with it.
type op struct {
	run   func(*tx) error
	tx    tx
	set   writeSet
	other writeSet // of a second run
	ids   idSource
	ready bool   // set is prepared; else the writer runs it
	since uint64 // the commit that the view showed
	err   error
	state atomic.Int32
	done  chan struct{}
	place chan struct{} // what it has a place of, until it is finished or dropped; nil: it needs none
}

// States of an op: its caller may leave while nobody works on it.
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
	o.tx = tx{reads: o.tx.reads[:0], known: o.tx.known[:0], nobody: o.tx.nobody[:0]}
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
	o, err := db.submit(ctx, run)
	if err != nil {
		return err
	}
	return db.wait(ctx, o)
}

// writeBulk is for what may wait: what is written otherwise goes before most of it.
func writeBulk[T any](ctx context.Context, db *DB, f func(*tx) (T, error)) (T, error) {
	var res, none T
	o, err := db.submitBulk(ctx, func(t *tx) (err error) {
		res, err = f(t)
		return err
	})
	if err == nil {
		err = db.wait(ctx, o)
	}
	if err != nil {
		return none, err
	}
	return res, nil
}

// submitBulk hands an operation over that may wait. Of those only so many are let in at once as two commits take: whatever is not bulk (an
// event, a claim, an answer of staff) so stands behind two commits at most, however much there is to accept.
func (db *DB) submitBulk(ctx context.Context, run func(*tx) error) (*op, error) {
	select {
	case db.bulk <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.gone:
		return nil, db.stopped()
	}
	o, err := db.submitIn(ctx, run, db.bulk)
	if err != nil {
		<-db.bulk
	}
	return o, err
}

// submit hands an operation over; it waits while too many are queued.
func (db *DB) submit(ctx context.Context, run func(*tx) error) (*op, error) {
	return db.submitIn(ctx, run, nil)
}

func (db *DB) submitIn(ctx context.Context, run func(*tx) error, place chan struct{}) (*op, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-db.gone:
		return nil, db.stopped()
	default:
	}
	o := db.newOp(run)
	o.place = place
	select {
	case db.jobs <- o: // mostly
		return o, nil
	default:
	}
	select {
	case db.jobs <- o:
		return o, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.gone:
		return nil, db.stopped()
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
		<-o.done // it is at work
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

// finish answers the caller. Nothing of the operation may be touched after that.
func (o *op) finish(err error) {
	o.leave()
	o.err = err
	o.done <- struct{}{}
}

// leave gives the place back. Whoever has taken the operation out of a queue calls it, once.
func (o *op) leave() {
	if o.place != nil {
		<-o.place
		o.place = nil
	}
}

// worker prepares operations: it runs them on views of the last durable state, so that the writer only has to put what they
// want to write. There are few workers: a thousand callers that did it themselves would keep the writer from its processor,
// and each would need a large stack.
func (db *DB) worker() {
	for {
		select {
		case o := <-db.jobs: // mostly
			db.work(o)
			continue
		default:
		}
		select {
		case o := <-db.jobs:
			db.work(o)
		case <-db.gone:
			return
		case <-db.quit:
			for {
				select {
				case o := <-db.jobs:
					db.work(o)
				default:
					return
				}
			}
		}
	}
}

func (db *DB) work(o *op) {
	if !o.state.CompareAndSwap(opWaiting, opTaken) {
		o.leave() // its caller has left
		return
	}
	if !db.prepare(o) {
		return
	}
	o.state.Store(opWaiting)
	select {
	case db.queue <- o: // mostly
	default:
		select {
		case db.queue <- o:
		case <-db.gone:
			if o.state.CompareAndSwap(opWaiting, opTaken) {
				o.finish(db.stopped())
			}
			return
		}
	}
	select {
	case <-db.gone: // the writer has ended, perhaps before it could see this one
		db.release()
	default:
	}
}

// prepare runs an operation on a view. It reports whether the writer has to see it; else its caller is answered.
func (db *DB) prepare(o *op) bool {
	if db.opt.inWriter {
		return true
	}
	if err := db.beginAt(&o.tx); err != nil {
		o.finish(err)
		return false
	}
	err := o.try()
	o.ready, o.since = !o.tx.stale, o.tx.snap.no
	o.tx.close()
	if o.ready && (err != nil || o.set.empty()) {
		o.finish(err) // what the view shows was true after the call began: so is an error
		return false
	}
	return true
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
	t.set, t.into, o.ids.used = &o.other, nil, 0
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
