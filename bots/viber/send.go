package viber

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf16"

	viber "github.com/mileusna/viber"

	"kaskad/bots"
)

// Characters. Viber's pages name 768, 512 and 120 for the text under a picture: the middle one is what its partners keep to.
const (
	maxText    = 7000
	maxCaption = 512
)

// Send hands one message to Viber. Viber has no answer to a message, so that ReplyTo shows nowhere. A picture that Viber could
// not take by its address is left out.
func (b *Bot) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	receipt, err := b.send(ctx, out)
	if err != nil {
		return bots.Receipt{}, fmt.Errorf("viber: send to %s: %w", out.To.ID, err)
	}
	return receipt, nil
}

func (b *Bot) send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if out.To.ID == "" || strings.ContainsFunc(out.To.ID, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no Viber id")}
	}
	pictured := out.Image != ""
	if pictured && !fetchable(out.Image) {
		b.opt.Log.Warn("viber takes https addresses of .jpg and .png pictures only: sent without it", "step", out.Step)
		out.Image = ""
	}
	m, err := b.compose(out.Step, cmp.Or(out.Markup, out.Text), out.Image, withQuestion(out))
	if err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	m.Receiver = out.To.ID
	got, err := b.hand(ctx, m)
	if m.Media != "" && refusedForm(err) && strings.TrimSpace(m.Text) != "" {
		// Viber refused what the message holds, so nothing was sent: trying again cannot show it twice.
		b.opt.Log.Warn("viber did not take the picture: sent without it", "step", out.Step, "err", err)
		m.Type, m.Media = viber.TypeTextMessage, ""
		got, err = b.hand(ctx, m)
	}
	if tooOld(err) && m.Keyboars != nil {
		// Viber refused the message for its keyboard, so nothing was sent, as above.
		b.opt.Log.Warn("the person's viber is too old for a keyboard: sent without", "step", out.Step)
		m.Keyboars, m.MinAPIVersion, m.TrackingData = nil, 0, encodeTracking(out.Step, false)
		got, err = b.hand(ctx, m)
	}
	if err != nil {
		return bots.Receipt{}, err
	}
	return bots.Receipt{
		Sender: bots.Viber, Chat: out.To.ID, ID: string(got.MessageToken), Step: out.Step, Level: bots.Accepted, At: time.Now(),
		Bare: pictured && m.Media == "",
	}, nil
}

// composed is a text message or, with Media, a picture: https://creators.viber.com/docs/bots-api/data-models/message
type composed struct {
	viber.TextMessage
	Media string `json:"media,omitempty"`
}

// fetchable reports whether Viber takes an address of a picture: it looks at the ending of the path.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || len(address) > maxMedia {
		return false
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

const maxMedia = 2000

// hand makes one attempt.
func (b *Bot) hand(ctx context.Context, m *composed) (sent, error) {
	body, err := encode(m)
	if err != nil {
		return sent{}, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	var got sent
	err = b.call(ctx, "send_message", body, &got)
	return got, err
}

// tooOld reports whether Viber refused what the message contains, or the version that it needs.
func tooOld(err error) bool {
	if err == nil {
		return false
	}
	e := bots.FaultOf(err)
	return e.Fault == bots.Rejected && (e.Code == "13" || e.Code == "14")
}

// refusedForm reports whether Viber refused the form of a message.
func refusedForm(err error) bool {
	if err == nil {
		return false
	}
	e := bots.FaultOf(err)
	return e.Fault == bots.Rejected && (e.Code == "3" || e.Code == "4")
}

// withQuestion are the buttons of a message, the one that shares the phone first.
func withQuestion(out bots.Outgoing) []bots.Button {
	if out.AskContact == "" {
		return out.Buttons
	}
	return append([]bots.Button{{Text: out.AskContact, Data: bots.ShareContact}}, out.Buttons...)
}

// compose writes a message without its receiver, or says why Viber would not take it.
func (b *Bot) compose(step bots.ID, text, image string, buttons []bots.Button) (*composed, error) {
	text = repaired(text)
	kind, most := viber.TypeTextMessage, maxText
	if image != "" {
		kind, most = viber.TypePictureMessage, maxCaption
	}
	switch n := len(utf16.Encode([]rune(text))); {
	case strings.TrimSpace(text) == "" && image == "":
		return nil, errors.New("the text is empty")
	case n > most:
		return nil, fmt.Errorf("the text is too long: %d of %d characters", n, most)
	}
	keyboard, api, err := keyboardOf(step, buttons)
	if err != nil {
		return nil, err
	}
	return &composed{viber.TextMessage{
		Sender: viber.Sender{Name: b.cfg.Name, Avatar: b.cfg.Avatar}, Type: kind, Text: text,
		MinAPIVersion: api, TrackingData: encodeTracking(step, asksPhone(buttons)), Keyboars: keyboard,
	}, image}, nil
}
