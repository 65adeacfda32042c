package fallback

import (
	"strconv"
	"time"

	"kaskad/bots"
)

// Receive makes one event durable, in one transaction: who, which conversation, what it proves, what it forbids. ErrSeen when
// it came before. Any other error means that nothing was written: the caller keeps the raw event in quarantine.
func Receive(tx Tx, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	if e.ID != "" && tx.Seen(e.ID) {
		return bots.Turn{}, ErrSeen
	}
	turn, err := take(tx, e, r, w)
	if err == nil && e.ID != "" {
		tx.MarkSeen(e.ID)
	}
	return turn, err
}

// take applies an event that is known to be new.
func take(tx Tx, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	turn := load(tx, e)
	if err := r.Core.Apply(&turn, tx.Now()); err != nil {
		return turn, err
	}
	putTurn(tx, &turn)
	if turn.Stopped {
		optOut(tx, turn.Contact.ID)
	}
	for i := range turn.Proofs {
		if err := prove(tx, &turn.Proofs[i], r, w); err != nil {
			return turn, err
		}
	}
	return turn, nil
}

// load fills a turn with what the rules need to know.
func load(tx Tx, e bots.Event) bots.Turn {
	turn := bots.Turn{Event: e}
	if e.Kind == bots.Reported {
		return turn // the proof finds its message by itself
	}
	if c := tx.Contact(whose(tx, e)); c != nil {
		turn.Contact = *c
		turn.Conversation = tx.Conversation(c.ID)
	}
	if c := tx.Contact(claimed(tx, e)); c != nil {
		turn.Claimed = *c
		turn.ClaimedTalk = tx.Conversation(c.ID)
	}
	return turn
}

func whose(tx Tx, e bots.Event) bots.ID {
	if e.Contact != 0 {
		return e.Contact
	}
	if d := e.Delivery; d != 0 {
		if have := tx.Delivery(d); have != nil {
			return have.Contact
		}
	}
	return tx.FindContact(bots.Ref{Kind: e.Chat.Channel, Value: e.Chat.ID})
}

// claimed is whom a link's payload or a shared phone says the person is.
func claimed(tx Tx, e bots.Event) bots.ID {
	switch {
	case e.Kind == bots.Started && e.Payload != "":
		l, ok := tx.Link(e.Payload)
		if ok && !l.Used && l.Channel == e.Chat.Channel && tx.Now().Before(l.Expires) {
			return l.Contact
		}
	case e.Kind == bots.Shared && e.Phone != "":
		return tx.FindContact(bots.Ref{Kind: "phone", Value: e.Phone})
	}
	return 0
}

// putTurn writes what the rules decided about contact, conversation and message.
func putTurn(tx Tx, t *bots.Turn) {
	if t.NewContact {
		t.Contact.ID = tx.NewID()
	}
	if t.Claimed.ID != 0 && t.Claimed.ID != t.Contact.ID && t.Event.Kind != bots.Reported {
		c := t.Claimed
		tx.PutContact(&c) // the one who lost the address, first: the index must end up with the winner
	}
	if t.Contact.ID != 0 {
		c := t.Contact
		tx.PutContact(&c)
	}
	if t.LinkUsed {
		tx.UseLink(t.Event.Payload)
	}
	if t.Message != nil {
		t.Message.ID, t.Message.Contact = tx.NewID(), t.Contact.ID
		if m := named(tx, t.Event.Step, t.Event.Chat, providerKey(t.Event.Sender, t.Event.Chat.ID, t.Event.On)); m != nil {
			t.Message.ReplyTo = m.ID
		}
		tx.PutMessage(t.Message)
		t.Conversation.LastID = t.Message.ID
	}
	if t.Message != nil || t.Conversation.State != bots.NoConversation {
		t.Conversation.Contact = t.Contact.ID
		tx.PutConversation(t.Conversation)
	}
	for _, c := range t.Changes {
		c.At, c.Contact = tx.Now(), t.Contact.ID
		if t.Message != nil && c.Message == 0 {
			c.Message = t.Message.ID
		}
		tx.Change(c)
	}
}

// optOut ends the person's open marketing deliveries: they said no.
func optOut(tx Tx, contact bots.ID) {
	tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		d := tx.Delivery(id)
		if d != nil && !d.State.Final() && d.Purpose == Marketing {
			d.OptOut(tx.Now())
			save(tx, d)
		}
		return true
	})
}

// named finds the message of ours that an event or receipt names: by our id, which must belong to that chat, or by the
// channel's.
func named(tx View, step bots.ID, chat bots.Address, key ProviderKey) *bots.Message {
	if step != 0 {
		m := tx.Message(step)
		if m != nil && !m.In && m.To.Channel == chat.Channel && (chat.ID == "" || m.To.ID == chat.ID) {
			return m
		}
	}
	if key.ID == "" {
		return nil
	}
	if id := tx.ByProvider(key); id != 0 {
		return tx.Message(id)
	}
	return nil
}

// prove takes one proof to the messages it speaks of.
func prove(tx Tx, p *bots.Proof, r *Rules, w *World) error {
	if p.Below != "" || !p.Before.IsZero() {
		unnamed(tx, p)
		return nil
	}
	key := providerKey(p.Sender, p.Chat.ID, p.ProviderID)
	m := named(tx, p.Step, p.Chat, key)
	if m == nil {
		m = doubted(tx, p)
	}
	if m == nil {
		if p.ProviderID != "" && p.Sender != "" {
			tx.PutOrphan(Orphan{Key: key, Chat: p.Chat, Proof: *p, At: tx.Now()})
		}
		return nil
	}
	return proveMessage(tx, m, p, r, w)
}

