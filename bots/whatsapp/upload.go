package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // so that pictures tell their size
	_ "image/png"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// upload is a file of a message of ours that is on WhatsApp's servers, and what is said about it.
type upload struct {
	whatsmeow.UploadResponse
	kind, name    string // media type, file name
	as            string // as what it is shown: see shape; empty: whoever sends it says so
	width, height int
	at            time.Time
}

const (
	mostUploads = 128
	// uploadLasts is how long an upload is used again, so that one picture to a thousand people is fetched and uploaded once. Whoever
	// changes what stands at an address waits so long at most.
	uploadLasts = time.Hour
)

// errNotNow marks an error that has nothing to do with what is sent.
var errNotNow = errors.New("nothing can be sent now")

func notNow(err error) *bots.SendError {
	e := *askFault(err)
	e.Err = fmt.Errorf("%w: %w", errNotNow, e.Err)
	return &e
}

func (b *Bot) withPicture(ctx context.Context, out bots.Outgoing, reply *waE2E.ContextInfo) (*waE2E.Message, error) {
	u, err := b.uploaded(ctx, out.Image, whatsmeow.MediaImage)
	if err != nil {
		return nil, err
	}
	m := &waE2E.ImageMessage{
		URL: &u.URL, DirectPath: &u.DirectPath, MediaKey: u.MediaKey, FileSHA256: u.FileSHA256, FileEncSHA256: u.FileEncSHA256,
		FileLength: &u.FileLength, Mimetype: &u.kind, Width: proto.Uint32(uint32(u.width)), Height: proto.Uint32(uint32(u.height)), ContextInfo: reply,
	}
	if text := words(out); text != "" {
		m.Caption = &text
	}
	return &waE2E.Message{ImageMessage: m}, nil
}

// withFile writes a document. A message has room for one file, so that a picture beside it is left out.
func (b *Bot) withFile(ctx context.Context, out bots.Outgoing, reply *waE2E.ContextInfo) (*waE2E.Message, error) {
	if out.Image != "" {
		b.opt.Log.Warn("a message with a file has no room for a picture: whatsapp gets it without", "step", out.Step)
	}
	u, err := b.uploaded(ctx, out.File.URL, whatsmeow.MediaDocument)
	if err != nil {
		return nil, err
	}
	name := u.name
	if out.File.Name != "" {
		name = out.File.Name
	}
	var caption *string
	if text := words(out); text != "" {
		caption = &text
	}
	return u.document(name, caption, reply), nil
}

// uploaded is what stands at an address, on WhatsApp's servers.
func (b *Bot) uploaded(ctx context.Context, address string, as whatsmeow.MediaType) (*upload, error) {
	if u := b.pen.upload(address, as, time.Now()); u != nil {
		return u, nil
	}
	got, err := b.pen.visitor.Get(ctx, address)
	if err != nil {
		return nil, fetchFault(ctx, err)
	}
	u, err := b.put(ctx, got, as, as == whatsmeow.MediaImage)
	if err != nil {
		return nil, err
	}
	b.pen.remember(address, as, u)
	return u, nil
}

// fetchFault tells an address that cannot be fetched from time that is over.
func fetchFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return notNow(ctx.Err())
	}
	return err
}

// describe says what a file is. WhatsApp's apps show pictures of two kinds only; the bytes tell, not the server that had them.
func describe(got bots.Fetched, picture bool) (*upload, error) {
	u := &upload{kind: got.Type, name: got.Name, at: time.Now()}
	seen := http.DetectContentType(got.Body)
	if !picture {
		if u.kind == "" {
			u.kind = seen
		}
		if u.name == "" {
			u.name = "file"
		}
		return u, nil
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(got.Body))
	if err != nil || seen != "image/jpeg" && seen != "image/png" {
		return nil, fault(bots.Rejected, "", "the picture is neither a JPEG nor a PNG")
	}
	u.kind, u.width, u.height = seen, size.Width, size.Height
	return u, nil
}
