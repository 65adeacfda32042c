package store

import (
	"context"

	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
)

// Merges are records, one by absorbed contact, with all that is needed to undo them; and a small one beside each that says into whom,
// because every transaction that reads a delivery or a message asks for it. Those are kept in memory, read anew when one was written:
// mergesChanged has another value then. A store in which nobody ever merged anything asks nothing.
const (
	mergeKind     = "merge"
	intoKind      = "into"
	mergesChanged = "merges changed"
)

func mergeKey(absorbed bots.ID) []byte { return idKey(name(mergeKind), absorbed) }
func intoKey(absorbed bots.ID) []byte  { return idKey(name(intoKind), absorbed) }

// knownMerges are the contacts that were absorbed when mergesChanged had a value, each with whom its id means.
type knownMerges struct {
	changed string
	kept    map[bots.ID]bots.ID
}

// openMerges reads whether anything was ever merged.
func (db *DB) openMerges(btx *bolt.Tx) {
	db.merged.Store(btx.Bucket([]byte(layouts[tRecord].bucket)).Get(name(mergesChanged)) != nil)
}

// absorbed are the contacts that were absorbed, each with whom its id means. Nobody changes it.
func (t *tx) absorbed() map[bots.ID]bots.ID {
	if t.into != nil {
		return t.into.kept
	}
	if !t.db.merged.Load() {
		return nil
	}
	changed := t.get(tRecord, name(mergesChanged))
	if known := t.db.merges.Load(); known != nil && known.changed == string(changed) {
		t.into = known
		return known.kept
	}
	t.into = &knownMerges{string(changed), t.readInto()}
	if t.set == nil || !t.set.touches(tRecord) { // what is not written yet may never be
		t.db.merges.Store(t.into)
	}
	return t.into.kept
}

func (t *tx) readInto() map[bots.ID]bots.ID {
	all := map[bots.ID]bots.ID{}
	for _, e := range t.all(tRecord, name(intoKind)) {
		all[lastID(e.key)] = bots.IDFromBytes(e.val)
	}
	for id, to := range all {
		for next := all[to]; next != 0 && next != id; next = all[to] {
			to = next
		}
		all[id] = to
	}
	return all
}

// means is the contact that an id means.
func (t *tx) means(id bots.ID) bots.ID {
	if to := t.absorbed()[id]; to != 0 {
		return to
	}
	return id
}

// whose is a record's contact, and the absorbed one under whose id it stands.
func (t *tx) whose(id bots.ID) (contact, under bots.ID) {
	if to := t.absorbed()[id]; to != 0 {
		return to, id
	}
	return id, 0
}

// standing is under whose id a record is kept.
func standing(contact, under bots.ID) bots.ID {
	if under != 0 {
		return under
	}
	return contact
}

// Same are the contact that an id means, and all that it absorbed.
func (t *tx) Same(id bots.ID) []bots.ID {
	if len(t.absorbed()) == 0 {
		return []bots.ID{id}
	}
	id = t.means(id)
	c := t.Contact(id)
	if c == nil {
		return []bots.ID{id}
	}
	return append([]bots.ID{id}, c.Merged...)
}

// Same reads which ids are one person: the contact that an id means first, then all that it absorbed.
func (db *DB) Same(ctx context.Context, id bots.ID) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) ([]bots.ID, error) { return t.Same(id), nil })
}

func encodeMerge(b []byte, m *bots.Merge) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, m.Kept)
		e.time(2, m.At)
		e.str(3, m.By)
		e.id(4, m.After)
		for _, id := range m.Ended {
			e.msg(5, func(e *encoder) { e.id(1, id) })
		}
		for i, c := range []*bots.Contact{&m.KeptWas, &m.AbsorbedWas, &m.Became} {
			e.bytes(6+protowire.Number(i), encodeContact(nil, c))
		}
		for i, c := range []*bots.Conversation{&m.KeptTalkWas, &m.AbsorbedTalkWas, &m.BecameTalk} {
			if *c != (bots.Conversation{}) {
				e.bytes(9+protowire.Number(i), encodeHead(nil, c))
			}
		}
	})
}

func decodeMerge(absorbed bots.ID, b []byte) (bots.Merge, error) {
	m := bots.Merge{Absorbed: absorbed}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			m.Kept = f.id()
		case 2:
			m.At = f.time()
		case 3:
			m.By = f.str()
		case 4:
			m.After = f.id()
		case 5:
			m.Ended = append(m.Ended, decodeEnded(f))
		case 6:
			f.contact(m.Kept, &m.KeptWas)
		case 7:
			f.contact(absorbed, &m.AbsorbedWas)
		case 8:
			f.contact(m.Kept, &m.Became)
		case 9:
			f.head(m.Kept, &m.KeptTalkWas)
		case 10:
			f.head(absorbed, &m.AbsorbedTalkWas)
		case 11:
			f.head(m.Kept, &m.BecameTalk)
		}
	})
	return m, err
}

func (f *fields) contact(id bots.ID, to *bots.Contact) {
	c, err := decodeContact(id, f.bytes())
	if *to = *c; err != nil {
		f.err = err
	}
}

func (f *fields) head(id bots.ID, to *bots.Conversation) {
	c, err := decodeHead(id, f.bytes())
	if *to = c; err != nil {
		f.err = err
	}
}

// PutMerge keeps a merge.
func (t *tx) PutMerge(m bots.Merge) {
	t.putOf(m.Kept, tRecord, mergeKey(m.Absorbed), encodeMerge(nil, &m), func() []byte { return bareMerge(&m) })
	if string(t.get(tRecord, intoKey(m.Absorbed))) != string(idKey(nil, m.Kept)) {
		t.set.put(tRecord, intoKey(m.Absorbed), idKey(nil, m.Kept))
		t.mergesChange()
	}
}

// DropMerge forgets a merge.
func (t *tx) DropMerge(absorbed bots.ID) {
	t.set.delete(tRecord, mergeKey(absorbed))
	t.set.delete(tRecord, intoKey(absorbed))
	t.mergesChange()
}

func (t *tx) mergesChange() {
	t.set.put(tRecord, name(mergesChanged), idKey([]byte{1}, t.NewID())) // a number that nothing else has
	t.into = nil
	t.db.merged.Store(true)
}

// Merge is how a contact was absorbed, if it is.
func (t *tx) Merge(absorbed bots.ID) (bots.Merge, bool) {
	if t.absorbed()[absorbed] == 0 {
		return bots.Merge{}, false
	}
	b := t.get(tRecord, mergeKey(absorbed))
	if b == nil {
		return bots.Merge{}, false
	}
	m, err := decodeMerge(absorbed, b)
	must(tRecord, mergeKey(absorbed), err)
	return m, true
}
