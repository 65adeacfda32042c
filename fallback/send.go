package fallback

import (
	"time"

	"kaskad/bots"
)

// Intent is a rendered step: what will be sent if the claim still stands.
type Intent struct {
	Delivery bots.ID
	Leg      int
	Out      bots.Outgoing
	Links    []string // where the tracked links of the text lead
	Sender   string   // whose price Cost is; empty: any
	Parts    int
	Cost     bots.Money
	Invite   *Link  // the one-time link that the text carries; nil: none
	Token    string // of the link that the text carries: on the wire in the place of its mask; empty: there is none
	Code     string // stands on the wire in the place of its mask, and nowhere else; empty: there is none
	Way      string // the way out of marketing: on the wire in the place of its mask, and nowhere else; empty: there is none
	// NameOf is the provider id under which a message goes out, where that is of our making (bots.Namer); it must be pure. Nil: the
	// channel gives one.
	NameOf func(step bots.ID) string
}

// Claim makes the intent of one attempt durable: message, attempt, delivery in state sending. A nil attempt means that something
// came first (proof, stop, cancel, a pause, a hold): what that decided is written, and nothing may be sent.
func Claim(tx Tx, in *Intent, r *Rules, w *World) (*Attempt, error) {
	d := tx.Delivery(in.Delivery)
	if d == nil || in.Leg >= len(d.Route) {
		return nil, nil
	}
	contact := tx.Contact(d.Contact)
	if contact == nil && d.State.Final() {
		return nil, nil // the person was erased since
	}
	if contact == nil {
		return nil, &UnknownContact{Ref: bots.Ref{Kind: "id", Value: d.Contact.String()}}
	}
	if aboutErased(tx, d) {
		d.finish(Cancelled, ReasonErased, tx.Now())
		save(tx, d)
		return nil, nil
	}
	if to, ok := d.goesTo(tx, contact, &d.Route[in.Leg]); ok && to != in.Out.To {
		return nil, nil // rendered for another address: the lane comes back to it
	}
	counted, reason := d.Counted, d.Reason
	e := env(tx, r, w, contact, d.Purpose)
	e.Approved = in.Out.Approved != nil
	if in.Sender != "" && in.Sender != e.SenderFor(&d.Route[in.Leg]) {
		return nil, nil // another provider's turn since: its price is another one
	}
	if !mayInvite(tx, in, d, contact, r) {
		return nil, nil // rendered for somebody whom no messenger reached, and who had said no no: the lane comes back to it
	}
	if why := barred(tx, d); why != "" {
		d.Reject(in.Leg, why, e, tx.Now())
		save(tx, d)
		return nil, nil
	}
	a, err := d.Claim(in.Leg, in.Cost, e, tx.Now())
	if err != nil {
		if d.Reason == ReasonSpend && reason != ReasonSpend {
			reached(tx, r, d, in.Out.To.Channel, e.spentToday(tx.Now()))
		}
		save(tx, d)
		return nil, nil
	}
	out := in.Out
	refer(tx, d, contact, &out)
	a.Out = putOut(tx, d, contact, out, in, r)
	a.Out.Approved = e.chosen(&a.Out, tx.Now())
	a.Message = a.Out.Step
	s := tx.MessageState(a.Message)
	a.Parts = in.Parts
	s.Sending, s.Failed, s.Attempt, s.Sender, s.ClaimedAt, s.LeaseEnd, s.Parts = true, false, a.Number, a.Sender, a.At, a.Lease, in.Parts
	s.Approved = a.Out.Approved != nil
	s.Basis, s.BasisLine = permit(tx, d, contact, a.Out.To.Channel)
	if s.BasisOf = 0; s.BasisLine != 0 && tx.Message(a.Message).Under != 0 {
		s.BasisOf = contact.ID
	}
	if in.NameOf != nil { // known before the call: what comes of it is matched, whatever the call says
		s.ProviderID = in.NameOf(a.Message)
		tx.PutProvider(providerKey(a.Sender, a.Out.To.ID, s.ProviderID), a.Message)
	}
	tx.PutMessageState(a.Message, s)
	tx.PutAttempt(&a)
	putInvite(tx, in, tx.Message(a.Message))
	if d.Counted && !counted {
		tx.Count(d.owner(), tx.Now())
	}
	countWritten(tx, e, d)
	spend(tx, e, in.Cost)
	save(tx, d)
	return &a, nil
}

