package fallback

import (
	"fmt"
	"slices"

	"kaskad/bots"
)

// What a person answers of what the bot itself offered: by a button, or by a number where the channel has none.

// offered notes whether a number in the person's message can mean what the bot showed last, and, where the answer is about consent, to
// which words it was given.
func offered(tx View, t *bots.Turn, r *Rules) {
	e := &t.Event
	var m *bots.Message
	data := e.Data
	switch {
	case e.Kind == bots.Pressed:
		m = named(tx, e.Step, e.Chat, e.Twin(), providerKey(senderOf(e), e.Chat.ID, e.On))
	case e.Kind == bots.Wrote && t.Conversation.Bot.Choices != "":
		m, data = numbered(tx, e), t.Conversation.Bot.Chosen(e.Text, tx.Now())
	}
	if m == nil {
		return
	}
	choices, d := m.Buttons, tx.Delivery(m.Delivery)
	if d.ByBot() {
		choices = d.Choices
	}
	i := slices.IndexFunc(choices, func(b bots.Button) bool { return b.Data == data })
	t.Offered = e.Kind == bots.Wrote && i >= 0 // a question that is on its way still has not been read: no number answers it
	if i < 0 || e.Words != "" || !r.consents(data) {
		return
	}
	e.Words = choices[i].Text + " ← " + m.Text // the answer first: long words are cut at their end
	if d.ByBot() {
		e.Version = fmt.Sprintf("%s:%08x", d.Template, uint32(digest(m.Text)))
	}
}

// consents reports whether the answer of a button is about consent.
func (r *Rules) consents(data string) bool {
	in := bots.Intent(data)
	return in == bots.SaysYes || in == bots.SaysNo || r.Core.Keyword(data)
}

// ByBot reports whether the bot says it by itself, in answer to the person.
func (d *Delivery) ByBot() bool { return d != nil && d.Purpose == Conversation && d.Author == "" }

// numberedWalk bounds how many messages are looked at for the one with the numbers.
const numberedWalk = 16

// numbered is the message whose numbers a person's message may mean: the last one of the chat that has some. Nil: there is none, or
// somebody else's message came after it, and the number may answer that.
func numbered(tx View, e *bots.Event) *bots.Message {
	last := bots.ID(0)
	for _, chat := range sides(tx, e.Chat, e.Twin()) {
		last = max(last, tx.LastSent(chat))
	}
	for range numberedWalk {
		m := tx.Message(last)
		if m == nil {
			return nil
		}
		switch d := tx.Delivery(m.Delivery); {
		case !d.ByBot():
			return nil
		case len(d.Choices) > 0:
			return m
		}
		last = m.Prev
	}
	return nil
}
