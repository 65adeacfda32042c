package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// A table in generations is a bucket of buckets. Entries go to the newest one, which is small enough to stay in few pages
// whatever its keys are; a full or old one is sealed with a filter, and dropped whole when its time has come. Readers look
// newest first and skip what the filters exclude.

// generation is what is known of one.
type generation struct {
	no    uint64
	n     int       // entries put
	first time.Time // begun
	last  time.Time // of the last entry
	group *filterGroup
	col   int // its filter's column; meaningless without group
}

// genList is what readers know of a table's generations. It never changes; it is replaced after the commit that changed it.
type genList struct {
	sealed  []generation // oldest first
	current generation   // no 0: none yet
}

// genTable holds the published list of one table. Filters are read when the first lookup wants them.
type genTable struct {
	list   atomic.Pointer[genList]
	mu     sync.Mutex
	loaded bool
	groups []*filterGroup
}

// candidates calls f with the generations that may have a hash, newest first, until it returns false.
func (l *genList) candidates(h uint64, f func(no uint64, current bool) bool) {
	if l.current.no != 0 && !f(l.current.no, true) {
		return
	}
	var group *filterGroup
	var match uint64
	for i := len(l.sealed) - 1; i >= 0; i-- {
		g := &l.sealed[i]
		if g.group == nil {
			if !f(g.no, false) {
				return
			}
			continue
		}
		if g.group != group {
			group, match = g.group, g.group.match(h)
		}
		older := match & (2<<g.col - 1)
		if older == 0 {
			i -= g.col // the loop takes the last one
			continue
		}
		if i -= g.col - (63 - bits.LeadingZeros64(older)); i < 0 || !f(l.sealed[i].no, false) {
			return
		}
	}
}

// adopt gives a sealed generation its filter's column. The caller holds mu.
func (g *genTable) adopt(sealed *generation, filter []byte) {
	if len(filter) < 128 { // lost: it is always looked into
		filter = bytes.Repeat([]byte{0xff}, 128)
	}
	last := len(g.groups) - 1
	if last < 0 || g.groups[last].n == groupSize || g.groups[last].bits != len(filter)*8 {
		g.groups = append(g.groups, newFilterGroup(len(filter)*8))
		last++
	}
	sealed.group, sealed.col = g.groups[last], g.groups[last].add(filter)
}

// load reads the filters of a table, once.
func (db *DB) loadFilters(t table) {
	g := &db.gens[t]
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.loaded {
		return
	}
	g.loaded = true
	now := g.list.Load()
	list := &genList{current: now.current, sealed: append([]generation(nil), now.sealed...)}
	_ = db.bolt.View(func(btx *bolt.Tx) error {
		b := btx.Bucket(filterBucket)
		for i := range list.sealed {
			g.adopt(&list.sealed[i], b.Get(genKey(t, list.sealed[i].no)))
		}
		return nil
	})
	g.list.Store(list)
}

// generationsOf is the list that readers of a table use.
func (db *DB) generationsOf(t table) *genList {
	g := &db.gens[t]
	list := g.list.Load()
	if n := len(list.sealed); n > 0 && list.sealed[n-1].group == nil {
		db.loadFilters(t)
		list = g.list.Load()
	}
	return list
}

func genKey(t table, no uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(t)}, no)
}

// The record of a generation, in bucket gens when sealed, in bucket meta while it is current.

func encodeGeneration(b []byte, g *generation) []byte {
	return encode(b, func(e *encoder) {
		e.uint(1, g.no)
		e.uint(2, uint64(g.n))
		e.time(3, g.first)
		e.time(4, g.last)
	})
}

func decodeGeneration(b []byte) (generation, error) {
	var g generation
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			g.no = f.uint()
		case 2:
			g.n = int(f.small(1 << 40))
		case 3:
			g.first = f.time()
		case 4:
			g.last = f.time()
		}
	})
	return g, err
}

func currentKey(t table) []byte { return []byte{'g', byte(t)} }

// openGenerations reads the lists. There is one record for each generation, not for each entry.
func (db *DB) openGenerations(btx *bolt.Tx) error {
	lists := make([]genList, tables)
	c := btx.Bucket(genBucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		g, err := decodeGeneration(v)
		if err != nil || len(k) != 9 || k[0] >= byte(tables) {
			return fmt.Errorf("%s: generation %x: %w", genBucket, k, errMalformed)
		}
		lists[k[0]].sealed = append(lists[k[0]].sealed, g)
	}
	for t := range tables {
		if v := btx.Bucket(metaBucket).Get(currentKey(t)); v != nil {
			g, err := decodeGeneration(v)
			if err != nil {
				return fmt.Errorf("%s: current generation of %s: %w", metaBucket, t, err)
			}
			lists[t].current = g
		}
		db.gens[t].list.Store(&lists[t])
	}
	return nil
}

