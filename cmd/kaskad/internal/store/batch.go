package store

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
)

// batch is one commit at work.
type batch struct {
	db      *DB
	btx     *bolt.Tx
	no      uint64 // of the commit
	now     time.Time
	buckets [tables]*bolt.Bucket
	gens    [tables]*genBatch
	heads   map[bots.ID][]byte      // written by this batch
	flushed map[bots.ID][]byte      // brought to their bucket by this batch
	keys    map[bots.ID]keyring.Key // of people whose records this batch has
	headLog uint64
	change  uint64 // last number given to a line of the outbox
	// Lines that have no entry yet, and the number of the first of them.
	lines     []byte
	linesFrom uint64
	wrote     bool
	freed     bool  // it leaves data of a person in free pages
	freedAt   int64 // its time, if nothing was there before
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

// errPut is a put that bbolt did not take, which the checks of writeSet make impossible.
var errPut = errors.New("the entry was not taken")

// apply brings one operation into the batch: its prepared set if what it read still stands, else a new run.
func (w *batch) apply(o *op) error {
	if !o.ready || !w.db.versions.unchanged(o.tx.reads, o.since) {
		if o.ready {
			w.db.stats.again.Add(1)
		}
		o.tx = tx{db: w.db, w: w, now: now(), reads: o.tx.reads[:0], known: o.tx.known[:0], nobody: o.tx.nobody[:0]}
		if err := o.try(); err != nil {
			return err
		}
	}
	if err := w.needKeys(&o.set); err != nil {
		return err
	}
	return w.put(&o.set)
}

// put writes a set. Nothing here can fail for a reason that is the operation's own.
func (w *batch) put(set *writeSet) error {
	for i := range set.puts {
		p := &set.puts[i]
		w.freed = w.freed || p.frees()
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
	for i := range set.scrubs {
		if err := w.scrub(&set.scrubs[i]); err != nil {
			return fmt.Errorf("%w: %s: %w", errPut, set.scrubs[i].table, err)
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
		return errors.Join(w.bucket(p.table).Delete(p.key), w.retires(p))
	}
	return w.bucket(p.table).Put(p.key, w.seal(p.table, p.key, p.val, p.bare, p.owner))
}

// Keys of bucket meta.
var (
	keySchema  = []byte("schema")
	keyTest    = []byte("test") // there in a store of test keys
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
	if err := w.saveFreed(meta); err != nil {
		return err
	}
	return w.saveGenerations(meta)
}
