package bots

import "time"

// Way is the way in by which a person opened a bot.
type Way struct {
	Source string // whose link it was; empty: nobody's
	// Refused is why the link does not say who the person is although it was made to: a reason of contact.linked.
	Refused string
}

// Why a one-time link made nobody known: reasons of changes contact.linked.
const (
	LinkSpent   = "link_used"    // somebody else has used it
	LinkExpired = "link_expired" // its time is over
	LinkOther   = "link_channel" // it was made for another channel
)

// ReasonSource is the reason of contact.updated, with the source's code behind it, when a person gets a first source.
const ReasonSource = "source:"

// cameToo takes by which source a stranger came who turned out to be the contact.
func (t *Turn) cameToo(old *Contact) {
	c := &t.Contact
	if old.ExternalID != "" || old.Last.Source == "" {
		return
	}
	if c.First.Source == "" {
		c.First = old.First
		t.Note(Change{Type: "contact.updated", Channel: old.First.Channel, Reason: ReasonSource + old.First.Source})
	}
	if old.Last.At.After(c.Last.At) {
		c.Last = old.Last
	}
}

// came notes by which source a person came. The first one stays; what the person does then counts for the last.
func (t *Turn) came(now time.Time) {
	from := t.Way.Source
	if from == "" {
		return
	}
	c, at := &t.Contact, Came{Source: from, Channel: t.Event.Chat.Channel, At: t.saidAt(now)}
	if c.First.Source == "" {
		c.First = at
		t.Note(Change{Type: "contact.updated", Channel: at.Channel, Reason: ReasonSource + from})
	}
	if from == SourceSMS && t.LinkUsed && c.Recruited.IsZero() {
		c.Recruited, t.Recruited = now, true
	}
	c.Last, c.Updated = at, now
}
