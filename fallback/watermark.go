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
	var newest *bots.Message
	var state bots.MessageState
	for _, chat := range sides(tx, p.Chat, p.Also) {
		m, s := newestBefore(tx, chat, p)
		if m == nil {
			continue
		}
		if newest == nil || m.ID > newest.ID {
			newest, state, m = m, s, newest
		}
		if m != nil {
			walk(tx, m.ID, p.At)
		}
	}
	if newest != nil {
		settled := walk(tx, newest.Prev, p.At)
		grow(tx, newest, state, Evidence{Level: p.Level, Kind: p.Kind, At: p.At}, settled)
	}
}

// newestBefore is the newest message of ours to an address before the person's; nil: there is none.
func newestBefore(tx View, chat bots.Address, p *bots.Proof) (*bots.Message, bots.MessageState) {
	for m := tx.Message(tx.LastSent(chat)); m != nil; m = tx.Message(m.Prev) {
		if s := tx.MessageState(m.ID); before(&s, p) {
			return m, s
		}
	}
	return nil, bots.MessageState{}
}

// walkBeside marks what we sent to the other address of a chat before a message as read.
func walkBeside(tx Tx, m *bots.Message, p *bots.Proof) {
	if !bots.TwoAddresses(m.Channel) {
		return
	}
	also := p.Also
	if also == m.To {
		also = p.Chat
	}
	for _, chat := range sides(tx, m.To, also) {
		if chat == m.To || chat.ID == "" {
			continue
		}
		last := tx.Message(tx.LastSent(chat))
		for last != nil && last.ID > m.ID {
			last = tx.Message(last.Prev)
		}
		if last != nil {
			walk(tx, last.ID, p.At)
		}
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
	if grew && was.Level == bots.None {
		acted(tx, m)
	}
	if grew {
		tx.Change(bots.Change{Type: "message.status", At: tx.Now(), Contact: m.Contact, Delivery: m.Delivery, Message: m.ID, Channel: m.Channel, State: s.Status(), Reason: p.Kind, Leg: m.Leg})
	}
	if d := tx.Delivery(m.Delivery); d != nil {
		d.Prove(m.Leg, p, tx.Now())
		save(tx, d)
	}
}