// proveMessage proves one message and, where the proof is a watermark, everything of ours before it.
func proveMessage(tx Tx, m *bots.Message, p *bots.Proof, r *Rules, w *World) error {
	if p.Failed {
		return undelivered(tx, m, p, r, w)
	}
	learnID(tx, m, p)
	grow(tx, m, Evidence{Level: p.Level, Kind: p.Kind, Data: p.Data, At: p.At}, p.Watermark)
	if p.Watermark {
		walk(tx, m.Prev, p.At)
	}
	return nil
}

// learnID remembers the channel's id of a message whose send never told it.
func learnID(tx Tx, m *bots.Message, p *bots.Proof) {
	s := tx.MessageState(m.ID)
	if s.ProviderID == "" && p.ProviderID != "" {
		s.ProviderID = p.ProviderID
		tx.PutMessageState(m.ID, s)
		tx.PutProvider(providerKey(p.Sender, m.To.ID, p.ProviderID), m.ID)
	}
}

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
			grow(tx, m, Evidence{Level: p.Level, Kind: p.Kind, At: p.At}, true)
			walk(tx, m.Prev, p.At)
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

// walk marks what stands before a read message as read, until it meets one that such a walk has passed.
func walk(tx Tx, id bots.ID, at time.Time) {
	for id != 0 {
		m := tx.Message(id)
		if m == nil {
			return
		}
		s := tx.MessageState(id)
		if s.Passed >= bots.Read {
			return
		}
		if s.Level > bots.None && !s.Failed {
			grow(tx, m, Evidence{Level: bots.Read, Kind: "watermark", At: at}, true)
		}
		id = m.Prev
	}
}

// grow raises one message's level, and proves its delivery.
func grow(tx Tx, m *bots.Message, p Evidence, watermark bool) {
	s := tx.MessageState(m.ID)
	was := s
	grew := s.Grow(p.Level, p.At)
	if watermark {
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

// undelivered takes a report that a message will not arrive.
func undelivered(tx Tx, m *bots.Message, p *bots.Proof, r *Rules, w *World) error {
	s := tx.MessageState(m.ID)
	if s.Level > bots.Accepted || s.Failed {
		return nil // failed only if nothing better is known
	}
	s.Failed, s.Uncertain, s.Fault, s.Reason, s.FailedAt = true, false, p.Fault, p.Reason, p.At
	tx.PutMessageState(m.ID, s)
	d := tx.Delivery(m.Delivery)
	if d == nil {
		return nil
	}
	contact := tx.Contact(d.Contact)
	if contact == nil {
		return nil
	}
	before := d.Cost().Amount
	d.Undelivered(m.Leg, p.Fault, p.Reason, env(tx, r, w, contact, d.Purpose), tx.Now())
	if diff := d.Cost().Amount - before; diff != 0 {
		tx.AddSpent(day(s.ClaimedAt, r.Zone), bots.Money{Amount: diff, Currency: r.SpendPerDay.Currency})
	}
	save(tx, d)
	tx.Change(bots.Change{Type: "message.status", At: tx.Now(), Contact: m.Contact, Delivery: m.Delivery, Message: m.ID, Channel: m.Channel, State: s.Status(), Reason: p.Reason, Leg: m.Leg})
	if p.Fault != bots.Refused || w.Distrusted[m.Channel] {
		return nil
	}
	return refuse(tx, m.To, p.At, r, w)
}

// doubted finds the one uncertain attempt of the chat whose send window covers the moment the channel took the message.
func doubted(tx View, p *bots.Proof) *bots.Message {
	at := p.SentAt
	if at.IsZero() {
		at = p.At
	}
	var found *bots.Message
	id := tx.LastSent(p.Chat)
	for range orphanWalk {
		m := tx.Message(id)
		if m == nil || tx.Now().Sub(m.At) > OrphanLife {
			break
		}
		if s := tx.MessageState(id); s.Uncertain && s.ProviderID == "" && covers(&s, at) {
			if found != nil {
				return nil // two could be meant: neither is proven
			}
			found = m
		}
		id = m.Prev
	}
	return found
}

// orphanWalk bounds how many messages of a chat are looked at for an uncertain one.
const orphanWalk = 64

// covers reports whether the send window of an attempt covers a moment; the channel's clock may differ a little from ours.
func covers(s *bots.MessageState, at time.Time) bool {
	const skew = 2 * time.Second
	return !at.Before(s.ClaimedAt.Add(-skew)) && !at.After(s.LeaseEnd.Add(skew))
}

// joinOrphans applies what arrived about a message before its send settled: by the channel's id, or, for an attempt whose
// outcome is not known, by the chat and the send window.
func joinOrphans(tx Tx, message bots.ID, s bots.MessageState, r *Rules, w *World) error {
	m := tx.Message(message)
	if m == nil {
		return nil
	}
	key := providerKey(s.Sender, m.To.ID, s.ProviderID)
	var found []Orphan
	if s.ProviderID != "" {
		found = tx.Orphans(key)
	} else if s.Uncertain {
		for _, o := range tx.Orphans(ProviderKey{Sender: s.Sender, Chat: m.To.ID}) {
			if doubt := doubted(tx, &o.Proof); doubt != nil && doubt.ID == m.ID {
				found = append(found, o)
			}
		}
	}
	for i := range found {
		p := &found[i].Proof
		if tx.Now().Sub(found[i].At) >= OrphanLife {
			continue
		}
		if err := proveMessage(tx, m, p, r, w); err != nil {
			return err
		}
	}
	return nil
}
