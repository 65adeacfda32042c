package bots

import (
	"slices"
	"strings"
	"time"
)

// On WhatsApp a person has two addresses for one chat: a phone, and an id of the messenger's own that stays when the phone is
// not shown. Only what the messenger says joins the two: an event that names both, or the phone that it proves.

// TwoAddresses reports whether a person may have two addresses for one chat on a channel.
func TwoAddresses(channel string) bool { return channel == WhatsApp || channel == WhatsAppCloud }

// phone reports whether an address is the phone of the two that a person may have.
func (a Address) phone() bool { return TwoAddresses(a.Channel) && strings.HasPrefix(a.ID, "+") }

// Twin is the other address of the event's chat, as the channel itself says; the zero value: it does not.
func (e *Event) Twin() Address {
	if a := e.Also; TwoAddresses(e.Chat.Channel) && a.Channel == e.Chat.Channel && a.ID != "" && a != e.Chat {
		return a
	}
	return Address{}
}

// Next is the address that the person has from now on in place of Chat; the zero value: the event is about no such thing.
func (e *Event) Next() Address {
	if e.Kind != Moved || !TwoAddresses(e.Chat.Channel) || e.Data == "" || e.Data == e.Chat.ID {
		return Address{}
	}
	return Address{Channel: e.Chat.Channel, ID: e.Data}
}

// Proves is the phone that the messenger proves to be the person's; empty: none. One that is shared is another matter.
func (e *Event) Proves() string {
	if !TwoAddresses(e.Chat.Channel) || e.Kind == Shared {
		return ""
	}
	places := []Address{e.Chat, e.Twin()}
	if e.Kind == Moved {
		places = []Address{e.Next()} // Chat is what was left
	} else if e.Phone != "" {
		return e.Phone
	}
	for _, a := range places {
		if a.phone() {
			return a.ID
		}
	}
	return ""
}

// owner settles whose event it is when several could be meant.
func (t *Turn) owner(now time.Time) {
	linked := t.Event.byLink()
	unproven := linked && t.unproven()
	if unproven {
		t.Way.Refused, t.Claimed, t.ClaimedTalk = LinkUnproven, Contact{}, Conversation{}
	}
	if t.Claimed.ID == 0 {
		t.join(now)
		t.recognise(now)
		if unproven {
			t.Conversation.Bot.AskedOther = now
		}
		return
	}
	t.LinkUsed = linked // even where its owner was here before: the tap says who it is
	if t.Claimed.ID != t.Contact.ID {
		t.move(Owner{t.Claimed, t.ClaimedTalk}, now)
	}
	t.Claimed = Contact{}
	if twin := t.Twin.Contact; twin.ID != 0 && twin.ID != t.Contact.ID {
		t.takeFrom(twin, now)
	}
}

// unproven reports whether the event's link says that somebody who is known, and not by a claim alone, is another contact.
func (t *Turn) unproven() bool {
	if t.Claimed.ID == 0 {
		return false
	}
	has := []*Contact{&t.Contact, &t.Twin.Contact}
	if p := &t.Proven.Contact; p.ID != 0 && !p.elsewhere(&t.Event) && !p.moved(&t.Event) {
		has = append(has, p)
	}
	if slices.ContainsFunc(has, func(c *Contact) bool { return c.ID == t.Claimed.ID }) {
		return false // it is theirs: the messenger says so, or did before
	}
	return slices.ContainsFunc(has, func(c *Contact) bool { return c.ID != 0 && c.Verified() })
}

// join makes one contact of the two that own the two addresses of a chat.
func (t *Turn) join(now time.Time) {
	twin := &t.Twin
	switch {
	case twin.Contact.ID == 0 || twin.Contact.ID == t.Contact.ID:
	case t.Contact.ID == 0:
		t.Contact, t.Conversation = twin.Contact, twin.Conversation
	case t.keeps(&twin.Contact):
		t.takeFrom(twin.Contact, now)
	default:
		t.move(*twin, now)
	}
}

// keeps reports whether the owner of Chat keeps both addresses, rather than the owner of the other: whom somebody told us of rather
// than whom a message made, else who has the phone.
func (t *Turn) keeps(other *Contact) bool {
	phone := t.Event.Proves()
	if mine, theirs := t.Contact.made(phone), other.made(phone); mine != theirs {
		return theirs
	}
	return t.Event.Chat.phone()
}

// made reports whether a contact was made by messages: nothing is known of it that a messenger did not tell with this phone.
func (c *Contact) made(phone string) bool {
	return c.ExternalID == "" && (c.Phone == "" || c.PhoneClaimed || c.Phone == phone)
}

// recognise makes a stranger the contact whose phone the messenger proves. So is somebody who was known by the messenger's id alone,
// and who was made by a message before the retailer told whose the phone is.
func (t *Turn) recognise(now time.Time) {
	e, known := &t.Event, &t.Proven.Contact
	if e.Kind == Blocked || known.ID == 0 || known.ID == t.Contact.ID || known.elsewhere(e) || known.moved(e) {
		return
	}
	if c := &t.Contact; c.ID != 0 {
		fresh := c.made(e.Proves()) && !c.elsewhere(e)
		nameless := (c.Phone == "" || c.PhoneClaimed) && !c.hasPhone(e.Chat.Channel)
		if !fresh || !nameless && known.ExternalID == "" {
			return
		}
	}
	t.move(t.Proven, now)
}

