package store

import (
	"context"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// maxQuarantine is how many events are kept that no rule could take; the oldest go first.
const maxQuarantine = 1000

// Quarantined is an event that no rule could take, under a number of ours.
type Quarantined struct {
	ID bots.ID
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
		t.set.put(tQuarantine, idKey(nil, t.NewID()), encodeQuarantined(nil, &q))
		return nil
	})
}

// Quarantined lists what is kept, newest first.
func (db *DB) Quarantined(ctx context.Context) ([]Quarantined, error) {
	return view(ctx, db, func(t *tx) ([]Quarantined, error) {
		var list []Quarantined
		for _, e := range slices.Backward(t.all(tQuarantine, nil)) {
			q, err := decodeQuarantined(e.val)
			must(tQuarantine, e.key, err)
			list = append(list, Quarantined{bots.IDFromBytes(e.key), q})
		}
		return list, nil
	})
}

// Release takes an event out of quarantine and lets it be received again; nil when there is none under this number.
func (db *DB) Release(ctx context.Context, id bots.ID) (*Quarantined, error) {
	return write(ctx, db, func(t *tx) (*Quarantined, error) {
		key := idKey(nil, id)
		b := t.get(tQuarantine, key)
		if b == nil {
			return nil, nil
		}
		q, err := decodeQuarantined(b)
		must(tQuarantine, key, err)
		t.set.delete(tQuarantine, key)
		if q.Event != "" {
			t.forget(q.Event)
		}
		return &Quarantined{id, q}, nil
	})
}
