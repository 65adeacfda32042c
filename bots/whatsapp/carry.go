package whatsapp

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

var _ bots.Carrier = (*Bot)(nil)

// Carry uploads a file and sends where it is. What is uploaded and then not sent is forgotten by WhatsApp.
func (b *Bot) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	if out.Media == nil {
		return b.Send(ctx, out)
	}
	if err := b.sendable(ctx, out); err != nil {
		return bots.Receipt{}, err
	}
	if _, err := b.lift(ctx, out, file); err != nil {
		return bots.Receipt{}, prepared(err)
	}
	return b.Send(ctx, out)
}

// shape is as what WhatsApp shows a file: what its apps cannot show, or show without words, is a document.
func shape(x *bots.Media, kind string, words bool) string {
	switch {
	case x.Type == "photo" && (kind == "image/jpeg" || kind == "image/png"),
		x.Type == "video" && kind == "video/mp4",
		x.Type == "voice" && kind == "application/ogg" && !words,
		x.Type == "sticker" && kind == "image/webp" && !words:
		return x.Type
	}
	return "document"
}

// keysOf are with which key each is encrypted.
var keysOf = map[string]whatsmeow.MediaType{
	"photo": whatsmeow.MediaImage, "sticker": whatsmeow.MediaImage, "video": whatsmeow.MediaVideo, "voice": whatsmeow.MediaAudio, "document": whatsmeow.MediaDocument,
}

// lift puts the file of a message on WhatsApp's servers. It is remembered for a while: a phone may ask for its message again.
func (b *Bot) lift(ctx context.Context, out bots.Outgoing, file bots.Carried) (*upload, error) {
	if file.Size > mostFetched {
		return nil, fault(bots.Rejected, "too_large", "the file is too large")
	}
	body, err := io.ReadAll(io.LimitReader(file, mostFetched+1))
	if err != nil {
		return nil, fault(bots.Temporary, "", "the file cannot be read here")
	}
	as := shape(out.Media, file.Kind, words(out) != "")
	u, err := b.put(ctx, bots.Fetched{Body: body, Type: file.Kind, Name: file.Name}, keysOf[as], as == "photo")
	if err != nil {
		return nil, err
	}
	u.as = as
	b.pen.remember(liftedAs(out.Step), "", u)
	return u, nil
}

// liftedAs is under which name the file of a message is remembered; no address looks so.
func liftedAs(step bots.ID) string { return "step:" + step.String() }

// withMedia writes a message with what was lifted, or with a place.
func (b *Bot) withMedia(ctx context.Context, out bots.Outgoing, reply *waE2E.ContextInfo) (*waE2E.Message, error) {
	if out.Media.Type == "location" {
		return whereabouts(out, reply)
	}
	u, err := b.lifted(ctx, out)
	if err != nil {
		return nil, err
	}
	text := words(out)
	caption := func() *string {
		if text == "" {
			return nil
		}
		return &text
	}
	switch u.as {
	case "photo":
		return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256, FileLength: &u.FileLength,
			Mimetype: &u.kind, Width: proto.Uint32(uint32(u.width)), Height: proto.Uint32(uint32(u.height)), Caption: caption(), ContextInfo: reply,
		}}, nil
	case "video":
		return &waE2E.Message{VideoMessage: &waE2E.VideoMessage{
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256, FileLength: &u.FileLength,
			Mimetype: &u.kind, Caption: caption(), ContextInfo: reply,
		}}, nil
	case "voice":
		return &waE2E.Message{AudioMessage: &waE2E.AudioMessage{
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256, FileLength: &u.FileLength,
			Mimetype: proto.String("audio/ogg; codecs=opus"), PTT: proto.Bool(true), ContextInfo: reply,
		}}, nil
	case "sticker":
		return &waE2E.Message{StickerMessage: &waE2E.StickerMessage{
			URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256, FileLength: &u.FileLength,
			Mimetype: &u.kind, ContextInfo: reply,
		}}, nil
	}
	return u.document(u.name, caption(), reply), nil
}

// lifted is the file of a message on WhatsApp's servers; one that is not remembered is opened and lifted once more.
func (b *Bot) lifted(ctx context.Context, out bots.Outgoing) (*upload, error) {
	if u := b.pen.upload(liftedAs(out.Step), "", time.Now()); u != nil {
		return u, nil
	}
	if b.opt.Open == nil {
		return nil, fault(bots.Rejected, "", "the file of the message is not here any more")
	}
	file, err := b.opt.Open(ctx, out.Step)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	look, err := bots.NewCarried(file, *out.Media)
	if err != nil {
		return nil, err
	}
	return b.lift(ctx, out, look)
}

// whereabouts writes a place. It has no words of its own.
func whereabouts(out bots.Outgoing, reply *waE2E.ContextInfo) (*waE2E.Message, error) {
	x := out.Media
	before, after, _ := strings.Cut(x.Text, ",")
	latitude, err := strconv.ParseFloat(before, 64)
	longitude, err2 := strconv.ParseFloat(after, 64)
	if errors.Join(err, err2) != nil || max(latitude, -latitude) > 90 || max(longitude, -longitude) > 180 {
		return nil, fault(bots.Rejected, "", "the place is nowhere")
	}
	l := &waE2E.LocationMessage{DegreesLatitude: &latitude, DegreesLongitude: &longitude, ContextInfo: reply}
	if x.Name != "" {
		l.Name = &x.Name
	}
	if text := words(out); text != "" {
		l.Comment = &text
	}
	return &waE2E.Message{LocationMessage: l}, nil
}

// put uploads what was fetched.
func (b *Bot) put(ctx context.Context, got bots.Fetched, as whatsmeow.MediaType, picture bool) (*upload, error) {
	u, err := describe(got, picture)
	if err != nil {
		return nil, err
	}
	cli, err := b.online()
	if err != nil {
		return nil, notNow(err)
	}
	u.UploadResponse, err = cli.Upload(ctx, got.Body, as)
	if err != nil && (ctx.Err() != nil || !cli.IsConnected()) {
		return nil, notNow(err)
	}
	if err != nil {
		return nil, fault(bots.Temporary, "", "WhatsApp's server for files did not take the file") // its errors hold the token of the upload
	}
	return u, nil
}

// document is a message with a file, by a name.
func (u *upload) document(name string, caption *string, reply *waE2E.ContextInfo) *waE2E.Message {
	m := &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
		URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256,
		FileLength: &u.FileLength, Mimetype: &u.kind, FileName: &name, Title: &name, Caption: caption, ContextInfo: reply,
	}}
	if caption == nil {
		return m
	}
	return &waE2E.Message{DocumentWithCaptionMessage: &waE2E.FutureProofMessage{Message: m}}
}
