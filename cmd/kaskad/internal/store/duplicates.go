package store

import (
	"context"

	"kaskad/bots"
)

// notSameKind is the kind of records that say of two contacts that they are two people.
const notSameKind = "not same"

func notSameKey(a, b bots.ID) []byte { return idKey(idKey(name(notSameKind), min(a, b)), max(a, b)) }

// NotSame reports whether somebody said that two contacts are two people.
func (db *DB) NotSame(ctx context.Context, a, b bots.ID) (bool, error) {
	return view(ctx, db, func(t *tx) (bool, error) { return t.get(tRecord, notSameKey(a, b)) != nil, nil })
}

// PutNotSame remembers that two contacts are two people, and who said so.
func (db *DB) PutNotSame(ctx context.Context, a, b bots.ID, by string) error {
	return db.write(ctx, func(t *tx) error {
		t.set.put(tRecord, notSameKey(a, b), wrapped([]byte(by)))
		return nil
	})
}

// Owners reads who has a name, or claims it: at most so many.
func (db *DB) Owners(ctx context.Context, ref bots.Ref, most int) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) ([]bots.ID, error) {
		if ref.Kind == "id" || ref.Value == "" {
			return nil, nil
		}
		return t.firstOwners(ref, 0, most), nil
	})
}
