package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// Behind is for whom a delivery's preference page speaks. Its link went to a chat, and the chat may be another contact's since: whoever
// opens the link is who has the chat now.
type Behind struct {
	Contact *bots.Contact // who has the place of the link's message now: what the page shows and changes is theirs
	// Others are bound by a stop, too: whom the delivery was for, and who has the other places it went to.
	Others []*bots.Contact
	// Passed: the place is a number that was somebody else's when the link went there, who may have the link still. A no is heard of either,
	// and nothing else.
	Passed bool
}

// NoLeg is the leg of a link that does not tell in which message it is: the last one that went out counts.
const NoLeg = -1

// WhoIsBehind finds for whom the page of a link in a leg's message speaks; false when nobody is known any more.
func WhoIsBehind(v View, delivery bots.ID, leg int) (b Behind, ok bool) {
	d := v.Delivery(delivery)
	if d == nil || absent(v, d.Contact) {
		return b, false
	}
	for _, id := range holders(v, d, leg) {
		c := v.Contact(id)
		switch {
		case c == nil:
		case b.Contact == nil:
			b.Contact = c
		default:
			b.Others = append(b.Others, c)
		}
	}
	b.Passed = b.Contact != nil && b.Contact.ID != d.Contact && byNumber(v, d, b.Contact.ID)
	return b, b.Contact != nil
}

// byNumber reports whether a delivery went to a number that a contact has now. An account of a messenger is one person's for good.
func byNumber(v View, d *Delivery, holder bots.ID) bool {
	for _, l := range d.Route {
		m := v.Message(l.Message)
		if m == nil || !strings.HasPrefix(m.To.ID, "+") {
			continue
		}
		if v.FindContact(bots.Ref{Kind: m.To.Channel, Value: m.To.ID}) == holder {
			return true
		}
	}
	return false
}

// holders are who has the places now that a delivery went to, that of a leg first, and whom it was for; each once. A try that failed
// went nowhere, unless the link itself tells that it did.
func holders(v View, d *Delivery, leg int) (all []bots.ID) {
	add := func(id bots.ID) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	if leg >= 0 && leg < len(d.Route) {
		if m := v.Message(d.Route[leg].Message); m != nil {
			add(holder(v, d, m.To))
		}
	}
	for _, l := range slices.Backward(d.Route) {
		if m := v.Message(l.Message); m != nil && !v.MessageState(m.ID).Failed {
			add(holder(v, d, m.To))
		}
	}
	add(d.Contact)
	return all
}

// holder is who has a place now. A number may be of several: whom the delivery was for keeps speaking for it while it is theirs.
func holder(v View, d *Delivery, place bots.Address) bots.ID {
	if place.Channel == bots.Staff {
		return d.Contact // a task went to colleagues
	}
	if id := v.FindContact(bots.Ref{Kind: place.Channel, Value: place.ID}); id != 0 && !standsAt(v.Contact(d.Contact), place) {
		return id
	}
	return d.Contact
}

// standsAt reports whether a contact has a place or claims it: a number also by a name of one that it absorbed. Its record tells, as a number
// may be of thousands.
func standsAt(c *bots.Contact, place bots.Address) bool {
	switch {
	case c == nil:
		return false
	case c.Address(place) != nil:
		return true
	}
	return place.Channel == bots.SMS && (c.Phone == place.ID || c.Named("phone", place.ID) || c.Named(bots.NameClaimed, place.ID))
}

// refusal is an error as it is to be read, and who it is of: a refusal of who has the place now, which may be another one than the message
// was for, all else of whom it was for.
func refusal(v View, err *bots.SendError, c *bots.Contact, place bots.Address) (told *bots.SendError, of *bots.Contact) {
	of = c
	if err != nil && err.Fault == bots.Refused && c.Address(place) == nil {
		if now := v.Contact(v.FindContact(bots.Ref{Kind: place.Channel, Value: place.ID})); now != nil {
			of = now
		}
	}
	if told = soften(err, of, place); told == nil || told.Fault != bots.Refused {
		of = c
	}
	return told, of
}
