package store

import (
	"context"

	"kaskad/bots"
	"kaskad/fallback"
)

// Holds of regions are records. Every transaction of a delivery asks for them, so that they are kept in memory, read anew when one was
// written: holdsChanged has another value then.
const (
	holdKind     = "hold"
	holdsChanged = "holds changed"
)

func holdKey(id bots.ID) []byte { return idKey(name(holdKind), id) }

// knownHolds are the holds as they were when holdsChanged had a value.
type knownHolds struct {
	changed string
	holds   *fallback.RegionHolds
}

func encodeHold(b []byte, h *fallback.RegionHold) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, h.ID)
		e.str(2, h.Region)
		for _, p := range h.Purposes {
			e.msg(3, func(e *encoder) { e.uint(1, uint64(p)); e.bool(15, true) })
		}
		e.str(4, h.Reason)
		e.time(5, h.From)
		e.time(6, h.Until)
		e.time(7, h.To)
	})
}

func decodeHold(b []byte) (h fallback.RegionHold, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			h.ID = f.id()
		case 2:
			h.Region = f.str()
		case 3:
			p := fallback.Service
			f.nested(func(f *fields) {
				if f.num == 1 {
					p = fallback.Purpose(f.small(uint64(fallback.Conversation)))
				}
			})
			h.Purposes = append(h.Purposes, p)
		case 4:
			h.Reason = f.str()
		case 5:
			h.From = f.time()
		case 6:
			h.Until = f.time()
		case 7:
			h.To = f.time()
		}
	})
	return h, err
}

// PutHold writes a hold.
func (t *tx) PutHold(h fallback.RegionHold) {
	t.set.put(tRecord, holdKey(h.ID), encodeHold(nil, &h))
	t.set.put(tRecord, name(holdsChanged), idKey([]byte{1}, t.NewID())) // a number that nothing else has
}

// Holds are all holds that are known.
func (t *tx) Holds() *fallback.RegionHolds {
	changed := string(t.get(tRecord, name(holdsChanged)))
	if known := t.db.holds.Load(); known != nil && known.changed == changed {
		return known.holds
	}
	if t.set != nil && t.set.touches(tRecord) { // what is not written yet may never be
		return t.readHolds()
	}
	t.db.holdsRead.Lock() // many ask at once after a change: one of them reads
	defer t.db.holdsRead.Unlock()
	if known := t.db.holds.Load(); known != nil && known.changed == changed {
		return known.holds
	}
	holds := t.readHolds()
	t.db.holds.Store(&knownHolds{changed, holds})
	return holds
}

func (t *tx) readHolds() *fallback.RegionHolds {
	var all []fallback.RegionHold
	for _, e := range t.all(tRecord, name(holdKind)) {
		h, err := decodeHold(e.val)
		must(tRecord, e.key, err)
		all = append(all, h)
	}
	return fallback.NewRegionHolds(all, t.now)
}

// BeginHold is fallback.BeginHold.
func (db *DB) BeginHold(ctx context.Context, h fallback.RegionHold) (fallback.RegionHold, error) {
	return write(ctx, db, func(t *tx) (fallback.RegionHold, error) {
		for _, e := range t.all(tRecord, name(holdKind)) { // the one time to forget those that ended long ago
			old, err := decodeHold(e.val)
			must(tRecord, e.key, err)
			if old.Forgotten(t.now) {
				t.set.delete(tRecord, append([]byte(nil), e.key...))
			}
		}
		return fallback.BeginHold(t, h)
	})
}

// EndHold is fallback.EndHold.
func (db *DB) EndHold(ctx context.Context, id bots.ID) (fallback.RegionHold, error) {
	return write(ctx, db, func(t *tx) (fallback.RegionHold, error) { return fallback.EndHold(t, id) })
}

// Holds reads the holds.
func (db *DB) Holds(ctx context.Context) (*fallback.RegionHolds, error) {
	return view(ctx, db, func(t *tx) (*fallback.RegionHolds, error) { return t.Holds(), nil })
}
