package store

import (
	"context"

	"kaskad/bots"
)

func encodeChange(c *bots.Change) []byte {
	return encode(func(e *encoder) {
		e.str(1, c.Type)
		e.time(2, c.At)
		e.id(3, c.Contact)
		e.id(4, c.Delivery)
		e.id(5, c.Message)
		e.str(6, c.Channel)
		e.str(7, c.State)
		e.str(8, c.Reason)
		e.int(9, int64(c.Leg))
	})
}

func decodeChange(n uint64, b []byte) (bots.Change, error) {
	c := bots.Change{ID: n}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			c.Type = f.str()
		case 2:
			c.At = f.time()
		case 3:
			c.Contact = f.id()
		case 4:
			c.Delivery = f.id()
		case 5:
			c.Message = f.id()
		case 6:
			c.Channel = f.str()
		case 7:
			c.State = f.str()
		case 8:
			c.Reason = f.str()
		case 9:
			c.Leg = f.count()
		}
	})
	return c, err
}

// Change appends a line to the outbox. Its number is given by the writer, in the order of commits.
func (t *tx) Change(c bots.Change) { t.set.changes = append(t.set.changes, encodeChange(&c)) }

// Changes reads up to limit lines of the outbox after a number, in order.
func (db *DB) Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error) {
	return view(ctx, db, func(t *tx) ([]bots.Change, error) {
		var list []bots.Change
		c := t.bucket(tChange).Cursor()
		for k, v := c.Seek(numberKey(after + 1)); k != nil && len(list) < limit; k, v = c.Next() {
			line, err := decodeChange(keyNumber(k), v)
			must(tChange, k, err)
			list = append(list, line)
		}
		return list, nil
	})
}

// LastChange is the number of the newest line of the outbox.
func (db *DB) LastChange() uint64 { return db.lastChange.Load() }

// Changed is closed when there are lines newer than at the time of the call. Take it first, then read Changes.
func (db *DB) Changed() <-chan struct{} { return *db.changed.Load() }

func (db *DB) broadcast() {
	next := make(chan struct{})
	close(*db.changed.Swap(&next))
}

// Cursor is how far a consumer has read the outbox; 0: it never did.
func (db *DB) Cursor(ctx context.Context, consumer string) (uint64, error) {
	return view(ctx, db, func(t *tx) (uint64, error) { return keyNumber(t.get(tCursor, name(consumer))), nil })
}

// PutCursor notes how far a consumer has read the outbox.
func (db *DB) PutCursor(ctx context.Context, consumer string, n uint64) error {
	return db.write(ctx, func(t *tx) error {
		t.set.put(tCursor, name(consumer), numberKey(n))
		return nil
	})
}
