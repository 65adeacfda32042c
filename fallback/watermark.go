package fallback

import (
	"slices"
	"strconv"
	"time"

	"kaskad/bots"
)

// unnamed takes an inbound message without reference: the newest message of ours before it is engaged, all older ones are
// read. Order is the channel's own: lower ids, or what settled before the person's message. Arrival time is never used.
func unnamed(tx Tx, p *bots.Proof) {
	for id := tx.LastSent(p.Chat); id != 0; {
		m := tx.Message(id)
		if m == nil {
			return
		}
		s := tx.MessageState(id)
		if before(&s, p) {
			settled := walk(tx, m.Prev, p.At)
			grow(tx, m, s, Evidence{Level: p.Level, Kind: p.Kind, At: p.At}, settled)
			return
		}
		id = m.Prev
	}
}

// before reports whether a message of ours stands before the person's in the channel's own order. One whose outcome is not
// known is proven only by what names it.
func before(s *bots.MessageState, p *bots.Proof) bool {
	if s.Level == bots.None || s.Failed {
		return false
	}
	if p.Below != "" {
		ours, err1 := strconv.ParseInt(s.ProviderID, 10, 64)
		theirs, err2 := strconv.ParseInt(p.Below, 10, 64)
		return err1 == nil && err2 == nil && ours < theirs
	}
	return !s.SentAt.IsZero() && s.SentAt.Before(p.Before)
}

// walk marks what stands before a read message as read, back to the first one that such a walk has passed. It reports whether
// all of it is settled: an attempt that is under way or uncertain is not marked, and the next walk must come by here again.
func walk(tx Tx, id bots.ID, at time.Time) (settled bool) {
	type message struct {
		*bots.Message
		state bots.MessageState
	}
	older := make([]message, 0, 8)
	for id != 0 {
		m := tx.Message(id)
		if m == nil {
			break
		}
		s := tx.MessageState(id)
		if s.Passed >= bots.Read {
			break
		}
		older = append(older, message{m, s})
		id = m.Prev
	}
	settled = true
	for _, m := range slices.Backward(older) {
		s := &m.state
		settled = settled && !s.Sending && !(s.Uncertain && tx.Now().Sub(m.At) < OrphanLife)
		if s.Level > bots.None && !s.Failed {
			grow(tx, m.Message, *s, Evidence{Level: bots.Read, Kind: "watermark", At: at}, settled)
		}
	}
	return settled
}

// grow raises one message's level from its state, and proves its delivery. Settled: everything before it is read as well, so that
// no later walk has to go on from here.
func grow(tx Tx, m *bots.Message, s bots.MessageState, p Evidence, settled bool) {
	was := s
	grew := s.Grow(p.Level, p.At)
	if settled {
		s.Passed = max(s.Passed, bots.Read)
	}
	if s != was {
		tx.PutMessageState(m.ID, s)
	}
	if grew {
		tx.Change(bots.Change{Type: "message.status", At: tx.Now(), Contact: m.Contact, Delivery: m.Delivery, Message: m.ID, Channel: m.Channel, State: s.Status(), Reason: p.Kind, Leg: m.Leg})
	}
	if d := tx.Delivery(m.Delivery); d != nil {
		d.Prove(m.Leg, p, tx.Now())
		save(tx, d)
	}
}
