package whatsapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots/simulator/internal/stage"
)

// What a message is.
const (
	Text     = "text"
	Image    = "image"
	Voice    = "voice"
	Video    = "video"
	Document = "document"
	Location = "location"
	Card     = "card"
	Other    = "other"
)

// Shown is a bubble on a phone.
type Shown struct {
	ID        string
	Chat      string // the other side: its number where it is known, else its LID
	Mine      bool   // the account's own: written here, or on another of its devices
	Kind      string // Text, Image, …
	Text      string // or caption, as it reads now
	Quotes    string // id of the message that it answers
	FileName  string
	At        time.Time
	Times     int      // copies that were decrypted; a phone shows one
	Edits     int      // how often it was changed
	Revoked   bool     // taken back
	Reactions []string // of others, in order; "" takes the one before back

	Message *waE2E.Message // as it came last
	info    types.MessageInfo
}

// bubble is what a phone tells messages apart with.
type bubble struct {
	chat types.JID
	id   string
}

// show puts a message on the screen, or changes what is there.
func (c *Customer) show(e *events.Message) {
	chat := e.Info.Chat
	if alt := c.other(e.Info); chat.Server == types.HiddenUserServer && !alt.IsEmpty() {
		chat = alt // one chat per person, whichever address a message came from
	}
	c.mu.Lock()
	fresh := c.place(chat.ToNonAD(), e)
	var seen Shown
	if fresh != nil {
		seen = fresh.clone()
	}
	c.mu.Unlock()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.stage.Notify()
	if fresh != nil && !seen.Mine {
		c.live(seen)
	}
}

// other is the second address of the other side of a chat.
func (c *Customer) other(info types.MessageInfo) types.JID {
	if info.IsFromMe {
		return info.RecipientAlt
	}
	return info.SenderAlt
}

// place is the bubble that a message makes, nil when it changes another one or is a copy. The caller holds c.mu.
func (c *Customer) place(chat types.JID, e *events.Message) *Shown {
	m := e.Message
	switch {
	case m.GetReactionMessage() != nil:
		r := m.GetReactionMessage()
		if on := c.index[bubble{chat, r.GetKey().GetID()}]; on != nil {
			on.Reactions = append(on.Reactions, r.GetText())
		}
		return nil
	case m.GetProtocolMessage() != nil:
		c.change(chat, m.GetProtocolMessage())
		return nil
	}
	key := bubble{chat, e.Info.ID}
	if on := c.index[key]; on != nil {
		on.Times++
		return nil
	}
	on := &Shown{
		ID: e.Info.ID, Chat: name(chat), Mine: e.Info.IsFromMe, At: e.Info.Timestamp, Times: 1, Message: m, info: e.Info,
	}
	on.Kind, on.Text, on.FileName = reading(m)
	on.Quotes = contextOf(m).GetStanzaID()
	if !on.Mine {
		c.heard++
	}
	c.index[key] = on
	c.shown = append(c.shown, on)
	if keep := c.s.opt.Keep; keep > 0 && len(c.shown) > 2*keep {
		for _, old := range c.shown[:len(c.shown)-keep] {
			delete(c.index, bubble{jidOf(old.Chat), old.ID})
		}
		c.shown = slices.Clone(c.shown[len(c.shown)-keep:])
	}
	return on
}

// change edits a bubble or takes it back. The caller holds c.mu.
func (c *Customer) change(chat types.JID, p *waE2E.ProtocolMessage) {
	on := c.index[bubble{chat, p.GetKey().GetID()}]
	if on == nil {
		return
	}
	switch p.GetType() {
	case waE2E.ProtocolMessage_MESSAGE_EDIT:
		on.Edits++
		on.Message = p.GetEditedMessage()
		_, on.Text, _ = reading(on.Message)
	case waE2E.ProtocolMessage_REVOKE:
		on.Revoked = true
	}
}

func name(chat types.JID) string {
	if chat.Server == types.DefaultUserServer {
		return "+" + chat.User
	}
	return chat.String()
}

