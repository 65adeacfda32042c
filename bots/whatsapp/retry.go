package whatsapp

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// A device that could not decrypt a message of ours asks for it again, by its id. WhatsApp hands on whatever anybody asks, so it is ours to
// see that who asks is a device of the person to whom the message went, or another one of our own: somebody who learnt an id must not get
// a stranger's message, encrypted for them. The library looks at nothing but the id, and its own memory of the last few.

// searching is how long a message may be searched for that a device asks for again.
const searching = 10 * time.Second

// repeatFor is how old a message may be that is sent again: so long WhatsApp keeps it for a phone that is off, and a day.
const repeatFor = keeps + 24*time.Hour

// repeat finds a message of ours that a device could not decrypt, in a chat as the device names it: somebody who was written to by phone
// asks from the hidden id at times, and the library remembers only by chat. Nil: it is not sent again.
func (b *Bot) repeat(asks, chat types.JID, id types.MessageID) *waE2E.Message {
	if b.parts.content == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(b.life, searching)
	defer cancel()
	out, found, err := b.sent(ctx, id)
	if err != nil {
		b.opt.Log.Warn("whatsapp: a message that is asked for again was not found", "err", scrub(err.Error()))
	}
	if err != nil || !found || b.outworn(out) || !b.entitled(ctx, out.To, asks, chat, id) {
		return nil
	}
	msg, err := b.parts.content(ctx, out)
	if err != nil {
		b.opt.Log.Warn("whatsapp: a message that is asked for again was not written", "err", scrub(err.Error()))
		return nil
	}
	return msg
}

// outworn reports whether a message is too old to be sent again.
func (b *Bot) outworn(out bots.Outgoing) bool {
	if time.Since(out.Step.Time()) <= repeatFor {
		return false
	}
	b.opt.Log.Info("whatsapp: a message that is asked for again is too old", "step", out.Step)
	return true
}

// entitled reports whether a device may ask for a message to somebody.
func (b *Bot) entitled(ctx context.Context, to bots.Address, asks, chat types.JID, id types.MessageID) bool {
	if !b.repeats.left(asks, id) {
		return false
	}
	theirs, err := b.theirs(ctx, to, asks, chat)
	if err != nil {
		b.opt.Log.Warn("whatsapp: whose device asks for a message again could not be told, so it does not get it", "err", scrub(err.Error()))
	} else if !theirs {
		b.opt.Log.Warn("whatsapp: a device asked for a message that was not sent to it, and does not get it")
	}
	if err != nil || !theirs {
		b.repeats.turnAway(asks, id)
		return false
	}
	return true
}

// theirs reports whether a device is one of the person's, or of ours, and the chat the person's. A number that WhatsApp writes in another
// way is asked for: what we knew of it may be lost with the process.
func (b *Bot) theirs(ctx context.Context, to bots.Address, asks, chat types.JID) (bool, error) {
	chat = chat.ToNonAD()
	if asks.ToNonAD() != chat && !b.isOurs(asks) {
		return false, nil
	}
	place, err := b.where(ctx, to)
	if err != nil {
		return false, err
	}
	them, err := whois(ctx, b.lids(), place)
	if err != nil || them.at(chat) || !them.lid.IsEmpty() {
		return err == nil && them.at(chat), err
	}
	if place, err = b.reach(ctx, to); err != nil {
		return false, err
	}
	them, err = whois(ctx, b.lids(), place)
	return err == nil && them.at(chat), err
}

// isOurs reports whether a device is one of our own account.
func (b *Bot) isOurs(device types.JID) bool {
	pn, lid := b.me()
	at := device.ToNonAD()
	return !at.IsEmpty() && (at == pn || at == lid)
}

// mayRepeat is asked by the library before it sends a message again, which it may have from its own memory. From a yes on the keys of all
// chats are held until the library is done: it would encrypt beside a message that comes or goes.
func (s *session) mayRepeat(receipt *events.Receipt, id types.MessageID, _ int, _ *waE2E.Message) bool {
	ctx, cancel := context.WithTimeout(s.ctx, searching)
	defer cancel()
	out, found, err := s.bot.sent(ctx, id)
	if err != nil {
		s.bot.opt.Log.Warn("whatsapp: how old a message is that is asked for again could not be told, so it is not sent", "err", scrub(err.Error()))
		return false
	}
	if found && s.bot.outworn(out) {
		return false
	}
	if !s.bot.repeats.spend(receipt.Sender, id) {
		s.bot.opt.Log.Info("whatsapp: a device asked for a message too often, and does not get it again")
		return false
	}
	return s.hold(receipt, id)
}
