package store

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sealing takes three steps. The commit that fills a generation gives it a record and begins the next one (genlog.go). Beside
// the writer its entries are sorted. A later commit brings the block to disk and takes the log away. Each of the two commits
// is whole or not there: what a crash leaves is a generation with its log, which is sorted again when the file is opened.

// built is a full generation as it will be sealed.
type built struct {
	*sealed
	block  block
	filter []byte
}

// build sorts the oldest full generation of a table, if there is one and it is not at work already. Only the writer calls it,
// and who opens the file.
func (g *genTable) build(t table, capacity int) {
	memory := g.list.Load().memory
	if g.building || len(memory) == 1 {
		return
	}
	g.building = true
	full := memory[len(memory)-1]
	go func() {
		list := full.mem.all(^uint64(0))
		hashes := make([]uint64, len(list))
		for i := range list {
			hashes[i] = t.hash(t.group(list[i].key))
		}
		g.built.Store(&built{&sealed{generation: full.generation}, newBlock(t, list), newFilter(hashes, capacity)})
	}()
}

// blockKey is the one key in the bucket of a sealed generation: it has a bucket of its own so that no other page is written
// with it again.
var blockKey = []byte("block")

// putBuilt seals a generation: its block and its filter instead of its log.
func (w *batch) putBuilt(t table, g *built) error {
	w.genBatch(t).built, w.wrote = g, true
	b, err := w.bucket(t).CreateBucket(numberKey(g.no))
	if err != nil {
		return err
	}
	key := genKey(t, g.no)
	return errors.Join(b.Put(blockKey, g.block), w.btx.Bucket(filterBucket).Put(key, g.filter), w.btx.Bucket(logBucket).DeleteBucket(key))
}

// dropOld removes generations that nobody needs any more, at most one of each table: retention never makes a commit long.
func (w *batch) dropOld() error {
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
		keep, sealed := layouts[t].keep, w.db.gens[t].list.Load().sealed
		if len(sealed) == 0 {
			continue
		}
		if keep > 0 && w.now.Sub(ended(sealed, w.now)) > keep || sealed[0].no == w.db.gens[t].spent.Load() {
			if err := w.drop(t, sealed[0].no); err != nil {
				return fmt.Errorf("%s: generation %d: %w", t, sealed[0].no, err)
			}
		}
	}
	return nil
}

// ended is when the oldest generation had its last entry, at the latest. A time that is still to come was taken from a clock that
// was wrong; then a generation after it tells.
func ended(sealed []*sealed, now time.Time) time.Time {
	for _, g := range sealed {
		if !g.last.After(now) {
			return g.last
		}
	}
	return now
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
		if g == nil {
			continue
		}
		t := &w.db.gens[i]
		t.publish(g, w.no)
		if g.built != nil {
			t.built.Store(nil)
			t.building = false
		}
		t.build(table(i), w.db.opt.Generation)
	}
}

func (t *genTable) publish(g *genBatch, no uint64) {
	t.current = g.current
	old := t.list.Load()
	if g.fresh != nil {
		old = &genList{sealed: old.sealed, memory: slices.Clone(old.memory)}
		old.memory[0].mem = g.fresh
		t.list.Store(old)
	}
	old.memory[0].mem.add(g.entries(), no)
	if g.full == nil && g.built == nil && g.dropped == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := &genList{sealed: old.sealed[g.dropped:], memory: old.memory}
	if g.built != nil {
		t.loaded = t.loaded || len(old.sealed) == 0
		if t.loaded {
			t.adopt(g.built.sealed, g.built.filter)
		} else {
			g.built.fresh = g.built.filter
		}
		list.sealed = append(list.sealed[:len(list.sealed):len(list.sealed)], g.built.sealed)
		list.memory = slices.Clone(list.memory[:len(list.memory)-1])
	}
	if g.full != nil {
		begun := []inMemory{{g.current, newMemtable()}, {*g.full, list.memory[0].mem}}
		list.memory = append(begun, list.memory[1:]...)
	}
	t.list.Store(list)
}
