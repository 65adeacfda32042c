package store

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sort"

	bolt "go.etcd.io/bbolt"
)

// block is a sealed generation: one value with all entries in order of keys. It begins with the number of entries and the number
// of slots; then come the place of each entry (and one for the end), the slots, and the entries: length of the key, key, value.
// A slot has the number of the first entry of a group, counted from one; a group's slot is found by its hash, or is one of the
// next. Numbers are four bytes, little endian.
type block []byte

// blockOf is a sealed generation of a table; empty when there is none of this number.
func blockOf(parent *bolt.Bucket, no uint64) block {
	if b := parent.Bucket(numberKey(no)); b != nil {
		return b.Get(blockKey)
	}
	return nil
}

func newBlock(t table, list []entry) block {
	slots := 1 << bits.Len(uint(2*len(list)))
	size := 4 * (3 + len(list) + slots)
	b := make(block, size, size+64*len(list))
	b.set(0, len(list))
	b.set(1, slots)
	for i, e := range list {
		b.set(2+i, len(b))
		b = binary.AppendUvarint(b, uint64(len(e.key)))
		b = append(append(b, e.key...), e.val...)
		group := t.group(e.key)
		if i > 0 && bytes.Equal(group, t.group(list[i-1].key)) {
			continue
		}
		at := int(t.hash(group)) & (slots - 1)
		for b.slot(at) != 0 {
			at = (at + 1) & (slots - 1)
		}
		b.set(3+len(list)+at, i+1)
	}
	b.set(2+len(list), len(b))
	return b
}

func (b block) num(i int) int    { return int(binary.LittleEndian.Uint32(b[4*i:])) }
func (b block) set(i int, n int) { binary.LittleEndian.PutUint32(b[4*i:], uint32(n)) }
func (b block) slot(at int) int  { return b.num(3 + b.num(0) + at) }

func (b block) len() int {
	if len(b) == 0 {
		return 0
	}
	return b.num(0)
}

// at is one entry. A damaged block panics: that is the error of whoever reads.
func (b block) at(i int) entry {
	from, to := b.num(2+i), b.num(3+i)
	key, rest, ok := sized(b[from:to:to])
	if !ok {
		panic(errMalformed)
	}
	return entry{key, rest}
}

// first is the number of the first entry of a group; -1: there is none.
func (b block) first(h uint64, group []byte) int {
	if b.len() == 0 {
		return -1
	}
	slots := b.num(1)
	for n, at := 0, int(h)&(slots-1); n < slots; n, at = n+1, (at+1)&(slots-1) {
		i := b.slot(at) - 1
		if i < 0 {
			return -1
		}
		if bytes.HasPrefix(b.at(i).key, group) {
			return i
		}
	}
	return -1
}

// get is the value of a key of a group; nil when it is not there.
func (b block) get(h uint64, group, key []byte) []byte {
	i := b.first(h, group)
	for ; i >= 0 && i < b.len(); i++ {
		e := b.at(i)
		if bytes.Equal(e.key, key) {
			return e.val
		}
		if !bytes.HasPrefix(e.key, group) {
			return nil
		}
	}
	return nil
}

// span is where the entries of a group begin, and where they end.
func (b block) span(h uint64, group []byte) (from, to int) {
	if from = b.first(h, group); from < 0 {
		return 0, 0
	}
	return from, from + sort.Search(b.len()-from, func(i int) bool { return !bytes.HasPrefix(b.at(from+i).key, group) })
}

// group are the entries of a group, in order.
func (b block) group(h uint64, group []byte) []entry {
	from, to := b.span(h, group)
	list := make([]entry, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, b.at(i))
	}
	return list
}

// down calls f with the entries of a group from the last to the first, until it returns false.
func (b block) down(h uint64, group []byte, f func(entry) bool) bool {
	from, to := b.span(h, group)
	for i := to - 1; i >= from; i-- {
		if !f(b.at(i)) {
			return false
		}
	}
	return true
}

// all are the entries, in order.
func (b block) all() []entry {
	list := make([]entry, b.len())
	for i := range list {
		list[i] = b.at(i)
	}
	return list
}
