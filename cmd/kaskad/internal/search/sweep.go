package search

import (
	"context"
	"database/sql"
	"fmt"

	"kaskad/bots"
)

// The sweep goes round over all texts of the file, slowly, and looks whether the store still has them: what it dropped without a
// change goes here, too, though nobody ever searches for it.
type sweep struct{ person, message bots.ID }

// swept is how many of each kind are looked at in a second: a million in an hour and a half.
const swept = 200

func (k *keeper) sweepSome(ctx context.Context) error {
	people, err := k.f.after(ctx, "SELECT id FROM people WHERE id > ? ORDER BY id LIMIT ?", &k.sweep.person)
	if err != nil {
		return err
	}
	messages, err := k.f.after(ctx, "SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?", &k.sweep.message)
	if err != nil {
		return err
	}
	if len(people)+len(messages) == 0 {
		return nil
	}
	b, err := k.read(ctx, people, messages)
	if err != nil {
		return err
	}
	return k.apply(ctx, b)
}

// after are the next ids behind a place, which it moves; from the end it goes back to the beginning.
func (f *file) after(ctx context.Context, query string, place *bots.ID) ([]bots.ID, error) {
	rows, err := f.conn.QueryContext(ctx, query, int64(*place), swept)
	if err != nil {
		return nil, fmt.Errorf("search.db: %w", err)
	}
	ids, err := scanIDs(rows)
	*place = 0
	if len(ids) == swept {
		*place = ids[len(ids)-1]
	}
	return ids, err
}

func scanIDs(rows *sql.Rows) ([]bots.ID, error) {
	defer rows.Close()
	var all []bots.ID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("search.db: %w", err)
		}
		all = append(all, bots.ID(id))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("search.db: %w", err)
	}
	return all, nil
}
