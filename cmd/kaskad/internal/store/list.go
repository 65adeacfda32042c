package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// maxRows is how many rows one page of a list may read.
const maxRows = 5000

// ErrCursor is a cursor that this list has not given.
var ErrCursor = errors.New("the cursor is not of this list; begin without one")

// Filter says which deliveries to list. Zero fields do not filter.
type Filter struct {
	Contact  bots.ID
	State    *fallback.State
	Since    time.Time // accepted then or later
	Metadata map[string]string
}

// matches reports whether a delivery is one of those.
func (f *Filter) matches(d *fallback.Delivery) bool {
	if f.Contact != 0 && d.Contact != f.Contact || f.State != nil && d.State != *f.State || d.Created.Before(f.Since) {
		return false
	}
	for k, v := range f.Metadata {
		if have, ok := d.Metadata[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// Page is a part of a list. Next is where it goes on; empty: that was all. A page may be short, or empty, and still have a
// next one: it has read enough rows.
type Page[T any] struct {
	Items []T
	Next  string
}

// List reads deliveries, newest first: newest accepted; with a final state, newest finished; with an open state, latest due.
func (db *DB) List(ctx context.Context, f Filter, cursor string, limit int) (Page[*fallback.Delivery], error) {
	at, err := parseCursor(cursor)
	if err != nil || at != nil && !f.gave(at) {
		return Page[*fallback.Delivery]{}, ErrCursor
	}
	return view(ctx, db, func(t *tx) (page Page[*fallback.Delivery], err error) {
		f.Contact = t.means(f.Contact)
		rows := 0
		seen := make(map[bots.ID]bool)
		err = t.rows(&f, at, func(id bots.ID, next []byte) bool {
			rows++
			if !f.Since.IsZero() && id < db.ids.at(f.Since) && f.byID() {
				return false // ids are never before their records were made
			}
			if d := t.Delivery(id); !seen[id] && d != nil && f.matches(d) && f.stands(d, next) {
				if d = fallback.Readable(t, d); f.matches(d) {
					page.Items = append(page.Items, d)
				}
				seen[id] = true
			}
			if len(page.Items) >= limit || rows >= maxRows {
				page.Next = base64.RawURLEncoding.EncodeToString(next)
				return false
			}
			return true
		})
		return page, err
	})
}

// gave reports whether a cursor has the shape of those that this list gives: what another list gave would lead anywhere.
func (f *Filter) gave(at []byte) bool {
	switch {
	case f.Contact != 0 || len(f.Metadata) > 0:
		return true // generationRows looks for the group in it
	case f.State == nil:
		return len(at) == 8 // an id
	case f.State.Final():
		return len(at) == 17 && at[0] == byte(*f.State) // state, time, id
	}
	return len(at) == 16 // due, id
}

// byID reports whether the list is in the order of ids.
func (f *Filter) byID() bool { return f.Contact != 0 || len(f.Metadata) > 0 || f.State == nil }

// stands reports whether the row of an index is the one that counts for a delivery: a lane may have stale ones.
func (f *Filter) stands(d *fallback.Delivery, row []byte) bool {
	return f.byID() || f.State.Final() || d.Due.Equal(keyTime(row))
}

// rows walks the best index for a filter from a cursor. row is where the next page begins behind.
func (t *tx) rows(f *Filter, at []byte, visit func(id bots.ID, row []byte) bool) error {
	switch {
	case f.Contact != 0:
		return t.rowsOf(tByContact, f.Contact, at, visit)
	case len(f.Metadata) > 0:
		key := slices.Sorted(maps.Keys(f.Metadata))[0]
		return t.generationRows(tByMetadata, digest(key, f.Metadata[key]).key(), at, visit)
	case f.State == nil:
		down(t.bucket(tPlan).Cursor(), nil, at, func(k, _ []byte) bool { return visit(lastID(k), k) })
	case f.State.Final():
		down(t.bucket(tFinal).Cursor(), []byte{byte(*f.State)}, at, func(k, _ []byte) bool { return visit(lastID(k), k) })
	default:
		t.laneRows(*f.State, at, visit)
	}
	return nil
}

// generationRows walks a group of a table in generations; the cursor is generation and key.
func (t *tx) generationRows(of table, group, at []byte, visit func(bots.ID, []byte) bool) error {
	var after *place
	if len(at) != 0 {
		if len(at) != 8+len(group)+8 || !bytes.HasPrefix(at[8:], group) {
			return ErrCursor
		}
		after = &place{keyNumber(at), at[8:]}
	}
	t.walkKept(of, of.hash(group), group, after, func(no uint64, k, _ []byte) bool {
		return visit(lastID(k), append(numberKey(no), k...))
	})
	return nil
}

// laneRows walks the lanes in which deliveries of an open state stand, together, latest due first. A row is due and id.
func (t *tx) laneRows(s fallback.State, at []byte, visit func(bots.ID, []byte) bool) {
	var lanes []laneCursor
	for _, prefix := range t.lanesOf(s) {
		l := laneCursor{c: t.bucket(tDue).Cursor(), prefix: prefix}
		var before []byte
		if at != nil {
			before = append(bytes.Clone(prefix), at...)
		}
		if l.set(lastBefore(l.c, prefix, before)); l.rest != nil {
			lanes = append(lanes, l)
		}
	}
	for len(lanes) > 0 {
		latest := 0
		for i := range lanes {
			if bytes.Compare(lanes[i].rest, lanes[latest].rest) > 0 {
				latest = i
			}
		}
		l := &lanes[latest]
		if !visit(lastID(l.rest), l.rest) {
			return
		}
		if l.set(l.c.Prev()); l.rest == nil {
			lanes = slices.Delete(lanes, latest, latest+1)
		}
	}
}

// laneCursor moves down one lane. Rest is the key behind the lane; nil: the lane is over.
type laneCursor struct {
	c            *bolt.Cursor
	prefix, rest []byte
}

func (l *laneCursor) set(k, _ []byte) {
	l.rest = nil
	if bytes.HasPrefix(k, l.prefix) {
		l.rest = k[len(l.prefix):]
	}
}

// lanesOf are the key prefixes of the lanes in which deliveries of an open state stand now.
func (t *tx) lanesOf(s fallback.State) [][]byte {
	begin := "send/"
	switch s {
	case fallback.Scheduled:
		begin = string(fallback.LaneStart)
	case fallback.Sending:
		begin = string(fallback.LaneLease)
	case fallback.Waiting:
		begin = "wait/"
	}
	var found [][]byte
	c := t.bucket(tDue).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Seek(after(found[len(found)-1])) {
		end := bytes.IndexByte(k, 0)
		if end < 0 {
			break
		}
		found = append(found, bytes.Clone(k[:end+1]))
	}
	return slices.DeleteFunc(found, func(lane []byte) bool {
		gap := s == fallback.Held && bytes.Equal(lane, laneKey(fallback.LaneGap))
		return !gap && !bytes.HasPrefix(lane, []byte(begin))
	})
}

func parseCursor(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) == 0 || len(b) > maxKey {
		return nil, ErrCursor
	}
	return b, nil
}
