package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/fallback"
)

// What people said, and who they are, is sealed in a file that was made with keys (Options.Keys): each record with the key of its person.
// Beside the sealed record stands what an erase would leave of it (bare): ids, times, counts. Once the key is forgotten, here and in every
// copy of the file, that is what the record is.
//
// Sealed are contacts, messages and what became of them, plans and where they stand when a channel said why, attempts, statements, merges, and heads of conversations that have words of
// the person's; with the file's own key quarantine, and the names that the steps of an erase know. In indexes the names of people, chats and
// messages are keyed hashes (naming). Not sealed are proofs that wait for their message (48 hours), links, the audit, lines of the outbox, and
// what is of no person.
//
// A sealed value is: mark, slot of the key, length of bare, bare, the sealed record. The table and the key of the entry are sealed with it:
// a record that was moved to another place cannot be opened there.
//
// Which key is whose stands in records "sealed" (contact → slot), written by the writer together with the first record that is sealed with
// it. With the contact it goes to "unsealed", until the erase has come to its end and ForgetKeys takes the key away: what is left to be
// emptied has to be read until then.

var sealedMark = []byte{0, 0xff, 's', 1} // no record begins so: no field has the number 0

const (
	slotKind  = "sealed"   // contact → its slot
	spentKind = "unsealed" // contact, slot → nothing: to be forgotten
)

func slotKey(contact bots.ID) []byte { return idKey(name(slotKind), contact) }

func spentKey(contact bots.ID, s keyring.Slot) []byte {
	return binary.BigEndian.AppendUint64(idKey(name(spentKind), contact), uint64(s))
}

// keyKeys names in meta the keys that the file was made with, and keyMade how many slots they had when the last one was taken that is not below
// an earlier count: keys with fewer are an older copy, which would give numbers away again that stand here.
var (
	keyKeys = []byte("keys")
	keyMade = []byte("keys_made")
)

// Errors of a file that was made with keys, or without.
var (
	ErrSealed   = errors.New("what it holds of people is sealed: [encryption] key has to be the one it was made with")
	ErrUnsealed = errors.New("it was made without [encryption], which is chosen on the first day: take the section out, or begin with an empty data_dir")
	ErrKeys     = errors.New("the file of keys is another store's: put its own back, the newest copy there is")
	ErrOldKeys  = errors.New("the file of keys is older than it, and lacks those of people who came since: put a newer copy of the keys back, or else restore a backup that was made before that copy")
)

// forgotKey is how many keys were forgotten when that was last noted: keys with fewer are an older copy, which opens what was erased; with more, this
// file is one.
func forgotKey() []byte { return name("keys_forgot") }

// noteForgot keeps how many keys are forgotten now.
func (t *tx) noteForgot() {
	t.set.put(tRecord, forgotKey(), numberKey(t.db.opt.Keys.Lost()))
}

// BehindKeys reports whether keys were forgotten that this file knows nothing of: it is older than the keys, or a crash came between the two.
func (db *DB) BehindKeys(ctx context.Context) (bool, error) {
	if db.opt.Keys == nil {
		return false, nil
	}
	return view(ctx, db, func(t *tx) (bool, error) { return keyNumber(t.get(tRecord, forgotKey())) < db.opt.Keys.Lost(), nil })
}

// CaughtUpWithKeys says that of everybody whose key was forgotten until now nothing is left here.
func (db *DB) CaughtUpWithKeys(ctx context.Context) error {
	return db.write(ctx, func(t *tx) error { t.noteForgot(); return nil })
}

// rightKeys refuses a file that was made with other keys, before anything of it is read; a new file is bound to the keys.
func (db *DB) rightKeys() error {
	var have []byte
	var made keyring.Slot
	var forgot uint64
	fresh := false
	err := db.bolt.View(func(btx *bolt.Tx) error {
		meta := btx.Bucket(metaBucket)
		if fresh = meta.Get(keyLastID) == nil; !fresh || meta.Get(keyKeys) != nil {
			have = bytes.Clone(meta.Get(keyKeys))
		}
		made, _ = readSlot(meta.Get(keyMade))
		forgot = keyNumber(btx.Bucket([]byte(layouts[tRecord].bucket)).Get(forgotKey()))
		return nil
	})
	switch keys := db.opt.Keys; {
	case err != nil:
		return err
	case keys == nil && have == nil:
		return nil
	case keys == nil:
		return ErrSealed
	case have == nil && !fresh:
		return ErrUnsealed
	case have == nil:
		return db.bolt.Update(func(btx *bolt.Tx) error { return btx.Bucket(metaBucket).Put(keyKeys, keys.ID()) })
	case !bytes.Equal(have, keys.ID()):
		return ErrKeys
	case keys.Made() < made || keys.Lost() < forgot:
		return ErrOldKeys
	}
	return nil
}

