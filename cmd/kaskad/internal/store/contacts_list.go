package store

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"kaskad/bots"
)

// ContactFilter says which people are asked for; zero fields ask for all.
type ContactFilter struct {
	Phone string    // E.164: everybody who has it, or claims it
	Since time.Time // made then or later
}

// Contacts reads people, the newest first: that is by id. A page may be short, or empty, and still have a next one.
func (db *DB) Contacts(ctx context.Context, f ContactFilter, cursor string, limit int) (Page[*bots.Contact], error) {
	at, err := parseCursor(cursor)
	if err != nil || at != nil && len(at) != 8 {
		return Page[*bots.Contact]{}, ErrCursor
	}
	return view(ctx, db, func(t *tx) (page Page[*bots.Contact], err error) {
		oldest := db.ids.at(f.Since) // ids are never before their records were made
		rows := 0
		t.people(f.Phone, at, func(id bots.ID) bool {
			if !f.Since.IsZero() && id < oldest {
				return false
			}
			rows++
			if c := t.Contact(id); c != nil && c.ID == id && !c.Created.Before(f.Since) {
				page.Items = append(page.Items, c)
			}
			if len(page.Items) >= limit || rows >= maxRows {
				page.Next = base64.RawURLEncoding.EncodeToString(idKey(nil, id))
				return false
			}
			return true
		})
		return page, nil
	})
}

// people calls f with the ids below a cursor, highest first, until it returns false: everybody's, or the owners' of a phone.
func (t *tx) people(phone string, at []byte, f func(bots.ID) bool) {
	if phone == "" {
		down(t.bucket(tContact).Cursor(), nil, at, func(k, _ []byte) bool { return f(lastID(k)) })
		return
	}
	owners := t.Owners(bots.Ref{Kind: "phone", Value: phone})
	slices.Sort(owners)
	for _, id := range slices.Backward(owners) {
		if (at == nil || id < lastID(at)) && !f(id) {
			return
		}
	}
}
