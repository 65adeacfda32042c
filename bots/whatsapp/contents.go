package whatsapp

import (
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"go.mau.fi/whatsmeow/proto/waE2E"

	"kaskad/bots"
)

// deepest is how many wrappers a message may have: WhatsApp puts a few around each other (disappearing, view once, with caption).
const deepest = 8

// unwrapped is what stands in the wrappers around a message; an empty message when it says nothing.
func unwrapped(m *waE2E.Message) *waE2E.Message {
	for range deepest {
		if m == nil {
			break
		}
		inner := wrapped(m)
		if inner == nil {
			return m
		}
		m = inner
	}
	return new(waE2E.Message)
}

// wrapped is the message in the outermost wrapper; nil: there is none. New wrappers have the same form as the old ones.
func wrapped(m *waE2E.Message) (inner *waE2E.Message) {
	if inner := m.GetDeviceSentMessage().GetMessage(); inner != nil {
		return inner
	}
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.MessageKind {
			if future, ok := v.Message().Interface().(*waE2E.FutureProofMessage); ok {
				inner = future.GetMessage()
			}
		}
		return inner == nil
	})
	return inner
}

// quoted is the id of the message that one answers; empty: none.
func quoted(m *waE2E.Message) (id string) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.MessageKind {
			if part, ok := v.Message().Interface().(interface{ GetContextInfo() *waE2E.ContextInfo }); ok {
				id = part.GetContextInfo().GetStanzaID()
			}
		}
		return id == ""
	})
	return id
}

// contents are the words and files of a message. Both empty: it says nothing to anybody.
func contents(m *waE2E.Message) (text string, media []bots.Media) {
	if text = worded(m); text != "" {
		return text, nil
	}
	if text, media = files(m); len(media) > 0 {
		return text, media
	}
	return unknown(m), nil
}

// worded are the words of a message that is nothing but words.
func worded(m *waE2E.Message) string {
	switch {
	case m.GetConversation() != "":
		return m.GetConversation()
	case m.ExtendedTextMessage != nil:
		return m.ExtendedTextMessage.GetText()
	case m.ButtonsResponseMessage != nil:
		return m.ButtonsResponseMessage.GetSelectedDisplayText()
	case m.ListResponseMessage != nil:
		return m.ListResponseMessage.GetTitle()
	case m.TemplateButtonReplyMessage != nil:
		return m.TemplateButtonReplyMessage.GetSelectedDisplayText()
	case m.InteractiveResponseMessage != nil:
		return m.InteractiveResponseMessage.GetBody().GetText()
	case m.ButtonsMessage != nil:
		return m.ButtonsMessage.GetContentText()
	case m.ListMessage != nil:
		return lines(m.ListMessage.GetTitle(), m.ListMessage.GetDescription())
	case m.InteractiveMessage != nil:
		return lines(m.InteractiveMessage.GetHeader().GetTitle(), m.InteractiveMessage.GetBody().GetText())
	case m.TemplateMessage != nil:
		return m.TemplateMessage.GetHydratedTemplate().GetHydratedContentText()
	}
	return described(m)
}

// described are messages that staff cannot see here as they are: what they are, in brackets, and their words.
func described(m *waE2E.Message) string {
	switch {
	case m.OrderMessage != nil:
		return lines("[order] "+m.OrderMessage.GetOrderTitle(), m.OrderMessage.GetMessage())
	case m.ProductMessage != nil:
		return lines("[product] "+m.ProductMessage.GetProduct().GetTitle(), m.ProductMessage.GetBody())
	case m.GroupInviteMessage != nil:
		return lines("[group invite] "+m.GroupInviteMessage.GetGroupName(), m.GroupInviteMessage.GetCaption())
	case m.EventMessage != nil:
		return lines("[event] "+m.EventMessage.GetName(), m.EventMessage.GetDescription())
	}
	for _, p := range []*waE2E.PollCreationMessage{m.GetPollCreationMessage(), m.GetPollCreationMessageV2(), m.GetPollCreationMessageV3(), m.GetPollCreationMessageV5()} {
		if p != nil {
			return poll(p)
		}
	}
	return ""
}

func poll(p *waE2E.PollCreationMessage) string {
	all := []string{"[poll] " + p.GetName()}
	for _, o := range p.GetOptions() {
		all = append(all, "– "+o.GetOptionName())
	}
	return lines(all...)
}

func lines(all ...string) string {
	var said []string
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, "\n")
}

// unspoken are parts of messages that a person neither writes nor sees, or that come with another message that says it.
var unspoken = map[protoreflect.Name]bool{
	"messageContextInfo": true, "senderKeyDistributionMessage": true, "fastRatchetKeySenderKeyDistributionMessage": true,
	"protocolMessage": true, "reactionMessage": true, "encReactionMessage": true, "encCommentMessage": true, "encEventResponseMessage": true,
	"secretEncryptedMessage": true, "pollUpdateMessage": true, "pollResultSnapshotMessage": true, "pollResultSnapshotMessageV3": true,
	"keepInChatMessage": true, "pinInChatMessage": true, "albumMessage": true, "placeholderMessage": true, "stickerSyncRmrMessage": true,
	"chat": true, "call": true, "callLogMesssage": true, "bcallMessage": true, "messageHistoryBundle": true, "messageHistoryNotice": true,
	"statusNotificationMessage": true, "deviceSentMessage": true, "conversation": true, "extendedTextMessage": true,
}

// unknown names the kind of a message that we cannot read, so that staff look at the phone: "[send payment]". Empty: it is none that a
// person wrote.
func unknown(m *waE2E.Message) (kind string) {
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.MessageKind && !unspoken[f.Name()] {
			if _, wrapper := v.Message().Interface().(*waE2E.FutureProofMessage); !wrapper {
				kind = "[" + spaced(strings.TrimSuffix(string(f.Name()), "Message")) + "]"
			}
		}
		return kind == ""
	})
	if kind == "" && len(m.ProtoReflect().GetUnknown()) > 0 && proto.Size(m) == len(m.ProtoReflect().GetUnknown()) {
		return "[a message of a new kind]"
	}
	return kind
}

// spaced writes "sendPayment" as "send payment".
func spaced(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
