package whatsapp

import (
	"context"
	"fmt"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// take is the handler of a message or a receipt. It returns true for what the library acknowledges: what is none of ours, and what it
// waited for until it was durable. For most it returns false at once, which means "not yet": their group acknowledges them.
func (s *session) take(evt any) bool {
	if s.inbox == nil {
		return false // nobody is there: it stays with WhatsApp
	}
	it := item{evt: evt, key: keyOf(evt), size: sizeOf(evt)}
	all, err := s.read(evt)
	if err != nil && s.ctx.Err() != nil {
		return false // the connection ended meanwhile: no fault of the event's
	}
	if err != nil {
		if s.bot.failures.add(it.key) < poison {
			s.broken(err)
			return false
		}
		s.bot.opt.Log.Error("whatsapp: an event that could not be read is put into quarantine", "err", scrub(err.Error()), "failures", poison)
		all = []bots.Event{quarantined(it.key, evt)}
	}
	if len(all) == 0 {
		s.bot.failures.forget(it.key)
		return true
	}
	it.events = all
	if s.ours(evt, &it) {
		s.inbox.put(s.ctx, it)
		return false
	}
	return s.stored(it)
}

// stored waits until an item is durable. Its "no" must come with the connection cut: the library acknowledges some messages (those that the
// phone sent once more) whatever their handler said.
func (s *session) stored(it item) bool {
	it.done = make(chan bool, 1)
	if !s.inbox.put(s.ctx, it) {
		s.close()
		return false
	}
	select {
	case ok := <-it.done:
		if !ok {
			s.close()
		}
		return ok
	case <-s.ctx.Done():
		s.close()
		return false
	}
}

// read decodes an event. The library takes a handler's panic for a yes, so it ends here.
func (s *session) read(evt any) (all []bots.Event, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while an event was read: %T", p) // the value may hold what a person wrote
		}
	}()
	return s.bot.parts.decode(s.ctx, evt)
}

// hostedDevice is the device number of business accounts that Meta hosts. The library changes the address of what they send.
const hostedDevice = 99

// ours prepares what acknowledges an event without the library; false where we could not write the same acknowledgement: then its
// handler waits, and the library writes it. We know the stanza only by what the event repeats of it.
func (s *session) ours(evt any, it *item) bool {
	//lint:ignore SA1019 the only way to acknowledge after our own commit
	inner := s.cli.DangerousInternals()
	switch e := evt.(type) {
	case *events.Message:
		info := e.Info
		if !plain(info.MessageSource) || e.UnavailableRequestID != "" || e.SourceWebMsg != nil || info.Category == "peer" {
			return false
		}
		node := stanza("message", info.ID, info.Sender)
		if info.IsFromMe {
			node.Attrs["recipient"] = info.Chat
		}
		it.hash, it.clear = s.buf.underWay(), true
		it.ack = func(ctx context.Context) { inner.SendMessageReceipt(ctx, &info, node) }
	case *events.Receipt:
		if !plain(e.MessageSource) || len(e.MessageIDs) == 0 {
			return false
		}
		node := stanza("receipt", e.MessageIDs[0], e.Sender)
		if !e.MessageSender.IsEmpty() {
			node.Attrs["recipient"] = e.MessageSender
		}
		if e.Type != "" {
			node.Attrs["type"] = string(e.Type)
		}
		it.ack = func(ctx context.Context) { inner.SendAck(ctx, node, 0) }
	}
	return true
}

// stanza is as much of a stanza as its acknowledgement repeats.
func stanza(tag, id string, from types.JID) *waBinary.Node {
	return &waBinary.Node{Tag: tag, Attrs: waBinary.Attrs{"id": id, "from": from}}
}

// plain reports whether a message is of a chat with one person, from the address that the event names.
func plain(m types.MessageSource) bool {
	person := m.Sender.Server == types.DefaultUserServer || m.Sender.Server == types.HiddenUserServer
	noted := m.IsFromMe && m.Chat == m.Sender.ToNonAD() // to ourselves: the stanza may name us, or nobody
	return person && !m.IsGroup && m.Sender.Device != hostedDevice && !noted
}

// keyOf names an event in the count of failures: the same when it comes again.
func keyOf(evt any) string {
	switch e := evt.(type) {
	case *events.Message:
		return fmt.Sprintf("m %s %s %t", e.Info.Chat, e.Info.ID, e.IsEdit)
	case *events.UndecryptableMessage:
		return fmt.Sprintf("u %s %s", e.Info.Chat, e.Info.ID)
	case *events.Receipt:
		return fmt.Sprintf("r %s %s %v", e.Sender, e.Type, e.MessageIDs)
	}
	return ""
}

// sizeOf is about what an event weighs while it waits: its Raw is as long again.
func sizeOf(evt any) int {
	const base = 1 << 10
	if e, is := evt.(*events.Message); is && e.RawMessage != nil {
		return base + 3*proto.Size(e.RawMessage)
	}
	return base
}
