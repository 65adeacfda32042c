package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tables whose keys come in any order are kept in generations, so that no commit touches a page for each of its entries.
// The current generation is in memory (memtable.go); on disk it is a log, to which a commit adds all its entries at once.
// When it is full, or old, it is sealed: sorted into one block that is never written again (block.go), with a filter (filter.go). When its time has come it is dropped whole. Readers look newest first and skip what the filters exclude.

// generation is what is on disk about one.
type generation struct {
	no    uint64
	n     int       // entries put
	first time.Time // begun
	last  time.Time // of the last entry
}

// sealed is one that is never written again.
type sealed struct {
	generation
	filter atomic.Pointer[column] // nil: not read yet
	fresh  []byte                 // its filter, when it was sealed before those of its table were read
}

// column is where the filter of a sealed generation lies.
type column struct {
	group *filterGroup
	col   int
}

// genList is what readers know of a table's generations. It never changes; a new one belongs to the snapshot of the commit that
// changed it.
type genList struct {
	sealed  []*sealed // oldest first
	current uint64
	mem     *memtable // of the current one
}

// genTable holds the newest list of one table. Filters are read when the first lookup wants them.
type genTable struct {
	list    atomic.Pointer[genList]
	mu      sync.Mutex
	loaded  bool
	groups  []*filterGroup
	current generation // touched by the writer alone
}

// candidates calls f with the sealed generations that may have a hash, newest first, until it returns false.
func (l *genList) candidates(h uint64, f func(no uint64) bool) {
	var group *filterGroup
	var match uint64
	for i := len(l.sealed) - 1; i >= 0; i-- {
		c := l.sealed[i].filter.Load()
		if c == nil {
			if !f(l.sealed[i].no) {
				return
			}
			continue
		}
		if c.group != group {
			group, match = c.group, c.group.match(h)
		}
		older := match & (2<<c.col - 1)
		if older == 0 {
			i -= c.col // the loop takes the last one
			continue
		}
		if i -= c.col - (63 - bits.LeadingZeros64(older)); i < 0 || !f(l.sealed[i].no) {
			return
		}
	}
}

// adopt gives a sealed generation its filter's column. The caller holds mu.
func (g *genTable) adopt(s *sealed, filter []byte) {
	if len(filter) < 128 { // lost: it is always looked into
		filter = bytes.Repeat([]byte{0xff}, 128)
	}
	last := len(g.groups) - 1
	if last < 0 || g.groups[last].n == groupSize || g.groups[last].bits != len(filter)*8 {
		g.groups = append(g.groups, newFilterGroup(len(filter)*8))
		last++
	}
	s.filter.Store(&column{g.groups[last], g.groups[last].add(filter)})
}

// loadFilters reads the filters of a table, once. It reads them through the transaction that its caller has: whoever begins a
// second one waits for ever when the writer, to map more of the file, or Close wait for the first. What was sealed after that
// transaction began has its filter in memory.
func (g *genTable) loadFilters(t table, btx *bolt.Tx) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.loaded {
		return
	}
	g.loaded = true
	b := btx.Bucket(filterBucket)
	for _, s := range g.list.Load().sealed {
		filter := s.fresh
		if s.fresh = nil; filter == nil {
			filter = b.Get(genKey(t, s.no))
		}
		g.adopt(s, filter)
	}
}

// withFilters makes sure that the filters of a list are there.
func (db *DB) withFilters(t table, list *genList, btx *bolt.Tx) *genList {
	if n := len(list.sealed); n > 0 && list.sealed[n-1].filter.Load() == nil {
		db.gens[t].loadFilters(t, btx)
	}
	return list
}

func genKey(t table, no uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(t)}, no)
}

// blockKey is the one key in the bucket of a sealed generation.
var blockKey = []byte("block")

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

// openGenerations reads the lists, and the logs of the current generations into memory: as many entries as one generation has
// for each table, however large the file is.
func (db *DB) openGenerations(btx *bolt.Tx) error {
	lists := make([]genList, tables)
	c := btx.Bucket(genBucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		g, err := decodeGeneration(v)
		if err != nil || len(k) != 9 || k[0] >= byte(tables) {
			return fmt.Errorf("%s: generation %x: %w", genBucket, k, errMalformed)
		}
		lists[k[0]].sealed = append(lists[k[0]].sealed, &sealed{generation: g})
	}
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
		current := generation{no: 1}
		if v := btx.Bucket(metaBucket).Get(currentKey(t)); v != nil {
			var err error
			if current, err = decodeGeneration(v); err != nil {
				return fmt.Errorf("%s: current generation of %s: %w", metaBucket, t, err)
			}
		}
		lists[t].current, lists[t].mem = current.no, newMemtable()
		if err := lists[t].mem.replay(t, current.no, btx); err != nil {
			return fmt.Errorf("%s: log of generation %d: %w", t, current.no, err)
		}
		db.gens[t].current = current
		db.gens[t].list.Store(&lists[t])
	}
	return nil
}

