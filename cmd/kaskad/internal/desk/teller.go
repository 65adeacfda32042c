package desk

import (
	"fmt"

	"kaskad/bots"
	"kaskad/fallback"
)

// Teller words for staff elsewhere what the group reads: what customers write, who they are, and why something was not done. It posts nothing.
type Teller struct{ d *Desk }

// NewTeller makes one of the words of a desk; no more of the options is needed than what concerns those.
func NewTeller(o Options) Teller { return Teller{New(o)} }

// Shows reports whether staff have to see the message that a change tells of.
func (t Teller) Shows(v fallback.View, c *bots.Change) (message bots.ID, ok bool) {
	m := v.Message(c.Message)
	if m == nil || !m.In {
		return 0, false
	}
	if c.Type == fallback.Unanswered {
		return m.ID, true
	}
	return m.ID, c.State != string(bots.Started) && !t.d.answered(c, meant(v, m))
}

// Lines words the first of a customer's messages, as many as fit, below who it is and on which channel; it says how many it used.
func (t Teller) Lines(v fallback.View, contact bots.ID, lines []bots.ID) (text string, used int) {
	return t.d.compose(v, &waiting{Contact: contact, Lines: lines}, t.d.topicPerson)
}

// Name is how staff know a customer; of a phone only the beginning and the end are left, as on a card.
func (t Teller) Name(v fallback.View, contact bots.ID) string {
	if c := v.Contact(contact); c != nil {
		return oneLine(t.d.topicPerson(c), maxName)
	}
	return t.d.words.customer
}

// Answer words why something was not done, who else is at it, or what was asked for; empty: there is nothing to say.
func (t Teller) Answer(v fallback.View, a *fallback.Audited) string {
	switch {
	case a.Refused != "":
		return t.d.refused(a)
	case a.Contact != 0 && v.Contact(a.Contact) == nil: // erased since
		return ""
	case others(a.Detail) != "":
		return t.d.also(a.Detail)
	}
	return t.d.told(v, a)
}

// Standing is how far an answer has come: whether its channel took it, and the words for it when it did not arrive, with the buttons for other
// channels.
func (t Teller) Standing(v fallback.View, answer *fallback.Delivery) (taken bool, failed string, other []bots.Button) {
	emoji, why, reason := standing(v, answer)
	if why == "" {
		return emoji == emojiAccepted || emoji == emojiDelivered || emoji == emojiRead, "", nil
	}
	text, p := t.d.failure(v, &saying{Why: why, Of: answer.ID, Reason: reason})
	return false, text, p.Buttons
}

// Waits words that a customer waits, and for how long; empty: not any more.
func (t Teller) Waits(v fallback.View, contact bots.ID) string {
	talk := v.Conversation(contact)
	if v.Contact(contact) == nil || talk.Wait.Since.IsZero() || fallback.TalkState(&talk, v.Now()) != bots.Open {
		return ""
	}
	return fmt.Sprintf(t.d.words.waiting, t.Name(v, contact), t.d.lasting(v.Now().Sub(talk.Wait.Since)))
}
