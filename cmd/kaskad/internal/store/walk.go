package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// walk calls f with the entries of a table in generations whose keys begin with a group, newest first, until it returns false.
// Within a generation that is the order of keys, downwards. Such entries are never changed.
func (t *tx) walk(of table, group []byte, f func(key, val []byte) bool) {
	h := t.read(of, group)
	if t.set != nil {
		for i := len(t.set.puts) - 1; i >= 0; i-- {
			if p := &t.set.puts[i]; p.table == of && bytes.HasPrefix(p.key, group) && !f(p.key, p.val) {
				return
			}
		}
	}
	t.walkKept(of, h, group, nil, func(_ uint64, k, v []byte) bool { return f(k, v) })
}

// walkKept walks what a table in generations has of a group, newest generation first and downwards in it. After a place (a
// generation and a key in it) it begins behind that.
func (t *tx) walkKept(of table, h uint64, group []byte, after *place, f func(no uint64, key, val []byte) bool) {
	list, upTo := t.generations(of)
	in := func(no uint64) func(entry) bool {
		before := after.in(no)
		return func(e entry) bool {
			return before != nil && bytes.Compare(e.key, before) >= 0 || f(no, e.key, e.val)
		}
	}
	if t.w != nil && t.w.gens[of] != nil && !backwards(t.w.gens[of].group(h, group), in(list.current())) {
		return
	}
	for _, m := range list.memory {
		if after != nil && m.no > after.no {
			continue
		}
		if !m.mem.down(h, group, upTo, in(m.no)) {
			return
		}
	}
	list.candidates(h, func(no uint64) bool {
		if after != nil && no > after.no {
			return true
		}
		return t.in(of, no).down(h, group, in(no))
	})
}

// place is an entry of a table in generations.
type place struct {
	no  uint64
	key []byte
}

// in is the key when the place is in a generation.
func (p *place) in(no uint64) []byte {
	if p == nil || p.no != no {
		return nil
	}
	return p.key
}

// backwards calls f with entries from the last to the first.
func backwards(list []entry, f func(entry) bool) bool {
	for i := len(list) - 1; i >= 0; i-- {
		if !f(list[i]) {
			return false
		}
	}
	return true
}

// down moves over the entries with a prefix from the highest key, or from the last one below before.
func down(c *bolt.Cursor, prefix, before []byte, f func(k, v []byte) bool) {
	for k, v := lastBefore(c, prefix, before); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Prev() {
		if !f(k, v) {
			return
		}
	}
}

// lastBefore finds the last entry below a key; without key, the last one with the prefix.
func lastBefore(c *bolt.Cursor, prefix, before []byte) (k, v []byte) {
	if before == nil {
		before = after(prefix)
	}
	if before == nil {
		return c.Last()
	}
	if k, _ := c.Seek(before); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// after is the first key behind all that have a prefix; nil when there is none.
func after(prefix []byte) []byte {
	end := append(make([]byte, 0, 32), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}
