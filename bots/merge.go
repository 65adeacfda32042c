package bots

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Two contacts that are one person. Nothing of the absorbed one is moved: its record says whose it is now, and whoever asks for it gets
// the kept one. Its deliveries and messages stay under its own id, and are read together with those of the kept one. What both records
// said before is kept in a Merge, so that it can be undone.

// MaxMerged is how many contacts one can absorb.
const MaxMerged = 32

// NameClaimed is the kind of a further name that is a phone which the person only claimed.
const NameClaimed = "claimed"

// Kinds of further names that find nobody, and are there to be read.
const (
	NameEmail = "email"
	NameName  = "name"
)

// Merge is what is kept of a merge for as long as it stands.
type Merge struct {
	Kept, Absorbed ID
	At             time.Time
	By             string // who did it: "key:crm"
	// As they were, and what the kept one became.
	KeptWas, AbsorbedWas, Became             Contact
	KeptTalkWas, AbsorbedTalkWas, BecameTalk Conversation
	After                                    ID   // ids above it were made since
	Ended                                    []ID // deliveries that the stricter consent ended
}

// Owned reports whether what a REF names was the absorbed contact's own before the merge.
func (m *Merge) Owned(ref Ref) bool {
	c := &m.AbsorbedWas
	switch ref.Kind {
	case "id":
		return ref.Value == c.ID.String()
	case "ext":
		return ref.Value != "" && ref.Value == c.ExternalID && ref.Value != m.KeptWas.ExternalID
	case "phone", SMS:
		return c.hasNumber(ref.Value) && !m.KeptWas.hasNumber(ref.Value)
	}
	return c.Address(Address{Channel: ref.Kind, ID: ref.Value}) != nil
}

// Shared reports whether a place was both's before the merge: a number.
func (m *Merge) Shared(a Address) bool {
	return a.Channel == SMS && m.KeptWas.hasNumber(a.ID) && m.AbsorbedWas.hasNumber(a.ID)
}

// Has reports whether a place is the contact's: an address, or the number of a phone.
func (c *Contact) Has(a Address) bool {
	return c.Address(a) != nil || a.Channel == SMS && c.hasNumber(a.ID)
}

func (c *Contact) hasNumber(number string) bool {
	return number != "" && (c.Phone == number || c.Address(Address{Channel: SMS, ID: number}) != nil)
}

// YesesLeft are the yeses of the absorbed one that the kept one has not: what each was about.
func (m *Merge) YesesLeft() (about []string) {
	if m.AbsorbedWas.Marketing.State == Given && m.Became.Marketing.State != Given {
		about = append(about, AboutMarketing)
	}
	for _, on := range m.AbsorbedWas.On {
		if on.State == Given && !m.Became.AllowsOn(on.Channel, false) {
			about = append(about, AboutMarketing+":"+on.Channel)
		}
	}
	return about
}

// Named reports whether a REF is one of the contact's further names.
func (c *Contact) Named(kind, value string) bool { return slices.Contains(c.Names, Ref{kind, value}) }

// Absorb makes one person of two, as the kept one's record: its own words stand, what it has not is the other's, and of consents the
// strictest wins. It is pure.
func (c Contact) Absorb(from *Contact, now time.Time) Contact {
	c.Addresses, c.Names, c.Merged = slices.Clone(c.Addresses), slices.Clone(c.Names), slices.Clone(c.Merged)
	c.Merged = append(append(c.Merged, from.ID), from.Merged...)
	c.absorbNames(from)
	c.absorbPlaces(from)
	c.Attributes = joinAttributes(c.Attributes, from.Attributes)
	c.Locale, c.Zone = cmp.Or(c.Locale, from.Locale), cmp.Or(c.Zone, from.Zone)
	c.absorbCame(from)
	c.absorbConsents(from)
	c.absorbWishes(from, now)
	c.Updated = now
	return c
}

func (c *Contact) absorbNames(from *Contact) {
	c.fill("ext", &c.ExternalID, from.ExternalID)
	c.fill(NameEmail, &c.Email, from.Email)
	c.fill(NameName, &c.Name, from.Name)
	for _, n := range from.Names {
		c.further(n.Kind, n.Value)
	}
	if c.Disowned == "" {
		c.Disowned = from.Disowned
	}
	switch {
	case from.Phone == "":
	case c.Phone == "":
		c.Phone, c.PhoneClaimed, c.PhoneHeard = from.Phone, from.PhoneClaimed, from.PhoneHeard
	case c.Phone == from.Phone: // told or proven of one of them is no longer a claim
		c.PhoneClaimed, c.PhoneHeard = c.PhoneClaimed && from.PhoneClaimed, c.PhoneHeard && from.PhoneHeard
	case from.PhoneClaimed:
		c.further(NameClaimed, from.Phone)
	default:
		c.further("phone", from.Phone)
	}
}

func (c *Contact) fill(kind string, have *string, other string) {
	switch {
	case other == "" || other == *have:
	case *have == "":
		*have = other
	default:
		c.further(kind, other)
	}
}

func (c *Contact) further(kind, value string) {
	if !c.Named(kind, value) {
		c.Names = append(c.Names, Ref{kind, value})
	}
}

// absorbPlaces takes the addresses, as they stand. Texts go on to the kept one's phone: another number is a further name.
func (c *Contact) absorbPlaces(from *Contact) {
	for _, a := range from.Addresses {
		have := c.Address(a.Address)
		switch {
		case have != nil && a.Since.After(have.Since):
			*have = a
		case have != nil:
		case a.Channel == SMS && c.Phone != a.ID:
			if !c.Named(NameClaimed, a.ID) {
				c.further("phone", a.ID)
			}
		default:
			c.Addresses = append(c.Addresses, a)
		}
	}
}

