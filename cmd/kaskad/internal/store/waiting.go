package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Conversations stand in the due index, too: when one is looked at, since when somebody waits in it, whose it is. Their entries are
// written and removed with the head, in its transaction: they are exact.

func (e *encoder) waiting(w *bots.Waiting) {
	e.time(52, w.Since)
	e.time(53, w.Asked)
	e.int(54, int64(w.First))
	e.time(55, w.AssignedAt)
	e.time(56, w.Due)
	e.uint(57, uint64(w.Told))
	e.time(58, w.Woke)
	e.bool(59, w.Dealt)
}

func decodeWaiting(f *fields, w *bots.Waiting) {
	switch f.num {
	case 52:
		w.Since = f.time()
	case 53:
		w.Asked = f.time()
	case 54:
		w.First = time.Duration(f.int())
	case 55:
		w.AssignedAt = f.time()
	case 56:
		w.Due = f.time()
	case 57:
		w.Told = bots.Told(f.small(1<<8 - 1))
	case 58:
		w.Woke = f.time()
	case 59:
		w.Dealt = f.bool()
	}
}

// moveTalk brings the entries of a conversation from where its head stood to where it stands now.
func (t *tx) moveTalk(key, old []byte, after *bots.Conversation) {
	var before bots.Conversation
	if old != nil {
		var err error
		before, err = decodeHead(bots.IDFromBytes(key), old)
		must(tHead, key, err)
	}
	left, come := fallback.MovedEntries(&before, after)
	for _, e := range left {
		t.set.delete(tDue, dueKey(e.Lane, e.Entry))
	}
	for _, e := range come {
		t.set.put(tDue, dueKey(e.Lane, e.Entry), nil)
	}
}

// dropTalk removes an entry at which no conversation stands.
func (t *tx) dropTalk(lane fallback.Lane, e fallback.Entry) {
	var c bots.Conversation
	if b := t.get(tHead, idKey(nil, e.ID)); b != nil {
		var err error
		c, err = decodeHead(e.ID, b)
		must(tHead, idKey(nil, e.ID), err)
	}
	if key := dueKey(lane, e); !fallback.StandsAt(&c, lane, e) && t.has(tDue, key) {
		t.set.delete(tDue, key)
	}
}

// mostOpenOf bounds how far the conversations of one assignee are counted.
const mostOpenOf = 10_000

// OpenOf counts the open conversations of an assignee.
func (t *tx) OpenOf(assignee string) int {
	return t.inLane(fallback.LaneOf(assignee), time.Time{}, mostOpenOf)
}

// inLane counts what stands in a lane at a time or after it; the zero time: all.
func (t *tx) inLane(lane fallback.Lane, from time.Time, most int) (n int) {
	prefix := laneKey(lane)
	start := prefix
	if !from.IsZero() {
		start = dueKey(lane, fallback.Entry{Due: from})
	}
	c := t.bucket(tDue).Cursor()
	for k, _ := c.Seek(start); n < most && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n++
	}
	return n
}

// mostWaiting bounds how far those who wait are counted.
const mostWaiting = 100_000

// Waiting is in how many conversations somebody waits for people, and since when the oldest of them does.
func (db *DB) Waiting(ctx context.Context) (n int, since time.Time, err error) {
	n, err = view(ctx, db, func(t *tx) (int, error) { return t.inLane(fallback.LaneWaits, time.Time{}, mostWaiting), nil })
	if err == nil && n > 0 {
		since, err = db.NextDue(ctx, fallback.LaneWaits)
	}
	return n, since, err
}

// WaitingSince is in how many conversations somebody waits for people since a time or later.
func (db *DB) WaitingSince(ctx context.Context, at time.Time) (n int, err error) {
	return view(ctx, db, func(t *tx) (int, error) { return t.inLane(fallback.LaneWaits, at, mostWaiting), nil })
}

// talkEntry checks that a conversation stands at its entry.
func (c *checker) talkEntry(k []byte, lane fallback.Lane, e fallback.Entry) {
	if h, err := decodeHead(e.ID, c.headNow(e.ID)); err != nil || !fallback.StandsAt(&h, lane, e) {
		c.bad(tDue, k, "the conversation does not stand there")
	}
}

// headNow is what the view has of a conversation: the newest of its head log, else the one in its place.
func (c *checker) headNow(contact bots.ID) []byte {
	if c.logged == nil {
		c.logged = map[bots.ID][]byte{}
		c.each(tHeadLog, func(_, v []byte) {
			if len(v) >= 8 {
				c.logged[bots.IDFromBytes(v)] = c.t.db.unseal(tHead, v[:8], v[8:])
			}
		})
	}
	if b, ok := c.logged[contact]; ok {
		return b
	}
	key := idKey(nil, contact)
	return c.t.db.unseal(tHead, key, c.t.bucket(tHead).Get(key))
}

// waits checks that a conversation has its entries.
func (c *checker) waits(contact bots.ID) {
	h, err := decodeHead(contact, c.headNow(contact))
	if err != nil {
		return // it is told elsewhere
	}
	for _, e := range fallback.TalkEntries(&h) {
		if !c.t.has(tDue, dueKey(e.Lane, e.Entry)) {
			c.bad(tHead, idKey(nil, contact), "has no entry in lane %s at %s", e.Lane, e.Due)
		}
	}
}

// waitingTalks reads the conversations in which somebody waits, the longest first.
func (db *DB) waitingTalks(ctx context.Context, f TalkFilter, at []byte, limit int) (Page[bots.Conversation], error) {
	return view(ctx, db, func(t *tx) (page Page[bots.Conversation], err error) {
		prefix := laneKey(fallback.LaneWaits)
		seek := prefix
		if at != nil {
			seek = append(append(bytes.Clone(prefix), at...), 0)
		}
		n, c := 0, t.bucket(tDue).Cursor()
		for k, _ := c.Seek(seek); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			talk := t.Conversation(lastID(k))
			if !talk.Wait.Since.IsZero() && f.matches(&talk, t) {
				page.Items = append(page.Items, talk)
			}
			if n++; len(page.Items) >= limit || n >= maxRows {
				page.Next = base64.RawURLEncoding.EncodeToString(k[len(prefix):])
				return page, nil
			}
		}
		return page, nil
	})
}
