package bots

import (
	"fmt"
	"strings"
	"time"
)

// answered proves the message that the person's own one answers, or, without a reference, what stands before it.
func (t *Turn) answered() {
	if t.Event.On != "" || t.Event.Step != 0 {
		t.engaged("reply")
		t.order(&t.Proofs[len(t.Proofs)-1]) // in case that nobody knows what it answers
		return
	}
	t.unreferenced()
}

// unreferenced proves what stands before the person's message in the channel's own order.
func (t *Turn) unreferenced() {
	p := Proof{Kind: "message", Level: Engaged, At: t.Event.At, Chat: t.Event.Chat, Also: t.Event.Twin(), Sender: t.sender(), Watermark: true}
	if t.order(&p); p.Below != "" || !p.Before.IsZero() { // an order of the channel's own: without one nothing is proven
		t.Proofs = append(t.Proofs, p)
	}
}

// order writes into a proof where the person's message stands in the channel's own order.
func (t *Turn) order(p *Proof) {
	e := &t.Event
	switch {
	case e.Chat.Channel == Telegram:
		p.Below = e.MessageID
	case e.At.IsZero():
	case e.Chat.Channel == Viber:
		p.Before = e.At.Add(-max(viberSkew, e.Ahead))
	default:
		p.Before = e.At
	}
}

// viberSkew is the least by which Viber's clock is taken to run ahead of ours.
const viberSkew = 2 * time.Second

// sender is whose provider ids the event speaks of: a messenger's are its own.
func (t *Turn) sender() string {
	if t.Event.Sender == "" && Messenger(t.Event.Chat.Channel) {
		return t.Event.Chat.Channel
	}
	return t.Event.Sender
}

// engaged proves the message that the event names, and marks what stands before it as read.
func (t *Turn) engaged(kind string) {
	e := &t.Event
	if e.Step == 0 && e.On == "" {
		return
	}
	t.Proofs = append(t.Proofs, Proof{
		Kind: kind, Level: Engaged, At: e.At, Chat: e.Chat, Also: e.Twin(), Sender: t.sender(),
		Step: e.Step, ProviderID: e.On, SentAt: e.OnSentAt, Watermark: true, Data: e.Data,
	})
}

func (t *Turn) reported() error {
	r := t.Event.Receipt
	if r == nil || r.Sender == "" || (r.ID == "" && r.Step == 0) {
		return fmt.Errorf("%w: a receipt that names no message", ErrUnreadable)
	}
	if r.Failed == (r.Level != None) || r.Level > Engaged {
		return fmt.Errorf("%w: a receipt that says %s, failed %t", ErrUnreadable, r.Level, r.Failed)
	}
	channel := t.Event.Channel
	if channel == "" {
		channel, _, _ = strings.Cut(r.Sender, "/")
	}
	t.Proofs = append(t.Proofs, Proof{
		Kind: "receipt", Level: r.Level, Failed: r.Failed, Fault: r.Fault, AdsOnly: r.AdsOnly, Free: r.Free, Reason: r.Reason, At: r.At,
		Chat: Address{Channel: channel, ID: r.Chat}, Also: t.reportedToo(channel), To: t.Event.Chat, Sender: r.Sender, Step: r.Step, ProviderID: r.ID, SentAt: r.SentAt,
		Watermark: r.Level == Read,
	})
	t.seen(channel)
	return nil
}

// reportedToo is the other address of the chat that a receipt names.
func (t *Turn) reportedToo(channel string) Address {
	if a := t.Event.Also; TwoAddresses(channel) && a.Channel == channel && t.Event.Receipt.Chat != "" {
		return a
	}
	return Address{}
}

// seen takes Viber's one "seen" for many messages: it does not say that the message it names is the newest, so that time tells
// the rest.
func (t *Turn) seen(channel string) {
	r := t.Event.Receipt
	if channel != Viber || r.Level != Read || r.Chat == "" || r.At.IsZero() {
		return
	}
	t.Proofs = append(t.Proofs, Proof{
		Kind: "receipt", Level: Read, At: r.At, Chat: Address{Channel: channel, ID: r.Chat}, Sender: r.Sender,
		Before: r.At.Add(-max(viberSkew, t.Event.Ahead)), Watermark: true,
	})
}
