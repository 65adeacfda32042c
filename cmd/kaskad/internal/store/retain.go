package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What is older than it is to be kept is dropped here: piece by piece, oldest first, a few records in one commit, with a rest after each
// while anybody asks for a journey. A piece is a transaction like any other, so that it meets nothing half done; a pass that is broken off
// leaves what is whole, and the next one begins at the oldest again.
//
// Nothing that is open is dropped: neither a delivery that has not ended, nor a message of one, nor a conversation that somebody still
// has to answer. The evidence of consents goes with its person, not with time.
//
// Lists may name what was dropped: whoever reads one passes it by. How far that may be is noted (keyDropped…), so that Check can tell
// it from a loss. Blocks of lists that name nothing else are dropped whole (retain_lists.go).

// Retention is how long things are kept; 0: for ever.
type Retention struct {
	Messages   time.Duration // from when it was written
	Deliveries time.Duration // from its end
	Changes    time.Duration
	Quarantine time.Duration
	Audit      time.Duration // what somebody of the team did, and who changed what
	Journal    bool          // lines of the outbox that the journal has not seen stay
}

// Kinds of what a pass drops, as it tells them.
const (
	KeptMessages   = "messages"
	KeptDeliveries = "deliveries"
	KeptChanges    = "changes"
	KeptQuarantine = "quarantine"
	KeptAudit      = "audit"
	KeptLinks      = "links"
	KeptLists      = "lists" // blocks of lists
	KeptCodes      = "codes" // what was counted of one-time codes, and phones that somebody claims
)

// Kinds lists them.
func Kinds() []string {
	return []string{KeptMessages, KeptDeliveries, KeptChanges, KeptQuarantine, KeptAudit, KeptLinks, KeptLists, KeptCodes}
}

// Settings that say up to which id messages and deliveries may be gone.
var (
	keyDroppedMessages   = name("dropped messages")
	keyDroppedDeliveries = name("dropped deliveries")
)

// dropsAtOnce and dropsNow are how many records one commit drops: while nobody asks for a journey, and while somebody does.
const (
	dropsAtOnce = 256
	dropsNow    = 16
	readsEach   = 8 // records looked at for each that may be dropped
)

// piece is what one transaction of a pass did.
type piece struct {
	dropped int
	more    bool
	place   []byte         // where the next one begins
	kept    []bots.Address // chats in which a message of ours stays
}

// Retain makes one pass over everything, and tells what it dropped as it goes. A kind that cannot be read keeps no other from its turn.
func (db *DB) Retain(ctx context.Context, keep Retention, tell func(kind string, n int)) error {
	began := now()
	standing := map[bots.Address]bool{}
	var faults []error
	for _, of := range []struct {
		kind string
		keep time.Duration
		drop func(t *tx, from []byte, before time.Time, most int) piece
	}{
		{KeptMessages, keep.Messages, func(t *tx, from []byte, before time.Time, most int) piece {
			return t.dropMessages(from, before, most, standing)
		}},
		{KeptDeliveries, keep.Deliveries, (*tx).dropDeliveries},
		{KeptChanges, keep.Changes, func(t *tx, from []byte, before time.Time, most int) piece {
			return t.dropChanges(from, before, most, keep.Journal)
		}},
		{KeptQuarantine, keep.Quarantine, (*tx).dropQuarantined},
		{KeptAudit, keep.Audit, (*tx).dropAudit},
		{KeptAudit, keep.Audit, (*tx).dropLines},
		{KeptLinks, linkKeep, (*tx).dropEnded},
		{KeptCodes, fallback.CodesKept, (*tx).dropCodes},
	} {
		if of.keep <= 0 || ctx.Err() != nil {
			continue
		}
		err := db.pieces(ctx, func(t *tx, from []byte, most int) piece { return of.drop(t, from, began.Add(-of.keep), most) }, func(p piece) {
			tell(of.kind, p.dropped)
			for _, chat := range p.kept {
				standing[chat] = true
			}
		})
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", of.kind, err))
		}
	}
	if err := db.retainClaims(ctx, began, tell); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", KeptCodes, err))
	}
	return errors.Join(append(faults, db.retainLists(ctx, began, keep, tell))...)
}

// pieces runs a kind's transactions until there is nothing left to do.
func (db *DB) pieces(ctx context.Context, drop func(t *tx, from []byte, most int) piece, done func(piece)) error {
	var from []byte
	for {
		most := dropsAtOnce
		if db.traffic() {
			most = dropsNow
		}
		began := time.Now()
		p, err := write(ctx, db, func(t *tx) (piece, error) { return drop(t, from, most), nil })
		if err != nil {
			return err
		}
		done(p)
		if !p.more {
			return nil
		}
		from = p.place
		db.giveWay(ctx, time.Since(began))
	}
}

// dropMessages drops messages in the order of their ids. In a chat those of ours go from the oldest on, and no further than the first
// that has to stay: the way back from the newest to an open one leads over all between them.
func (t *tx) dropMessages(from []byte, before time.Time, most int, standing map[bots.Address]bool) (p piece) {
	limit := t.db.ids.at(before)
	var last bots.ID
	c := t.bucket(tMessage).Cursor()
	k, v := c.Seek(from)
	for n := 0; k != nil && lastID(k) < limit; k, v = c.Next() {
		if n++; p.dropped >= most || n > readsEach*most {
			p.more, p.place = true, bytes.Clone(k)
			break
		}
		m, err := decodeMessage(lastID(k), t.db.unseal(tMessage, k, v))
		must(tMessage, k, err)
		if m.Standing() && (standing[m.To] || containsAddress(p.kept, m.To)) {
			continue
		}
		if t.inUse(m) {
			if m.Standing() {
				p.kept = append(p.kept, m.To)
			}
			continue
		}
		t.dropMessage(m.ID)
		p.dropped, last = p.dropped+1, m.ID
	}
	t.noteDropped(keyDroppedMessages, last)
	return p
}

