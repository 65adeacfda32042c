package fallback

import (
	"encoding/json"
	"time"

	"kaskad/bots"
)

// Request is a delivery somebody asks for, already checked against templates and cascades.
type Request struct {
	To         bots.Ref
	Given      string // the REF as it was written
	Purpose    Purpose
	Template   string
	Text       string
	Data       json.RawMessage
	Cascade    Cascade
	SendAt     time.Time
	Metadata   map[string]string
	Same       uint64 // hash of template, text and data
	Key        string // idempotency key with its scope; empty: none
	Body       uint64 // hash of the whole request, for the key
	Author     string
	By         string
	ReplyTo    bots.ID
	AskContact bool
	Choices    []bots.Button
	Image      string
	File       *bots.File
	Act        bots.Act     // done to ReplyTo
	Chat       bots.Address // where that one stands; of an answer, where it was asked for
	Exact      bool         // Chat is where it goes, whoever's that is; see Plan.Exact
	Sealed     []byte       // see Plan.Sealed
	Copy       *Copy        // what is handed on; see Plan.Copy
	Post       bool         // it is for staff; see Plan.Post
	Skip       string       // why nothing is to be sent although all is well; empty: it is
	// Fault is why it cannot be taken: only what its key was used for before is answered again.
	Fault error
}

// Accepted is the answer to a request.
type Accepted struct {
	ID     bots.ID
	State  State
	Reason string
	Replay bool // the key was used before: this is the first answer again
}

// Accept makes one request a delivery, in one transaction: idempotency, the contact, consent, frequency, the same message
// again, and then the plan with its first due entry.
func Accept(tx Tx, req *Request, r *Rules, w *World) (Accepted, error) {
	if req.Key != "" {
		if used, ok := tx.Key(req.Key); ok {
			return replay(tx, used, req.Body)
		}
	}
	if req.Fault != nil {
		return Accepted{}, req.Fault
	}
	contact, err := whom(tx, req.To)
	if err != nil {
		return Accepted{}, err
	}
	if ForStaff(contact) && !req.Post {
		return Accepted{}, &UnknownContact{Ref: req.To}
	}
	now := tx.Now()
	d := &Delivery{Plan: plan(tx, req, contact, r)}
	d.Under = d.asked(tx, contact, req.To)
	d.AsText = asText(&d.Plan, contact, r)
	e := env(tx, r, w, contact, d.Purpose)
	if req.Skip != "" {
		d.Created = now
		d.note("accepted", -1, "", now)
		d.finish(Skipped, req.Skip, now)
	} else if d.Purpose != Conversation && sentBefore(tx, contact.ID, req.Same, now.Add(-r.SameMessage)) {
		d.Created = now
		d.note("accepted", -1, "", now)
		d.finish(Skipped, ReasonSame, now)
	} else {
		d.Accept(e, now)
	}
	d.First, d.FirstReason = d.State, d.Reason
	tx.PutPlan(&d.Plan)
	save(tx, d)
	if req.Key != "" {
		tx.PutKey(req.Key, KeyUse{Delivery: d.ID, Body: req.Body})
	}
	return Accepted{ID: d.ID, State: d.State, Reason: d.Reason}, nil
}

// asked is the absorbed contact under whose id a delivery stands: whom it was asked for. An answer is of whoever has the chat that it goes
// to, by whatever name of the person staff or the bot gave it.
func (p *Plan) asked(tx View, c *bots.Contact, to bots.Ref) bots.ID {
	id := addressee(tx, c, to)
	if p.Purpose != Conversation || len(p.Cascade.Steps) == 0 {
		return id
	}
	if place, ok := p.place(c, p.Cascade.Steps[0].Channel); ok {
		return standsUnder(tx, c, place.Address, id)
	}
	return id
}

func replay(tx Tx, used KeyUse, body uint64) (Accepted, error) {
	if used.Body != body {
		return Accepted{}, ErrKeyReused
	}
	d := tx.Delivery(used.Delivery)
	if d == nil {
		return Accepted{}, ErrUnknownDelivery
	}
	return Accepted{ID: d.ID, State: d.First, Reason: d.FirstReason, Replay: true}, nil
}

func plan(tx Tx, req *Request, contact *bots.Contact, r *Rules) Plan {
	cascade := req.Cascade
	cascade.Days = cascade.Days.of(req.Purpose, contact, r, later(tx.Now(), req.SendAt))
	return Plan{
		ID: tx.NewID(), Contact: contact.ID, To: req.Given, Purpose: req.Purpose, Template: req.Template, Text: req.Text, Data: req.Data,
		Cascade: cascade, Zone: Where(contact, r).String(), SendAt: req.SendAt, Metadata: req.Metadata, Same: req.Same, Author: req.Author, By: req.By, ReplyTo: req.ReplyTo,
		AskContact: req.AskContact, Choices: req.Choices, Image: req.Image, File: req.File, Act: req.Act, Chat: req.Chat, Exact: req.Exact,
		Sealed: req.Sealed, Copy: req.Copy, Post: req.Post,
	}
}

