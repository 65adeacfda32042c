package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// LinksOf are the one-time links of a person.
func (db *DB) LinksOf(ctx context.Context, contact bots.ID) ([]fallback.Link, error) {
	return db.linksOf(ctx, func(id bots.ID) bool { return id == contact })
}

func (db *DB) linksOf(ctx context.Context, are func(bots.ID) bool) ([]fallback.Link, error) {
	return view(ctx, db, func(t *tx) (all []fallback.Link, err error) {
		c := t.bucket(tLink).Cursor()
		for k, v := c.First(); k != nil && ctx.Err() == nil; k, v = c.Next() {
			l, err := decodeLink(v)
			must(tLink, k, err)
			if are(l.Contact) {
				all = append(all, l)
			}
		}
		return all, ctx.Err()
	})
}

// CameOf is how far a person came, by source.
func (db *DB) CameOf(ctx context.Context, contact bots.ID) (map[string]fallback.Came, error) {
	return view(ctx, db, func(t *tx) (map[string]fallback.Came, error) {
		all, prefix := map[string]fallback.Came{}, cameKey(contact, "")
		t.records(prefix, prefix, func(key, _ []byte) bool {
			source := string(key[len(prefix):])
			all[source] = t.Came(contact, source)
			return true
		})
		return all, nil
	})
}