// aboutEntry is what a record is sealed with besides itself.
func aboutEntry(t table, key []byte) []byte { return append([]byte{byte(t)}, key...) }

// seal is a put's value as it is written. needKeys has found its person a key; who is erased in the same commit may get none any more, and the
// file's own will do for what the erase takes away.
func (w *batch) seal(t table, key, val, bare []byte, owner bots.ID) []byte {
	if w.db.opt.Keys == nil || bare == nil {
		return val
	}
	k, err := w.keyOf(owner)
	if err != nil {
		k = w.db.opt.Keys.Own()
	}
	b := make([]byte, 0, len(sealedMark)+2*binary.MaxVarintLen64+len(bare)+len(val)+keyring.Overhead)
	b = binary.AppendUvarint(append(b, sealedMark...), uint64(k.Slot))
	b = append(binary.AppendUvarint(b, uint64(len(bare))), bare...)
	return k.Seal(b, aboutEntry(t, key), val)
}

// needKeys makes sure that everybody whose records a set has has a key, before anything of the set is put: a full disk is the operation's error
// then, and not the end of the store.
func (w *batch) needKeys(set *writeSet) error {
	if w.db.opt.Keys == nil {
		return nil
	}
	for i := range set.puts {
		if p := &set.puts[i]; p.bare != nil {
			if _, err := w.keyOf(p.owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyOf is the key of a person; one who has none gets one.
func (w *batch) keyOf(owner bots.ID) (k keyring.Key, err error) {
	if owner == 0 {
		return w.db.opt.Keys.Own(), nil
	}
	if k, known := w.keys[owner]; known {
		return k, nil
	}
	s, known := readSlot(w.bucket(tRecord).Get(slotKey(owner)))
	if known {
		k, err = w.db.opt.Keys.Key(s)
	}
	if !known || errors.Is(err, keyring.ErrForgotten) { // in a copy that was put back: whoever is written to anew has another key
		k, err = w.newKey(owner)
	}
	if err != nil {
		return k, err
	}
	if w.keys == nil {
		w.keys = map[bots.ID]keyring.Key{}
	}
	w.keys[owner] = k
	return k, nil
}

func (w *batch) newKey(owner bots.ID) (k keyring.Key, err error) {
	s, err := w.db.opt.Keys.Next()
	if err != nil {
		return k, err
	}
	if k, err = w.db.opt.Keys.Key(s); err != nil {
		return k, err
	}
	w.wrote = true
	return k, errors.Join(w.noteMade(), w.bucket(tRecord).Put(slotKey(owner), numberKey(uint64(s))))
}

// noteMade keeps how many slots the keys have, in the commit that names the first of those that are new.
func (w *batch) noteMade() error {
	meta, made := w.btx.Bucket(metaBucket), w.db.opt.Keys.Made()
	if noted, _ := readSlot(meta.Get(keyMade)); noted >= made {
		return nil
	}
	return meta.Put(keyMade, numberKey(uint64(made)))
}

func readSlot(b []byte) (keyring.Slot, bool) { return keyring.Slot(keyNumber(b)), len(b) == 8 }

// retire takes the key from a person who is erased. It is kept until ForgetKeys.
func (w *batch) retire(contact bots.ID) error {
	if w.db.opt.Keys == nil {
		return nil
	}
	delete(w.keys, contact)
	s, has := readSlot(w.bucket(tRecord).Get(slotKey(contact)))
	if !has {
		return nil
	}
	return errors.Join(w.bucket(tRecord).Delete(slotKey(contact)), w.bucket(tRecord).Put(spentKey(contact, s), []byte{1}))
}

// retires are the puts with which a person's key goes: the contact's end, and that of the steps after it, for what came meanwhile.
func (w *batch) retires(p *put) error {
	switch {
	case !p.del:
	case p.table == tContact:
		return w.retire(lastID(p.key))
	case p.table == tRecord && len(p.key) == len(erasingKey(0)) && bytes.HasPrefix(p.key, name(erasingKind)):
		return w.retire(lastID(p.key))
	}
	return nil
}

// unseal is a value as it was before it was sealed; of one whose key was forgotten, what an erase leaves.
func (db *DB) unseal(t table, key, val []byte) []byte {
	full, _ := db.unsealed(t, key, val)
	return full
}

// unsealed tells also whether the key was forgotten.
func (db *DB) unsealed(t table, key, val []byte) (full []byte, forgotten bool) {
	if len(val) < len(sealedMark) || val[0] != 0 || !bytes.HasPrefix(val, sealedMark) {
		return val, false
	}
	slot, used := binary.Uvarint(val[len(sealedMark):])
	bare, sealed, ok := sized(val[len(sealedMark)+max(used, 0):])
	if used <= 0 || !ok {
		must(t, key, errMalformed)
	}
	if db.opt.Keys == nil {
		must(t, key, ErrSealed)
	}
	full, err := db.opt.Keys.Open(keyring.Slot(slot), aboutEntry(t, key), sealed)
	if errors.Is(err, keyring.ErrForgotten) {
		return bare, true
	}
	must(t, key, err)
	return full, false
}

// ForgetKeys makes unreadable what there is of people who were erased, here and in every copy. It says of how many it did. The copy of the
// keys is brought to the same by copied, which may be nil; whose keys may still be in it are remembered until it has been, for the next call.
func (db *DB) ForgetKeys(ctx context.Context, copied func() error) (int, error) {
	if db.opt.Keys == nil {
		return 0, nil
	}
	type spent struct {
		key  []byte
		slot keyring.Slot
	}
	all, err := view(ctx, db, func(t *tx) (all []spent, err error) {
		prefix := name(spentKind)
		t.records(prefix, prefix, func(k, _ []byte) bool {
			if len(k) == len(prefix)+16 {
				if _, left := t.Erasing(bots.IDFromBytes(k[len(prefix):])); !left {
					all = append(all, spent{slices.Clone(k), keyring.Slot(lastID(k))})
				}
			}
			return ctx.Err() == nil
		})
		return all, ctx.Err()
	})
	if err != nil || len(all) == 0 {
		return 0, err
	}
	slots := make([]keyring.Slot, len(all))
	for i, s := range all {
		slots[i] = s.slot
	}
	if err := db.opt.Keys.Forget(slots...); err != nil {
		return 0, fmt.Errorf("keys of people who were erased: %w", err)
	}
	if copied != nil {
		if err := copied(); err != nil {
			return 0, err
		}
	}
	for some := range slices.Chunk(all, deletes) {
		if err := db.write(ctx, func(t *tx) error {
			for _, s := range some {
				t.set.delete(tRecord, s.key)
			}
			t.noteForgot()
			return nil
		}); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// Nameless are the contacts whose keys were forgotten after this copy of the store was made: they were erased since, and nothing but ids,
// times and indexes is left of them here. Whoever puts a copy back erases them again.
func (db *DB) Nameless(ctx context.Context) ([]bots.ID, error) {
	if db.opt.Keys == nil {
		return nil, nil
	}
	return view(ctx, db, func(t *tx) (all []bots.ID, err error) {
		c := t.bucket(tContact).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			if _, forgotten := db.unsealed(tContact, k, v); forgotten {
				all = append(all, lastID(k))
			}
		}
		return all, ctx.Err()
	})
}

// putOf adds an entry that is of a person; 0: of nobody. bare is what an erase would leave of it; nil, or the same: there is nothing to seal.
func (t *tx) putOf(owner bots.ID, of table, key, val []byte, bare func() []byte) {
	p := put{table: of, key: key, val: val}
	if t.db.opt.Keys != nil {
		if p.bare = bare(); bytes.Equal(p.bare, val) {
			p.bare = nil
		}
		p.owner = owner
	}
	t.set.set(p)
}

// nothing is left of what is of nobody: the file's own key is never forgotten.
func nothing() []byte { return []byte{} }

// naming makes the part of a key that names a person, a chat or a message: as the name is, or in a sealed file as its keyed hash. Whoever has
// the file can neither read the name nor try all phones.
type naming struct{ secret []byte }

func (n naming) name(parts ...string) []byte {
	if n.secret == nil {
		return name(parts...)
	}
	h := hmac.New(sha256.New, n.secret)
	h.Write(joined(parts...))
	return h.Sum(nil)[:16:16]
}

// loadNaming reads the secret of a sealed file's names.
func (db *DB) loadNaming() (err error) {
	if db.opt.Keys != nil {
		db.naming.secret, err = db.opt.Keys.Secret("names")
	}
	return err
}

// nameless reports whether nothing but ids and times is left of a contact, because its key was forgotten.
func (t *tx) nameless(id bots.ID) bool {
	if t.db.opt.Keys == nil || t.set != nil && t.set.find(tContact, idKey(nil, id)) != nil {
		return false
	}
	key := idKey(nil, id)
	_, forgotten := t.db.unsealed(tContact, key, t.bucket(tContact).Get(key))
	return forgotten
}

// dropNames takes a contact out of the indexes that find people. Its own record cannot tell where it stands, so that they are read whole.
func (t *tx) dropNames(id bots.ID) {
	for _, of := range []table{tPlace, tNewest} {
		c := t.bucket(of).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if lastID(k) == id {
				t.read(of, of.group(k))
				t.set.delete(of, slices.Clone(k))
			}
		}
	}
}

// What an erase would leave of a record. Nil: nothing in it is to be sealed.

func bareMessage(m *bots.Message) []byte {
	left := fallback.Emptied(m)
	left.Contact, left.Under = m.Contact, m.Under
	return encodeMessage(nil, left)
}

func barePlan(p *fallback.Plan) []byte {
	left := fallback.EmptiedPlan(p)
	left.Under = p.Under
	return encodePlan(nil, left)
}

func bareContact(c *bots.Contact) []byte {
	return encodeContact(nil, &bots.Contact{Locale: c.Locale, Zone: c.Zone, Created: c.Created, Updated: c.Updated, Into: c.Into, Merged: c.Merged, Said: c.Said})
}

func bareHead(c *bots.Conversation) []byte {
	left := *c
	left.Bot.Claim, left.Bot.Choices = bots.Claim{}, ""
	return encodeHead(nil, &left)
}

func bareAttempt(a *fallback.Attempt, res *fallback.Result) []byte {
	left := fallback.EmptiedAttempt(*a)
	if res == nil {
		return encodeAttempt(nil, &left, nil)
	}
	emptied := fallback.EmptiedResult(*res)
	return encodeAttempt(nil, &left, &emptied)
}

// ownerOfPlan is whose key seals a delivery: its person's. A post in the staff's room is the customer's it is about, as long as there is one:
// with the customer's key the words go that staff read.
func (t *tx) ownerOfPlan(p *fallback.Plan) bots.ID {
	if t.db.opt.Keys == nil {
		return 0
	}
	if p.Post {
		if post, ok := fallback.PostOf(&fallback.Delivery{Plan: *p}); ok && post.Contact != 0 && t.contact(post.Contact) != nil {
			return post.Contact
		}
	}
	return standing(p.Contact, p.Under)
}

// ownerOf is the same of a delivery that is written; 0: it is not there.
func (t *tx) ownerOf(delivery bots.ID) bots.ID {
	b := t.record(tPlan, delivery)
	if b == nil {
		return 0
	}
	p := fallback.Plan{ID: delivery}
	mustRecord(tPlan, delivery, decodePlan(b, &p))
	return t.ownerOfPlan(&p)
}

// ownerOfMessage is whose key seals a message. A post that was emptied has a place in the room, by which it can be taken back, and nothing else:
// that has to be read after its customer's key is gone.
func (t *tx) ownerOfMessage(m *bots.Message) bots.ID {
	if t.db.opt.Keys != nil && !m.In && m.Delivery != 0 && m.Text != "" {
		if owner := t.ownerOf(m.Delivery); owner != 0 {
			return owner
		}
	}
	return standing(m.Contact, m.Under)
}

func bareStatus(d *fallback.Delivery) []byte {
	left := fallback.EmptiedStatus(d.Status)
	return encodeStatus(nil, d.ID, &left)
}

func bareState(id bots.ID, s *bots.MessageState) []byte {
	left := fallback.EmptiedState(*s)
	return encodeState(nil, id, &left)
}

// writtenTo is whose a message is; 0: it is not there.
func (t *tx) writtenTo(message bots.ID) bots.ID {
	b := t.record(tMessage, message)
	if b == nil {
		return 0
	}
	m, err := decodeMessage(message, b)
	mustRecord(tMessage, message, err)
	return t.ownerOfMessage(m)
}

func bareStatement(s *bots.Statement) []byte {
	return encodeStatement(nil, &bots.Statement{Number: s.Number, Kept: s.Kept, About: s.About, Was: s.Was, Scene: bots.Scene{Channel: s.Channel, Message: s.Message, Delivery: s.Delivery, Via: s.Via}, Times: s.Times, Last: s.Last})
}

func bareMerge(m *bots.Merge) []byte {
	return encodeMerge(nil, &bots.Merge{Kept: m.Kept, Absorbed: m.Absorbed, At: m.At, By: m.By, After: m.After, Ended: m.Ended})
}