// genChange is what a batch did to the generations of a table.
type genChange struct {
	sealed  []generation
	filters [][]byte
	dropped int
	current generation
}

// list is what the batch's own reads use: the published list and the batch's changes.
func (w *batch) list(t table) *genList {
	c := w.gens[t]
	if c == nil {
		return w.db.generationsOf(t)
	}
	if len(c.sealed) == 0 {
		return &genList{sealed: w.db.generationsOf(t).sealed, current: c.current}
	}
	old := w.db.generationsOf(t).sealed
	return &genList{sealed: append(old[:len(old):len(old)], c.sealed...), current: c.current}
}

// genPut puts an entry into the current generation, after a new one was begun where that is due.
func (w *batch) genPut(t table, key, val []byte) error {
	c := w.gens[t]
	if c == nil {
		c = &genChange{current: w.db.gens[t].list.Load().current}
		w.gens[t] = c
	}
	if w.full(t, &c.current) {
		if err := w.seal(t, c); err != nil {
			return err
		}
	}
	if c.current.n == 0 {
		c.current.first = w.now
	}
	c.current.n++
	if w.now.After(c.current.last) {
		c.current.last = w.now
	}
	b := w.current[t]
	if b == nil {
		var err error
		if b, err = w.bucket(t).CreateBucketIfNotExists(numberKey(c.current.no)); err != nil {
			return err
		}
		w.current[t] = b
	}
	return b.Put(key, val)
}

// full reports whether a new generation is due: none yet, enough entries, or old enough that waiting would keep it too long.
func (w *batch) full(t table, g *generation) bool {
	keep := layouts[t].keep
	return g.no == 0 || g.n >= w.db.opt.Generation || keep > 0 && g.n > 0 && w.now.Sub(g.first) > keep/4
}

// seal writes the filter of the current generation and begins the next.
func (w *batch) seal(t table, c *genChange) error {
	next := generation{no: c.current.no + 1}
	if c.current.no != 0 {
		filter := w.filter(t, c.current.no)
		if err := w.btx.Bucket(filterBucket).Put(genKey(t, c.current.no), filter); err != nil {
			return err
		}
		if err := w.btx.Bucket(genBucket).Put(genKey(t, c.current.no), encodeGeneration(nil, &c.current)); err != nil {
			return err
		}
		c.sealed, c.filters = append(c.sealed, c.current), append(c.filters, filter)
	}
	c.current = next
	w.current[t] = nil
	return nil
}

// filter is that of all entries of a generation.
func (w *batch) filter(t table, no uint64) []byte {
	var hashes []uint64
	b := w.bucket(t).Bucket(numberKey(no))
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		hashes = append(hashes, t.hash(t.group(k)))
	}
	return newFilter(hashes, w.db.opt.Generation)
}

// dropOld removes generations that nobody needs any more, at most one of each table: retention never makes a commit long.
func (w *batch) dropOld() error {
	for t := range tables {
		keep, sealed := layouts[t].keep, w.db.gens[t].list.Load().sealed
		if keep > 0 && len(sealed) > 0 && w.now.Sub(sealed[0].last) > keep {
			if err := w.drop(t, sealed[0].no); err != nil {
				return fmt.Errorf("%s: generation %d: %w", t, sealed[0].no, err)
			}
		}
	}
	return nil
}

// drop removes the oldest generation of a table.
func (w *batch) drop(t table, no uint64) error {
	if w.gens[t] == nil {
		w.gens[t] = &genChange{current: w.db.gens[t].list.Load().current}
	}
	w.gens[t].dropped++
	w.wrote = true
	key := genKey(t, no)
	return errors.Join(w.btx.Bucket(filterBucket).Delete(key), w.btx.Bucket(genBucket).Delete(key), w.bucket(t).DeleteBucket(numberKey(no)))
}

// saveGenerations writes the counts of the current generations beside the last id.
func (w *batch) saveGenerations(meta *bolt.Bucket) error {
	for t, c := range w.gens {
		if c == nil {
			continue
		}
		if err := meta.Put(currentKey(table(t)), encodeGeneration(nil, &c.current)); err != nil {
			return err
		}
	}
	return nil
}

// publishGenerations shows readers what the committed batch did.
func (w *batch) publishGenerations() {
	for t, c := range w.gens {
		if c == nil {
			continue
		}
		g := &w.db.gens[t]
		g.mu.Lock()
		old := g.list.Load()
		list := &genList{sealed: old.sealed[c.dropped:], current: c.current}
		if len(c.sealed) > 0 {
			g.loaded = g.loaded || len(old.sealed) == 0
			for i := range c.sealed {
				if g.loaded {
					g.adopt(&c.sealed[i], c.filters[i])
				}
			}
			list.sealed = append(list.sealed, c.sealed...)
		}
		g.list.Store(list)
		g.mu.Unlock()
	}
}