// joinAttributes lays those of the kept one over the other's.
func joinAttributes(keep, from json.RawMessage) json.RawMessage {
	if len(from) == 0 {
		return keep
	}
	if len(keep) == 0 {
		return from
	}
	var all, own map[string]json.RawMessage
	if json.Unmarshal(from, &all) != nil || json.Unmarshal(keep, &own) != nil || all == nil {
		return keep // they are checked when they are told: one of the two is none of ours
	}
	maps.Copy(all, own)
	raw, err := json.Marshal(all)
	if err != nil {
		return keep
	}
	return raw
}

// OwnAttributes are attributes that were told of the absorbed one, without those that the kept one had of its own: they stay as they are.
func (m *Merge) OwnAttributes(before, told json.RawMessage) json.RawMessage {
	is, all := attributesOf(&Contact{Attributes: before}), attributesOf(&Contact{Attributes: told})
	for name := range attributesOf(&m.KeptWas) {
		if value, ok := is[name]; ok {
			all[name] = value
		} else {
			delete(all, name)
		}
	}
	return written(all, told)
}

func (c *Contact) absorbCame(from *Contact) {
	if c.First.Source == "" || from.First.Source != "" && from.First.At.Before(c.First.At) {
		c.First = from.First
	}
	if from.Last.At.After(c.Last.At) {
		c.Last = from.Last
	}
	if c.Recruited.IsZero() || !from.Recruited.IsZero() && from.Recruited.Before(c.Recruited) {
		c.Recruited = from.Recruited
	}
	if from.Created.Before(c.Created) {
		c.Created = from.Created
	}
}

// absorbConsents takes every no. A yes is not carried over: it was said by whoever the other was.
func (c *Contact) absorbConsents(from *Contact) {
	c.Marketing = strictest(c.Marketing, from.Marketing)
	c.All = strictest(c.All, from.All)
	for _, on := range from.On {
		if no := strictest(c.ConsentOn(on.Channel), on.Consent); !no.Same(c.ConsentOn(on.Channel)) {
			c.putOn(on.Channel, no)
		}
	}
}

// strictest is what stands of two words about the same: a no before all else, of two noes the person's own, and of two alike the later one:
// a yes of between the two lifts only the earlier.
func strictest(have, other Consent) Consent {
	stricter := have.State != Denied || !have.ByPerson && other.ByPerson || have.ByPerson == other.ByPerson && other.At.After(have.At)
	if other.State != Denied || !stricter {
		return have
	}
	other.Line = 0
	return other
}

// absorbWishes takes the channels that are not wanted, and the hours if they are narrower.
func (c *Contact) absorbWishes(from *Contact, now time.Time) {
	if c.Preferred == "" && !c.Wishes.Chosen {
		c.Preferred, c.Wishes.Chosen = from.Preferred, from.Wishes.Chosen
	}
	c.Wishes.Hours = slices.Clone(c.Wishes.Hours)
	if len(from.Wishes.NotOn) > 0 {
		c.Wishes.NotOn = c.Wishes.notOn(&Wish{Asked: from.Wishes.NotOn, NotOn: from.Wishes.NotOn})
	}
	if c.Wishes.Unwanted(c.Preferred) {
		c.Preferred = ""
	}
	own, limited := c.Wishes.Open()
	if h, narrow := from.Wishes.Open(); narrow && (!limited || h.Open() < own.Open()) {
		c.Wishes.hours(&Wish{Limited: true, From: h.From, To: h.To}, now.UTC())
	}
	if from.Wishes.At.After(c.Wishes.At) {
		c.Wishes.At = from.Wishes.At
	}
}

// Absorb makes one conversation of two. What waits for an answer keeps waiting.
func (c Conversation) Absorb(from *Conversation) Conversation {
	until := sooner(c.SnoozedTo, from.SnoozedTo)
	if c.State = opener(c, *from); c.State != Snoozed {
		until = time.Time{}
	}
	c.SnoozedTo = until
	c.Wait = c.Wait.absorb(&from.Wait, c.Assignee != "" || from.Assignee == "")
	c.Assignee = cmp.Or(c.Assignee, from.Assignee)
	c.Group = cmp.Or(c.Group, from.Group)
	c.did(from.LastDidOn, from.LastDid)
	bot := from.Bot
	if from.LastIn.After(c.LastIn) {
		c.LastIn, c.LastUsed = from.LastIn, from.LastUsed
		bot, c.Bot = c.Bot, bot
	}
	c.Bot.carry(bot)
	latest(&c.LastAt, from.LastAt)
	latest(&c.StaffAt, from.StaffAt)
	latest(&c.PausedTo, from.PausedTo)
	c.AdsFrom = sooner(c.AdsFrom, from.AdsFrom)
	latest(&c.AdsTo, from.AdsTo)
	c.LastID = max(c.LastID, from.LastID)
	c.Unread += from.Unread
	return c
}

// opener is the state of two conversations together: open before snoozed, before closed, before none.
func opener(a, b Conversation) ConversationState {
	order := [...]int{NoConversation: 0, Closed: 1, Snoozed: 2, Open: 3}
	if order[b.State] > order[a.State] {
		return b.State
	}
	return a.State
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
