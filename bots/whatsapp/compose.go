package whatsapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// content writes a message once more, for a device that could not decrypt it and asks again: the same words, and the same picture or file
// as long as it is remembered; else one that is fetched and uploaded anew.
func (b *Bot) content(ctx context.Context, out bots.Outgoing) (*waE2E.Message, error) {
	to, err := b.where(ctx, out.To)
	if err != nil {
		return nil, err
	}
	return b.compose(ctx, to, out)
}

// compose writes a message as WhatsApp's protocol has it. Nothing in it but the keys of an upload differs from one time to the next.
func (b *Bot) compose(ctx context.Context, to types.JID, out bots.Outgoing) (*waE2E.Message, error) {
	switch out.Act {
	case bots.EditAct:
		return edit(to, out), nil
	case bots.DeleteAct:
		return protocol(waE2E.ProtocolMessage_REVOKE, key(to, out.On, true)), nil
	case bots.ReactAct:
		return b.reaction(ctx, to, out)
	}
	reply, err := b.reply(ctx, to, out.ReplyTo)
	if err != nil {
		return nil, err
	}
	if out.Media != nil {
		return b.withMedia(ctx, out, reply)
	}
	if out.File != nil {
		return b.withFile(ctx, out, reply)
	}
	if out.Image != "" {
		m, err := b.withPicture(ctx, out, reply)
		if err == nil || words(out) == "" || !leftOut(err) {
			return m, err
		}
		b.opt.Log.Warn("the picture could not be fetched or uploaded: whatsapp gets the text without it", "step", out.Step, "err", err)
	}
	return spoken(words(out), reply), nil
}

// leftOut reports whether a message goes without its picture: not when nothing can be sent now.
func leftOut(err error) bool { return !errors.Is(err, errNotNow) }

// words are what people read. Marks of WhatsApp's own stand in Markup.
func words(out bots.Outgoing) string { return cmp.Or(out.Markup, out.Text) }

func spoken(text string, reply *waE2E.ContextInfo) *waE2E.Message {
	if reply == nil {
		return &waE2E.Message{Conversation: proto.String(text)}
	}
	return &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String(text), ContextInfo: reply}}
}

// key names a message of a chat, from our side.
func key(chat types.JID, id string, ours bool) *waCommon.MessageKey {
	return &waCommon.MessageKey{RemoteJID: proto.String(chat.String()), FromMe: proto.Bool(ours), ID: proto.String(id)}
}

func protocol(kind waE2E.ProtocolMessage_Type, on *waCommon.MessageKey) *waE2E.Message {
	return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: kind.Enum(), Key: on}}
}

func edit(to types.JID, out bots.Outgoing) *waE2E.Message {
	m := protocol(waE2E.ProtocolMessage_MESSAGE_EDIT, key(to, out.On, true))
	m.ProtocolMessage.EditedMessage = spoken(words(out), nil)
	m.ProtocolMessage.TimestampMS = proto.Int64(out.Step.Time().UnixMilli())
	return &waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: m}}
}

func (b *Bot) reaction(ctx context.Context, to types.JID, out bots.Outgoing) (*waE2E.Message, error) {
	_, ours, err := b.sent(ctx, out.On)
	if err != nil {
		return nil, err
	}
	return &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{
		Key: key(to, out.On, ours), Text: proto.String(out.Text), SenderTimestampMS: proto.Int64(out.Step.Time().UnixMilli()),
	}}, nil
}

// reply is what a message says of the one that it answers; nil: it answers none. Phones show the quoted words as we write them here: of
// the person's own message we know the id only, and a phone that has the message finds it.
func (b *Bot) reply(ctx context.Context, to types.JID, on string) (*waE2E.ContextInfo, error) {
	if on == "" {
		return nil, nil
	}
	of, ours, err := b.sent(ctx, on)
	if err != nil {
		return nil, err
	}
	author := to
	if ours {
		if author, _ = b.me(); to.Server == types.HiddenUserServer {
			_, author = b.me()
		}
	}
	return &waE2E.ContextInfo{
		StanzaID: proto.String(on), Participant: proto.String(author.ToNonAD().String()), QuotedMessage: spoken(words(of), nil),
	}, nil
}

// sent finds a message of ours by its provider id.
func (b *Bot) sent(ctx context.Context, id string) (bots.Outgoing, bool, error) {
	if b.opt.Sent == nil || id == "" {
		return bots.Outgoing{}, false, nil
	}
	out, ok, err := b.opt.Sent(ctx, id)
	if err != nil {
		return out, false, fmt.Errorf("a message of ours could not be looked up: %w", err)
	}
	return out, ok, nil
}

const (
	editTime = whatsmeow.EditWindow
	// deleteTime is how long WhatsApp's apps let people take a message back for everyone, which is about two days: a phone does not say
	// whether it obeyed, so that what comes later must not be sent at all.
	deleteTime   = 48 * time.Hour
	longestEmoji = 64 // bytes; families of emoji are long
	longestID    = 256
)

// sendable says what is wrong with a message that WhatsApp would not take, or would show as nothing.
func (b *Bot) sendable(ctx context.Context, out bots.Outgoing) error {
	if out.To.Channel != bots.WhatsApp && out.To.Channel != "" {
		return fault(bots.Rejected, "", "the address is of another channel")
	}
	if !utf8.ValidString(out.Text) || !utf8.ValidString(out.Markup) {
		return fault(bots.Rejected, "", "the text is no UTF-8")
	}
	if len(out.On) > longestID || len(out.ReplyTo) > longestID {
		return fault(bots.Rejected, "", "the id of the earlier message is none of WhatsApp's")
	}
	if out.Act != "" {
		return b.actable(ctx, out)
	}
	bare := out.Image == "" && out.File == nil && out.Media == nil
	limits := b.Limits()
	most := limits.MaxCaption
	if bare {
		most = limits.MaxText
	}
	switch n := units(words(out)); {
	case bare && strings.TrimSpace(words(out)) == "":
		return fault(bots.Rejected, "", "the text is empty")
	case n > most:
		return fault(bots.Rejected, "", fmt.Sprintf("the text is too long: %d characters, WhatsApp takes %d", n, most))
	}
	return nil
}

// actable says what is wrong with what is to be done to an earlier message.
func (b *Bot) actable(ctx context.Context, out bots.Outgoing) error {
	switch {
	case out.On == "":
		return fault(bots.Rejected, "", "it does not say which message is meant")
	case out.Act == bots.ReactAct && len(out.Text) > longestEmoji:
		return fault(bots.Rejected, "", "a reaction is one emoji")
	case out.Act == bots.ReactAct, out.Act == bots.DeleteAct:
		return nil
	case out.Act != bots.EditAct:
		return fault(bots.Rejected, "", "WhatsApp knows no such act")
	case strings.TrimSpace(words(out)) == "":
		return fault(bots.Rejected, "", "the text is empty")
	case units(words(out)) > b.Limits().MaxText:
		return fault(bots.Rejected, "", "the text is too long")
	}
	of, ours, err := b.sent(ctx, out.On)
	switch {
	case err != nil:
		return notNow(err)
	case ours && time.Since(of.Step.Time()) > editTime:
		return fault(bots.Rejected, "too_late", "WhatsApp changes messages of the last 20 minutes only")
	case ours && (of.Image != "" || of.File != nil || of.Media != nil):
		return fault(bots.Rejected, "caption", "the text under a picture or a file cannot be changed")
	}
	return nil
}

func units(text string) (n int) {
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}
