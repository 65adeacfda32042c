package store

import (
	"context"
	"encoding/binary"

	"kaskad/bots"
)

// saidKind is the kind of records that are the evidence of consents: one for each statement, by contact and number, for as long as the
// contact is kept.
const saidKind = "said"

func saidPrefix(contact bots.ID) []byte { return idKey(name(saidKind), contact) }

func saidKey(contact bots.ID, number int) []byte {
	return binary.BigEndian.AppendUint32(saidPrefix(contact), uint32(number))
}

func encodeStatement(b []byte, s *bots.Statement) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, s.Kept)
		e.str(2, s.About)
		e.msg(3, func(e *encoder) { e.consent(&s.Consent) })
		e.uint(4, uint64(s.Was))
		e.int(5, int64(s.WasLine))
		e.str(6, s.Channel)
		e.str(7, s.Chat.Channel)
		e.str(8, s.Chat.ID)
		e.id(9, s.Message)
		e.id(10, s.Delivery)
		e.str(11, s.Via)
		e.str(12, s.Event)
		e.int(13, int64(s.Times))
		e.time(14, s.Last)
		for _, id := range s.Ended {
			e.msg(15, func(e *encoder) { e.id(1, id) })
		}
		e.int(16, int64(s.More))
		e.int(17, int64(s.Folded))
		e.str(30, s.List)
		e.int(31, int64(s.Row))
		e.id(40, s.With)
	})
}

func decodeStatement(number int, b []byte) (bots.Statement, error) {
	s := bots.Statement{Number: number}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			s.Kept = f.time()
		case 2:
			s.About = f.str()
		case 3:
			f.nested(func(f *fields) { decodeConsent(f, &s.Consent) })
		case 4:
			s.Was = bots.ConsentState(f.small(uint64(bots.Denied)))
		case 5:
			s.WasLine = f.count()
		case 15:
			s.Ended = append(s.Ended, decodeEnded(f))
		case 16:
			s.More = f.count()
		case 17:
			s.Folded = f.count()
		default:
			decodeScene(f, &s)
		}
	})
	return s, err
}

func decodeEnded(f *fields) (id bots.ID) {
	f.nested(func(f *fields) {
		if f.num == 1 {
			id = f.id()
		}
	})
	return id
}

func decodeScene(f *fields, s *bots.Statement) {
	switch f.num {
	case 6:
		s.Channel = f.str()
	case 7:
		s.Chat.Channel = f.str()
	case 8:
		s.Chat.ID = f.str()
	case 9:
		s.Message = f.id()
	case 10:
		s.Delivery = f.id()
	case 11:
		s.Via = f.str()
	case 12:
		s.Event = f.str()
	case 13:
		s.Times = f.count()
	case 14:
		s.Last = f.time()
	case 30:
		s.List = f.str()
	case 31:
		s.Row = f.count()
	case 40:
		s.With = f.id()
	}
}

// PutStatement writes a line of evidence.
func (t *tx) PutStatement(contact bots.ID, s bots.Statement) {
	t.putOf(contact, tRecord, saidKey(contact, s.Number), encodeStatement(nil, &s), func() []byte { return bareStatement(&s) })
}

// DropStatement forgets a line that made room.
func (t *tx) DropStatement(contact bots.ID, number int) {
	t.set.delete(tRecord, saidKey(contact, number))
}

// Statements are the lines of evidence of a contact's consents, oldest first. Each is written together with its contact, so that whoever
// reads the contact first notices a line that another operation adds.
func (t *tx) Statements(contact bots.ID) (all []bots.Statement) {
	for _, e := range t.all(tRecord, saidPrefix(contact)) {
		s, err := decodeStatement(int(binary.BigEndian.Uint32(e.key[len(e.key)-4:])), e.val)
		must(tRecord, e.key, err)
		all = append(all, s)
	}
	return all
}

// Statements reads the evidence of a contact's consents, oldest first.
func (db *DB) Statements(ctx context.Context, contact bots.ID) ([]bots.Statement, error) {
	return view(ctx, db, func(t *tx) ([]bots.Statement, error) { return t.Statements(contact), nil })
}
