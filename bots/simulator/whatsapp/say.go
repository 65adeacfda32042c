package whatsapp

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// resends is how many own messages a phone can encrypt again.
const resends = 256

// Send writes any message to somebody (+380501112233, or 900001@lid), and is its id. An id is given even when the send failed.
func (c *Customer) Send(ctx context.Context, to string, m *waE2E.Message) (string, error) {
	chat := jidOf(to)
	if err := c.learn(ctx, chat); err != nil {
		return "", err
	}
	id := c.cli.GenerateMessageID()
	c.mu.Lock()
	c.sent[id] = m
	c.recent = append(c.recent, id)
	if len(c.recent) > resends {
		delete(c.sent, c.recent[0])
		c.recent = c.recent[1:]
	}
	c.mu.Unlock()
	c.send.Lock()
	defer c.send.Unlock()
	_, err := c.cli.SendMessage(ctx, chat, m, whatsmeow.SendRequestExtra{ID: id})
	if err != nil {
		return id, fmt.Errorf("whatsapp simulator: customer: %w", err)
	}
	return id, nil
}

// learn asks for somebody's LID before the first message, so that the session does not move under a message on its way.
func (c *Customer) learn(ctx context.Context, who types.JID) error {
	c.mu.Lock()
	known := c.known[who]
	c.mu.Unlock()
	if known || isCrowd(who) {
		return nil
	}
	if _, err := c.cli.GetUserInfo(ctx, []types.JID{who}); err != nil {
		return fmt.Errorf("whatsapp simulator: customer: who is that: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[who] = true
	return nil
}

// Say writes a text.
func (c *Customer) Say(ctx context.Context, to, text string) (string, error) {
	return c.Send(ctx, to, &waE2E.Message{Conversation: &text})
}

// Quote answers a message with a text under it.
func (c *Customer) Quote(ctx context.Context, on Shown, text string) (string, error) {
	return c.Send(ctx, on.Chat, &waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: &text, ContextInfo: &waE2E.ContextInfo{
		StanzaID: &on.ID, Participant: proto.String(on.info.Sender.ToNonAD().String()), QuotedMessage: on.Message,
	}}})
}

// React puts an emoji on a message; "" takes it back.
func (c *Customer) React(ctx context.Context, on Shown, emoji string) (string, error) {
	return c.Send(ctx, on.Chat, c.cli.BuildReaction(jidOf(on.Chat), on.info.Sender.ToNonAD(), on.ID, emoji))
}

// Edit changes a message that the person wrote.
func (c *Customer) Edit(ctx context.Context, to, id, text string) (string, error) {
	return c.Send(ctx, to, c.cli.BuildEdit(jidOf(to), id, &waE2E.Message{Conversation: &text}))
}

// Revoke takes back a message that the person wrote.
func (c *Customer) Revoke(ctx context.Context, to, id string) (string, error) {
	return c.Send(ctx, to, c.cli.BuildRevoke(jidOf(to), types.EmptyJID, id))
}

// SendLocation sends a place.
func (c *Customer) SendLocation(ctx context.Context, to string, lat, lon float64, name string) (string, error) {
	return c.Send(ctx, to, &waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: &lat, DegreesLongitude: &lon, Name: &name}})
}

// SendCard sends a contact card.
func (c *Customer) SendCard(ctx context.Context, to, name, phone string) (string, error) {
	card := fmt.Sprintf("BEGIN:VCARD\nVERSION:3.0\nN:;%s;;;\nFN:%s\nTEL;type=CELL;waid=%s:%s\nEND:VCARD", name, name, digits(phone), phone)
	return c.Send(ctx, to, &waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: &name, Vcard: &card}})
}

// File is something to send.
type File struct {
	Kind    string // Image, Voice, Video or Document
	Name    string // of a document
	Type    string // "" = image/jpeg, audio/ogg; codecs=opus, video/mp4, application/pdf
	Caption string
	Data    []byte
}

