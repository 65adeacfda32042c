package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	stdhash "hash"
	"slices"

	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
	"kaskad/fallback"
)

// Kinds of records about people who were erased: that it was done, and a no that outlives its person.
const (
	erasedKind = "erased"
	noKind     = "no"
)

func erasedKey(contact bots.ID) []byte { return idKey(name(erasedKind), contact) }

func noKey(mark []byte) []byte { return append(name(noKind), mark...) }

func encodeErased(b []byte, x *fallback.Erased) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, x.At)
		e.str(2, x.By)
		for _, mark := range x.Marks {
			e.bytes(3, mark)
		}
		e.bool(4, x.Left)
		for i, n := range countsOf(&x.Counts) {
			e.int(firstCount+protowire.Number(i), int64(*n))
		}
		for _, id := range x.Same {
			e.msg(5, func(e *encoder) { e.id(1, id) })
		}
		for _, id := range x.TakeBacks {
			e.msg(6, func(e *encoder) { e.id(1, id) })
		}
		e.time(7, x.Ended)
		e.time(8, x.Again)
		for _, mark := range x.Numbers {
			e.bytes(9, mark)
		}
		e.bool(15, true) // a record is never empty
	})
}

func decodeErased(contact bots.ID, b []byte) (fallback.Erased, error) {
	x := fallback.Erased{Contact: contact}
	counts := countsOf(&x.Counts)
	err := decode(b, func(f *fields) {
		switch i := int(f.num - firstCount); {
		case f.num == 1:
			x.At = f.time()
		case f.num == 2:
			x.By = f.str()
		case f.num == 3:
			x.Marks = append(x.Marks, slices.Clone(f.bytes()))
		case f.num == 4:
			x.Left = f.bool()
		case f.num == 5:
			x.Same = append(x.Same, decodeEnded(f))
		case f.num == 6:
			x.TakeBacks = append(x.TakeBacks, decodeEnded(f))
		case f.num == 7:
			x.Ended = f.time()
		case f.num == 8:
			x.Again = f.time()
		case f.num == 9:
			x.Numbers = append(x.Numbers, slices.Clone(f.bytes()))
		case i >= 0 && i < len(counts):
			*counts[i] = f.count()
		}
	})
	return x, err
}

// firstCount is the field of the first count; they stand in the order of countsOf, which is only ever added to.
const firstCount = 20

func countsOf(n *fallback.ErasedCounts) []*int {
	return []*int{&n.Deliveries, &n.Cancelled, &n.Messages, &n.Files, &n.Posts, &n.Links, &n.Quarantine, &n.Claims}
}

// PutErased notes that a person was erased.
func (t *tx) PutErased(x fallback.Erased) {
	t.set.put(tRecord, erasedKey(x.Contact), encodeErased(nil, &x))
}

// Erased is what is left of a person who was erased.
func (t *tx) Erased(contact bots.ID) (fallback.Erased, bool) {
	key := erasedKey(contact)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Erased{}, false
	}
	x, err := decodeErased(contact, b)
	must(tRecord, key, err)
	return x, true
}

// Erased reads what is left of a person who was erased, and of all that were one with the id; false: nobody of this id was.
func (db *DB) Erased(ctx context.Context, contact bots.ID) (x fallback.Erased, found bool, err error) {
	x, err = view(ctx, db, func(t *tx) (x fallback.Erased, err error) {
		x, found = fallback.ErasedPerson(t, contact)
		return x, nil
	})
	return x, found, err
}

func encodeNo(b []byte, no *fallback.KeptNo) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, no.At)
		e.bool(3, no.Marketing)
		e.bool(4, no.All)
		for _, channel := range no.On {
			e.str(5, channel)
		}
		e.bool(6, no.Told)
		e.bool(15, true)
	})
}

func decodeNo(b []byte) (no fallback.KeptNo, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			no.At = f.time()
		case 3:
			no.Marketing = f.bool()
		case 4:
			no.All = f.bool()
		case 5:
			no.On = append(no.On, f.str())
		case 6:
			no.Told = f.bool()
		}
	})
	return no, err
}

// PutKeptNo writes a no that outlives its person; a zero one takes it away. Who was sure that there is none at all hears of it: see
// KeptNoAt.
func (t *tx) PutKeptNo(mark []byte, no fallback.KeptNo) {
	if no.Zero() {
		t.set.delete(tRecord, noKey(mark))
		return
	}
	t.db.noes.Store(true)
	t.set.put(tRecord, name(noesKept), wrapped(nil))
	t.set.put(tRecord, noKey(mark), encodeNo(nil, &no))
}

// noesKept is a record that is written with every no that is kept. Operations that took it for certain that there is none count as
// having read it: one that is prepared while the first no is on its way to the disk runs once more.
const noesKept = "noes kept"

// openNoes reads whether any no is kept.
func (db *DB) openNoes(btx *bolt.Tx) {
	k, _ := btx.Bucket([]byte(layouts[tRecord].bucket)).Cursor().Seek(name(noKind))
	db.noes.Store(bytes.HasPrefix(k, name(noKind)))
}

// KeptNoAt is the no that stands at a name. Every name of every new contact is asked for, and in most stores nobody's no is kept: then
// nothing is hashed, and nothing is looked for. The flag is set before a no is written, so when it is not set, a no can only come with
// a commit after the operation's view.
func (t *tx) KeptNoAt(ref bots.Ref) fallback.KeptNo {
	if !t.db.noes.Load() {
		t.read(tRecord, name(noesKept))
		return fallback.KeptNo{}
	}
	return t.KeptNo(t.Mark(ref))
}

// KeptNo is the no that stands at the keyed hash of a name.
func (t *tx) KeptNo(mark []byte) fallback.KeptNo {
	key := noKey(mark)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.KeptNo{}
	}
	no, err := decodeNo(b)
	must(tRecord, key, err)
	return no
}

// Mark is the keyed hash of a name. The key is the file's own, from its first day: a backup has it, too.
func (t *tx) Mark(ref bots.Ref) []byte {
	h, used := t.db.hashes.Get().(stdhash.Hash)
	if used {
		h.Reset()
	} else {
		h = hmac.New(sha256.New, t.db.markKey)
	}
	defer t.db.hashes.Put(h)
	h.Write(joined(placeKind(ref.Kind), ref.Value))
	return h.Sum(nil)
}

// markSetting is the name of the key of marks.
const markSetting = "marks of people who were erased"

// loadMarkKey reads the key of marks, or makes it.
func (db *DB) loadMarkKey() error {
	read := func(btx *bolt.Tx) error {
		db.markKey = unwrapped(btx.Bucket([]byte(layouts[tSetting].bucket)).Get(name(markSetting)))
		return nil
	}
	if err := db.bolt.View(read); err != nil || len(db.markKey) > 0 {
		return err
	}
	fresh := make([]byte, sha256.Size)
	rand.Read(fresh)
	db.markKey = fresh
	return db.bolt.Update(func(btx *bolt.Tx) error {
		return btx.Bucket([]byte(layouts[tSetting].bucket)).Put(name(markSetting), wrapped(fresh))
	})
}
