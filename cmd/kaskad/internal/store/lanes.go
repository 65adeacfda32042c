package store

import (
	"bytes"
	"context"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The due index: lane, 0, due, id. Entries are added when a delivery moves and dropped when they are met, so an entry is a
// hint; where a delivery stands is in its status alone.

func laneKey(lane fallback.Lane) []byte {
	b := make([]byte, 0, len(lane)+17)
	return append(append(b, lane...), 0)
}

func dueKey(lane fallback.Lane, e fallback.Entry) []byte {
	return idKey(timeKey(laneKey(lane), e.Due), e.ID)
}

// laneEntry reads a key of the due index behind its lane.
func laneEntry(rest []byte) (fallback.Entry, bool) {
	if len(rest) != 16 {
		return fallback.Entry{}, false
	}
	return fallback.Entry{Due: keyTime(rest), ID: bots.IDFromBytes(rest[8:])}, true
}

// Due reads up to limit entries of a lane after a given one, due at until or before, in order of due time.
func (db *DB) Due(ctx context.Context, lane fallback.Lane, after fallback.Entry, until time.Time, limit int) ([]fallback.Entry, error) {
	return view(ctx, db, func(t *tx) ([]fallback.Entry, error) {
		var list []fallback.Entry
		prefix := laneKey(lane)
		seek, end := prefix, dueKey(lane, fallback.Entry{Due: until, ID: ^bots.ID(0)})
		if after != (fallback.Entry{}) {
			seek = append(dueKey(lane, after), 0)
		}
		c := t.bucket(tDue).Cursor()
		for k, _ := c.Seek(seek); k != nil && len(list) < limit && bytes.HasPrefix(k, prefix) && bytes.Compare(k, end) <= 0; k, _ = c.Next() {
			if e, ok := laneEntry(k[len(prefix):]); ok {
				list = append(list, e)
			}
		}
		return list, nil
	})
}

// NextDue is when the first entry of a lane comes due; the zero time when the lane is empty.
func (db *DB) NextDue(ctx context.Context, lane fallback.Lane) (time.Time, error) {
	return view(ctx, db, func(t *tx) (time.Time, error) {
		prefix := laneKey(lane)
		c := t.bucket(tDue).Cursor()
		for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			if e, ok := laneEntry(k[len(prefix):]); ok {
				return e.Due, nil
			}
		}
		return time.Time{}, nil
	})
}

// Drop removes entries of a lane at which their deliveries do not stand any more.
func (db *DB) Drop(ctx context.Context, lane fallback.Lane, stale []fallback.Entry) error {
	return db.write(ctx, func(t *tx) error {
		for _, e := range stale {
			key := dueKey(lane, e)
			if lane.ForTalks() {
				t.dropTalk(lane, e)
				continue
			}
			if d := t.Delivery(e.ID); (d == nil || !d.Stands(lane, e)) && t.has(tDue, key) {
				t.set.delete(tDue, key)
			}
		}
		return nil
	})
}

// Load reads a delivery with its contact and conversation.
func (db *DB) Load(ctx context.Context, id bots.ID) (fallback.Loaded, error) {
	return view(ctx, db, func(t *tx) (fallback.Loaded, error) { return fallback.Load(t, id) })
}
