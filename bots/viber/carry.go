package viber

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf16"

	viber "github.com/mileusna/viber"

	"kaskad/bots"
)

var (
	_ bots.Carrier = (*Bot)(nil)
	_ bots.Fetcher = (*Bot)(nil)
)

// Bytes: https://creators.viber.com/docs/bots-api/data-models/message.
const (
	maxPicture = 1 << 20
	maxFilm    = 26 << 20
	maxFile    = 50 << 20
)

// attached is a film or a document: neither has words.
type attached struct {
	composed
	Size int64  `json:"size,omitempty"`
	Name string `json:"file_name,omitempty"`
}

// Carry sends a file by the address where Viber fetches it. A film and a document have no words of their own in Viber: with words, the
// address stands below them, and the person opens it.
func (b *Bot) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	if out.Media == nil {
		return b.Send(ctx, out)
	}
	text := repaired(cmp.Or(out.Markup, out.Text))
	switch kind := shape(&file, text); {
	case file.URL == "" || len(file.URL) > maxMedia || kind == "":
		return b.withoutFile(ctx, out)
	case kind == viber.TypePictureMessage:
		return b.Send(ctx, bots.Outgoing{To: out.To, Step: out.Step, Text: out.Text, Markup: out.Markup, Image: file.URL, ReplyTo: out.ReplyTo, Buttons: out.Buttons})
	case kind == viber.TypeTextMessage:
		out.Media, out.Markup, out.Text = nil, "", cmp.Or(out.Text, text)+"\n"+file.URL
		return b.Send(ctx, out)
	default:
		receipt, err := b.attach(ctx, out, &file, kind)
		if err != nil {
			return bots.Receipt{}, fmt.Errorf("viber: send to %s: %w", out.To.ID, err)
		}
		return receipt, nil
	}
}

// withoutFile sends the words alone; without words there is nothing to send.
func (b *Bot) withoutFile(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if strings.TrimSpace(out.Text) == "" {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Code: "no_file", Err: errors.New("viber does not take the file")}
	}
	out.Media = nil
	receipt, err := b.Send(ctx, out)
	receipt.Bare = err == nil
	return receipt, err
}

// shape is as what Viber shows a file; empty: it takes it as nothing.
func shape(file *bots.Carried, text string) viber.MessageType {
	switch {
	case file.Size > maxFile || file.Size == 0 || forbidden[strings.ToLower(path.Ext(file.Name))]:
		return ""
	case (file.Kind == "image/jpeg" || file.Kind == "image/png") && file.Size <= maxPicture && fetchable(file.URL) && len(utf16.Encode([]rune(text))) <= maxCaption:
		return viber.TypePictureMessage
	case strings.TrimSpace(text) != "":
		return viber.TypeTextMessage
	case file.Kind == "video/mp4" && file.Size <= maxFilm && strings.EqualFold(path.Ext(file.Name), ".mp4"):
		return viber.MessageType("video")
	}
	return viber.MessageType("file")
}

func (b *Bot) attach(ctx context.Context, out bots.Outgoing, file *bots.Carried, kind viber.MessageType) (bots.Receipt, error) {
	m := &attached{Size: file.Size}
	m.Receiver, m.Sender, m.TrackingData = out.To.ID, viber.Sender{Name: b.cfg.Name, Avatar: b.cfg.Avatar}, encodeTracking(out.Step, false)
	m.Type, m.Media = kind, file.URL
	if kind == "file" {
		m.Name = file.Name
	}
	body, err := encode(m)
	if err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	var got sent
	if err := b.call(ctx, "send_message", body, &got); err != nil {
		return bots.Receipt{}, err
	}
	return bots.Receipt{Sender: bots.Viber, Chat: out.To.ID, ID: string(got.MessageToken), Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
}

// forbidden are the endings of files that Viber does not carry.
var forbidden = func() map[string]bool {
	all := map[string]bool{}
	for end := range strings.FieldsSeq(".action .apk .app .bat .bin .cmd .com .command .cpl .csh .exe .gadget .inf1 .ins .inx .ipa .isu .job .jse " +
		".ksh .lnk .msc .msi .msp .mst .osx .out .paf .pif .ps1 .reg .rgs .run .sct .shb .shs .u3p .vb .vbe .vbs .vbscript .workflow .ws .wsf") {
		all[end] = true
	}
	return all
}()

// Fetch opens a file that a person sent, from the address that Viber gave. No address leads into a network of ours.
func (b *Bot) Fetch(ctx context.Context, m bots.Media, most int64) (io.ReadCloser, error) {
	got, err := b.opt.Visitor.Get(ctx, m.ID)
	if err != nil {
		return nil, fmt.Errorf("viber: fetch a file: %w", fetched(err))
	}
	return bots.AtMost(io.NopCloser(bytes.NewReader(got.Body)), most), nil
}

// fetched reads what is not there as what it is: Viber keeps files for an hour.
func fetched(err error) error {
	switch bots.FaultOf(err).Code {
	case "403", "404", "410":
		return bots.ErrGone
	case "too_large":
		return bots.ErrTooLarge
	}
	return err
}