// reading is what a message is, what it says, and the name of its file.
func reading(m *waE2E.Message) (kind, text, file string) {
	switch {
	case m.GetConversation() != "":
		return Text, m.GetConversation(), ""
	case m.GetExtendedTextMessage() != nil:
		return Text, m.GetExtendedTextMessage().GetText(), ""
	case m.GetImageMessage() != nil:
		return Image, m.GetImageMessage().GetCaption(), ""
	case m.GetVideoMessage() != nil:
		return Video, m.GetVideoMessage().GetCaption(), ""
	case m.GetAudioMessage() != nil:
		return Voice, "", ""
	case m.GetDocumentMessage() != nil:
		return Document, m.GetDocumentMessage().GetCaption(), m.GetDocumentMessage().GetFileName()
	case m.GetDocumentWithCaptionMessage() != nil:
		return reading(m.GetDocumentWithCaptionMessage().GetMessage())
	case m.GetLocationMessage() != nil:
		return Location, m.GetLocationMessage().GetName(), ""
	case m.GetContactMessage() != nil:
		return Card, m.GetContactMessage().GetVcard(), ""
	}
	return Other, "", ""
}

func contextOf(m *waE2E.Message) *waE2E.ContextInfo {
	for _, part := range []interface{ GetContextInfo() *waE2E.ContextInfo }{
		m.GetExtendedTextMessage(), m.GetImageMessage(), m.GetVideoMessage(), m.GetAudioMessage(), m.GetDocumentMessage(),
		m.GetLocationMessage(), m.GetContactMessage(), m.GetDocumentWithCaptionMessage().GetMessage().GetDocumentMessage(),
	} {
		if info := part.GetContextInfo(); info != nil {
			return info
		}
	}
	return nil
}

func (m *Shown) clone() Shown {
	out := *m
	out.Reactions = slices.Clone(m.Reactions)
	return out
}

// Got is what stands on the phone, oldest first: one bubble per message, however many copies came.
func (c *Customer) Got() []Shown { return c.got(nil) }

func (c *Customer) got(match func(Shown) bool) []Shown {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Shown
	for _, m := range c.shown {
		if match == nil || match(*m) {
			out = append(out, m.clone())
		}
	}
	return out
}

// Find is the bubble of a message; zero when it is not on the phone.
func (c *Customer) Find(id string) Shown {
	if found := c.got(func(m Shown) bool { return m.ID == id }); len(found) > 0 {
		return found[0]
	}
	return Shown{}
}

// Copies is how many copies of messages were decrypted, those that no new bubble came of too.
func (c *Customer) Copies() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range c.shown {
		n += m.Times
	}
	return n
}

// Wait waits for the n-th bubble that matches, counted from 1, of those that are kept. With a nil match it waits for the n-th of the
// other side, and counts all that there ever were.
func (c *Customer) Wait(ctx context.Context, n int, match func(Shown) bool) (Shown, error) {
	if match == nil {
		return c.waitAny(ctx, n)
	}
	return stage.Nth(ctx, c.s.stage, n, "messages on the phone", func() []Shown { return c.got(match) })
}

func (c *Customer) waitAny(ctx context.Context, n int) (Shown, error) {
	count := 0
	err := c.s.stage.Wait(ctx, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		count = c.heard
		return count >= n
	})
	if err != nil {
		return Shown{}, fmt.Errorf("whatsapp simulator: %d of %d messages on the phone: %w", count, n, err)
	}
	got := c.got(func(m Shown) bool { return !m.Mine })
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := c.heard - len(got) // not kept any more
	if n-1 < gone {
		return Shown{}, fmt.Errorf("whatsapp simulator: message %d is not kept any more; there were %d", n, c.heard)
	}
	return got[n-1-gone], nil
}

// Heard is how many bubbles of the other side there ever were.
func (c *Customer) Heard() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// WaitText waits for a bubble with a text.
func (c *Customer) WaitText(ctx context.Context, text string) (Shown, error) {
	return c.Wait(ctx, 1, func(m Shown) bool { return m.Text == text })
}
