package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// formerKind is the kind of record that keeps at a name which stranger it named before, until the person is erased. Each is written
// together with the contact that has the name, so that whoever reads that first notices one that another operation adds.
const formerKind = "former"

func (n naming) formersAt(ref bots.Ref) []byte {
	return append(name(formerKind), n.name(placeKind(ref.Kind), ref.Value)...)
}

func (n naming) formerKey(ref bots.Ref, stranger bots.ID) []byte {
	return idKey(n.formersAt(ref), stranger)
}

// PutFormer remembers at a name which stranger it named before.
func (t *tx) PutFormer(ref bots.Ref, stranger bots.ID) {
	t.set.put(tRecord, t.db.naming.formerKey(ref, stranger), wrapped(nil))
}

// DropFormer forgets it.
func (t *tx) DropFormer(ref bots.Ref, stranger bots.ID) {
	t.set.delete(tRecord, t.db.naming.formerKey(ref, stranger))
}

// OnePerson reads all contacts that are one person with an id; nobody: there is no such contact.
func (db *DB) OnePerson(ctx context.Context, id bots.ID) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) ([]bots.ID, error) { return fallback.OnePerson(t, id), nil })
}

// Formers are the strangers that a name named before.
func (t *tx) Formers(ref bots.Ref) (all []bots.ID) {
	at := t.db.naming.formersAt(ref)
	for _, e := range t.all(tRecord, at) {
		if len(e.key) == len(at)+8 {
			all = append(all, lastID(e.key))
		}
	}
	return all
}