// replay reads the log of a current generation.
func (m *memtable) replay(t table, no uint64, btx *bolt.Tx) error {
	log := btx.Bucket(logBucket).Bucket(genKey(t, no))
	if log == nil {
		return nil
	}
	return log.ForEach(func(_, part []byte) error {
		list, err := readLog(t, bytes.Clone(part))
		m.add(list, 0)
		return err
	})
}

// genBatch is what a batch does to one table.
type genBatch struct {
	log     []byte // its entries as they go to the log
	parts   []int  // where parts of the log end
	pend    []pending
	sealed  *sealed // by this batch
	filter  []byte  // of sealed
	dropped int     // of the oldest
	current generation
}

// pending is one entry of a batch, by its places in the log.
type pending struct {
	hash          uint64
	key, val, end int
}

func (w *batch) genBatch(t table) *genBatch {
	if w.gens[t] == nil {
		w.gens[t] = &genBatch{current: w.db.gens[t].current}
	}
	return w.gens[t]
}

// logPart is how large one entry of a log is, about.
const logPart = 1 << 10

// genPut takes an entry into the batch.
func (w *batch) genPut(p *put) {
	g := w.genBatch(p.table)
	g.log = binary.AppendUvarint(g.log, uint64(len(p.key)))
	e := pending{hash: p.hash, key: len(g.log)}
	g.log = append(g.log, p.key...)
	g.log = binary.AppendUvarint(g.log, uint64(len(p.val)))
	e.val = len(g.log)
	g.log = append(g.log, p.val...)
	e.end = len(g.log)
	g.pend = append(g.pend, e)
	from := 0
	if n := len(g.parts); n > 0 {
		from = g.parts[n-1]
	}
	if e.end-from >= logPart {
		g.parts = append(g.parts, e.end)
	}
}

func (g *genBatch) keyOf(e *pending) []byte {
	size := uvarintSize(uint64(e.end - e.val))
	return g.log[e.key : e.val-size : e.val-size]
}

func (g *genBatch) valOf(e *pending) []byte { return g.log[e.val:e.end:e.end] }

func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// entries are those of the batch for a memtable. The log must not grow any more.
func (g *genBatch) entries() []memEntry {
	list := make([]memEntry, len(g.pend))
	for i := range g.pend {
		e := &g.pend[i]
		list[i] = memEntry{key: g.keyOf(e), val: g.valOf(e), hash: e.hash}
	}
	return list
}

// newest is the newest entry of a key in the batch, or nil.
func (g *genBatch) newest(hash uint64, key []byte) []byte {
	for i := len(g.pend) - 1; g != nil && i >= 0; i-- {
		if e := &g.pend[i]; e.hash == hash && bytes.Equal(g.keyOf(e), key) {
			return g.valOf(e)
		}
	}
	return nil
}

// group are the entries of the batch whose keys begin with a prefix, in order of keys.
func (g *genBatch) group(hash uint64, prefix []byte) []entry {
	var list []entry
	for i := range g.pend {
		if e := &g.pend[i]; e.hash == hash && bytes.HasPrefix(g.keyOf(e), prefix) {
			list = append(list, entry{bytes.Clone(g.keyOf(e)), bytes.Clone(g.valOf(e))})
		}
	}
	slices.Reverse(list)
	return ordered(list)
}

// readLog reads a part of a log.
func readLog(t table, b []byte) ([]memEntry, error) {
	var list []memEntry
	for len(b) > 0 {
		key, rest, ok1 := sized(b)
		val, rest, ok2 := sized(rest)
		if !ok1 || !ok2 || len(key) == 0 {
			return nil, errMalformed
		}
		list = append(list, memEntry{key: key, val: val, hash: t.hash(t.group(key))})
		b = rest
	}
	return list, nil
}

func sized(b []byte) (part, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	end := used + int(n)
	return b[used:end:end], b[end:], true
}

