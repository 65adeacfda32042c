package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// tx is one operation at work: a view of the file, and the set of what it wants to write. It is a fallback.Tx; one file per
// kind of record has its methods.
//
// It runs in a worker, on a read transaction, and notes what it read. The writer puts its set if nothing of
// that has changed meanwhile; else the operation runs once more, inside the writer, on the writer's own transaction.
type tx struct {
	db      *DB
	snap    *snapshot // of a reader or a worker
	cur     *cursors
	w       *batch    // of the writer
	set     *writeSet // nil: reads only
	now     time.Time
	ids     *idSource
	reads   []uint64 // hashes of the groups that were read
	known   []found  // that were read from the file
	key     [8]byte  // of the record that is being read
	hashed  string   // what hash is the digest of
	hash    hash
	stale   bool         // something was read that is newer than the view: only the writer can tell what is true
	into    *knownMerges // who was absorbed, once it was asked for
	nobody  [][]byte     // groups of places that the file has nothing of
	spentOf string       // a day whose costs were read; they count as read once the operation adds to them
}

var _ fallback.Tx = (*tx)(nil)

// begin opens a view for reading.
func (db *DB) begin() (*tx, error) {
	t := &tx{}
	return t, db.beginAt(t)
}

func (db *DB) beginAt(t *tx) error {
	snap := db.snapshots.acquire()
	if snap == nil {
		return db.stopped()
	}
	*t = tx{db: db, snap: snap, cur: snap.take(), now: now(), reads: t.reads[:0], known: t.known[:0], nobody: t.nobody[:0]}
	return nil
}

func (t *tx) close() {
	clear(t.known)
	t.snap.give(t.cur)
	t.db.snapshots.release(t.snap)
	t.snap, t.cur = nil, nil
}

// view runs a short read. What it hands out must be copies.
func view[T any](ctx context.Context, db *DB, f func(*tx) (T, error)) (res T, err error) {
	if err := ctx.Err(); err != nil {
		return res, err
	}
	t, err := db.begin()
	if err != nil {
		return res, err
	}
	defer t.close()
	defer func() {
		if r := recover(); r != nil {
			err = db.panicked(r)
		}
	}()
	return f(t)
}

// now is the time as records keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Now is the time of the operation.
func (t *tx) Now() time.Time { return t.now }

// NewID gives an id above all others.
func (t *tx) NewID() bots.ID { return t.ids.next(t.db) }

func (t *tx) bucket(of table) *bolt.Bucket {
	if t.w != nil {
		return t.w.bucket(of)
	}
	return t.snap.bucket(of)
}

// generations is the list of a table's generations that the operation sees, and the commit up to which its entries count.
func (t *tx) generations(of table) (*genList, uint64) {
	if t.w != nil {
		return t.db.withFilters(of, t.db.gens[of].list.Load(), t.w.btx), ^uint64(0)
	}
	return t.db.withFilters(of, t.snap.lists[of], t.snap.btx), t.snap.no
}

// read notes that a group was read, and returns its hash.
func (t *tx) read(of table, group []byte) uint64 {
	h := of.hash(group)
	if t.set != nil && t.w == nil && !layouts[of].free {
		t.reads = append(t.reads, h)
	}
	return h
}

// get returns the entry of a key as the operation sees it, or nil. It is valid until the operation ends.
func (t *tx) get(of table, key []byte) []byte {
	if t.set != nil {
		if p := t.set.find(of, key); p != nil {
			if p.del {
				return nil
			}
			return p.val
		}
	}
	h := t.read(of, of.group(key))
	switch {
	case of == tHead:
		return t.head(key)
	case !layouts[of].generations:
		return t.stored(of, key)
	}
	return t.kept(of, h, key)
}

// kept is what a table in generations has of a key: the newest entry, or nil.
func (t *tx) kept(of table, h uint64, key []byte) []byte {
	if t.w != nil && t.w.gens[of] != nil {
		if val := t.w.gens[of].newest(h, key); val != nil {
			return val
		}
	}
	list, upTo := t.generations(of)
	for _, m := range list.memory {
		if e := m.mem.newest(h, key, upTo); e != nil {
			return e.val
		}
	}
	var found []byte
	list.candidates(h, func(no uint64) bool {
		found = t.in(of, no).get(h, of.group(key), key)
		return found == nil
	})
	return found
}

