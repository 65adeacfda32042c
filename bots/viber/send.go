package viber

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	viber "github.com/mileusna/viber"

	"kaskad/bots"
)

const maxText = 7000 // characters

// Send hands one message to Viber. Viber has no answer to a message, so that ReplyTo shows nowhere.
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
	m, err := b.compose(out.Step, out.Text, withQuestion(out))
	if err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	m.Receiver = out.To.ID
	got, err := b.hand(ctx, m)
	if tooOld(err) && m.Keyboars != nil {
		// Viber refused the message for its keyboard, so nothing was sent: the one case in which trying again cannot show it
		// twice.
		b.opt.Log.Warn("the person's viber is too old for a keyboard: sent without", "step", out.Step)
		m.Keyboars, m.MinAPIVersion, m.TrackingData = nil, 0, encodeTracking(out.Step, false)
		got, err = b.hand(ctx, m)
	}
	if err != nil {
		return bots.Receipt{}, err
	}
	return bots.Receipt{
		Sender: bots.Viber, Chat: out.To.ID, ID: string(got.MessageToken), Step: out.Step, Level: bots.Accepted, At: time.Now(),
	}, nil
}

// hand makes one attempt.
func (b *Bot) hand(ctx context.Context, m *viber.TextMessage) (sent, error) {
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

// withQuestion are the buttons of a message, the one that shares the phone first.
func withQuestion(out bots.Outgoing) []bots.Button {
	if out.AskContact == "" {
		return out.Buttons
	}
	return append([]bots.Button{{Text: out.AskContact, Data: bots.ShareContact}}, out.Buttons...)
}

// compose writes a message without its receiver, or says why Viber would not take it.
func (b *Bot) compose(step bots.ID, text string, buttons []bots.Button) (*viber.TextMessage, error) {
	text = repaired(text)
	switch n := len(utf16.Encode([]rune(text))); {
	case strings.TrimSpace(text) == "":
		return nil, errors.New("the text is empty")
	case n > maxText:
		return nil, fmt.Errorf("the text is too long: %d of %d characters", n, maxText)
	}
	keyboard, api, err := keyboardOf(step, buttons)
	if err != nil {
		return nil, err
	}
	return &viber.TextMessage{
		Sender: viber.Sender{Name: b.cfg.Name, Avatar: b.cfg.Avatar}, Type: viber.TypeTextMessage, Text: text,
		MinAPIVersion: api, TrackingData: encodeTracking(step, asksPhone(buttons)), Keyboars: keyboard,
	}, nil
}
