package fallback

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"kaskad/bots"
)

// Receive makes one event durable, in one transaction: who, which conversation, what it proves, what it forbids. ErrSeen when
// it came before; an answerable one comes back as it was answered then, and nothing is written. Any other error means that nothing was written: the caller keeps the raw event in quarantine.
func Receive(tx Tx, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	if seen(tx, &e) {
		if e.Answerable {
			return bots.Turn{Event: e, Said: tx.Message(tx.ByProvider(answerKey(&e))), Repeated: true}, nil
		}
		return bots.Turn{}, ErrSeen
	}
	watched := &watched{Tx: tx}
	turn, err := take(watched, e, r, w)
	turn.Moved = watched.moved
	if err == nil {
		markSeen(tx, &e)
	}
	return turn, err
}

// seen reports whether an event came before, under any of its ids.
func seen(tx Tx, e *bots.Event) bool {
	return e.ID != "" && (tx.Seen(e.ID) || slices.ContainsFunc(e.AlsoIDs, tx.Seen))
}

func markSeen(tx Tx, e *bots.Event) {
	if e.ID == "" {
		return
	}
	tx.MarkSeen(e.ID)
	for _, id := range e.AlsoIDs {
		tx.MarkSeen(id)
	}
}

// ReceiveResult is what became of one of several events.
type ReceiveResult struct {
	Turn bots.Turn
	Seen bool // it came before, and nothing was said to it
}

// ReceiveAll makes several events durable in one transaction, in their order. An error of one of them is that of all, and nothing was
// written.
func ReceiveAll(tx Tx, events []bots.Event, r *Rules, w *World) ([]ReceiveResult, error) {
	done := make([]ReceiveResult, len(events))
	for i, e := range events {
		turn, err := Receive(tx, e, r, w)
		if done[i] = (ReceiveResult{Turn: turn, Seen: errors.Is(err, ErrSeen)}); err != nil && !done[i].Seen {
			return nil, err
		}
	}
	return done, nil
}

// watched is a transaction that notes whether a delivery got something to wait for. Most events only end deliveries, and then
// nobody has to look at the lanes.
type watched struct {
	Tx
	moved bool
}

func (t *watched) PutStatus(d *Delivery) {
	t.moved = t.moved || !d.State.Final()
	t.Tx.PutStatus(d)
}

func (t *watched) PutConversation(c bots.Conversation) {
	t.moved = t.moved || !c.Wait.Due.IsZero() && c.Wait.Due.Before(t.Now().Add(idle))
	t.Tx.PutConversation(c)
}

// take applies an event that is known to be new.
func take(tx Tx, e bots.Event, r *Rules, w *World) (bots.Turn, error) {
	if e.Chat.Channel == bots.Staff {
		return takeStaff(tx, e, r, w)
	}
	if linked, err := linkStaff(tx, &e, r, w); linked || err != nil {
		return bots.Turn{Event: e}, err
	}
	member, err := memberChat(tx, &e)
	if err != nil {
		return bots.Turn{Event: e}, err
	}
	if member != nil {
		return takeMember(tx, member, e, r, w)
	}
	if forgotten(tx, &e) {
		return bots.Turn{Event: e}, nil
	}
	if e.Kind == bots.ByOwner && tx.ByProvider(providerKey(senderOf(&e), e.Chat.ID, e.MessageID)) != 0 {
		return bots.Turn{Event: e}, nil // the program's own, told back to it
	}
	turn := load(tx, wayIn(tx, e, r))
	offered(tx, &turn, r)
	claims(tx, &turn, r)
	r.Codes.mask(tx, &turn)
	if err := r.Core.Apply(&turn, tx.Now()); err != nil {
		return turn, err
	}
	r.heard(&turn, tx.Now())
	r.Codes.denied(tx, &turn)
	lift(tx, &turn)
	putTurn(tx, &turn, r)
	if turn.Stopped {
		optOut(tx, turn.Contact.ID)
		sharers(tx, &turn)
		readers(tx, &turn)
	}
	if turn.Intent == bots.SaysNotMe {
		stray(tx, &turn, r, w)
	}
	if m := turn.Ours; m != nil {
		if err := joinOrphans(tx, m.ID, tx.MessageState(m.ID), r, w); err != nil {
			return turn, err
		}
	}
	holdAds(tx, &turn, r)
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
	turn.Contact, turn.Conversation = owner(tx, whose(tx, e))
	turn.Way = way(tx, &e, turn.Contact.ID)
	turn.Claimed, turn.ClaimedTalk = owner(tx, claimed(tx, e))
	if !bots.TwoAddresses(e.Chat.Channel) {
		return turn
	}
	twin := e.Twin()
	if e.Kind == bots.Moved {
		twin = e.Next()
	}
	turn.Twin.Contact, turn.Twin.Conversation = owner(tx, at(tx, twin))
	if phone := e.Proves(); phone != "" {
		turn.Proven.Contact, turn.Proven.Conversation = owner(tx, tx.FindContact(bots.Ref{Kind: "phone", Value: phone}))
	}
	return turn
}