// SendFile encrypts a file, uploads it and sends where it is.
func (c *Customer) SendFile(ctx context.Context, to string, f File) (string, error) {
	kinds := map[string]whatsmeow.MediaType{
		Image: whatsmeow.MediaImage, Voice: whatsmeow.MediaAudio, Video: whatsmeow.MediaVideo, Document: whatsmeow.MediaDocument,
	}
	up, err := c.cli.Upload(ctx, f.Data, kinds[f.Kind])
	if err != nil {
		return "", fmt.Errorf("whatsapp simulator: customer: upload: %w", err)
	}
	m := &waE2E.Message{}
	switch f.Kind {
	case Image:
		f.Type = cmp.Or(f.Type, "image/jpeg")
		m.ImageMessage = &waE2E.ImageMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
			FileLength: &up.FileLength, Mimetype: &f.Type, Caption: &f.Caption,
		}
	case Voice:
		f.Type = cmp.Or(f.Type, "audio/ogg; codecs=opus")
		m.AudioMessage = &waE2E.AudioMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
			FileLength: &up.FileLength, Mimetype: &f.Type, PTT: proto.Bool(true), Seconds: proto.Uint32(3),
		}
	case Video:
		f.Type = cmp.Or(f.Type, "video/mp4")
		m.VideoMessage = &waE2E.VideoMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
			FileLength: &up.FileLength, Mimetype: &f.Type, Caption: &f.Caption,
		}
	default:
		f.Type = cmp.Or(f.Type, "application/pdf")
		m.DocumentMessage = &waE2E.DocumentMessage{
			URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
			FileLength: &up.FileLength, Mimetype: &f.Type, FileName: &f.Name, Title: &f.Name, Caption: &f.Caption,
		}
	}
	return c.Send(ctx, to, m)
}

// Open downloads and decrypts the file of a message.
func (c *Customer) Open(ctx context.Context, on Shown) ([]byte, error) {
	//lint:ignore SA1019 a message of any kind is looked at here, as a phone does
	data, err := c.cli.DownloadAny(ctx, on.Message)
	if err != nil {
		return nil, fmt.Errorf("whatsapp simulator: customer: download: %w", err)
	}
	return data, nil
}

// Read tells the other side that messages were read, all in one receipt; whoever hides it tells only their own devices.
func (c *Customer) Read(ctx context.Context, on ...Shown) error {
	return c.mark(ctx, types.ReceiptTypeRead, on)
}

// Play tells the other side that a voice message was heard.
func (c *Customer) Play(ctx context.Context, on ...Shown) error {
	return c.mark(ctx, types.ReceiptTypePlayed, on)
}

func (c *Customer) mark(ctx context.Context, kind types.ReceiptType, on []Shown) error {
	ids := make([]types.MessageID, len(on))
	for i, m := range on {
		ids[i] = m.ID
	}
	if len(on) == 0 {
		return nil
	}
	if err := c.cli.MarkRead(ctx, ids, time.Now(), on[0].info.Chat, on[0].info.Sender, kind); err != nil {
		return fmt.Errorf("whatsapp simulator: customer: %w", err)
	}
	return nil
}

// Type shows the other side that the person writes, or not any more.
func (c *Customer) Type(ctx context.Context, to string, on bool) error {
	state := types.ChatPresencePaused
	if on {
		state = types.ChatPresenceComposing
	}
	return c.cli.SendChatPresence(ctx, jidOf(to), state, types.ChatPresenceMediaText)
}

// OwnerWrites is the owner of an account who writes a text on the phone itself: its other devices see it, too. The phone is started
// when nobody plays it yet.
func (s *Server) OwnerWrites(ctx context.Context, phone, to, text string) (string, error) {
	owner, err := s.Owner(ctx, phone)
	if err != nil {
		return "", err
	}
	return owner.Say(ctx, to, text)
}

// Owner is the person at the phone of an account that has other devices.
func (s *Server) Owner(ctx context.Context, phone string) (*Customer, error) {
	s.mu.Lock()
	for _, c := range s.customers {
		if digits(c.phone) == digits(phone) {
			s.mu.Unlock()
			return c, nil
		}
	}
	s.mu.Unlock()
	return s.AddCustomer(ctx, Person{Phone: phone, Away: true})
}