// reached notes, once a day, that the day's limit holds deliveries, with the sum that is spent. A step that is dear enough is held
// while there is money left: that is told once for itself, so that the day's end of money is told, too.
func reached(tx Tx, r *Rules, d *Delivery, channel string, spent bots.Money) {
	once := "spend.reached\x00" + day(tx.Now(), r.Zone)
	if !near(spent, r.SpendPerDay) {
		once = "spend.dear\x00" + day(tx.Now(), r.Zone)
	}
	if _, told := tx.Key(once); told {
		return
	}
	tx.PutKey(once, KeyUse{Delivery: d.ID})
	tx.Change(bots.Change{Type: "spend.reached", At: tx.Now(), Contact: d.Contact, Delivery: d.ID, Channel: channel, Reason: spent.Plus(r.SpendPerDay.Times(0)).String()})
}

// near reports whether four fifths of a limit are spent.
func near(spent, limit bots.Money) bool { return spent.Amount*5 >= limit.Amount*4 }

// spend adds to today's costs and notes when a limit comes near.
func spend(tx Tx, e *Env, cost bots.Money) {
	if cost.Amount == 0 {
		return
	}
	now, limit := tx.Now(), e.SpendPerDay
	if limit.Amount > 0 {
		spent := e.spentToday(now)
		if !near(spent, limit) && near(spent.Plus(cost), limit) {
			tx.Change(bots.Change{Type: "spend.warning", At: now, Reason: spent.Plus(cost).String()})
		}
	}
	tx.AddSpent(day(now, e.Zone), cost)
}

// putOut appends the message of a first attempt; a later attempt of the same leg sends the words of the first, but for a task that names
// another number now. It is the same message unless another one went to the chat meanwhile: its place in the chat is when it really goes,
// for a watermark.
func putOut(tx Tx, d *Delivery, c *bots.Contact, out bots.Outgoing, in *Intent, r *Rules) bots.Outgoing {
	l, links, masked := d.leg(), in.Links, in.Token != ""
	prev := tx.LastSent(out.To)
	if d.alters() {
		prev = 0 // it is none to be read in its turn
	}
	if m := tx.Message(l.Message); m != nil && m.To == out.To {
		other := d.Task(l) != "" && m.Text != out.Text
		if !other {
			links, masked = again(&out, m), m.Masked
		}
		if !other && (m.ID == prev || !m.Standing()) {
			out.Step = m.ID
			return out
		}
		s := tx.MessageState(m.ID)
		s.Failed, s.Reason, s.FailedAt = true, ReasonAgain, tx.Now()
		tx.PutMessageState(m.ID, s)
	}
	l.Message = tx.NewID()
	out.Step = l.Message
	m := &bots.Message{
		ID: out.Step, Contact: d.Contact, Under: standsUnder(tx, c, out.To, d.Under), To: out.To, Channel: out.To.Channel, Text: out.Text, Markup: out.Markup, Media: bots.Attached(out.Image, out.File), Buttons: out.Buttons,
		Links: links, Masked: masked, Approved: out.Approved, At: tx.Now(), Delivery: d.ID, Leg: d.Leg, Prev: prev, Seq: 1, Author: d.Author, ReplyTo: d.ReplyTo, Kind: kindOf(d.Act),
	}
	if d.Task(l) != "" { // it is said in the room, and not to the person
		m.Contact, m.Under, m.ReplyTo = tx.FindContact(bots.Ref{Kind: bots.Staff, Value: out.To.ID}), 0, 0
	}
	if p := tx.Message(prev); p != nil {
		m.Seq = p.Seq + 1
	}
	if d.Copy != nil {
		m.Media = d.Copy.Media
	}
	tx.PutMessage(m)
	if !m.Standing() || m.Contact != d.Contact {
		return out
	}
	if talk := tx.Conversation(d.Contact); talk.LastID == 0 || d.Author != "" {
		before := talk
		talk.Contact = d.Contact
		talk.Said(m, d.Author != "")
		r.retime(tx, &before, &talk)
		tx.PutConversation(talk)
	}
	return out
}

