package store

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// A sealed generation has a Bloom filter: 16 bits for every entry it can hold, six of them set by each. In memory the
// filters of 64 generations lie across each other, one word per bit: six reads tell which of the 64 may have an entry. A
// lookup that misses hundreds of generations costs less than one page.

const (
	filterBits   = 16 // per entry
	filterHashes = 6
	groupSize    = 64
)

// filterSize is how many bits the filter of a generation of n entries has: a power of two.
func filterSize(n int) int {
	return 1 << max(10, bits.Len(uint(n*filterBits-1)))
}

// filterBit is the i-th bit of a hash in a filter of m bits, m a power of two.
func filterBit(h uint64, i int, m int) uint64 {
	step := h>>32 | 1
	return (h + uint64(i)*step) & uint64(m-1)
}

// newFilter builds the stored filter of the hashes of a generation.
func newFilter(hashes []uint64, capacity int) []byte {
	m := filterSize(max(capacity, len(hashes)))
	b := make([]byte, m/8)
	for _, h := range hashes {
		for i := range filterHashes {
			at := filterBit(h, i, m)
			b[at/8] |= 1 << (at % 8)
		}
	}
	return b
}

// inFilter reports whether a stored filter has all bits of a hash.
func inFilter(b []byte, h uint64) bool {
	for i := range filterHashes {
		at := filterBit(h, i, len(b)*8)
		if b[at/8]&(1<<(at%8)) == 0 {
			return false
		}
	}
	return true
}

// filterGroup holds the filters of up to 64 generations of one size. Bits are only ever added, each generation's before its
// number is published, so readers need no lock.
type filterGroup struct {
	bits int
	n    int // columns in use; touched by whoever adds
	rows []uint64
}

func newFilterGroup(m int) *filterGroup { return &filterGroup{bits: m, rows: make([]uint64, m)} }

// add puts a stored filter into the next column.
func (g *filterGroup) add(filter []byte) (column int) {
	column = g.n
	for at := 0; at+8 <= len(filter); at += 8 {
		for w := binary.LittleEndian.Uint64(filter[at:]); w != 0; w &= w - 1 {
			atomic.OrUint64(&g.rows[at*8+bits.TrailingZeros64(w)], 1<<column)
		}
	}
	g.n++
	return column
}

// match returns the columns that may have the hash.
func (g *filterGroup) match(h uint64) uint64 {
	found := ^uint64(0)
	for i := range filterHashes {
		found &= atomic.LoadUint64(&g.rows[filterBit(h, i, g.bits)])
		if found == 0 {
			break
		}
	}
	return found
}
