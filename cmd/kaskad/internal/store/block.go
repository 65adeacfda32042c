package store

import (
	"bytes"
	"encoding/binary"
	"sort"

	bolt "go.etcd.io/bbolt"
)

// block is a sealed generation: one value with all entries in order of keys, found by halving. It has the number of entries,
// the place of each (4 bytes, little endian, and one for the end), and the entries: length of the key, key, value.
type block []byte

// blockOf is a sealed generation of a table; empty when there is none of this number.
func blockOf(parent *bolt.Bucket, no uint64) block {
	if b := parent.Bucket(numberKey(no)); b != nil {
		return b.Get(blockKey)
	}
	return nil
}

func newBlock(list []entry) block {
	size := 4 * (len(list) + 2)
	for _, e := range list {
		size += uvarintSize(uint64(len(e.key))) + len(e.key) + len(e.val)
	}
	b := make(block, 4*(len(list)+2), size)
	binary.LittleEndian.PutUint32(b, uint32(len(list)))
	for i, e := range list {
		binary.LittleEndian.PutUint32(b[4*(i+1):], uint32(len(b)))
		b = binary.AppendUvarint(b, uint64(len(e.key)))
		b = append(append(b, e.key...), e.val...)
	}
	binary.LittleEndian.PutUint32(b[4*(len(list)+1):], uint32(len(b)))
	return b
}

func (b block) len() int {
	if len(b) < 8 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

// at is one entry. A damaged block panics: that is the error of whoever reads.
func (b block) at(i int) entry {
	from, to := binary.LittleEndian.Uint32(b[4*(i+1):]), binary.LittleEndian.Uint32(b[4*(i+2):])
	key, rest, ok := sized(b[from:to:to])
	if !ok {
		panic(errMalformed)
	}
	return entry{key, rest}
}

// search is the place of the first entry that is not below a key.
func (b block) search(key []byte) int {
	return sort.Search(b.len(), func(i int) bool { return bytes.Compare(b.at(i).key, key) >= 0 })
}

// get is the value of a key; nil when it is not there.
func (b block) get(key []byte) []byte {
	if i := b.search(key); i < b.len() {
		if e := b.at(i); bytes.Equal(e.key, key) {
			return e.val[:len(e.val):len(e.val)]
		}
	}
	return nil
}

// all are the entries, in order.
func (b block) all() []entry {
	list := make([]entry, b.len())
	for i := range list {
		list[i] = b.at(i)
	}
	return list
}

// down calls f with the entries of a group, from the highest key, or from the last one below before, until it returns false.
func (b block) down(group, before []byte, f func(k, v []byte) bool) bool {
	if before == nil {
		before = after(group)
	}
	i := b.len()
	if before != nil {
		i = b.search(before)
	}
	for i--; i >= 0; i-- {
		e := b.at(i)
		if !bytes.HasPrefix(e.key, group) {
			return true
		}
		if !f(e.key, e.val) {
			return false
		}
	}
	return true
}