// again puts the words of an earlier attempt into a message, with where its links lead.
func again(out *bots.Outgoing, m *bots.Message) (links []string) {
	if out.Act == bots.CopyAct {
		return nil // what stands under it is told by what it is a copy of
	}
	out.Text, out.Markup, out.Image, out.File, out.Buttons, out.Approved = m.Text, m.Markup, m.Image(), m.File(), m.Buttons, m.Approved
	return m.Links
}

// Settle makes the outcome of an attempt durable, whatever became of its delivery meanwhile, and joins what arrived about the
// message before its id was known.
func Settle(tx Tx, a *Attempt, res Result, r *Rules, w *World) error {
	d := tx.Delivery(a.Delivery)
	if d == nil {
		return ErrUnknownDelivery
	}
	contact := tx.Contact(d.Contact)
	if _, gone := tx.Erased(d.Contact); contact == nil && gone {
		return settleErased(tx, d, a, res, &bots.Contact{ID: d.Contact}, r, w)
	}
	if m := tx.Message(a.Message); contact != nil && m != nil && absent(tx, m.Contact) { // it went to a chat of somebody who was one person with this one
		return settleErased(tx, d, a, res, contact, r, w)
	}
	if contact == nil {
		return &UnknownContact{Ref: bots.Ref{Kind: "id", Value: d.Contact.String()}}
	}
	var holder *bots.Contact
	res.Err, holder = refusal(tx, res.Err, contact, a.Out.To)
	e, before := env(tx, r, w, contact, d.Purpose), d.Cost()
	under := d.State == Sending && d.Leg == a.Leg && d.leg().Attempts == a.Number
	if err := d.roomFault(tx, a, &res); err != nil {
		return err
	}
	d.Settle(*a, res, e, tx.Now())
	if under {
		uncountWritten(tx, e, d, a, res.Err)
	}
	correctSpent(tx, a.At, before, d.Cost(), r)
	tx.PutAttemptResult(a, res)
	s := settled(tx, a, res, d)
	save(tx, d)
	if err := topicAnswer(tx, d, a, res, r, w); err != nil {
		return err
	}
	if err := lateTask(tx, d, a, &res, under); err != nil {
		return err
	}
	if err := joinOrphans(tx, a.Message, s, r, w); err != nil || res.Err == nil {
		return err
	}
	return conclude(tx, a.Out.To, res.Err, holder.ID, tx.Now(), r, w)
}

// unbilled takes the channel's word that it bills nothing for a message: its leg cost nothing, on the day it went out.
func unbilled(tx Tx, m *bots.Message, r *Rules) {
	d := tx.Delivery(m.Delivery)
	if d == nil {
		return
	}
	before := d.Cost()
	if d.Unbilled(m.Leg) {
		correctSpent(tx, tx.MessageState(m.ID).ClaimedAt, before, d.Cost(), r)
		save(tx, d)
	}
}

// correctSpent takes into a day's sum what a cost turned out to be.
func correctSpent(tx Tx, at time.Time, before, after bots.Money, r *Rules) {
	if diff := after.Amount - before.Amount; diff != 0 {
		tx.AddSpent(day(at, r.Zone), bots.Money{Amount: diff, Currency: before.Plus(after).Currency})
	}
}

