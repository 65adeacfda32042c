package fallback

import (
	"encoding/json"
	"slices"

	"kaskad/bots"
)

// Whoever of the team has an account on Viber or WhatsApp answers there, in the chat with the bot. That account is no customer's: it is the
// address of a contact that stands for the member, which nobody outside can name. What a customer's address was stays that customer's but for
// the address, and it is given back when the account is taken off the member.

// memberMark begins the address, on the staff's channel, of a contact that stands for a member. Nothing is ever sent there.
const memberMark = "member:"

// AnswersAt reports whether members answer in their own chats with the bot on a channel.
func AnswersAt(channel string) bool {
	return channel == bots.Viber || bots.TwoAddresses(channel)
}

// memberPlaces is kept with the contact that stands for a member.
type memberPlaces struct {
	From map[string]bots.ID `json:"from,omitempty"` // by address: the customer whose it was
}

// settlePlaces brings the contacts that stand for members up to the list of the team: whatever changes the list, or the addresses of a chat,
// ends with it. The room itself is written by whoever asked for it.
func (team *Team) settlePlaces(tx Tx) error {
	for i := range team.Members {
		m := &team.Members[i]
		if m.Place == 0 && !slices.ContainsFunc(m.Accounts, func(a bots.Address) bool { return AnswersAt(a.Channel) }) {
			continue
		}
		if m.Place == 0 {
			m.Place = newMemberPlace(tx)
			team.Places = append(team.Places, m.Place)
		}
	}
	for _, id := range team.Places {
		if err := team.leave(tx, id); err != nil { // all of them first: an account may pass from one to another
			return err
		}
	}
	for i := range team.Members {
		for _, at := range team.Members[i].Accounts {
			if !AnswersAt(at.Channel) {
				continue
			}
			if err := takePlace(tx, team.Members[i].Place, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func newMemberPlace(tx Tx) bots.ID {
	c := &bots.Contact{ID: tx.NewID(), Created: tx.Now(), Updated: tx.Now()}
	c.Set(bots.Address{Channel: bots.Staff, ID: memberMark + c.ID.String()}, bots.BlockedState, tx.Now())
	tx.PutContact(c)
	return c.ID
}

// leave takes the addresses off a contact that are no account of its member's any more, and gives them back.
func (team *Team) leave(tx Tx, place bots.ID) error {
	c := tx.Contact(place)
	if c == nil {
		return nil
	}
	m := team.at(place)
	for _, a := range slices.Clone(c.Addresses) {
		kept := m != nil && (m.Is(a.Address) || a.Also != "" && m.Is(bots.Address{Channel: a.Channel, ID: a.Also}))
		if a.Channel == bots.Staff || kept {
			continue
		}
		if err := giveBack(tx, c, a); err != nil {
			return err
		}
	}
	return nil
}

// giveBack returns an address to the customer whose it was; where that one is not there any more it is a stranger's.
func giveBack(tx Tx, c *bots.Contact, a bots.ContactAddress) error {
	var had memberPlaces
	if len(c.Attributes) > 0 {
		if err := json.Unmarshal(c.Attributes, &had); err != nil {
			return err
		}
	}
	owner := had.From[a.Address.String()]
	delete(had.From, a.Address.String())
	raw, err := json.Marshal(had)
	if err != nil {
		return err
	}
	c.Remove(a.Address)
	c.Attributes, c.Updated = raw, tx.Now()
	tx.PutContact(c)
	if old := tx.Contact(owner); owner != 0 && old != nil && !ForStaff(old) {
		a.Also = "" // it is learnt anew
		old.Addresses = append(slices.Clone(old.Addresses), a)
		old.Updated = tx.Now()
		tx.PutContact(old)
		tx.Change(bots.Change{Type: "contact.updated", At: tx.Now(), Contact: old.ID, Channel: a.Channel, Reason: "staff"})
	}
	return nil
}

// takePlace makes an address one of a contact that stands for a member. Whoever had it keeps all else.
func takePlace(tx Tx, place bots.ID, at bots.Address) error {
	c := tx.Contact(place)
	if c == nil || c.Address(at) != nil {
		return nil
	}
	var had memberPlaces
	if len(c.Attributes) > 0 {
		if err := json.Unmarshal(c.Attributes, &had); err != nil {
			return err
		}
	}
	come := bots.ContactAddress{Address: at, State: bots.Unverified, Since: tx.Now()}
	if old := tx.Contact(tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID})); old != nil && old.ID != place {
		if was := old.Address(at); was != nil {
			come.State, come.Since, come.Heard = was.State, was.Since, was.Heard
		}
		old.Remove(at)
		old.Updated = tx.Now()
		tx.PutContact(old)
		if !ForStaff(old) {
			if had.From == nil {
				had.From = map[string]bots.ID{}
			}
			had.From[at.String()] = old.ID
			tx.Change(bots.Change{Type: "contact.updated", At: tx.Now(), Contact: old.ID, Channel: at.Channel, Reason: "staff"})
		}
	}
	raw, err := json.Marshal(had)
	if err != nil {
		return err
	}
	c.Addresses = append(slices.Clone(c.Addresses), come)
	c.Attributes, c.Updated = raw, tx.Now()
	tx.PutContact(c)
	return nil
}

// at is the member for whom a contact stands; nil: nobody any more.
func (team *Team) at(place bots.ID) *StaffMember {
	for i := range team.Members {
		if place != 0 && team.Members[i].Place == place {
			return &team.Members[i]
		}
	}
	return nil
}

// SettleTeam brings the team of an older store to its place, and the contacts that stand for members up to a list that was written before
// there were any.
func SettleTeam(tx Tx) error {
	if tx.FindContact(RoomRef("")) != 0 {
		if err := keepTeam(tx); err != nil {
			return err
		}
	}
	team, err := ReadTeam(tx)
	if err != nil || team.Contact == 0 {
		return err
	}
	before := len(team.Places)
	if err := team.settlePlaces(tx); err != nil || len(team.Places) == before {
		return err
	}
	return team.put(tx)
}

// placeOf is the contact that stands for a member at an address; nil: the address is of nobody, or a customer's.
func placeOf(tx View, a bots.Address) *bots.Contact {
	if a.ID == "" || !AnswersAt(a.Channel) {
		return nil
	}
	if c := tx.Contact(at(tx, a)); c != nil && ForStaff(c) {
		return c
	}
	return nil
}

// memberChat finds the contact of a member in whose chat something happened; nil: it was no member's. An account that the messenger tells to
// be another one than it was is taken off its member, with a line of the audit, before anybody could act by it: a number has got another
// owner, or a member another number. What comes from there is a stranger's from then on.
func memberChat(tx Tx, e *bots.Event) (*bots.Contact, error) {
	if e.Kind == bots.Reported || e.Kind == "" || !AnswersAt(e.Chat.Channel) {
		return nil, nil // a receipt says itself what it is about, and what nobody can read goes into quarantine
	}
	if e.Kind == bots.Moved {
		for _, a := range []bots.Address{e.Chat, e.Next(), e.Twin()} {
			if err := unlinkPlace(tx, a); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	c, twin := placeOf(tx, e.Chat), e.Twin()
	if other := placeOf(tx, twin); c == nil {
		c = other
	} else if twin.ID != "" && other != nil && other.ID != c.ID {
		if err := unlinkPlace(tx, twin); err != nil {
			return nil, err
		}
	}
	if c == nil {
		return nil, nil
	}
	for _, side := range []bots.Address{e.Chat, twin} {
		had := c.Address(side)
		if twin.ID == "" || had == nil || had.Also == "" || had.Also == e.Chat.ID || had.Also == twin.ID {
			continue
		}
		return nil, unlinkPlace(tx, side)
	}
	return c, nil
}

// unlinkPlace takes an address off the member whose it is, if it is any's.
func unlinkPlace(tx Tx, a bots.Address) error {
	c := placeOf(tx, a)
	if c == nil {
		return nil
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	m := team.at(c.ID)
	if m == nil {
		return nil
	}
	gone := []bots.Address{a}
	if had := c.Address(a); had != nil && had.Also != "" {
		gone = append(gone, bots.Address{Channel: a.Channel, ID: had.Also})
	}
	m.Accounts = slices.DeleteFunc(slices.Clone(m.Accounts), func(have bots.Address) bool { return slices.Contains(gone, have) })
	if err := team.settlePlaces(tx); err != nil {
		return err
	}
	if err := team.put(tx); err != nil {
		return err
	}
	team.audit(tx, Audited{By: byProgram, Act: ActMemberUnlink, Detail: m.Name + " " + a.String()})
	return nil
}

// heardMember notes what an event tells of a member's chat: that it can be written to, until when, and its other address.
func heardMember(tx Tx, c *bots.Contact, e *bots.Event, r *Rules) error {
	twin := e.Twin()
	for _, side := range []bots.Address{e.Chat, twin} {
		if side.ID == "" || c.Address(side) != nil {
			continue
		}
		if err := takePlace(tx, c.ID, side); err != nil {
			return err
		}
		c = tx.Contact(c.ID)
	}
	before := slices.Clone(c.Addresses)
	c.Addresses = slices.Clone(c.Addresses)
	if twin.ID != "" {
		c.Address(e.Chat).Also, c.Address(twin).Also = twin.ID, e.Chat.ID
	}
	place := c.Address(e.Chat)
	if e.Kind == bots.Blocked {
		c.Set(e.Chat, bots.BlockedState, tx.Now())
	} else if e.Kind != bots.Opened && e.Kind != bots.ByOwner {
		c.Set(e.Chat, bots.Active, tx.Now())
		if on := r.Channels[e.Chat.Channel]; (on.Window > 0 || on.WarmOnly) && !e.At.IsZero() && opensWindow(e.Kind) {
			place.Hears(earlier(e.At, tx.Now()))
		}
	}
	if !slices.Equal(before, c.Addresses) {
		c.Updated = tx.Now()
		tx.PutContact(c)
	}
	if talk := tx.Conversation(c.ID); opensWindow(e.Kind) && talk.LastUsed != e.Chat.Channel {
		talk.Contact, talk.LastUsed = c.ID, e.Chat.Channel
		tx.PutConversation(talk)
	}
	return nil
}