// owner reads a contact for the rules, which change it in place.
func owner(tx Tx, id bots.ID) (bots.Contact, bots.Conversation) {
	c := tx.Contact(id)
	if c == nil {
		return bots.Contact{}, bots.Conversation{}
	}
	found := *c
	found.Addresses = slices.Clone(c.Addresses)
	return found, tx.Conversation(c.ID)
}

// at is whose an address is.
func at(tx View, a bots.Address) bots.ID {
	if a.ID == "" {
		return 0
	}
	return tx.FindContact(bots.Ref{Kind: a.Channel, Value: a.ID})
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
	return at(tx, e.Chat)
}

// claimed is whom a link's payload or a shared phone says the person is.
func claimed(tx Tx, e bots.Event) bots.ID {
	switch {
	case carries(&e):
		if l, ok := tx.Link(e.Payload); ok && l.refuses(&e, tx.Now()) == "" {
			return l.Contact
		}
	case e.Kind == bots.Shared && e.Phone != "":
		return tx.FindContact(bots.Ref{Kind: "phone", Value: e.Phone})
	}
	return 0
}

// putTurn writes what the rules decided about contact, conversation and message.
func putTurn(tx Tx, t *bots.Turn, r *Rules) {
	if t.NewContact {
		t.Contact.ID = tx.NewID()
	}
	putLost(tx, t) // who lost an address, first: the index must end up with the winner
	putFormers(tx, t)
	lines := t.Contact.Said
	if putContact(tx, &t.Contact, sceneHere(tx, t)) {
		t.Note(sharedNo(tx, &t.Contact, bots.SMS))
		optOut(tx, t.Contact.ID)
	}
	if t.LinkUsed {
		tx.UseLink(t.Event.Payload)
	}
	cameBy(tx, t)
	if t.Message != nil {
		putHeard(tx, t)
		spoken(tx, t, lines)
	}
	if t.Ours != nil {
		putOwners(tx, t)
	}
	if t.Said != nil {
		putSaid(tx, t)
	}
	if t.Message != nil || t.Ours != nil || t.Said != nil || t.Way.Refused == bots.LinkUnproven || t.Conversation.State != bots.NoConversation {
		t.Conversation.Contact = t.Contact.ID
		before := tx.Conversation(t.Contact.ID)
		if len(r.Staff.Groups) > 0 && t.Conversation.Group == "" && t.Message != nil {
			t.Conversation.Group = r.Staff.groupOf(tx, &before, &t.Contact, t.Message.Channel)
		}
		r.retime(tx, &before, &t.Conversation)
		tx.PutConversation(t.Conversation)
	}
	for _, c := range t.Changes {
		c.At = tx.Now()
		if c.Contact == 0 {
			c.Contact = t.Contact.ID
		}
		if m := appended(t); m != nil && c.Message == 0 {
			c.Message = m.ID
		}
		tx.Change(c)
	}
}

// answerKey is where the message is found with which an event was answered: a repeat is answered the same.
func answerKey(e *bots.Event) ProviderKey {
	return ProviderKey{Sender: e.Sender, ID: "answer:" + e.ID}
}

// answerTime is within which the channel shows what stood in our response. Nobody tells us whether it did: until a receipt, an
// answer or a button names the message, it is uncertain like a send without an outcome.
const answerTime = time.Minute

// putSaid appends what the core says in the response to a call.
func putSaid(tx Tx, t *bots.Turn) {
	m := t.Said
	m.ID, m.Contact, m.Prev, m.Seq = tx.NewID(), t.Contact.ID, tx.LastSent(m.To), 1
	m.Under = under(tx, &t.Contact, m.To)
	if p := tx.Message(m.Prev); p != nil {
		m.Seq = p.Seq + 1
	}
	tx.PutMessage(m)
	tx.PutMessageState(m.ID, bots.MessageState{
		Uncertain: true, Sender: t.Event.Sender, Attempt: 1, ClaimedAt: tx.Now(), LeaseEnd: tx.Now().Add(answerTime), SentAt: tx.Now(),
	})
	tx.PutProvider(answerKey(&t.Event), m.ID)
	if t.Conversation.LastID == 0 {
		t.Conversation.Said(m, false)
	}
	t.Note(bots.Change{Type: "message.status", Channel: m.Channel, Message: m.ID, State: "uncertain"})
}