// elsewhere reports whether the person was heard on the event's channel in another chat: a second account, or one with a number that was
// somebody's before.
func (c *Contact) elsewhere(e *Event) bool {
	here := append(c.Chat(e.Chat), e.Twin())
	for _, a := range c.Addresses {
		heard := a.State == Active || a.State == BlockedState
		if heard && a.Channel == e.Chat.Channel && !slices.Contains(here, a.Address) {
			return true
		}
	}
	return false
}

// hasPhone reports whether a contact has a phone's address on a channel.
func (c *Contact) hasPhone(channel string) bool {
	for _, a := range c.Addresses {
		if a.Channel == channel && a.phone() {
			return true
		}
	}
	return false
}

// move gives the event's addresses to the contact whose link or phone they proved to be. The history stays where it was written.
func (t *Turn) move(to Owner, now time.Time) {
	old, bot := t.Contact, t.Conversation.Bot
	t.Contact, t.Conversation = to.Contact, to.Conversation
	t.Conversation.Bot.carry(bot)
	t.takeFrom(old, now)
}

// takeFrom takes the event's addresses from whoever had them, with every no that was said there.
func (t *Turn) takeFrom(old Contact, now time.Time) {
	if old.ID == 0 {
		return
	}
	if phone := t.Event.Proves(); phone != "" && old.Phone == phone && old.made(phone) {
		old.Phone, old.PhoneClaimed, old.PhoneHeard = "", false, false // nobody but the messenger told it of that contact
		old.Remove(Address{Channel: SMS, ID: phone})
		if t.Proven.Contact.ID == old.ID {
			t.Proven = Owner{}
		}
	}
	t.lose(old, now, t.Event.Chat, t.Event.Twin(), t.Event.Next())
	if t.Event.Kind != Moved { // who had the new number before is somebody else
		t.Formers = append(t.Formers, old.ID)
	}
	t.inherit(&old, now)
	t.inheritWishes(&old.Wishes, now)
	t.cameAs(old)
}

// lose takes addresses from a contact that is not the event's.
func (t *Turn) lose(c Contact, now time.Time, places ...Address) {
	i := slices.IndexFunc(t.Lost, func(have Contact) bool { return have.ID == c.ID })
	if i < 0 {
		i = len(t.Lost)
		t.Lost = append(t.Lost, c)
	}
	for _, a := range places {
		t.Lost[i].Remove(a)
	}
	t.Lost[i].Updated = now
}

// Left is an address that a contact left: the number is somebody else's now.
type Left struct {
	Contact ID
	Address Address
}

// abandoned takes the event's addresses from contacts who left them: whoever has the number now is somebody else, and so is whoever
// had the number before, who has an id still. What that one forbade is said under the id: it is returned.
func (t *Turn) abandoned(now time.Time) (forbade Contact) {
	e := &t.Event
	if t.Contact.left(e.Chat, e.Twin()) {
		if !e.Chat.phone() {
			forbade = t.Contact
		}
		t.Left = append(t.Left, Left{t.Contact.ID, e.Chat})
		t.lose(t.Contact, now, e.Chat)
		t.Contact, t.Conversation = Contact{}, Conversation{}
	}
	if t.Twin.Contact.left(e.Twin(), e.Chat) {
		if !e.Twin().phone() {
			forbade = t.Twin.Contact
		}
		t.Left = append(t.Left, Left{t.Twin.Contact.ID, e.Twin()})
		t.lose(t.Twin.Contact, now, e.Twin())
		t.Twin = Owner{}
	}
	return forbade
}

// moved reports whether the contact left an address of the event.
func (c *Contact) moved(e *Event) bool {
	return c.left(e.Chat, e.Twin()) || c.left(e.Twin(), e.Chat)
}

// left reports whether the messenger said that the contact has another address in place of a, or that a's number has another account
// now. Whoever comes back comes with the one that it was paired with.
func (c *Contact) left(a, with Address) bool {
	have := c.Address(a)
	if have == nil || have.State != UnreachableState || have.Also == "" || have.Also == with.ID {
		return false
	}
	other := c.Address(Address{Channel: a.Channel, ID: have.Also})
	return other == nil || other.Also != a.ID
}

// pair notes that two addresses are one chat. What had one of them before was left: a phone for another one, an account by its number.
func (c *Contact) pair(a, b Address, now time.Time) {
	for i := range c.Addresses {
		x := &c.Addresses[i]
		switch {
		case x.Address == a:
			x.Also = b.ID
		case x.Address == b:
			x.Also = a.ID
		case x.Channel != a.Channel || x.Also != a.ID && x.Also != b.ID:
		case x.State != UnreachableState:
			x.State, x.Since = UnreachableState, now
		}
	}
}

// activeToo notes that the person was heard at the other address of the chat as well.
func (t *Turn) activeToo(now time.Time) {
	twin := t.Event.Twin()
	if twin.ID == "" {
		return
	}
	fresh := t.Contact.Address(twin) == nil
	if t.Contact.Set(twin, Active, now) {
		t.Contact.Updated = now
	}
	t.Contact.pair(t.Event.Chat, twin, now)
	if fresh {
		t.Note(Change{Type: "contact.updated", Channel: twin.Channel, Reason: ReasonSamePerson})
	}
}

// Why a contact has an address or a phone that nobody asked for: reasons of changes contact.updated.
const (
	ReasonSamePerson = "same_person"    // the channel named another address of the person
	ReasonProven     = "phone_proven"   // the messenger proves the phone
	ReasonNumber     = "number_changed" // the channel said that the person has another address now
)