// whom finds the person a REF names. An unknown phone makes a contact; one that WhatsApp alone had told is the retailer's from now on.
func whom(tx Tx, ref bots.Ref) (*bots.Contact, error) {
	if id := tx.FindContact(ref); id != 0 {
		if c := tx.Contact(id); c != nil {
			if c.PhoneTold(ref.Phone()) {
				tx.PutContact(c)
			}
			return c, nil
		}
	}
	if ref.Phone() == "" {
		return nil, &UnknownContact{Ref: ref}
	}
	c := &bots.Contact{ID: tx.NewID(), Phone: ref.Value, Created: tx.Now(), Updated: tx.Now()}
	c.Set(bots.Address{Channel: bots.SMS, ID: ref.Value}, bots.Unverified, tx.Now())
	no := heed(tx, nil, c)
	tx.PutContact(c)
	tx.Change(bots.Change{Type: "contact.created", At: tx.Now(), Contact: c.ID, Channel: bots.SMS})
	if no {
		tx.Change(sharedNo(tx, c, bots.SMS))
	}
	return c, nil
}

// sentBefore reports whether the same template and data went to the person since a time, or is on its way. Deliveries that
// ended with nothing sent do not count.
func sentBefore(tx Tx, contact bots.ID, same uint64, since time.Time) bool {
	found := false
	if same == 0 || !since.Before(tx.Now()) {
		return false
	}
	tx.DeliveriesOf(contact, func(id bots.ID, have uint64) bool {
		d := (*Delivery)(nil)
		if have == same {
			d = tx.Delivery(id)
		}
		if d != nil && !d.Created.Before(since) && (!d.State.Final() || d.wentOut()) {
			found = true
			return false
		}
		return id.Time().After(since.Add(-time.Minute))
	})
	return found
}

// Cancel stops a delivery; it reports whether nothing of it had reached a channel.
func Cancel(tx Tx, id bots.ID) (withdrawn bool, err error) {
	d := tx.Delivery(id)
	if d == nil {
		return false, ErrUnknownDelivery
	}
	if d.State.Final() {
		return false, nil
	}
	withdrawn = d.Cancel(tx.Now())
	save(tx, d)
	return withdrawn, nil
}

// Come moves a delivery whose entry came due, in any lane that is not for sending. Answers that were made before it come with it.
func Come(tx Tx, id bots.ID, r *Rules, w *World) error {
	for _, earlier := range heldBefore(tx, tx.Delivery(id)) {
		if err := come(tx, earlier, r, w); err != nil {
			return err
		}
	}
	return come(tx, id, r, w)
}

// heldBefore are the answers to the person of a held one that are due no later than it: they come due at nearly one moment, each in a
// transaction of its own, and in that of the later one they stand in their lane before it.
func heldBefore(tx Tx, d *Delivery) (all []bots.ID) {
	if d == nil || d.State != Scheduled || d.Purpose != Conversation || d.SendAt.After(tx.Now()) {
		return nil
	}
	looked := 0
	tx.DeliveriesOf(d.Contact, func(id bots.ID, _ uint64) bool {
		looked++
		x := tx.Delivery(id)
		if x != nil && x.ID != d.ID && x.State == Scheduled && x.Purpose == Conversation && !x.SendAt.After(d.SendAt) {
			all = append(all, id)
		}
		return looked < undoWalk
	})
	return all
}

func come(tx Tx, id bots.ID, r *Rules, w *World) error {
	cutOff := false
	err := step(tx, id, r, w, func(d *Delivery, e *Env, now time.Time) {
		sending := d.State == Sending
		d.Come(e, now)
		cutOff = sending && d.State == Waiting && d.ForStaff()
	})
	if err != nil || !cutOff {
		return err
	}
	return toldBefore(tx, tx.Delivery(id), r, w)
}

// GiveUpLane moves a delivery on whose lane a fault has held for too long.
func GiveUpLane(tx Tx, id bots.ID, r *Rules, w *World) error {
	return step(tx, id, r, w, func(d *Delivery, e *Env, now time.Time) { d.GiveUpLane(e, now) })
}

// PassBy passes a leg by that its channel's gates do not let through.
func PassBy(tx Tx, id bots.ID, r *Rules, w *World) error {
	return step(tx, id, r, w, func(d *Delivery, e *Env, now time.Time) { d.PassBy(e, now) })
}

// ResumeGap lets a delivery held by a gap go on.
func ResumeGap(tx Tx, id bots.ID, r *Rules, w *World) error {
	return step(tx, id, r, w, (*Delivery).ResumeGap)
}

// Reject fails the leg of a queued delivery whose message cannot be written: nothing was sent, the next leg goes.
func Reject(tx Tx, id bots.ID, leg int, reason string, r *Rules, w *World) error {
	return step(tx, id, r, w, func(d *Delivery, e *Env, now time.Time) { d.Reject(leg, reason, e, now) })
}

func step(tx Tx, id bots.ID, r *Rules, w *World, move func(*Delivery, *Env, time.Time)) error {
	d := tx.Delivery(id)
	if d == nil || d.State.Final() {
		return nil
	}
	contact := tx.Contact(d.Contact)
	if contact == nil {
		return &UnknownContact{Ref: bots.Ref{Kind: "id", Value: d.Contact.String()}}
	}
	was := d.State
	move(d, env(tx, r, w, contact, d.Purpose), tx.Now())
	save(tx, d)
	if was == Sending && d.State != Sending {
		return doubt(tx, d, r, w)
	}
	return nil
}

// doubt marks the message of an attempt that was given up: from now on only what names it proves it.
func doubt(tx Tx, d *Delivery, r *Rules, w *World) error {
	for i := range d.Route {
		l := &d.Route[i]
		if l.Message == 0 {
			continue
		}
		s := tx.MessageState(l.Message)
		if !s.Sending {
			continue
		}
		s.Sending, s.Uncertain = false, s.Level == bots.None && !s.Failed
		tx.PutMessageState(l.Message, s)
		if err := joinOrphans(tx, l.Message, s, r, w); err != nil {
			return err
		}
	}
	return nil
}
