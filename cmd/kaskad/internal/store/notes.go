package store

import (
	"context"

	"kaskad/bots"
)

// Note appends a line to the outbox that belongs to no journey.
func (db *DB) Note(ctx context.Context, c bots.Change) error {
	return db.write(ctx, func(t *tx) error {
		t.Change(c)
		return nil
	})
}
