package store

import (
	"bytes"
	"fmt"

	"kaskad/bots"
)

// put is one entry that an operation wants to write or delete.
type put struct {
	table table
	del   bool
	hash  uint64 // of the key's group
	key   []byte
	val   []byte
	owner bots.ID // whose it is; see putOf
	bare  []byte  // what is left when its key is forgotten; nil: it is not sealed
}

// spending is an addition to a day's costs: additions of one batch are summed when they are written.
type spending struct {
	day string
	sum bots.Money
}

// writeSet is what one operation wants to write, complete and encoded. It touches nothing until the writer puts it, and it is
// used again after that: nothing of it may be kept.
type writeSet struct {
	puts    []put
	at      map[string]int  // where a key is in puts, once there are many
	groups  map[uint64]bool // hashes of the groups that the puts are of, once there are many
	changes [][]byte        // encoded, without number
	spent   []spending
	scrubs  []scrub
	buf     []byte // keys and values lie here one after the other
}

// linear is how many puts are searched one by one.
const linear = 24

// maxKey and maxValue keep a put from failing in the writer, where it would harm its neighbours.
const (
	maxKey   = 4 << 10
	maxValue = 64 << 20
)

// chunk is how much memory a set takes at a time, and how much it keeps for the next operation.
const (
	chunk = 2 << 10
	keep  = 64 << 10
)

// reset makes the set empty.
func (s *writeSet) reset() {
	clear(s.puts)
	s.puts, s.at, s.groups, s.changes, s.spent, s.buf = s.puts[:0], nil, nil, s.changes[:0], s.spent[:0], s.buf[:0]
	s.scrubs = nil
	if cap(s.buf) > keep {
		s.buf = nil
	}
}

// room is an empty slice that n bytes can be appended to.
func (s *writeSet) room(n int) []byte {
	if cap(s.buf)-len(s.buf) < n {
		s.buf = make([]byte, 0, max(chunk, 2*n))
	}
	at := len(s.buf)
	s.buf = s.buf[:at+n]
	return s.buf[at:at:len(s.buf)]
}

// encode keeps what write appends.
func (s *writeSet) encode(write func(b []byte) []byte) []byte {
	if cap(s.buf)-len(s.buf) < chunk/4 {
		s.buf = make([]byte, 0, chunk)
	}
	free := s.buf[len(s.buf):]
	b := write(free)
	if cap(b) == cap(free) { // it had room
		s.buf = s.buf[:len(s.buf)+len(b)]
	}
	return b[:len(b):len(b)]
}

// id is a key of an id.
func (s *writeSet) id(id bots.ID) []byte { return idKey(s.room(8), id) }

// ids is a key of two.
func (s *writeSet) ids(a, b bots.ID) []byte { return idKey(idKey(s.room(16), a), b) }

// find returns the put of a key, or nil.
func (s *writeSet) find(t table, key []byte) *put {
	if s.at != nil {
		if i, ok := s.at[string(append([]byte{byte(t)}, key...))]; ok {
			return &s.puts[i]
		}
		return nil
	}
	for i := range s.puts {
		if p := &s.puts[i]; p.table == t && bytes.Equal(p.key, key) {
			return p
		}
	}
	return nil
}

func setKey(p *put) string { return string(append([]byte{byte(p.table)}, p.key...)) }

// put adds an entry, or replaces the one of the same key.
func (s *writeSet) put(t table, key, val []byte) { s.set(put{table: t, key: key, val: val}) }

// delete removes an entry.
func (s *writeSet) delete(t table, key []byte) { s.set(put{table: t, key: key, del: true}) }

func (s *writeSet) set(p put) {
	if len(p.key) == 0 || len(p.key) > maxKey || len(p.val) > maxValue {
		panic(fmt.Errorf("%s: a key of %d bytes with %d bytes is too large", p.table, len(p.key), len(p.val)))
	}
	if !layouts[p.table].free || layouts[p.table].generations {
		p.hash = p.table.hash(p.table.group(p.key))
	}
	if have := s.find(p.table, p.key); have != nil {
		*have = p
		return
	}
	s.puts = append(s.puts, p)
	switch {
	case s.at != nil:
		s.index(len(s.puts) - 1)
	case len(s.puts) > linear:
		s.at, s.groups = make(map[string]int, 4*linear), make(map[uint64]bool, 4*linear)
		for i := range s.puts {
			s.index(i)
		}
	}
}

func (s *writeSet) index(i int) {
	s.at[setKey(&s.puts[i])] = i
	s.groups[s.puts[i].hash] = true
}

// without reports whether it is certain that no put is of a group.
func (s *writeSet) without(hash uint64) bool { return s.groups != nil && !s.groups[hash] }

// touches reports whether the set has an entry of a table.
func (s *writeSet) touches(t table) bool {
	for i := range s.puts {
		if s.puts[i].table == t {
			return true
		}
	}
	return false
}

// empty reports whether there is nothing to write.
func (s *writeSet) empty() bool {
	return len(s.puts) == 0 && len(s.changes) == 0 && len(s.spent) == 0 && len(s.scrubs) == 0
}

// differs tells where two runs of the same operation did not do the same; empty: nowhere.
func (s *writeSet) differs(o *writeSet) string {
	if len(s.puts) != len(o.puts) || len(s.changes) != len(o.changes) || len(s.spent) != len(o.spent) {
		return fmt.Sprintf("%d puts, %d changes, %d costs; then %d, %d, %d", len(s.puts), len(s.changes), len(s.spent), len(o.puts), len(o.changes), len(o.spent))
	}
	for i := range s.puts {
		a, b := &s.puts[i], &o.puts[i]
		if a.table != b.table || a.del != b.del || !bytes.Equal(a.key, b.key) || !bytes.Equal(a.val, b.val) {
			return fmt.Sprintf("put %d: %s %x = %x; then %s %x = %x", i, a.table, a.key, a.val, b.table, b.key, b.val)
		}
	}
	for i := range s.changes {
		if !bytes.Equal(s.changes[i], o.changes[i]) {
			return fmt.Sprintf("change %d: %x; then %x", i, s.changes[i], o.changes[i])
		}
	}
	for i := range s.spent {
		if s.spent[i] != o.spent[i] {
			return fmt.Sprintf("cost %d: %v; then %v", i, s.spent[i], o.spent[i])
		}
	}
	return ""
}