// soften reads "refused" of an address that was never active as "unreachable": some channels answer one word for both. One that was
// found unreachable says nothing new by it: it may have been the first of two answers. A no to marketing alone has a word of its own.
func soften(err *bots.SendError, c *bots.Contact, to bots.Address) *bots.SendError {
	if err == nil || err.Fault != bots.Refused || err.AdsOnly {
		return err
	}
	place := c.Address(to)
	if place == nil || bots.Messenger(to.Channel) && (place.State == bots.Unverified || place.State == bots.UnreachableState) {
		soft := *err
		soft.Fault = bots.Unreachable
		return &soft
	}
	return err
}

// settled writes the outcome into the state of the message.
func settled(tx Tx, a *Attempt, res Result, d *Delivery) bots.MessageState {
	now := tx.Now()
	s := tx.MessageState(a.Message)
	if s.Attempt != a.Number {
		return s // an earlier attempt, told twice
	}
	s.Sending = false
	switch {
	case res.Err == nil:
		s.SentAt, s.ChannelAt, s.Uncertain = now, res.Receipt.SentAt, false
		if short := shortOf(res.Receipt); short != "" && !s.Failed {
			s.Reason = short
		}
		if res.Receipt.Parts > 0 {
			s.Parts = res.Receipt.Parts
		}
		if s.Grow(bots.Accepted, now) {
			acted(tx, tx.Message(a.Message))
		}
		if id := res.Receipt.ID; id != "" && (id != a.Out.On || a.Out.Act == bots.CopyAct) { // what is done to a message may come back under that one's id
			nameAs(tx, &s, a, &res.Receipt)
		}
	case res.Err.Fault == bots.Uncertain:
		s.Uncertain = s.Level == bots.None && !s.Failed
	case d.Route[a.Leg].Outcome == Fell && s.Level == bots.None:
		s.Failed, s.Uncertain, s.Fault, s.Reason, s.FailedAt = true, false, res.Err.Fault, faultReason(res.Err), now
	}
	tx.PutMessageState(a.Message, s)
	who := d.Contact
	if m := tx.Message(a.Message); m != nil {
		who = m.Contact // a task stands in the room
	}
	tx.Change(bots.Change{Type: "message.status", At: now, Contact: who, Delivery: d.ID, Message: a.Message, Channel: a.Out.To.Channel, State: s.Status(), Reason: s.Reason, Leg: a.Leg})
	return s
}

// conclude takes what an exact error says about the person and the address: a refusal is the person's no, as a block event would
// be, or, of marketing alone, one that shuts no door; an unreachable messenger address is not written to again until it is heard.
// While a channel is distrusted (a wave of such errors) nothing is deactivated.
func conclude(tx Tx, to bots.Address, err *bots.SendError, contact bots.ID, at time.Time, r *Rules, w *World) error {
	switch {
	case err.Fault == bots.Refused && err.AdsOnly:
		return refuse(tx, bots.NoAds, to, contact, at, r, w)
	case w.Distrusted[to.Channel]:
	case err.Fault == bots.Refused:
		return refuse(tx, bots.Blocked, to, contact, tx.Now(), r, w)
	case err.Fault == bots.Unreachable && bots.Messenger(to.Channel):
		c := tx.Contact(contact)
		if c.Address(to) != nil && c.Set(to, bots.UnreachableState, tx.Now()) { // nil: it has moved to another since
			c.Updated = tx.Now()
			tx.PutContact(c)
			tx.Change(bots.Change{Type: "contact.updated", At: tx.Now(), Contact: c.ID, Channel: to.Channel, State: bots.UnreachableState.String()})
		}
	}
	return nil
}

// refuse is the same as an event of the channel by which the person says no.
func refuse(tx Tx, no bots.Kind, chat bots.Address, contact bots.ID, at time.Time, r *Rules, w *World) error {
	_, err := take(tx, bots.Event{Channel: chat.Channel, Kind: no, Chat: chat, Contact: contact, At: at}, r, w)
	return err
}