func containsAddress(all []bots.Address, a bots.Address) bool {
	for i := range all {
		if all[i] == a {
			return true
		}
	}
	return false
}

// openKept is how long a conversation that nobody closed keeps its texts, if messages are kept for less: whoever still has to answer, or put
// it off, finds what was asked. Not for ever: most shops close nothing, and a text is not kept because a button was not pressed.
const openKept = 365 * 24 * time.Hour

// inUse reports whether a message is of something that is open: a delivery, or a conversation.
func (t *tx) inUse(m *bots.Message) bool {
	if s := t.MessageState(m.ID); s.Sending || s.Uncertain && t.now.Sub(m.At) < fallback.OrphanLife {
		return true // what nobody can name yet may be meant: by this one, or, were it gone, by another
	}
	if b := t.record(tStatus, m.Delivery); m.Delivery != 0 && len(b) > 1 && !fallback.State(b[1]).Final() {
		return true
	}
	if m.Contact == 0 || m.ID < t.db.ids.at(t.now.Add(-openKept)) {
		return false
	}
	head := t.Conversation(m.Contact)
	return head.State == bots.Open || head.State == bots.Snoozed
}

func (t *tx) dropMessage(id bots.ID) {
	t.set.delete(tMessage, idKey(nil, id))
	t.set.delete(tStatus, idKey(nil, id))
	for _, e := range t.all(tAttempt, idKey(nil, id)) {
		t.set.delete(tAttempt, bytes.Clone(e.key))
	}
}

// noteDropped notes the highest id that may be gone.
func (t *tx) noteDropped(key []byte, id bots.ID) {
	if id != 0 && id > t.droppedTo(key) {
		t.set.put(tSetting, key, wrapped(idKey(nil, id)))
	}
}

func (t *tx) droppedTo(key []byte) bots.ID { return bots.IDFromBytes(unwrapped(t.get(tSetting, key))) }

// dropDeliveries drops deliveries that ended before a time, by the lists of those that did. An open one is in none of them.
func (t *tx) dropDeliveries(from []byte, before time.Time, most int) (p piece) {
	var last bots.ID
	c := t.bucket(tFinal).Cursor()
	k, _ := c.Seek(from)
	for k != nil {
		if p.dropped >= most {
			p.more, p.place = true, bytes.Clone(k)
			break
		}
		if !keyTime(k[1:]).Before(before) {
			if k[0] == 0xff {
				break
			}
			k, _ = c.Seek([]byte{k[0] + 1}) // the next state
			continue
		}
		id := lastID(k)
		if b := t.record(tStatus, id); len(b) > 1 && b[0] == tagDelivery && b[1] == k[0] {
			t.set.delete(tPlan, idKey(nil, id))
			t.set.delete(tStatus, idKey(nil, id))
			last = max(last, id)
		}
		t.set.delete(tFinal, bytes.Clone(k)) // also of one that ended once more since: it has another entry
		p.dropped++
		k, _ = c.Next()
	}
	t.noteDropped(keyDroppedDeliveries, last)
	return p
}

// dropChanges drops entries of the outbox of which every line is older than a time, and stands in the journal, if there is one. The newest
// one stays: it says where the rest begins.
func (t *tx) dropChanges(from []byte, before time.Time, most int, journal bool) (p piece) {
	seen := ^uint64(0)
	if journal {
		seen = keyNumber(t.get(tCursor, name(journalCursor)))
	}
	c := t.bucket(tChange).Cursor()
	k, v := c.Seek(from)
	for k != nil {
		newest, last := time.Time{}, keyNumber(k)
		must(tChange, k, eachLine(last, v, 0, func(line bots.Change) bool {
			newest, last = later(newest, line.At), line.ID
			return true
		}))
		key := bytes.Clone(k)
		if k, v = c.Next(); k == nil || last > seen || !newest.Before(before) {
			break
		}
		if p.dropped >= most {
			p.more, p.place = true, key
			break
		}
		t.set.delete(tChange, key)
		p.dropped++
	}
	return p
}

// dropQuarantined drops what nobody took out of quarantine.
func (t *tx) dropQuarantined(_ []byte, before time.Time, most int) (p piece) {
	t.read(tQuarantine, nil)
	limit := t.db.ids.at(before)
	c := t.bucket(tQuarantine).Cursor()
	for k, _ := c.First(); k != nil && lastID(k) < limit; k, _ = c.Next() {
		if p.dropped >= most {
			p.more = true
			break
		}
		t.set.delete(tQuarantine, bytes.Clone(k))
		p.dropped++
	}
	return p
}

// dropEnded drops one-time links that ended long ago.
func (t *tx) dropEnded(_ []byte, _ time.Time, most int) piece {
	n := t.dropLinks(most)
	return piece{dropped: n, more: n == most}
}

// FirstChange is the number of the oldest line of the outbox that is kept; of none, the next one's.
func (db *DB) FirstChange(ctx context.Context) (uint64, error) {
	return view(ctx, db, func(t *tx) (uint64, error) {
		if k, _ := t.bucket(tChange).Cursor().First(); k != nil {
			return keyNumber(k), nil
		}
		return db.LastChange() + 1, nil
	})
}
