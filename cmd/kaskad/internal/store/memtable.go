package store

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
)

// memtable is the current generation of a table: entries in the order in which they were put, found by the hash of their
// group. It only grows. Each entry has the number of its commit, so that a reader sees what its snapshot has, and nothing more.
type memtable struct {
	mu      sync.RWMutex
	last    map[uint64]int32 // newest entry of a hash
	entries []memEntry
}

type memEntry struct {
	key, val []byte
	no       uint64 // the commit that brought it
	hash     uint64
	before   int32 // the entry before it with the same hash; -1: none
	highest  int32 // which of it and those before it has the highest key
}

func newMemtable() *memtable { return &memtable{} }

// add appends entries. What they point to must not change any more.
func (m *memtable) add(list []memEntry, no uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		m.last = make(map[uint64]int32, cap(m.entries))
	}
	for _, e := range list {
		e.no, e.before, e.highest = no, -1, int32(len(m.entries))
		if i, ok := m.last[e.hash]; ok {
			e.before = i
			if high := m.entries[i].highest; bytes.Compare(m.entries[high].key, e.key) >= 0 {
				e.highest = high
			}
		}
		m.last[e.hash] = int32(len(m.entries))
		m.entries = append(m.entries, e)
	}
}

// newest is the newest entry of a key up to a commit, or nil.
func (m *memtable) newest(hash uint64, key []byte, upTo uint64) *memEntry {
	entries, i := m.begin(hash)
	for ; i >= 0; i = entries[i].before {
		if e := &entries[i]; e.no <= upTo && bytes.Equal(e.key, key) {
			return e
		}
	}
	return nil
}

// group are the entries up to a commit whose keys begin with a prefix, in order of keys; of one key the newest.
func (m *memtable) group(hash uint64, prefix []byte, upTo uint64) []entry {
	entries, i := m.begin(hash)
	var list []entry
	for ; i >= 0; i = entries[i].before {
		if e := &entries[i]; e.no <= upTo && bytes.HasPrefix(e.key, prefix) {
			list = append(list, entry{e.key, e.val})
		}
	}
	return ordered(list)
}

// down calls f with the entries up to a commit whose keys begin with a prefix, from the highest key to the lowest, until it returns
// false; of one key with the newest. They were put nearly in that order, so that few at a time have to be sorted: whoever wants the
// newest of very many pays for those alone.
func (m *memtable) down(hash uint64, prefix []byte, upTo uint64, f func(entry) bool) bool {
	entries, i := m.begin(hash)
	var few []entry
	var lowest []byte
	for ; i >= 0; i = entries[i].before {
		e := &entries[i]
		if e.no > upTo {
			continue
		}
		if few = append(few, entry{e.key, e.val}); len(few) == 1 || bytes.Compare(e.key, lowest) < 0 {
			lowest = e.key
		}
		if e.before >= 0 && bytes.Compare(entries[entries[e.before].highest].key, lowest) >= 0 {
			continue // one that was put earlier comes before
		}
		for _, e := range slices.Backward(ordered(few)) {
			if bytes.HasPrefix(e.key, prefix) && !f(e) {
				return false
			}
		}
		few = few[:0]
	}
	return true
}

// all are all entries up to a commit, in order of keys; of one key the newest.
func (m *memtable) all(upTo uint64) []entry {
	m.mu.RLock()
	entries := m.entries
	m.mu.RUnlock()
	order := make([]int32, 0, len(entries))
	for i := range entries {
		if entries[i].no <= upTo {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(bytes.Compare(entries[a].key, entries[b].key), cmp.Compare(b, a))
	})
	list := make([]entry, 0, len(order))
	for _, i := range order {
		if n := len(list); n == 0 || !bytes.Equal(list[n-1].key, entries[i].key) {
			list = append(list, entry{entries[i].key, entries[i].val})
		}
	}
	return list
}

// ordered sorts entries that are given newest first; of one key the newest stays.
func ordered(list []entry) []entry {
	slices.SortStableFunc(list, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	return slices.CompactFunc(list, func(a, b entry) bool { return bytes.Equal(a.key, b.key) })
}

// begin returns the entries and the newest one of a hash. Entries that are there never change.
func (m *memtable) begin(hash uint64) ([]memEntry, int32) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	i, ok := m.last[hash]
	if !ok {
		return nil, -1
	}
	return m.entries, i
}
