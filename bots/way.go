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
	// The chat is of somebody who is known already: links are passed on, so that only proof moves it. The link is not spent.
	LinkUnproven = "link_other"
)

// ReasonSource is the reason of contact.updated, with the source's code behind it, when a person gets a first source.
const ReasonSource = "source:"

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

// cameAs keeps the way in of a stranger who turned out to be the turn's contact: it was this person who came by it. A contact that
// somebody told us of was somebody else, whose chat has another owner now.
func (t *Turn) cameAs(stranger Contact) {
	if stranger.Last.Source == "" || !stranger.made(t.Event.Proves()) {
		return
	}
	c := &t.Contact
	if c.First.Source == "" {
		c.First = stranger.First
		t.Note(Change{Type: "contact.updated", Channel: c.First.Channel, Reason: ReasonSource + c.First.Source})
	}
	if c.Last.At.Before(stranger.Last.At) {
		c.Last = stranger.Last
	}
	t.Strangers = append(t.Strangers, stranger)
}
