package fallback

import (
	"slices"

	"kaskad/bots"
)

// What stays of a person's records is what counts and money are made of: that there was something, when, on which channel, at what price.

// Emptied is a message without anything that says whose it was, or what.
func Emptied(m *bots.Message) *bots.Message {
	return &bots.Message{
		ID: m.ID, Contact: m.Contact, In: m.In, Kind: m.Kind, Channel: m.Channel, ReplyTo: m.ReplyTo, At: m.At, Delivery: m.Delivery, Leg: m.Leg,
		Seq: m.Seq, Author: authorKind(m.Author), Erased: true,
	}
}

// authorKind keeps that staff wrote, and not who.
func authorKind(author string) string {
	if author == "" || author == bots.OwnerAuthor {
		return author
	}
	return bots.Staff
}

// EmptiedState is what became of a message, without the channel's names.
func EmptiedState(s bots.MessageState) bots.MessageState {
	s.ProviderID, s.Rest, s.Reason = "", "", plainReason(s.Reason)
	return s
}

// plainReason is a reason if it is a word of ours or a code, and nothing that a channel wrote: that may have a number of the person's in it.
func plainReason(s string) string {
	digits := 0
	for _, r := range s {
		isDigit := r >= '0' && r <= '9'
		if digits++; !isDigit {
			digits = 0
		}
		if len(s) > 40 || digits > mostDigits || !isDigit && r != '_' && r != ':' && r != ' ' && (r < 'a' || r > 'z') {
			return ""
		}
	}
	return s
}

// mostDigits is how many digits a code of a channel has in a row: fewer than a phone, or an account.
const mostDigits = 6

// emptyStatus takes what a channel wrote out of where a delivery stands.
func (d *Delivery) emptyStatus() {
	d.Reason = plainReason(d.Reason)
	for i := range d.Route {
		d.Route[i].Reason = plainReason(d.Route[i].Reason)
	}
	for i := range d.changes {
		d.changes[i].Reason = plainReason(d.changes[i].Reason)
	}
}

// EmptiedStatus is where a delivery stands, without what a channel wrote.
func EmptiedStatus(s Status) Status {
	d := Delivery{Status: s}
	d.Route = slices.Clone(s.Route)
	d.emptyStatus()
	return d.Status
}

// EmptiedPlan is what was accepted, without what it was about: it stays for the counts and the money.
func EmptiedPlan(p *Plan) *Plan {
	return &Plan{
		ID: p.ID, Contact: p.Contact, Purpose: p.Purpose, Template: p.Template, Cascade: p.Cascade, Zone: p.Zone, SendAt: p.SendAt, Created: p.Created,
		Author: authorKind(p.Author), By: p.By, ReplyTo: p.ReplyTo, Act: p.Act, First: p.First, FirstReason: p.FirstReason, AsText: p.AsText, Post: p.Post,
	}
}

// EmptiedResult is the outcome of an attempt, without the channel's names and words.
func EmptiedResult(res Result) Result {
	r := &res.Receipt
	r.Chat, r.ID, r.Rest, r.Reason = "", "", "", plainReason(r.Reason)
	if res.Err != nil {
		res.Err = &bots.SendError{Fault: res.Err.Fault, RetryAfter: res.Err.RetryAfter, Code: plainReason(res.Err.Code), ChatOnly: res.Err.ChatOnly, AdsOnly: res.Err.AdsOnly}
	}
	return res
}

// EmptiedAttempt is an attempt without what it carried.
func EmptiedAttempt(a Attempt) Attempt {
	a.Out = bots.Outgoing{Step: a.Out.Step, Act: a.Out.Act}
	return a
}

// Readable is a delivery as it may be read. Of somebody who was erased only what stays may be, also while the background has not come to
// the record yet.
func Readable(v View, d *Delivery) *Delivery {
	if !absent(v, d.Contact) {
		return d
	}
	left := *d
	left.Plan = *EmptiedPlan(&d.Plan)
	left.Under, left.Route, left.changes = d.Under, slices.Clone(d.Route), slices.Clone(d.changes)
	left.emptyStatus()
	return &left
}

// absent reports whether a record's person is not there any more.
func absent(v View, contact bots.ID) bool { return contact != 0 && v.Contact(contact) == nil }
