package bots

import "time"

// byOwner takes what one of us wrote to a person from the phone itself: a staff message of that conversation. It proves nothing, no
// word in it is the person's, and it makes no contact of somebody who is none.
func (t *Turn) byOwner(now time.Time) {
	e := &t.Event
	to := e.Chat
	switch {
	case t.Contact.ID != 0 && !t.Contact.left(e.Chat, e.Twin()):
	case t.Twin.Contact.ID != 0 && !t.Twin.Contact.left(e.Twin(), e.Chat):
		t.Contact, t.Conversation, to = t.Twin.Contact, t.Twin.Conversation, e.Twin()
	case t.Proven.Contact.ID != 0 && !t.Proven.Contact.elsewhere(e) && !t.Proven.Contact.moved(e):
		t.Contact, t.Conversation = t.Proven.Contact, t.Proven.Conversation
	default:
		t.Contact, t.Conversation = Contact{}, Conversation{}
		return
	}
	t.Ours = &Message{To: to, Channel: to.Channel, Text: e.Text, Media: named(e.Media), ProviderID: e.MessageID, At: t.saidAt(now), Author: OwnerAuthor}
	answers := !t.Ours.At.Before(t.Conversation.LastIn) // what the person wrote after it waits still
	t.Conversation.Said(t.Ours, answers)
	t.Note(Change{Type: "message.status", Channel: to.Channel, State: Accepted.String(), Reason: string(ByOwner)})
}
