package whatsappcloud

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"kaskad/bots"
)

var _ bots.Carrier = (*Bot)(nil)

// How large a file may be, by its kind: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media.
const (
	mostPicture = 5 << 20
	mostFilm    = 16 << 20
	mostSticker = 100 << 10 // one that moves may have five times as much: it goes as a document then
	mostUpload  = 32 << 20  // Meta takes more of a document; it is held in memory
)

// Carry uploads a file and sends it by its id. Nothing has reached the person until the second of the two calls, so whatever fails before
// that may be tried again. A file that Meta does not take is left out where there are words beside it.
func (b *Bot) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	if out.Media == nil || out.Media.Type == "location" {
		return b.Send(ctx, out)
	}
	receipt, err := b.carry(ctx, out, file)
	if err != nil {
		return bots.Receipt{}, fmt.Errorf("whatsapp_cloud: send a file: %w", err)
	}
	return receipt, nil
}

func (b *Bot) carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	body := repaired(cmp.Or(out.Markup, out.Text))
	as, kind := shape(out.Media, &file, body != "")
	id, err := b.upload(ctx, file, kind)
	if err == nil {
		return b.hand(ctx, out, func(m *outgoing, _ bots.Outgoing) error { return fillFile(m, as, body, &linked{ID: id}, file.Name) })
	}
	if bots.FaultOf(err).Fault != bots.Rejected || strings.TrimSpace(body) == "" {
		return bots.Receipt{}, err
	}
	b.opt.Log.Warn("whatsapp did not take the file: its words are sent without it", "step", out.Step, "err", err)
	out.Media = nil
	receipt, err := b.send(ctx, out)
	receipt.Bare = err == nil
	return receipt, err
}

// shape is as what WhatsApp shows a file, and its media type: what its apps cannot show, or show without words, is a document.
func shape(x *bots.Media, file *bots.Carried, words bool) (as, kind string) {
	switch kind = file.Kind; {
	case x.Type == "photo" && (kind == "image/jpeg" || kind == "image/png") && file.Size <= mostPicture:
		return "image", kind
	case x.Type == "video" && kind == "video/mp4" && file.Size <= mostFilm:
		return "video", kind
	case x.Type == "voice" && kind == "application/ogg" && file.Size <= mostFilm && !words:
		return "audio", "audio/ogg"
	case x.Type == "sticker" && kind == "image/webp" && file.Size <= mostSticker && !words:
		return "sticker", kind
	case kind == "application/ogg":
		kind = "audio/ogg"
	}
	return "document", kind
}

// fillFile writes a message with a file that Meta has.
func fillFile(m *outgoing, as, body string, file *linked, name string) error {
	if most := maxCaption; units(body) > most {
		return fmt.Errorf("the text is too long: %d of %d characters", units(body), most)
	}
	m.Type, file.Caption = as, body
	switch as {
	case "image":
		m.Image = file
	case "video":
		m.Video = file
	case "audio":
		file.Voice, m.Audio = true, file
	case "sticker":
		m.Sticker = file
	default:
		file.Filename, m.Document = bounded(name, 240), file
	}
	return nil
}

// fillPlace writes a place.
func fillPlace(m *outgoing, out bots.Outgoing) error {
	before, after, _ := strings.Cut(out.Media.Text, ",")
	latitude, err := strconv.ParseFloat(before, 64)
	longitude, err2 := strconv.ParseFloat(after, 64)
	if errors.Join(err, err2) != nil || max(latitude, -latitude) > 90 || max(longitude, -longitude) > 180 {
		return errors.New("the place is nowhere")
	}
	m.Type, m.Location = "location", &location{latitude, longitude, bounded(out.Media.Name, 200)}
	return nil
}

// upload puts a file at Meta's, and says under which id. Every error is a *bots.SendError of which nothing was sent.
func (b *Bot) upload(ctx context.Context, file bots.Carried, kind string) (string, error) {
	if file.Size > mostUpload {
		return "", &bots.SendError{Fault: bots.Rejected, Code: "too_large", Err: bots.ErrTooLarge}
	}
	form, body, err := formOf(file, kind)
	if err != nil {
		return "", &bots.SendError{Fault: bots.Temporary, Err: errors.New("the file cannot be read here")}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.at(b.cfg.PhoneNumberID, "media"), body)
	if err != nil {
		return "", &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("api_url is no address")}
	}
	req.Header.Set("Content-Type", form)
	var got uploaded
	if err = b.call(req, &got); err == nil && !mediaShape.MatchString(got.ID) {
		err = &bots.SendError{Fault: bots.Rejected, Err: errors.New("the answer names no file")}
	}
	if err == nil {
		return got.ID, nil
	}
	fault := *bots.FaultOf(err)
	if fault.Fault == bots.Uncertain {
		fault.Fault = bots.Temporary // of the file; the person has nothing
	}
	return "", &fault
}

// formOf is the form of an upload, and its type.
func formOf(file bots.Carried, kind string) (string, *bytes.Buffer, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", multipart.FileContentDisposition("file", file.Name))
	head.Set("Content-Type", kind)
	err := errors.Join(w.WriteField("messaging_product", product), w.WriteField("type", kind))
	part, err2 := w.CreatePart(head)
	if err = errors.Join(err, err2); err != nil {
		return "", nil, err
	}
	_, err = io.Copy(part, io.LimitReader(file, mostUpload+1))
	return w.FormDataContentType(), &body, errors.Join(err, w.Close())
}
