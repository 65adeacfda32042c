package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kaskad/bots"
)

// Problem is one thing that is not as it must be.
type Problem struct {
	Bucket string
	Record string
	What   string
}

func (p Problem) String() string { return p.Bucket + " " + p.Record + ": " + p.What }

// maxProblems is after how many Check stops: the file is broken, more words do not help.
const maxProblems = 1000

// Check compares all records with each other and with their indexes. It reads the whole file in one transaction, so pages are
// not used again until it is done; on a large live store run it when there is room on the disk. CheckFile looks below records.
func (db *DB) Check(ctx context.Context) ([]Problem, error) {
	db.long.RLock()
	defer db.long.RUnlock()
	snap := db.snapshots.acquire()
	if snap == nil {
		return nil, db.stopped()
	}
	defer db.snapshots.release(snap)
	c := &checker{ctx: ctx, t: &tx{db: db, snap: snap, cur: snap.take(), now: now()}}
	c.run(func() {
		c.messages0, c.deliveries0 = c.t.droppedTo(keyDroppedMessages), c.t.droppedTo(keyDroppedDeliveries)
	})
	for _, part := range []func(){c.generations, c.contacts, c.newest, c.merges, c.plans, c.statuses, c.due, c.finals, c.messages, c.talk, c.providers, c.attempts, c.heads, c.erased, c.counters, c.rest} {
		c.run(part)
	}
	return c.found, ctx.Err()
}

type checker struct {
	ctx   context.Context
	t     *tx
	found []Problem
	last  bots.ID // highest id met
	odd   bots.ID // one that the other kind of store makes

	messages0, deliveries0 bots.ID            // up to which retention may have dropped some
	logged                 map[bots.ID][]byte // the newest heads of the head log; see headNow
}

func (c *checker) stop() bool { return c.ctx.Err() != nil || len(c.found) >= maxProblems }

// run makes a panic of a reader a problem of the file.
func (c *checker) run(part func()) {
	defer func() {
		if r := recover(); r != nil {
			c.add("file", nil, "%v", r)
		}
	}()
	part()
}

func (c *checker) add(bucket string, key []byte, what string, args ...any) {
	if !c.stop() {
		c.found = append(c.found, Problem{bucket, fmt.Sprintf("%x", key), fmt.Sprintf(what, args...)})
	}
}

func (c *checker) bad(t table, key []byte, what string, args ...any) {
	c.add(t.String(), key, what, args...)
}

// each walks a table, over all its generations.
func (c *checker) each(t table, f func(key, val []byte)) {
	if !layouts[t].generations {
		eachKey(c.t.bucket(t), c.stop, func(k, v []byte) { f(k, c.t.db.unseal(t, k, v)) })
		return
	}
	list, upTo := c.t.generations(t)
	for _, g := range list.sealed {
		for _, e := range c.t.in(t, g.no).all() {
			f(e.key, e.val)
		}
	}
	for _, m := range slices.Backward(list.memory) {
		for _, e := range m.mem.all(upTo) {
			f(e.key, e.val)
		}
	}
}

func eachKey(b *bolt.Bucket, stop func() bool, f func(key, val []byte)) {
	cur := b.Cursor()
	for k, v := cur.First(); k != nil && !stop(); k, v = cur.Next() {
		f(k, v)
	}
}

// id notes an id that a record has.
func (c *checker) id(id bots.ID) bots.ID {
	c.last = max(c.last, id)
	if id.Test() != c.t.db.opt.Test {
		c.odd = id
	}
	return id
}

// counters checks that the last id and the last change are not behind.
func (c *checker) counters() {
	meta := c.t.snap.btx.Bucket(metaBucket)
	if last := keyNumber(meta.Get(keyLastID)); bots.ID(last) < c.last {
		c.add(string(metaBucket), keyLastID, "is %s, and there is a record %s", bots.ID(last), c.last)
	}
	if c.odd != 0 {
		c.add(string(metaBucket), keyTest, "there is a record %s, which belongs into a store of the other kind", c.odd)
	}
	next := uint64(0)
	c.each(tChange, func(k, v []byte) {
		if n := keyNumber(k); next != 0 && n != next && (n-next)%changesLost != 0 { // a store that was put back jumps by so many
			c.bad(tChange, k, "change %d is missing", next)
		}
		next = keyNumber(k)
		if err := eachLine(next, v, 0, func(bots.Change) bool { next++; return true }); err != nil {
			c.bad(tChange, k, "%v", err)
		}
	})
	if last := keyNumber(meta.Get(keyChange)); next > last+1 {
		c.add(string(metaBucket), keyChange, "is %d, and there is a change %d", last, next-1)
	}
}

// rest checks that the smaller records can be read.
func (c *checker) rest() {
	for t, read := range map[table]func([]byte) error{
		tHearing:    func(b []byte) error { _, err := decodeHearing(b); return err },
		tPause:      func(b []byte) error { _, err := decodePause(b); return err },
		tSpent:      func(b []byte) error { _, err := decodeMoney(b); return err },
		tQuarantine: func(b []byte) error { _, err := decodeQuarantined(b); return err },
		tOrphan:     func(b []byte) error { _, err := decodeOrphan(b); return err },
	} {
		c.each(t, func(k, v []byte) {
			if err := read(v); err != nil {
				c.bad(t, k, "%v", err)
			}
		})
	}
	c.links()
	c.records()
}

// pair is an entry of an index: the record at its end, and one number of what stands before.
type pair struct{ id, of uint64 }

// pairs are all entries of an index, sorted: sixteen bytes each.
type pairs []pair

func (c *checker) pairs(t table, of func(k, v []byte) uint64) pairs {
	var list pairs
	c.each(t, func(k, v []byte) { list = append(list, pair{uint64(lastID(k)), of(k, v)}) })
	slices.SortFunc(list, comparePairs)
	return list
}

func comparePairs(a, b pair) int {
	switch {
	case a.id != b.id && a.id < b.id, a.id == b.id && a.of < b.of:
		return -1
	case a == b:
		return 0
	}
	return 1
}

func (l pairs) has(id bots.ID, of uint64) bool {
	_, ok := slices.BinarySearchFunc(l, pair{uint64(id), of}, comparePairs)
	return ok
}

// CheckFile checks the pages of a file that nobody has open: that each is used once, and in order.
func CheckFile(dir string) error {
	path := filepath.Join(dir, FileName)
	if err := intact(path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	file, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true, PreLoadFreelist: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var faults []error
	err = file.View(func(btx *bolt.Tx) error {
		for fault := range btx.Check() {
			faults = append(faults, fault)
		}
		return nil
	})
	return errors.Join(append(faults, err, file.Close())...)
}
