package search

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// ErrCursor is a cursor that this list has not given.
var ErrCursor = errors.New("the cursor is not of this list; begin without one")

const (
	maxRows  = 5000 // that one page may look at
	chunk    = 250  // of them at a time
	patience = 5 * time.Second
)

// Hit is a message in which something was found.
type Hit struct {
	Message *bots.Message
	Snippet string // the words around what was found, as they stand now
	Talk    bots.Conversation
	Now     time.Time // of the store, when it was read
}

// People finds people, the newest first. A page may be short, or empty, and still have a next one. keep, if there is one, chooses.
func (x *Index) People(ctx context.Context, words, cursor string, limit int, keep func(*bots.Contact) bool) ([]*bots.Contact, string, error) {
	var found []*bots.Contact
	next, err := x.find(ctx, words, cursor, finding{from: findPeople, take: func(v fallback.View, q *query, row text) (full bool) {
		t, c := person(v, row.id)
		if c == nil || !q.in(t.text) {
			x.gone(row)
		} else if keep == nil || keep(c) {
			found = append(found, c)
		}
		return len(found) >= limit
	}})
	return found, next, err
}

// Talks finds conversations by their messages, the newest message first; each conversation once, with the newest of its messages that
// fits. A page may be short, or empty, and still have a next one. keep, if there is one, chooses.
func (x *Index) Talks(ctx context.Context, words, cursor string, limit int, keep func(*Hit) bool) ([]Hit, string, error) {
	var found []Hit
	earlier := map[bots.ID]bool{} // rows whose conversation has a newer one that fits
	shown := map[bots.ID]bool{}   // a conversation of several contacts has rows under each
	look := func(ctx context.Context, f *file, q *query, rows []text) error {
		for _, row := range rows {
			newer, err := f.newer(ctx, q, row)
			if err != nil {
				return err
			}
			earlier[row.id] = newer
		}
		return nil
	}
	next, err := x.find(ctx, words, cursor, finding{from: findMessages, look: look, take: func(v fallback.View, q *query, row text) (full bool) {
		t, m, now := said(v, row.id)
		if m == nil || !q.in(t.text) {
			x.gone(row)
			return false
		}
		hit := Hit{Message: m, Talk: v.Conversation(m.Contact), Now: v.Now()}
		hit.Talk.Contact = m.Contact
		if !earlier[row.id] && !shown[m.Contact] && (keep == nil || keep(&hit)) {
			shown[m.Contact] = true
			hit.Snippet = snippet(now, q.needles())
			found = append(found, hit)
		}
		return len(found) >= limit
	}})
	return found, next, err
}

// finding is one kind of search. look sees rows that fit before take does, outside of any view of the store.
type finding struct {
	from string // the query: what fits, and the id below which it has to be
	look func(ctx context.Context, f *file, q *query, rows []text) error
	take func(v fallback.View, q *query, row text) (full bool)
}

// The joins are written so that the index is asked first, from its end.
const (
	findPeople = `SELECT i.rowid, 0, t.text FROM people_index i CROSS JOIN people t ON t.id = i.rowid
		WHERE people_index MATCH ?1 AND i.rowid < ?2 ORDER BY i.rowid DESC LIMIT ?3`
	findMessages = `SELECT i.rowid, t.contact, t.text FROM messages_index i CROSS JOIN messages t ON t.id = i.rowid
		WHERE messages_index MATCH ?1 AND i.rowid < ?2 ORDER BY i.rowid DESC LIMIT ?3`
)

// find asks the index piece by piece until enough was taken, or enough rows were looked at.
func (x *Index) find(ctx context.Context, words, cursor string, how finding) (next string, err error) {
	q, err := read(words, x.Country)
	if err != nil {
		return "", err
	}
	before, err := parseCursor(cursor)
	if err != nil {
		return "", err
	}
	f, err := x.ready(ctx)
	if err != nil {
		return "", err
	}
	all := ctx
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for looked := 0; looked < maxRows; looked += chunk {
		rows, err := f.rows(ctx, how.from, q.match(), before)
		if err != nil {
			return "", x.trouble(all, err)
		}
		full, err := x.piece(ctx, f, q, rows, how)
		switch {
		case err != nil:
			return "", x.trouble(all, err)
		case full != 0:
			return showCursor(full), nil
		case len(rows) < chunk:
			return "", nil
		}
		before = rows[len(rows)-1].id
	}
	return showCursor(before), nil
}

// piece lets what fits among some rows be taken; full is the row with which there was enough, or 0.
func (x *Index) piece(ctx context.Context, f *file, q *query, rows []text, how finding) (full bots.ID, err error) {
	var fitting []text
	for _, row := range rows {
		if q.in(row.text) {
			fitting = append(fitting, row)
		}
	}
	if how.look != nil {
		if err := how.look(ctx, f, q, fitting); err != nil {
			return 0, err
		}
	}
	err = x.Store.Read(ctx, func(v fallback.View) error {
		for _, row := range fitting {
			if how.take(v, q, row) {
				full = row.id
				return nil
			}
		}
		return nil
	})
	return full, err
}

// rows are the texts that have all triples of letters of a query.
func (f *file) rows(ctx context.Context, query, match string, before bots.ID) ([]text, error) {
	rows, err := f.read.QueryContext(ctx, query, match, int64(before), chunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []text
	for rows.Next() {
		var id, contact int64
		var t text
		if err := rows.Scan(&id, &contact, &t.text); err != nil {
			return nil, err
		}
		t.id, t.contact = bots.ID(id), bots.ID(contact)
		all = append(all, t)
	}
	return all, rows.Err()
}

// maxNewer is how many newer messages of a conversation are looked at. One that is longer may be found a second time.
const maxNewer = 1000

// newer reports whether the conversation of a message has a newer one that fits.
func (f *file) newer(ctx context.Context, q *query, row text) (bool, error) {
	const query = "SELECT text FROM messages WHERE contact = ? AND id > ? ORDER BY id LIMIT ?"
	rows, err := f.read.QueryContext(ctx, query, int64(row.contact), int64(row.id), maxNewer)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var words string
		if err := rows.Scan(&words); err != nil {
			return false, err
		}
		if q.in(words) {
			return true, nil
		}
	}
	return false, rows.Err()
}

// gone notes that the store has another text, or none, under an id.
func (x *Index) gone(row text) {
	select {
	case x.stale <- text{id: row.id, contact: row.contact}:
	default: // the sweep meets it
	}
}

// trouble is what a search that failed is answered with. A damaged file is made anew.
func (x *Index) trouble(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case damaged(err):
		x.Log.Warn("search.db is damaged: it is made anew from the store; look at the disk", "err", err)
		x.Rebuild()
	case errors.Is(err, context.DeadlineExceeded), interrupted(err):
		return &NotReady{Status{State: Broken, Why: fmt.Sprintf("the search took longer than %s: look for more letters", patience)}}
	default:
		x.Log.Warn("a search failed", "err", err)
	}
	return &NotReady{Status{State: Broken, Why: "the index cannot be read now; the log says why"}}
}

func showCursor(id bots.ID) string { return base64.RawURLEncoding.EncodeToString(id.Bytes()) }

// parseCursor is the id below which a list goes on.
func parseCursor(s string) (bots.ID, error) {
	if s == "" {
		return 1<<63 - 1, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 8 || b[0]&0x80 != 0 {
		return 0, ErrCursor
	}
	return bots.IDFromBytes(b), nil
}
