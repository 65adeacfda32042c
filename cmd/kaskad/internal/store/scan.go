package store

import (
	"context"

	"kaskad/bots"
)

// ContactIDs are the next ids of people after one, in order: for who goes through everybody, piece by piece.
func (db *DB) ContactIDs(ctx context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	return db.idsAfter(ctx, tContact, after, limit)
}

// MessageIDs are the next ids of messages after one, in order.
func (db *DB) MessageIDs(ctx context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	return db.idsAfter(ctx, tMessage, after, limit)
}

func (db *DB) idsAfter(ctx context.Context, of table, after bots.ID, limit int) ([]bots.ID, error) {
	return view(ctx, db, func(t *tx) ([]bots.ID, error) {
		var found []bots.ID
		c := t.bucket(of).Cursor()
		for k, _ := c.Seek(idKey(nil, after+1)); k != nil && len(found) < limit; k, _ = c.Next() {
			found = append(found, bots.IDFromBytes(k))
		}
		return found, nil
	})
}
