package store

import (
	"context"
	"slices"
	"time"

	"kaskad/fallback"
)

func encodeHearing(b []byte, h *fallback.Hearing) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, h.Until)
		for _, g := range h.Gaps {
			e.msg(2, func(e *encoder) {
				e.time(1, g.From)
				e.time(2, g.To)
			})
		}
		e.bool(3, h.Degraded)
		for _, sender := range h.Refusing {
			e.msg(4, func(e *encoder) { e.str(1, sender) })
		}
		e.str(5, h.Standing)
		for _, sender := range h.Down {
			e.msg(6, func(e *encoder) { e.str(1, sender) })
		}
		e.bool(15, true)
	})
}

func decodeHearing(b []byte) (fallback.Hearing, error) {
	var h fallback.Hearing
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			h.Until = f.time()
		case 2:
			var g fallback.Span
			f.nested(func(f *fields) {
				switch f.num {
				case 1:
					g.From = f.time()
				case 2:
					g.To = f.time()
				}
			})
			h.Gaps = append(h.Gaps, g)
		case 3:
			h.Degraded = f.bool()
		case 4:
			h.Refusing = append(h.Refusing, decodeSender(f))
		case 5:
			h.Standing = f.str()
		case 6:
			h.Down = append(h.Down, decodeSender(f))
		}
	})
	return h, err
}

func decodeSender(f *fields) (sender string) {
	f.nested(func(f *fields) {
		if f.num == 1 {
			sender = f.str()
		}
	})
	return sender
}

// Hearing is what is durable of our hearing of the channels.
func (db *DB) Hearing(ctx context.Context) (map[string]fallback.Hearing, error) {
	return view(ctx, db, func(t *tx) (map[string]fallback.Hearing, error) {
		all := make(map[string]fallback.Hearing)
		for _, e := range t.all(tHearing, nil) {
			h, err := decodeHearing(e.val)
			must(tHearing, e.key, err)
			all[string(e.key)] = h
		}
		return all, nil
	})
}

// PutHearing writes how well we hear a channel.
func (db *DB) PutHearing(ctx context.Context, channel string, h fallback.Hearing) error {
	return db.write(ctx, func(t *tx) error {
		if n := len(h.Gaps) - fallback.MaxGaps; n > 0 {
			h.Gaps = h.Gaps[n:]
		}
		t.set.put(tHearing, []byte(channel), encodeHearing(nil, &h))
		return nil
	})
}

func encodePause(b []byte, p *fallback.Pause) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, p.Scope)
		e.time(2, p.From)
		e.time(3, p.To)
		e.bool(4, p.Skip)
		e.bool(15, true)
	})
}

func decodePause(b []byte) (fallback.Pause, error) {
	var p fallback.Pause
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			p.Scope = f.str()
		case 2:
			p.From = f.time()
		case 3:
			p.To = f.time()
		case 4:
			p.Skip = f.bool()
		}
	})
	return p, err
}

func pauseKey(p *fallback.Pause) []byte { return append(timeKey(nil, p.From), p.Scope...) }

// Pauses are those that stand and those of the last 30 days, oldest first.
func (t *tx) Pauses() []fallback.Pause {
	if t.w != nil || t.set != nil && t.set.touches(tPause) {
		return t.readPauses()
	}
	t.read(tPause, nil)
	known := t.snap.pauses.Load()
	if known == nil {
		list := t.readPauses()
		known = &list
		t.snap.pauses.Store(known)
	}
	return slices.Clone(*known)
}

func (t *tx) readPauses() []fallback.Pause {
	var list []fallback.Pause
	for _, e := range t.all(tPause, nil) {
		p, err := decodePause(e.val)
		must(tPause, e.key, err)
		if !t.longOver(&p) {
			list = append(list, p)
		}
	}
	return list
}

func (t *tx) longOver(p *fallback.Pause) bool {
	return !p.To.IsZero() && t.now.Sub(p.To) > pauseLife
}

// Pauses reads the pauses.
func (db *DB) Pauses(ctx context.Context) ([]fallback.Pause, error) {
	return view(ctx, db, func(t *tx) ([]fallback.Pause, error) { return t.Pauses(), nil })
}

// Pause begins a pause of a scope. One that stands and is of the other kind ends.
func (db *DB) Pause(ctx context.Context, scope string, skip bool) error {
	return db.write(ctx, func(t *tx) error {
		for _, e := range t.all(tPause, nil) {
			p, err := decodePause(e.val)
			must(tPause, e.key, err)
			if p.Scope == scope && p.To.IsZero() {
				if p.Skip == skip {
					return nil
				}
				p.To = later(t.now, p.From)
				t.set.put(tPause, pauseKey(&p), encodePause(nil, &p))
			}
			if t.longOver(&p) {
				t.set.delete(tPause, append([]byte(nil), e.key...))
			}
		}
		p := fallback.Pause{Scope: scope, From: t.now, Skip: skip}
		t.set.put(tPause, pauseKey(&p), encodePause(nil, &p))
		return nil
	})
}

// Resume ends the pause of a scope.
func (db *DB) Resume(ctx context.Context, scope string) error {
	return db.write(ctx, func(t *tx) error {
		for _, p := range t.Pauses() {
			if p.Scope == scope && p.To.IsZero() {
				p.To = later(t.now, p.From)
				t.set.put(tPause, pauseKey(&p), encodePause(nil, &p))
			}
		}
		return nil
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
