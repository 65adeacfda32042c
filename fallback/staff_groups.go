package fallback

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"kaskad/bots"
)

// MainGroup is what the first of the staff's groups is called where groups are named.
const MainGroup = "main"

// StaffGroup is a group of staff beside the first, and whose conversations it gets. What is empty asks for nothing.
type StaffGroup struct {
	Name       string
	Channels   []string          // on which the customer writes
	Languages  []string          // the customer's: "uk" is "uk-UA", too
	Attributes map[string]string // the customer's, whatever their case; a dotted name is of the object before
	Chat       string            // the configuration names the group outright; empty: a code binds it
}

// GroupFor is the name of the group that gets a conversation which none has yet: the first that asks for something the customer has. What
// nobody asks for the first group shares with those that ask for nothing, evenly. Bound says of a group beside the first whether there is one.
func (r *StaffRules) GroupFor(c *bots.Contact, channel string, bound func(name string) bool) string {
	share := []string{MainGroup}
	for i := range r.Groups {
		g := &r.Groups[i]
		switch {
		case g.open():
			if bound(g.Name) {
				share = append(share, g.Name)
			}
		case g.fits(c, channel) && bound(g.Name):
			return g.Name
		}
	}
	return slices.MaxFunc(share, func(a, b string) int { return bytes.Compare(lot(a, c.ID), lot(b, c.ID)) })
}

// open reports whether a group asks for nothing.
func (g *StaffGroup) open() bool {
	return len(g.Channels)+len(g.Languages)+len(g.Attributes) == 0
}

func (g *StaffGroup) fits(c *bots.Contact, channel string) bool {
	locale := dashed(c.Locale)
	language, _, _ := strings.Cut(locale, "-")
	speaks := func(l string) bool {
		l = dashed(l)
		return strings.EqualFold(l, language) || strings.EqualFold(l, locale)
	}
	switch {
	case len(g.Channels) > 0 && !slices.Contains(g.Channels, channel):
		return false
	case len(g.Languages) > 0 && (c.Locale == "" || !slices.ContainsFunc(g.Languages, speaks)):
		return false
	}
	for name, want := range g.Attributes {
		if !isValue(c.Attribute(name), want) {
			return false
		}
	}
	return true
}

// dashed is a language as its standard spells it: programs write "uk_UA", too.
func dashed(language string) string { return strings.ReplaceAll(language, "_", "-") }

// isValue reports whether an attribute has a value; a list, whether the value is in it.
func isValue(has any, want string) bool {
	switch x := has.(type) {
	case string:
		return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(want))
	case json.Number:
		return x.String() == want
	case bool:
		return want == strconv.FormatBool(x)
	case []any:
		return slices.ContainsFunc(x, func(one any) bool { return isValue(one, want) })
	}
	return false
}

// lot is what a group drew for a contact: whoever drew the most gets it. A group that comes takes of all others alike, and nothing passes
// between those.
func lot(group string, contact bots.ID) []byte {
	h := sha256.Sum256([]byte(contact.String() + "\x00" + group)) // of a weaker one ids that lie close draw alike
	return h[:]
}

// groupOf decides which group gets a conversation that had none before: where it is talked about already, there it stays, and whom nobody has
// answered yet the first group was shown.
func (r *StaffRules) groupOf(v View, before *bots.Conversation, c *bots.Contact, channel string) string {
	if t := v.Topic(c.ID); t.State == TopicOpen {
		if room, ok, err := roomHaving(v, t.Group); ok && err == nil {
			return room.Called()
		}
	}
	if !before.Wait.Since.IsZero() || before.Assignee != "" {
		return MainGroup
	}
	return r.GroupFor(c, channel, func(name string) bool { return bound(v, name) })
}

// RoomNamed is the name of the room that a group is: that of the first is empty.
func RoomNamed(group string) string {
	if group == MainGroup {
		return ""
	}
	return group
}

// Called is the name of the room where groups are named.
func (room *StaffRoom) Called() string {
	if room.Name == "" {
		return MainGroup
	}
	return room.Name
}

// HomeOf is the name of the room that serves a customer's conversation, empty: the first. A group that there is no more leaves what it had
// to the first.
func HomeOf(v View, contact bots.ID) string {
	if contact == 0 {
		return ""
	}
	talk := v.Conversation(v.Same(contact)[0])
	return groupHaving(v, &talk)
}

// groupHaving is the name of the room that serves a conversation.
func groupHaving(v View, talk *bots.Conversation) string {
	name := talk.Group
	if name == "" || name == MainGroup || !bound(v, name) {
		return ""
	}
	return name
}

// tellHome tells that another group has a person's conversation than the one that had it, as they are one with another, or two again.
func tellHome(tx Tx, contact bots.ID, had string) {
	home := HomeOf(tx, contact)
	if home == had {
		return
	}
	talk := tx.Conversation(contact)
	if talk.State == bots.NoConversation {
		return
	}
	tx.Change(bots.Change{Type: Transferred, At: tx.Now(), Contact: contact, State: talk.State.String(), Reason: cmp.Or(home, MainGroup)})
}

// bound reports whether there is a group that is the room of a name.
func bound(v View, name string) bool {
	mark := RoomRef(name)
	c := v.Contact(v.FindContact(mark))
	return c != nil && slices.ContainsFunc(c.Addresses, func(a bots.ContactAddress) bool { return a.Channel == bots.Staff && a.ID != mark.Value })
}

// SettleStaffGroups brings the rooms up to the groups that the configuration names: one that it does not name any more is none.
func SettleStaffGroups(tx Tx, groups []StaffGroup) error {
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	for _, name := range team.Rooms {
		room, err := ReadStaffRoom(tx, name)
		if err != nil {
			return err
		}
		off := !slices.ContainsFunc(groups, func(g StaffGroup) bool { return g.Name == name })
		if room.Contact == 0 || room.Off == off {
			continue
		}
		room.Off = off
		if err := room.yield(tx); err != nil {
			return err
		}
		if err := room.put(tx); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := FixStaffRoom(tx, g.Name, g.Chat); err != nil {
			return err
		}
	}
	return nil
}