// putContact writes a contact that the rules changed: most events change none. One who comes to own a number takes the no that
// stands there; it reports whether. At is where the rules' reason lies.
func putContact(tx Tx, c *bots.Contact, at bots.Scene) (heeded bool) {
	if c.ID == 0 {
		return false
	}
	old := tx.Contact(c.ID)
	if old != nil && at.Event == "" && reflect.DeepEqual(*old, *c) {
		return false
	}
	Testify(tx, old, c, at, "")
	heeded = heed(tx, old, c)
	tx.PutContact(c)
	return heeded
}

// prove takes one proof to the messages it speaks of.
func prove(tx Tx, p *bots.Proof, r *Rules, w *World) error {
	if p.At.IsZero() {
		p.At = tx.Now()
	}
	switch {
	case p.Step == 0 && p.ProviderID == "" && ordered(p):
		unnamed(tx, p)
		return nil
	case p.Kind == "click":
		clicked(tx, p)
		return nil
	}
	m, known := find(tx, p)
	if m != nil && absent(tx, m.Contact) {
		return nil // the person was erased: nothing more is learnt of them
	}
	if m != nil {
		return proveMessage(tx, m, p, r, w)
	}
	if dropped(tx, p) {
		return nil
	}
	if ordered(p) { // an answer to what is not ours: the person was there all the same
		read := *p
		read.Level, read.Kind = bots.Read, "watermark"
		unnamed(tx, &read)
	}
	if !known && p.ProviderID != "" && p.Sender != "" {
		tx.PutOrphan(Orphan{Key: providerKey(p.Sender, p.Chat.ID, p.ProviderID), Chat: p.Chat, Proof: *p, At: tx.Now()})
	}
	return nil
}

// ordered reports whether a proof says where the person's message stands in the channel's own order.
func ordered(p *bots.Proof) bool { return p.Below != "" || !p.Before.IsZero() }

// proveMessage proves one message and, where the proof is a watermark, everything of ours before it.
func proveMessage(tx Tx, m *bots.Message, p *bots.Proof, r *Rules, w *World) error {
	if p.Failed {
		return undelivered(tx, m, p, r, w)
	}
	learnID(tx, m, p)
	if p.Free {
		unbilled(tx, m, r)
	}
	watermark := p.Watermark && m.Standing() // nobody reads in its turn what was done to another message
	settled := watermark && walk(tx, m.Prev, p.At)
	if watermark {
		walkBeside(tx, m, p)
	}
	grow(tx, m, tx.MessageState(m.ID), Evidence{Level: p.Level, Kind: p.Kind, Data: p.Data, At: p.At}, settled)
	return nil
}

// undelivered takes a report that a message will not arrive.
func undelivered(tx Tx, m *bots.Message, p *bots.Proof, r *Rules, w *World) error {
	s := tx.MessageState(m.ID)
	if s.Level > bots.Accepted || s.Failed || ofAnother(&s, p) {
		return nil // failed only if nothing better is known
	}
	d := tx.Delivery(m.Delivery)
	if d == nil || m.Leg >= len(d.Route) || !d.Route[m.Leg].out() {
		return nil
	}
	contact := tx.Contact(d.Contact)
	if contact == nil {
		return nil
	}
	told, holder := refusal(tx, &bots.SendError{Fault: p.Fault, AdsOnly: p.AdsOnly}, contact, m.To)
	s.Failed, s.Uncertain, s.Fault, s.Reason, s.FailedAt = true, false, told.Fault, p.Reason, p.At
	tx.PutMessageState(m.ID, s)
	before := d.Cost()
	d.Undelivered(m.Leg, told.Fault, p.Reason, env(tx, r, w, contact, d.Purpose), tx.Now())
	correctSpent(tx, s.ClaimedAt, before, d.Cost(), r)
	save(tx, d)
	tx.Change(bots.Change{Type: "message.status", At: tx.Now(), Contact: m.Contact, Delivery: m.Delivery, Message: m.ID, Channel: m.Channel, State: s.Status(), Reason: p.Reason, Leg: m.Leg})
	return conclude(tx, m.To, told, holder.ID, p.At, r, w)
}

// ofAnother reports whether a report is about an earlier attempt of the message: by another provider, or by another id.
func ofAnother(s *bots.MessageState, p *bots.Proof) bool {
	return p.Sender != "" && s.Sender != "" && p.Sender != s.Sender || p.ProviderID != "" && s.ProviderID != "" && p.ProviderID != s.ProviderID
}
