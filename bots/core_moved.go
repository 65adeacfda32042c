package bots

import (
	"fmt"
	"time"
)

// numbered gives the contact the phone that the messenger proves, if it has none and nobody else has it.
func (t *Turn) numbered(now time.Time) {
	t.unheard(now)
	phone, c := t.Event.Proves(), &t.Contact
	another := t.Proven.Contact.ID != 0 && t.Proven.Contact.ID != c.ID
	if phone == "" || another || c.Phone != "" && !c.Claims(phone) {
		return
	}
	c.PhoneHeard = !c.PhoneClaimed
	c.Phone, c.PhoneClaimed, c.Updated = phone, false, now
	if at := (Address{Channel: SMS, ID: phone}); c.Address(at) == nil {
		c.Set(at, Unverified, now)
	}
	if !t.NewContact {
		t.Note(Change{Type: "contact.updated", Channel: t.Event.Chat.Channel, Reason: ReasonProven})
	}
}

// unheard takes away a phone that WhatsApp alone told, once the person has left the number there: it may be somebody else's next. What
// the retailer told, and where the person wrote from in another way, is not for WhatsApp to change.
func (t *Turn) unheard(now time.Time) {
	c, channel := &t.Contact, t.Event.Chat.Channel
	if !c.PhoneHeard || !TwoAddresses(channel) || !c.left(Address{Channel: channel, ID: c.Phone}, Address{}) {
		return
	}
	texts := Address{Channel: SMS, ID: c.Phone}
	if at := c.Address(texts); at != nil && at.State == Active {
		return
	}
	c.Remove(texts)
	c.Phone, c.PhoneHeard, c.Updated = "", false, now
	t.Note(Change{Type: "contact.updated", Channel: SMS, Reason: ReasonNumber})
}

// renumbered takes the channel's word that a person has another address in place of Chat. One that belongs to somebody whom we were
// told of stays with them.
func (t *Turn) renumbered(now time.Time) error {
	e := &t.Event
	next := e.Next()
	if next.ID == "" {
		return fmt.Errorf("%w: %s without a new address", ErrUnreadable, e.Kind)
	}
	old := t.Contact.Address(e.Chat)
	if t.Contact.ID == 0 || old == nil {
		return nil // nobody here had it
	}
	state, with := old.State, Address{Channel: next.Channel, ID: old.Also}
	old.State, old.Since, old.Also = UnreachableState, now, next.ID
	if b := t.Contact.Address(with); b != nil && e.Chat.phone() && e.Chat.Channel == WhatsAppCloud {
		b.State, b.Since = UnreachableState, now // Meta gives another id with another number
		with = Address{}
	}
	t.Contact.Updated = now
	t.Note(Change{Type: "contact.updated", Channel: next.Channel, Reason: ReasonNumber})
	if other := &t.Twin.Contact; other.ID != 0 && other.ID != t.Contact.ID {
		if !other.made(next.ID) {
			t.unheard(now)
			return nil
		}
		t.takeFrom(*other, now)
	}
	if state != Active {
		state = Unverified
	}
	switch have := t.Contact.Address(next); {
	case have == nil:
		t.Contact.Set(next, state, now)
	case have.State == UnreachableState: // the one that was left before
		have.State, have.Since, have.Also = state, now, ""
	}
	if t.Contact.Address(with) != nil {
		t.Contact.pair(next, with, now)
	}
	t.numbered(now)
	return nil
}
