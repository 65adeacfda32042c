package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// Erase forgets a person: the contact, and all that is under way, in one transaction with a record of the caller's that says so. What
// EraseSome does comes after it.
func (db *DB) Erase(ctx context.Context, contact bots.ID, by, kind string, note Record) (fallback.Erased, error) {
	db.journey()
	return write(ctx, db, func(t *tx) (fallback.Erased, error) {
		e, err := fallback.Erase(t, contact, by)
		if err == nil && kind != "" {
			t.set.put(tRecord, db.Records(kind).key(note.ID), wrapped(note.Data))
		}
		return e, err
	})
}

// Erasings are the people of whom there is something left to erase.
func (db *DB) Erasings(ctx context.Context) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) (all []bots.ID, err error) {
		prefix := name(erasingKind)
		t.records(prefix, prefix, func(key, _ []byte) bool {
			all = append(all, lastID(key))
			return true
		})
		return all, nil
	})
}

// Erasing is what the next step of an erase needs to know; false: nothing is left to do.
func (db *DB) Erasing(ctx context.Context, contact bots.ID) (g fallback.Erasing, left bool, err error) {
	g, err = view(ctx, db, func(t *tx) (g fallback.Erasing, err error) {
		g, left = t.Erasing(contact)
		return g, nil
	})
	return g, left, err
}

// NextErased are the messages that the next step empties: who keeps files of theirs removes those first.
func (db *DB) NextErased(ctx context.Context, contact bots.ID) ([]*bots.Message, error) {
	return view(ctx, db, func(t *tx) (all []*bots.Message, err error) {
		g, left := t.Erasing(contact)
		if !left || g.Stage != fallback.EraseMessages {
			return nil, nil
		}
		n := 0
		t.MessagesOf(contact, g.Message, func(id bots.ID) bool {
			if m := t.Message(id); m != nil && len(m.Media) > 0 {
				all = append(all, m)
			}
			n++
			return n <= fallback.EraseBatch
		})
		return all, nil
	})
}

// EraseSome does one bounded step of an erase; it reports whether there is more to do. A step that was done already does nothing. The last
// one is done only when it is asked for by itself: who keeps something elsewhere needs the names that are gone with it.
func (db *DB) EraseSome(ctx context.Context, contact bots.ID, r *fallback.Rules, w *fallback.World) (more bool, err error) {
	before, left, err := db.Erasing(ctx, contact)
	if err != nil || !left {
		return false, err
	}
	if before.Stage == fallback.EraseRest {
		return db.EraseRest(ctx, []bots.ID{contact})
	}
	g, err := write(ctx, db, func(t *tx) (fallback.Erasing, error) { return fallback.EraseSome(t, contact, r, w) })
	return g.Stage != fallback.EraseOver, err
}
