package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tables whose keys come in any order are kept in generations, so that no commit touches a page for each of its entries.
// The current generation is in memory (memtable.go); on disk it is a log, to which a commit adds all its entries at once
// (genlog.go). When it is full, or old, the next one begins, and it is sealed: sorted into one block that is never written
// again (block.go), with a filter (filter.go). When its time has come it is dropped whole (seal.go). Readers look newest first
// and skip what the filters exclude.

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

// inMemory is a generation that is not sealed yet. Of the current one only the number counts here.
type inMemory struct {
	generation
	mem *memtable
}

// genList is what readers know of a table's generations. It never changes; a new one belongs to the snapshot of the commit that
// changed it.
type genList struct {
	sealed []*sealed  // oldest first
	memory []inMemory // newest first: the current one, then those that are full and not sealed yet
}

// current is the number of the generation that takes new entries.
func (l *genList) current() uint64 { return l.memory[0].no }

// genTable holds the newest list of one table. Filters are read when the first lookup wants them.
type genTable struct {
	list   atomic.Pointer[genList]
	mu     sync.Mutex
	loaded bool
	groups []*filterGroup
	built  atomic.Pointer[built] // the oldest full generation, ready to be sealed
	spent  atomic.Uint64         // a generation that names nothing any more: it is dropped when it is the oldest

	// Touched by the writer alone.
	current  generation
	building bool // the oldest full generation is being sorted, or is sorted and not on disk
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

// openGenerations reads the lists, and the logs of what is not sealed into memory: as many entries as one generation has for
// each table, or a few, however large the file is.
func (db *DB) openGenerations(btx *bolt.Tx) error {
	lists := make([]genList, tables)
	logs, c := btx.Bucket(logBucket), btx.Bucket(genBucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		g, err := decodeGeneration(v)
		if err != nil || len(k) != 9 || k[0] >= byte(tables) {
			return fmt.Errorf("%s: generation %x: %w", genBucket, k, errMalformed)
		}
		list := &lists[k[0]]
		if logs.Bucket(k) == nil {
			list.sealed = append(list.sealed, &sealed{generation: g})
		} else {
			list.memory = append(list.memory, inMemory{g, newMemtable()}) // full; the program ended before it was sealed
		}
	}
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
		if err := db.openGeneration(t, &lists[t], btx); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) openGeneration(t table, list *genList, btx *bolt.Tx) error {
	g := &db.gens[t]
	g.current = generation{no: 1}
	if v := btx.Bucket(metaBucket).Get(currentKey(t)); v != nil {
		var err error
		if g.current, err = decodeGeneration(v); err != nil {
			return fmt.Errorf("%s: current generation of %s: %w", metaBucket, t, err)
		}
	}
	list.memory = append(list.memory, inMemory{g.current, newMemtable()})
	slices.Reverse(list.memory)
	for _, m := range list.memory {
		if err := m.mem.replay(t, m.no, btx); err != nil {
			return fmt.Errorf("%s: log of generation %d: %w", t, m.no, err)
		}
	}
	g.list.Store(list)
	g.build(t, db.opt.Generation)
	return nil
}
