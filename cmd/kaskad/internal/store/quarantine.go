package store

import (
	"context"
	"errors"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// maxQuarantine is how many events are kept that no rule could take; the oldest go first.
const maxQuarantine = 1000

// ErrNotKept is a number under which quarantine has nothing: it was released or dropped, or never was.
var ErrNotKept = errors.New("quarantine keeps nothing under this number")

// Quarantined is an event that no rule could take, under a number of ours.
type Quarantined struct {
	ID   bots.ID
	Size int // of Raw
	fallback.Quarantined
}

func encodeQuarantined(b []byte, q *fallback.Quarantined) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, q.Channel)
		e.str(2, q.Event)
		e.str(3, q.Reason)
		e.bytes(4, q.Raw)
		e.time(5, q.At)
		e.bool(15, true)
	})
}

func decodeQuarantined(b []byte) (fallback.Quarantined, error) {
	var q fallback.Quarantined
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			q.Channel = f.str()
		case 2:
			q.Event = f.str()
		case 3:
			q.Reason = f.str()
		case 4:
			q.Raw = f.bytes()
		case 5:
			q.At = f.time()
		}
	})
	return q, err
}

// Quarantine keeps an event that no rule could take, and marks it as seen.
func (db *DB) Quarantine(ctx context.Context, q fallback.Quarantined) error {
	return db.write(ctx, func(t *tx) error {
		if q.Event != "" {
			if t.Seen(q.Event) {
				return nil // its copy was faster
			}
			t.MarkSeen(q.Event)
		}
		t.read(tQuarantine, nil)
		var keys [][]byte
		c := t.bucket(tQuarantine).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			keys = append(keys, slices.Clone(k))
		}
		for len(keys) >= maxQuarantine {
			t.set.delete(tQuarantine, keys[0])
			keys = keys[1:]
		}
		t.putOf(0, tQuarantine, idKey(nil, t.NewID()), encodeQuarantined(nil, &q), nothing)
		return nil
	})
}

// Quarantined lists what is kept, newest first, without Raw: a thousand of them may be large.
func (db *DB) Quarantined(ctx context.Context) ([]Quarantined, error) {
	return view(ctx, db, func(t *tx) ([]Quarantined, error) {
		var list []Quarantined
		for _, e := range slices.Backward(t.all(tQuarantine, nil)) {
			q, err := decodeQuarantined(e.val)
			must(tQuarantine, e.key, err)
			size := len(q.Raw)
			q.Raw = nil
			list = append(list, Quarantined{bots.IDFromBytes(e.key), size, q})
		}
		return list, nil
	})
}

// QuarantinedOne reads what is kept under a number; ErrNotKept.
func (db *DB) QuarantinedOne(ctx context.Context, id bots.ID) (*Quarantined, error) {
	return view(ctx, db, func(t *tx) (*Quarantined, error) { return t.quarantined(id) })
}

// QuarantinedCount is how many are kept.
func (db *DB) QuarantinedCount(ctx context.Context) (int, error) {
	return view(ctx, db, func(t *tx) (n int, err error) {
		c := t.bucket(tQuarantine).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			n++
		}
		return n, nil
	})
}

// DropQuarantined forgets what is kept under a number; ErrNotKept. An event stays seen: it is not taken when it comes again.
func (db *DB) DropQuarantined(ctx context.Context, id bots.ID) error {
	return db.write(ctx, func(t *tx) error {
		_, err := t.release(id)
		return err
	})
}

// Replay receives an event that was kept under a number, and releases it, in one transaction: it is taken once, however often
// this is asked, and stays kept when it cannot be taken. ErrNotKept; fallback.ErrSeen when the event came in another way.
func (db *DB) Replay(ctx context.Context, id bots.ID, e bots.Event, r *fallback.Rules, w *fallback.World) (bots.Turn, error) {
	return write(ctx, db, func(t *tx) (bots.Turn, error) {
		q, err := t.release(id)
		if err != nil {
			return bots.Turn{}, err
		}
		if q.Event != "" {
			t.forget(q.Event)
		}
		return fallback.Receive(t, e, r, w)
	})
}

func (t *tx) quarantined(id bots.ID) (*Quarantined, error) {
	key := idKey(nil, id)
	b := t.get(tQuarantine, key)
	if b == nil {
		return nil, ErrNotKept
	}
	q, err := decodeQuarantined(b)
	must(tQuarantine, key, err)
	return &Quarantined{id, len(q.Raw), q}, nil
}

func (t *tx) release(id bots.ID) (*Quarantined, error) {
	q, err := t.quarantined(id)
	if err == nil {
		t.set.delete(tQuarantine, idKey(nil, id))
	}
	return q, err
}
