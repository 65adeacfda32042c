package whatsapp

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
)

// searching is how long a message may be searched for that a device asks for again.
const searching = 10 * time.Second

// repeat finds a message of ours that a device of the person could not decrypt. It is found by its id alone: a person who was written to by
// phone asks from the hidden id at times, and the library remembers only by chat, and only the last few.
func (b *Bot) repeat(_, _ types.JID, id types.MessageID) *waE2E.Message {
	if b.opt.Sent == nil || b.parts.content == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(b.life, searching)
	defer cancel()
	out, found, err := b.opt.Sent(ctx, id)
	if err != nil {
		b.opt.Log.Warn("whatsapp: a message that is asked for again was not found", "err", scrub(err.Error()))
	}
	if err != nil || !found {
		return nil
	}
	msg, err := b.parts.content(ctx, out)
	if err != nil {
		b.opt.Log.Warn("whatsapp: a message that is asked for again was not written", "err", scrub(err.Error()))
		return nil
	}
	return msg
}