// record returns the entry of an id as the operation sees it, or nil. It is valid until the operation ends.
func (t *tx) record(of table, id bots.ID) []byte { return t.get(of, idKey(t.key[:0], id)) }

// stored is what an ordinary table has in the file.
func (t *tx) stored(of table, key []byte) []byte {
	if t.w != nil {
		return t.db.unseal(of, key, t.w.bucket(of).Get(key))
	}
	if t.set == nil || len(key) != 8 {
		return t.db.unseal(of, key, exactly(t.cur.of(of), key))
	}
	id := bots.IDFromBytes(key)
	for i := range t.known {
		if k := &t.known[i]; k.id == id && k.of == of {
			return k.val
		}
	}
	val := t.db.unseal(of, key, exactly(t.cur.of(of), key))
	if len(t.known) < mostKnown {
		t.known = append(t.known, found{of, id, val})
	}
	return val
}

// found is what a view has of an id. An operation that writes reads most of them more than once: to decide, to change, and to see
// what is new.
type found struct {
	of  table
	id  bots.ID
	val []byte
}

const mostKnown = 64

// in is a sealed generation, or empty.
func (t *tx) in(of table, no uint64) block {
	if t.w == nil {
		return t.cur.in(of, no)
	}
	return blockOf(t.w.bucket(of), no)
}

// exactly is the value of a key, or nil.
func exactly(c *bolt.Cursor, key []byte) []byte {
	if k, v := c.Seek(key); bytes.Equal(k, key) {
		return v
	}
	return nil
}

// has reports whether the file has a key of an ordinary table; for tables whose values say nothing.
func (t *tx) has(of table, key []byte) bool {
	k, _ := t.bucket(of).Cursor().Seek(key)
	return bytes.Equal(k, key)
}

// entry is one key with its value.
type entry struct{ key, val []byte }

// all returns the entries of an ordinary table whose keys begin with a prefix, in order. It is for short lists; where keys
// have a tail, the prefix is a group.
func (t *tx) all(of table, prefix []byte) []entry {
	group := prefix
	if layouts[of].tail == whole {
		group = nil
	}
	hash := t.read(of, group)
	var list []entry
	c, k, v := t.seek(of, prefix)
	for ; k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if t.set == nil || t.set.find(of, k) == nil {
			list = append(list, entry{k, t.db.unseal(of, k, v)})
		}
	}
	// Without a tail the prefix is no group, and tells nothing of the groups of puts.
	if t.set == nil || layouts[of].tail > 0 && !layouts[of].free && t.set.without(hash) {
		return list
	}
	for i := range t.set.puts {
		if p := &t.set.puts[i]; p.table == of && !p.del && bytes.HasPrefix(p.key, prefix) {
			list = append(list, entry{p.key, p.val})
		}
	}
	slices.SortFunc(list, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	return list
}

// seek brings a cursor of an ordinary table to the first key from a prefix on. Names of a new contact are looked for several times: to
// find the person, to see whose they are, to hear what was said there. Those that nobody has are looked for once.
func (t *tx) seek(of table, prefix []byte) (c *bolt.Cursor, k, v []byte) {
	if of == tPlace && slices.ContainsFunc(t.nobody, func(group []byte) bool { return bytes.Equal(group, prefix) }) {
		return nil, nil, nil
	}
	c = t.cursor(of)
	k, v = c.Seek(prefix)
	if of == tPlace && t.set != nil && len(t.nobody) < mostKnown && !bytes.HasPrefix(k, prefix) {
		t.nobody = append(t.nobody, prefix)
	}
	return c, k, v
}

// cursor is a cursor of an ordinary table, good until the next read of that table.
func (t *tx) cursor(of table) *bolt.Cursor {
	if t.w != nil {
		return t.w.bucket(of).Cursor()
	}
	return t.cur.of(of)
}

// CorruptError is a record that cannot be read.
type CorruptError struct {
	Bucket string
	Key    []byte
	Err    error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: record %x: %v", e.Bucket, e.Key, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// mustRecord is must for the record of an id.
func mustRecord(t table, id bots.ID, err error) {
	if err != nil {
		must(t, idKey(nil, id), err)
	}
}

// must panics when a record cannot be read: the methods of fallback.Tx have no error results.
func must(t table, key []byte, err error) {
	if err != nil {
		panic(&CorruptError{Bucket: t.String(), Key: slices.Clone(key), Err: err})
	}
}
