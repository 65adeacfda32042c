package whatsapp

import (
	"context"
	"errors"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
)

// The library leaves out devices of a person that it has no keys for, and says so only in its log. When it can encrypt for none of them
// (WhatsApp refused the keys, after a new pairing of ours for instance), the message goes to our own phone alone, and WhatsApp takes it.

// errUnsealed is a message that no device of the person got.
var errUnsealed = errors.New("none of the person's devices could be encrypted for")

// leftOutOf counts devices of others that a message under way was not encrypted for. Sends are one at a time.
func (b *Bot) leftOutOf(format string, args []any) {
	if format != "Failed to encrypt %s for %s: %v" || len(args) != 3 {
		return
	}
	pn, lid := b.me()
	if device, ok := args[1].(types.JID); ok && device.User != pn.User && device.User != lid.User {
		b.pen.unsealed.Add(1)
	}
}

// seal sends a message, and looks whether any device of the person can read it. The caller holds the lock.
func (b *Bot) seal(ctx context.Context, cli *whatsmeow.Client, to types.JID, send func() error) error {
	b.pen.unsealed.Store(0)
	if err := send(); err != nil {
		return err
	}
	missed := int(b.pen.unsealed.Load())
	if missed == 0 {
		return nil
	}
	devices, err := cli.GetUserDevices(ctx, []types.JID{to}) // remembered from the send
	if err != nil || len(devices) > missed {
		return nil // WhatsApp has the message, and nobody knows better
	}
	return errUnsealed
}
