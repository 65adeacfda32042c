package bots

import (
	"encoding/json"
	"slices"
	"time"
)

// Contact is a person.
type Contact struct {
	ID         ID
	ExternalID string // card or CRM number
	Phone      string // E.164
	// PhoneClaimed: the person said so where nothing proves it, and nobody else has. Texts go there, and nobody is found by it.
	PhoneClaimed bool
	// PhoneHeard: WhatsApp alone told the phone, by which the person wrote there. It goes with the number there.
	PhoneHeard bool
	// Disowned is a number that is the person's, who said that they are not whom the retailer knows by it. Until the retailer tells of this
	// contact, by the number or a card, nothing is shown of what that system has for it.
	Disowned   string
	Email      string
	Name       string
	Locale     string      // "uk"; empty: the company's
	Zone       string      // IANA name; empty: the company's
	Preferred  string      // the channel the person chose; empty: none
	Marketing  Consent     // over all channels
	On         []ConsentOn // marketing on one channel; never changed in place
	All        Consent     // a no to everything but what is urgent and answers the person; Given: such a no was lifted
	Said       int         // the number of the last Statement about the contact
	Wishes     Wishes
	Attributes json.RawMessage // an object of the retailer's; empty: none
	Addresses  []ContactAddress
	First      Came      // the source by which the person came first; empty: none
	Last       Came      // the one by which the person came last: what the person does then counts for it
	Recruited  time.Time // when the person came by a link in a text; zero: never
	Created    time.Time
	Updated    time.Time
	Into       ID    // the contact that absorbed this one: whoever asks for this one gets that; 0: nobody
	Merged     []ID  // whom this one absorbed, and whom those had
	Names      []Ref // external ids and phones of those, by which the person is found as well; e-mail addresses and names, to be read
}

// AddressState says whether an address can be written to.
type AddressState uint8

// The states of an address. Only an exact answer of the channel leaves Active.
const (
	Unverified       AddressState = iota // told by the retailer, never heard from
	Active                               // the person was heard there
	BlockedState                         // the person shut us out
	UnreachableState                     // the channel said that nobody can be reached there
)

var addressStates = [...]string{"unverified", "active", "blocked", "unreachable"}

func (s AddressState) String() string { return addressStates[s] }

// ContactAddress is one place of a contact.
type ContactAddress struct {
	Address
	State AddressState
	Since time.Time // of the state
	// Heard is when the person last wrote there, by the messenger's clock; kept only where that counts (Limits.Window, WarmOnly).
	Heard time.Time
	// Also is the id of another address of the same chat, as the channel itself said (see TwoAddresses). Of one that was left it is the
	// address that the person has instead, or, of an id, the number that has another account now.
	Also string
}

// Hears notes that the person wrote at a time; it reports whether that is worth writing down: a minute is, as whoever asks allows
// for more than that.
func (a *ContactAddress) Hears(at time.Time) bool {
	if at.Before(a.Heard.Add(time.Minute)) {
		return false
	}
	a.Heard = at
	return true
}

// Reachable reports whether a send to the address makes sense.
func (a ContactAddress) Reachable() bool { return a.State == Active || a.State == Unverified }

// Claims reports whether a number is the contact's by the person's own word alone: its phone, or that of one it absorbed.
func (c *Contact) Claims(number string) bool {
	switch {
	case number == "":
		return false
	case number == c.Phone:
		return c.PhoneClaimed
	}
	return c.Named(NameClaimed, number) && !c.Named("phone", number) && c.Address(Address{Channel: SMS, ID: number}) == nil
}

// Nameless reports whether nothing but its id names the contact: a stranger whose chat went to somebody who is known. A phone that
// nothing but the person's word, or WhatsApp, told is no name.
func (c *Contact) Nameless() bool {
	told := c.Phone != "" && !c.PhoneClaimed && !c.PhoneHeard
	if told || c.ExternalID != "" || c.Email != "" || c.Into != 0 || len(c.Merged) > 0 || len(c.Names) > 0 {
		return false
	}
	return !slices.ContainsFunc(c.Addresses, func(a ContactAddress) bool { return a.Channel != SMS || a.ID != c.Phone })
}

// PhoneTold notes that the retailer named a number: where it is the contact's phone, it is no longer the word of the person or of
// WhatsApp alone. It reports whether that changed anything.
func (c *Contact) PhoneTold(number string) (changed bool) {
	if number == "" || number != c.Phone || !c.PhoneClaimed && !c.PhoneHeard {
		return false
	}
	c.PhoneClaimed, c.PhoneHeard = false, false
	return true
}

// Disowns reports whether the phone is the person's, and not that of whom the retailer knows by it.
func (c *Contact) Disowns() bool { return c.ExternalID == "" && c.Phone != "" && c.Phone == c.Disowned }

// At returns the contact's place on a channel: where the person was heard last, else a reachable one, else any, else false. Of the
// two addresses that one chat may have it is the phone.
func (c *Contact) At(channel string) (ContactAddress, bool) {
	found, ok := ContactAddress{}, false
	for _, a := range c.Addresses {
		if a.Channel == channel && (!ok || a.better(found)) {
			found, ok = a, true
		}
	}
	return found, ok
}

// better reports whether a place is to be written to rather than another of the same channel.
func (a ContactAddress) better(b ContactAddress) bool {
	switch {
	case a.Reachable() != b.Reachable():
		return a.Reachable()
	case a.State != b.State:
		return a.State == Active
	case a.phone() != b.phone():
		return a.phone() // a phone can be written to where an id of the messenger's alone was refused
	}
	return a.Since.After(b.Since)
}

// Address returns a pointer to the contact's entry for an address, or nil.
func (c *Contact) Address(a Address) *ContactAddress {
	for i := range c.Addresses {
		if c.Addresses[i].Address == a {
			return &c.Addresses[i]
		}
	}
	return nil
}

// Chat are an address and, if it is known, the other one of the same chat.
func (c *Contact) Chat(a Address) []Address {
	all := []Address{a}
	have := c.Address(a)
	if have == nil || have.Also == "" {
		return all
	}
	if b := c.Address(Address{Channel: a.Channel, ID: have.Also}); b != nil && b.Also == a.ID {
		all = append(all, b.Address)
	}
	return all
}

// Remove takes an address away.
func (c *Contact) Remove(a Address) {
	kept := c.Addresses[:0:0]
	for _, have := range c.Addresses {
		if have.Address != a {
			kept = append(kept, have)
		}
	}
	c.Addresses = kept
}

// Set puts an address into a state; it reports whether anything changed.
func (c *Contact) Set(a Address, state AddressState, now time.Time) bool {
	if have := c.Address(a); have != nil {
		if have.State == state {
			return false
		}
		have.State, have.Since = state, now
		return true
	}
	c.Addresses = append(c.Addresses, ContactAddress{Address: a, State: state, Since: now})
	return true
}
