package store

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What must happen once: events, requests with an idempotency key, links; and how often something happened: marketing to one
// person, money in one day.

// digest is digest, which is asked twice for each name: when it is looked for and when it is written.
func (t *tx) digest(word string) hash {
	if t.hashed != word {
		t.hashed, t.hash = word, digest(word)
	}
	return t.hash
}

// Seen reports whether an event came before.
func (t *tx) Seen(event string) bool {
	key := t.digest(event)
	v := t.get(tSeen, key[:])
	return len(v) > 0 && v[0] == 1
}

// MarkSeen remembers an event.
func (t *tx) MarkSeen(event string) { t.set.put(tSeen, t.digest(event).key(), []byte{1}) }

// forget lets an event be taken again.
func (t *tx) forget(event string) { t.set.put(tSeen, digest(event).key(), []byte{0}) }

// Key is what an idempotency key was used for in the last seven days.
func (t *tx) Key(key string) (fallback.KeyUse, bool) {
	hash := t.digest(key)
	v := t.get(tKey, hash[:])
	if len(v) != 24 || t.now.Sub(keyTime(v[16:])) >= keyLife {
		return fallback.KeyUse{}, false
	}
	return fallback.KeyUse{Delivery: bots.IDFromBytes(v), Body: binary.BigEndian.Uint64(v[8:])}, true
}

// PutKey remembers what an idempotency key was answered with.
func (t *tx) PutKey(key string, k fallback.KeyUse) {
	hash := t.digest(key)
	v := binary.BigEndian.AppendUint64(idKey(t.set.room(24), k.Delivery), k.Body)
	t.set.put(tKey, append(t.set.room(16), hash[:]...), timeKey(v, t.now))
}

// Count notes a marketing delivery of a person.
func (t *tx) Count(contact bots.ID, at time.Time) {
	t.set.put(tCount, t.set.ids(contact, t.NewID()), timeKey(t.set.room(8), at))
}

// Counted are the times of a person's marketing deliveries since a time, newest first.
func (t *tx) Counted(contact bots.ID, since time.Time) []time.Time {
	var times []time.Time
	same := t.Same(contact)
	for _, id := range same {
		t.walk(tCount, idKey(nil, id), func(_, val []byte) bool {
			at := keyTime(val)
			if !at.Before(since) {
				times = append(times, at)
			}
			return !at.Before(since.Add(-time.Hour)) // clocks may have jumped a little
		})
	}
	if len(same) > 1 {
		slices.SortStableFunc(times, func(a, b time.Time) int { return b.Compare(a) })
	}
	return times
}

func encodeMoney(b []byte, m bots.Money) []byte {
	return encode(b, func(e *encoder) {
		e.int(1, m.Amount)
		e.str(2, m.Currency)
		e.bool(15, true)
	})
}

func decodeMoney(b []byte) (bots.Money, error) {
	var m bots.Money
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			m.Amount = f.int()
		case 2:
			m.Currency = f.str()
		}
	})
	return m, err
}

// Spent is what a day's messages cost. It counts as read only when the operation adds to it: a message that costs nothing is
// not held up by those that do.
func (t *tx) Spent(day string) bots.Money {
	t.spentOf = day
	sum, err := decodeMoney(t.stored(tSpent, []byte(day)))
	must(tSpent, []byte(day), err)
	if t.set == nil {
		return sum
	}
	for _, s := range t.set.spent {
		if s.day == day {
			sum = sum.Plus(s.sum)
		}
	}
	return sum
}

// Spent reads what a day's messages cost; the day is written as 2006-01-02, in the company's zone.
func (db *DB) Spent(ctx context.Context, day string) (bots.Money, error) {
	return view(ctx, db, func(t *tx) (bots.Money, error) { return t.Spent(day), nil })
}

// AddSpent adds to a day's costs.
func (t *tx) AddSpent(day string, m bots.Money) {
	if t.spentOf == day {
		t.read(tSpent, []byte(day))
	}
	t.set.spent = append(t.set.spent, spending{day, m})
}

func (w *batch) addSpent(s spending) error {
	key := []byte(s.day)
	sum, err := decodeMoney(w.bucket(tSpent).Get(key))
	if err != nil {
		return err
	}
	w.db.versions.wrote(tSpent.hash(key), w.no)
	return w.bucket(tSpent).Put(key, encodeMoney(nil, sum.Plus(s.sum)))
}
