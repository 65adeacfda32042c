package store

import "encoding/binary"

// Entries of a generation are never changed, but for one reason: a key or a value that names a person who was erased. Then the
// generation is written anew without them, in one commit: a sealed one as a block, the current one as a log, with another table in
// memory. One that is full and not sealed yet is left for later: it is being sorted. Readers keep what their snapshot has.

// scrub takes entries out of one generation.
type scrub struct {
	table table
	no    uint64
	out   func(key, val []byte) bool // pure
}

// scrub writes a generation anew.
func (w *batch) scrub(s *scrub) error {
	list := w.db.gens[s.table].list.Load()
	if list.current() == s.no {
		if len(list.memory) > 1 {
			return nil // asked again
		}
		return w.scrubCurrent(s, list.memory[0].mem)
	}
	b := w.bucket(s.table).Bucket(numberKey(s.no))
	if b == nil {
		return nil // not sealed, or dropped since
	}
	var kept []entry
	all := block(b.Get(blockKey)).all()
	for _, e := range all {
		if s.out(e.key, e.val) {
			w.took(s.table, e.key)
		} else {
			kept = append(kept, e)
		}
	}
	if len(kept) == len(all) {
		return nil
	}
	return b.Put(blockKey, newBlock(s.table, kept))
}

// took tells operations that were prepared before that an entry is gone.
func (w *batch) took(t table, key []byte) {
	if !layouts[t].free {
		w.db.versions.wrote(t.hash(t.group(key)), w.no)
	}
}

func (w *batch) scrubCurrent(s *scrub, mem *memtable) error {
	g := w.genBatch(s.table)
	if g.fresh != nil {
		mem = g.fresh
	}
	mem.mu.RLock()
	entries := mem.entries
	mem.mu.RUnlock()
	kept := make([]memEntry, 0, len(entries))
	for _, e := range entries {
		if s.out(e.key, e.val) {
			w.took(s.table, e.key)
		} else {
			kept = append(kept, memEntry{key: e.key, val: e.val, hash: e.hash})
		}
	}
	if len(kept) == len(entries) {
		return nil
	}
	g.fresh = newMemtable()
	g.fresh.add(kept, 0)
	return w.rewriteLog(genKey(s.table, s.no), kept)
}

// rewriteLog writes the log of a generation anew.
func (w *batch) rewriteLog(key []byte, entries []memEntry) error {
	logs := w.btx.Bucket(logBucket)
	if logs.Bucket(key) != nil {
		if err := logs.DeleteBucket(key); err != nil {
			return err
		}
	}
	b, err := logs.CreateBucket(key)
	if err != nil {
		return err
	}
	n, part := uint64(0), []byte(nil)
	for i, e := range entries {
		part = append(binary.AppendUvarint(part, uint64(len(e.key))), e.key...)
		part = append(binary.AppendUvarint(part, uint64(len(e.val))), e.val...)
		if len(part) < logPart && i < len(entries)-1 {
			continue
		}
		n++
		if err := b.Put(numberKey(n), part); err != nil {
			return err
		}
		part = nil
	}
	return b.SetSequence(n)
}

// each walks all entries of a table, until f returns false.
func (t *tx) each(of table, f func(key, val []byte) bool) {
	list, upTo := t.generations(of)
	for _, g := range list.sealed {
		b := t.in(of, g.no)
		for i := range b.len() {
			if e := b.at(i); !f(e.key, e.val) {
				return
			}
		}
	}
	for _, m := range list.memory {
		for _, e := range m.mem.all(upTo) {
			if !f(e.key, e.val) {
				return
			}
		}
	}
}

// holding are the generations of a table that have an entry which is to go.
func (t *tx) holding(of table, out func(key, val []byte) bool) (all []uint64) {
	list, upTo := t.generations(of)
	for _, g := range list.sealed {
		b := t.in(of, g.no)
		for i := range b.len() {
			if e := b.at(i); out(e.key, e.val) {
				all = append(all, g.no)
				break
			}
		}
	}
	for _, m := range list.memory {
		for _, e := range m.mem.all(upTo) {
			if out(e.key, e.val) {
				all = append(all, m.no)
				break
			}
		}
	}
	return all
}
