package store

import (
	"bytes"

	"kaskad/bots"
	"kaskad/fallback"
)

// erasingKind is the kind of record that keeps what the steps of an erase need to know, until the last one.
const erasingKind = "erasing"

func erasingKey(contact bots.ID) []byte { return idKey(name(erasingKind), contact) }

func encodeErasing(b []byte, g *fallback.Erasing) []byte {
	return encode(b, func(e *encoder) {
		for _, n := range g.Names {
			e.msg(1, func(e *encoder) {
				e.str(1, n.Kind)
				e.str(2, n.Value)
			})
		}
		e.id(2, g.Message)
		e.id(3, g.Delivery)
		e.id(4, g.Post)
		e.id(5, g.Room)
		e.uint(6, uint64(g.Stage))
		e.bool(15, true)
	})
}

func decodeErasing(contact bots.ID, b []byte) (fallback.Erasing, error) {
	g := fallback.Erasing{Contact: contact}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			var n bots.Ref
			f.nested(func(f *fields) {
				switch f.num {
				case 1:
					n.Kind = f.str()
				case 2:
					n.Value = f.str()
				}
			})
			g.Names = append(g.Names, n)
		case 2:
			g.Message = f.id()
		case 3:
			g.Delivery = f.id()
		case 4:
			g.Post = f.id()
		case 5:
			g.Room = f.id()
		case 6:
			g.Stage = fallback.EraseStage(f.small(uint64(fallback.EraseOver)))
		}
	})
	return g, err
}

// PutErasing keeps what the steps of an erase need to know; the end of it is that nothing is kept.
func (t *tx) PutErasing(g fallback.Erasing) {
	if g.Stage == fallback.EraseOver {
		t.set.delete(tRecord, erasingKey(g.Contact))
		return
	}
	t.putOf(0, tRecord, erasingKey(g.Contact), encodeErasing(nil, &g), nothing)
}

// Erasing is what the next step of an erase needs to know.
func (t *tx) Erasing(contact bots.ID) (fallback.Erasing, bool) {
	key := erasingKey(contact)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Erasing{}, false
	}
	g, err := decodeErasing(contact, b)
	must(tRecord, key, err)
	return g, true
}

// DropContact takes a person away, with all that is kept under the person's id alone.
func (t *tx) DropContact(id bots.ID) {
	c := t.Contact(id)
	if c == nil {
		return
	}
	t.reindex(tPlace, t.db.naming.places(c), nil)
	t.reindex(tNewest, t.db.naming.newest(c), nil)
	for _, prefix := range [][]byte{saidPrefix(id), idKey(name(cameKind), id)} {
		for _, e := range t.all(tRecord, prefix) {
			t.set.delete(tRecord, bytes.Clone(e.key))
		}
	}
	if t.nameless(id) {
		t.dropNames(id)
	}
	key := idKey(nil, id)
	if old := t.get(tHead, key); old != nil {
		t.moveTalk(key, old, &bots.Conversation{})
		t.set.delete(tHead, key)
	}
	t.set.delete(tContact, key)
}

// DropWord forgets the last word said through a number.
func (t *tx) DropWord(number string) { t.set.delete(tRecord, t.db.naming.wordKey(number)) }

// ReplaceMessage writes a message anew without touching an index.
func (t *tx) ReplaceMessage(m *bots.Message) {
	t.putMessage(m)
	if t.db.opt.Keys == nil {
		return
	}
	if s := t.MessageState(m.ID); s != (bots.MessageState{}) {
		t.putState(m.ID, &s) // under the key that seals the message from now on: a post is taken back by its channel's id when its customer's key is gone
	}
}

// ReplacePlan writes the unchanging part of a delivery anew without touching an index.
func (t *tx) ReplacePlan(p *fallback.Plan) {
	t.putPlan(p)
}

// EmptyAttempts empties the attempts of a message.
func (t *tx) EmptyAttempts(message bots.ID) {
	for _, a := range t.attempts(message) {
		kept := fallback.EmptiedAttempt(a.Attempt)
		if a.Result == nil {
			t.PutAttempt(&kept)
		} else {
			t.PutAttemptResult(&kept, fallback.EmptiedResult(*a.Result))
		}
	}
}

// MessagesOf walks the messages with a contact, newest first, from those below an id.
func (t *tx) MessagesOf(contact, below bots.ID, f func(id bots.ID) bool) {
	var group [8]byte
	t.walk(tTalk, idKey(group[:0], contact), func(key, _ []byte) bool {
		id := lastID(key)
		return below != 0 && id >= below || f(id)
	})
}
