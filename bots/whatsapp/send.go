package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

var _ bots.Sender = (*Bot)(nil)

const (
	// usualAckTime is short: one send waits for the other, and decryption for both.
	usualAckTime = 12 * time.Second
	// sendTime bounds all of it, where the library waits without an end of its own.
	sendTime = 30 * time.Second
)

// Send hands one message to WhatsApp, under the id that NameOf gives. A picture that cannot be fetched is left out; a file that cannot be
// is the message, so that it fails.
//
// A message whose outcome is unknown is not sent again, unless resend_uncertain says so: then once, under the same id. Whoever has the
// first one gets the second too and shows one message; the library of a program on the other side hands it both.
func (b *Bot) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	receipt, err := b.send(ctx, out)
	if err != nil {
		return bots.Receipt{}, fmt.Errorf("whatsapp: message %s: %w", out.Step, err)
	}
	return receipt, nil
}

func (b *Bot) send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if ctx.Err() != nil {
		return bots.Receipt{}, askFault(ctx.Err())
	}
	if err := b.sendable(ctx, out); err != nil {
		return bots.Receipt{}, err
	}
	to, err := b.reach(ctx, out.To)
	if err != nil {
		return bots.Receipt{}, err
	}
	m, err := b.compose(ctx, to, out)
	if err != nil {
		return bots.Receipt{}, prepared(err)
	}
	b.ahead(ctx)
	receipt, err := b.deliver(ctx, to, out.Step, m)
	receipt.Bare = err == nil && out.Act == "" && out.Image != "" && m.GetImageMessage() == nil
	return receipt, err
}

// prepared says what an error means that came while the message was made.
func prepared(err error) error {
	if _, ok := errors.AsType[*bots.SendError](err); ok {
		return err
	}
	return notNow(err)
}

func (b *Bot) deliver(ctx context.Context, to types.JID, step bots.ID, m *waE2E.Message) (bots.Receipt, error) {
	id := b.NameOf(step)
	at, err := b.hand(ctx, to, id, m)
	if err != nil && b.cfg.ResendUncertain && err.Fault == bots.Uncertain && ctx.Err() == nil {
		b.opt.Log.Warn("whatsapp did not say whether it has the message: sent once more under the same id", "step", step)
		var second *bots.SendError
		if at, second = b.hand(ctx, to, id, m); second == nil {
			err = nil // else the first one may have arrived all the same
		}
	}
	if err != nil {
		return bots.Receipt{}, err
	}
	return bots.Receipt{Sender: bots.WhatsApp, ID: id, Step: step, Level: bots.Accepted, At: time.Now(), SentAt: at}, nil
}

// hand writes a message to the connection once, and waits until WhatsApp has it.
func (b *Bot) hand(ctx context.Context, to types.JID, id string, m *waE2E.Message) (at time.Time, failed *bots.SendError) {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	began := false
	err := b.sending(ctx, func(cli *whatsmeow.Client) error {
		began = true
		return b.seal(ctx, cli, to, func() error {
			got, err := cli.SendMessage(ctx, to, m, whatsmeow.SendRequestExtra{ID: id, Timeout: b.pen.ackTime})
			at = got.Timestamp
			return err
		})
	})
	switch {
	case err == nil:
		return at, nil
	case !began:
		return at, askFault(err)
	}
	failed = sendFault(err)
	if failed.Code == codeOf(codeNoChat) {
		b.noChat()
	}
	return at, failed
}

// noChat counts that WhatsApp did not let us begin a chat.
func (b *Bot) noChat() {
	if err := b.pen.breaker.refused(time.Now()); err != nil {
		b.opt.Log.Error("whatsapp.db could not keep that whatsapp refuses chats", "err", err)
	}
	if s, open := b.pen.breaker.standing(time.Now()); open {
		b.opt.Log.Warn("whatsapp refuses new chats: only answers are sent", "until", s.Until)
	}
}