// saveGenerations brings the entries of the batch to disk: into the log of the current generation, or, when that is full, into
// a sealed one together with what it had.
func (w *batch) saveGenerations(meta *bolt.Bucket) error {
	for i, g := range w.gens {
		if g == nil {
			continue
		}
		t := table(i)
		err := w.saveGeneration(t, g)
		if err == nil {
			err = meta.Put(currentKey(t), encodeGeneration(nil, &g.current))
		}
		if err != nil {
			return fmt.Errorf("%s: generation %d: %w", t, g.current.no, err)
		}
	}
	return nil
}

func (w *batch) saveGeneration(t table, g *genBatch) error {
	if len(g.pend) == 0 {
		return nil
	}
	if g.current.n == 0 {
		g.current.first = w.now
	}
	g.current.n += len(g.pend)
	g.current.last = later(w.now, g.current.last)
	if w.full(t, &g.current) {
		return w.seal(t, g)
	}
	return w.appendLog(t, g)
}

// full reports whether a generation is to be sealed: it has enough entries, or is old enough that waiting would keep it too long.
func (w *batch) full(t table, g *generation) bool {
	keep := layouts[t].keep
	return g.n >= w.db.opt.Generation || keep > 0 && w.now.Sub(g.first) > keep/4
}

func (w *batch) appendLog(t table, g *genBatch) error {
	b, err := w.btx.Bucket(logBucket).CreateBucketIfNotExists(genKey(t, g.current.no))
	if err != nil {
		return err
	}
	b.FillPercent = 0.9
	if n := len(g.parts); n == 0 || g.parts[n-1] != len(g.log) {
		g.parts = append(g.parts, len(g.log))
	}
	n, from := b.Sequence(), 0
	for _, end := range g.parts {
		n++
		if err := b.Put(numberKey(n), g.log[from:end]); err != nil {
			return err
		}
		from = end
	}
	return b.SetSequence(n)
}

// seal sorts a generation into its block, takes its log away and begins the next.
func (w *batch) seal(t table, g *genBatch) error {
	mem := newMemtable()
	mem.add(w.db.gens[t].list.Load().mem.entries, 0)
	mem.add(g.entries(), 0)
	list, no := mem.all(0), g.current.no
	hashes := make([]uint64, len(list))
	for i := range list {
		hashes[i] = t.hash(t.group(list[i].key))
	}
	g.sealed, g.filter = &sealed{generation: g.current}, newFilter(hashes, w.db.opt.Generation)
	b, err := w.bucket(t).CreateBucket(numberKey(no)) // its own, so that no other page is written with it again
	if err != nil {
		return err
	}
	err = errors.Join(
		b.Put(blockKey, newBlock(t, list)),
		w.btx.Bucket(filterBucket).Put(genKey(t, no), g.filter),
		w.btx.Bucket(genBucket).Put(genKey(t, no), encodeGeneration(nil, &g.current)))
	g.current = generation{no: no + 1}
	logs := w.btx.Bucket(logBucket)
	if err != nil || logs.Bucket(genKey(t, no)) == nil {
		return err
	}
	return logs.DeleteBucket(genKey(t, no))
}

// dropOld removes generations that nobody needs any more, at most one of each table: retention never makes a commit long.
func (w *batch) dropOld() error {
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
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
	w.genBatch(t).dropped++
	w.wrote = true
	key := genKey(t, no)
	return errors.Join(w.btx.Bucket(filterBucket).Delete(key), w.btx.Bucket(genBucket).Delete(key), w.bucket(t).DeleteBucket(numberKey(no)))
}

// publishGenerations shows what the committed batch did to those who take the next snapshot.
func (w *batch) publishGenerations() {
	for i, g := range w.gens {
		if g != nil {
			w.db.gens[i].publish(g, w.no)
		}
	}
}

func (t *genTable) publish(g *genBatch, no uint64) {
	t.current = g.current
	old := t.list.Load()
	if g.sealed == nil {
		old.mem.add(g.entries(), no)
		if g.dropped == 0 {
			return
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := &genList{sealed: old.sealed[g.dropped:], current: g.current.no, mem: old.mem}
	if g.sealed != nil {
		t.loaded = t.loaded || len(old.sealed) == 0
		if t.loaded {
			t.adopt(g.sealed, g.filter)
		} else {
			g.sealed.fresh = g.filter
		}
		list.sealed, list.mem = append(list.sealed[:len(list.sealed):len(list.sealed)], g.sealed), newMemtable()
	}
	t.list.Store(list)
}
