package whatsapp

import (
	"context"
	"strings"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// decode reads what the library hands over. No events: it is none of ours (groups, statuses, newsletters, what our own phone tells
// our devices), or it says nothing that concerns a conversation.
func (b *Bot) decode(ctx context.Context, evt any) ([]bots.Event, error) {
	pn, lid := b.me()
	switch evt := evt.(type) {
	case *events.Receipt:
		return reported(pn.User, evt), nil
	case *events.Message:
		if !ours(evt, person{phone: pn, lid: lid}) {
			return nil, nil
		}
		them, err := whois(ctx, b.lids(), others(&evt.Info.MessageSource)...)
		if err != nil {
			return nil, err
		}
		return b.read(ctx, pn.User, them, evt)
	case *events.UndecryptableMessage:
		return b.decode(ctx, once(evt))
	}
	return nil, nil
}

// once stands for a photo or video that can be seen once: it never reaches linked devices, so that nobody here would know that the person
// sent something. Nil: any other message that cannot be read, which is asked for again.
func once(evt *events.UndecryptableMessage) any {
	if !evt.IsUnavailable || evt.UnavailableType != events.UnavailableTypeViewOnce {
		return nil
	}
	return &events.Message{Info: evt.Info, RawMessage: &waE2E.Message{Conversation: proto.String("[view once: only the phone shows it]")}}
}

// ours reports whether a message is one of a talk with one person.
func ours(evt *events.Message, me person) bool {
	info := &evt.Info
	return !info.IsGroup && direct(info.Chat) && !me.is(info.Chat) && info.Category != "peer" && info.ID != ""
}

// others are the addresses of the person on the other side of a talk.
func others(s *types.MessageSource) []types.JID {
	if s.IsFromMe {
		return []types.JID{s.Chat, s.RecipientAlt}
	}
	return []types.JID{s.Chat, s.Sender, s.SenderAlt}
}

func (b *Bot) read(ctx context.Context, own string, them person, evt *events.Message) ([]bots.Event, error) {
	chat, also := them.places()
	if chat.ID == "" {
		return nil, nil
	}
	e := bots.Event{Channel: bots.WhatsApp, Sender: bots.WhatsApp, Chat: chat, Also: also, At: evt.Info.Timestamp, MessageID: evt.Info.ID}
	if strings.HasPrefix(chat.ID, "+") {
		e.Phone = chat.ID
	}
	if !tell(&e, evt) {
		return nil, nil
	}
	if e.Kind == bots.ByOwner {
		if _, program, err := b.sent(ctx, evt.Info.ID); program || err != nil {
			return nil, err // ours, told back
		}
	}
	repair(&e)
	e.ID, e.AlsoIDs = happening(own, them, &evt.Info, e.Kind)
	e.Raw = rawOf(evt)
	return []bots.Event{e}, nil
}

// repair makes what people's programs wrote into text: their protocol does not see to it.
func repair(e *bots.Event) {
	for _, s := range []*string{&e.Text, &e.Name, &e.MessageID, &e.On, &e.Data} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	for i := range e.Media {
		e.Media[i].Name = strings.ToValidUTF8(e.Media[i].Name, "\uFFFD")
		e.Media[i].Text = strings.ToValidUTF8(e.Media[i].Text, "\uFFFD")
	}
}

// tell writes into an event what a message says. False: nothing that concerns a conversation.
func tell(e *bots.Event, evt *events.Message) bool {
	m := unwrapped(whole(evt))
	if evt.Info.IsFromMe {
		return owned(e, m)
	}
	if name := evt.Info.PushName; name != "-" {
		e.Name = name
	}
	switch {
	case m.GetProtocolMessage() != nil:
		return changed(e, m.GetProtocolMessage())
	case m.GetReactionMessage() != nil:
		e.Kind, e.On, e.Data = bots.Reacted, m.ReactionMessage.GetKey().GetID(), m.ReactionMessage.GetText()
		return e.On != ""
	}
	e.Kind = bots.Wrote
	e.On = quoted(m)
	return fill(e, m)
}

// owned is what one of us wrote from the phone itself. What they react to, change or take back there stays between them and the
// person.
func owned(e *bots.Event, m *waE2E.Message) bool {
	if m.GetProtocolMessage() != nil || m.GetReactionMessage() != nil {
		return false
	}
	e.Kind = bots.ByOwner
	return fill(e, m)
}

// changed is an earlier message of the person that was edited or taken back.
func changed(e *bots.Event, p *waE2E.ProtocolMessage) bool {
	if e.MessageID = p.GetKey().GetID(); e.MessageID == "" || !p.GetKey().GetFromMe() { // from the person's side: a message of their own
		return false
	}
	switch p.GetType() {
	case waE2E.ProtocolMessage_REVOKE:
		e.Kind = bots.Deleted
		return true
	case waE2E.ProtocolMessage_MESSAGE_EDIT:
		e.Kind = bots.Edited
		e.Text, _ = contents(unwrapped(p.GetEditedMessage()))
		return e.Text != ""
	}
	return false
}

// fill writes the words and files of a message into an event.
func fill(e *bots.Event, m *waE2E.Message) bool {
	e.Text, e.Media = contents(m)
	return e.Text != "" || len(e.Media) > 0
}

func whole(evt *events.Message) *waE2E.Message {
	if evt.RawMessage != nil {
		return evt.RawMessage
	}
	return evt.Message
}
