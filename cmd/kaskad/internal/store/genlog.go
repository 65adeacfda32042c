package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// genBatch is what a batch does to one table.
type genBatch struct {
	log     []byte // its entries as they go to the log
	parts   []int  // where parts of the log end
	pend    []pending
	current generation
	full    *generation // the current one is full with this batch
	built   *built      // the oldest full one was sealed
	dropped int         // of the oldest sealed ones
	fresh   *memtable   // in place of the current one: entries were taken out of it
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

// saveGenerations brings the entries of the batch to the logs, and to its block what has been made ready for that.
func (w *batch) saveGenerations(meta *bolt.Bucket) error {
	for t := range tables {
		if err := w.saveGeneration(t, meta); err != nil {
			return fmt.Errorf("%s: generation %d: %w", t, w.db.gens[t].current.no, err)
		}
	}
	return nil
}

func (w *batch) saveGeneration(t table, meta *bolt.Bucket) error {
	if b := w.db.gens[t].built.Load(); b != nil {
		if err := w.putBuilt(t, b); err != nil {
			return err
		}
	}
	g := w.gens[t]
	if g == nil || len(g.pend) == 0 {
		return nil
	}
	if err := w.appendLog(t, g); err != nil {
		return err
	}
	if g.current.n == 0 {
		g.current.first = w.now
	}
	g.current.n += len(g.pend)
	g.current.last = later(w.now, g.current.last)
	if w.full(t, &g.current) {
		if err := w.begin(t, g); err != nil {
			return err
		}
	}
	return meta.Put(currentKey(t), encodeGeneration(nil, &g.current))
}

// full reports whether a generation has enough entries, or is old enough that waiting would keep it too long.
func (w *batch) full(t table, g *generation) bool {
	keep := layouts[t].keep
	return g.n >= w.db.opt.Generation || keep > 0 && w.now.Sub(g.first) > keep/4
}

// begin begins the next generation. The full one has its record from now on, and its log until it is sealed.
func (w *batch) begin(t table, g *genBatch) error {
	full := g.current
	g.full, g.current = &full, generation{no: full.no + 1}
	return w.btx.Bucket(genBucket).Put(genKey(t, full.no), encodeGeneration(nil, &full))
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

// replay reads the log of a generation.
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
