package whatsapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mau.fi/whatsmeow/binary"

	"kaskad/bots/simulator/internal/stage"
)

// Stanza is something that a client sent, whatever became of it.
type Stanza struct {
	At     time.Time // by Options.Now
	From   string    // phone of the sender; "" while it pairs
	Device uint16
	Tag    string // message, receipt, ack, iq, presence, chatstate
	ID     string
	Type   string // of a message (text, media, reaction), a receipt (read, …), a presence, a chatstate (composing)
	To     string // an address
	Query  string // xmlns of an iq
	Class  string // of an ack: what it acknowledges
	Error  int    // of an ack: why the client could not use it
	IDs    []string
	Fault  Kind // the fault that was played, if any
}

// Message is what became of a message, by its id.
type Message struct {
	ID     string
	From   string // phone of the sender
	Device uint16
	To     string // an address
	Type   string // text, media, reaction
	Edit   string // 1 edited, 7 revoked by the sender
	Times  int    // stanzas with this id that arrived
	Direct int    // of them to one device: answers to retry receipts
	Copies int    // routed to devices
	Acked  int
	Error  int // the last refusal

	// Receipts of any device for it.
	Delivered, Inactive, Read, ReadSelf, Played, Retries int
}

// Totals count what happened since New, also what is not kept any more.
type Totals struct {
	Connections int
	Messages    int // stanzas
	Copies      int
	Receipts    int
	Acks        int
}

// record notes a stanza. The caller holds s.mu.
func (s *Server) record(l *link, n *binary.Node) *Stanza {
	st := &Stanza{
		At: s.opt.Now(), Tag: n.Tag, ID: text(n.Attrs, "id"), Type: text(n.Attrs, "type"), To: jid(n.Attrs, "to").String(),
		Query: text(n.Attrs, "xmlns"), Class: text(n.Attrs, "class"),
	}
	if l.device != nil {
		st.From, st.Device = l.device.of.phone(), l.device.id
	}
	switch n.Tag {
	case "message":
		s.totals.Messages++
		s.recordMessage(st, n)
	case "receipt":
		st.IDs = receiptIDs(n)
	case "ack":
		s.totals.Acks++
		_, _ = fmt.Sscan(text(n.Attrs, "error"), &st.Error) // none = 0
	case "chatstate":
		if c := n.GetChildren(); len(c) == 1 {
			st.Type = c[0].Tag
		}
	}
	s.stanzas = stage.Newest(append(s.stanzas, st), s.opt.Keep)
	return st
}

func (s *Server) recordMessage(st *Stanza, n *binary.Node) {
	m := s.messages[st.ID]
	if m == nil {
		m = &Message{ID: st.ID, From: st.From, Device: st.Device, To: st.To, Type: st.Type, Edit: text(n.Attrs, "edit")}
		s.messages[st.ID] = m
		if a := s.accounts[digits(st.From)]; a != nil {
			a.sent++
		}
		s.order = append(s.order, st.ID)
		if s.opt.Keep > 0 && len(s.order) > 2*s.opt.Keep {
			for _, id := range s.order[:len(s.order)-s.opt.Keep] {
				delete(s.messages, id)
			}
			s.order = slices.Clone(s.order[len(s.order)-s.opt.Keep:])
		}
	}
	m.Times++
	if _, ok := n.GetOptionalChildByTag("participants"); !ok {
		m.Direct++
	}
}

// Totals are the counts so far.
func (s *Server) Totals() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.totals
}

// Oddities are what was seen that no client should send, or that this server does not know. A test wants none.
func (s *Server) Oddities() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.oddities)
}

// Stanzas are what clients sent, in order, with a tag; "" = any.
func (s *Server) Stanzas(tag string) []Stanza {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stanzasWith(func(st Stanza) bool { return tag == "" || st.Tag == tag })
}

func (s *Server) stanzasWith(match func(Stanza) bool) []Stanza {
	matches := func(st *Stanza) bool { return match(*st) }
	return stage.Pick(s.stanzas, matches, func(st *Stanza) Stanza { return *st })
}

// Messages are the messages that an account sent (its own phone's too), in order; "" = everybody's. One with several stanzas is one.
func (s *Server) Messages(phone string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messagesOf(phone)
}

func (s *Server) messagesOf(phone string) []Message {
	var out []Message
	for _, id := range s.order {
		if m := s.messages[id]; phone == "" || digits(m.From) == digits(phone) {
			out = append(out, *m)
		}
	}
	return out
}

// Message is what became of a message; zero when none with that id arrived.
func (s *Server) Message(id string) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.messages[id]; m != nil {
		return *m
	}
	return Message{}
}

// WaitMessage waits until something is true of a message.
func (s *Server) WaitMessage(ctx context.Context, id string, done func(Message) bool) (Message, error) {
	var got Message
	err := s.stage.Wait(ctx, func() bool {
		m := s.messages[id]
		if m == nil {
			return false
		}
		got = *m
		return done(got)
	})
	if err != nil {
		return got, fmt.Errorf("whatsapp simulator: message %s: %+v: %w", id, got, err)
	}
	return got, nil
}

// WaitSent waits for the n-th message that an account sends, counted from 1.
func (s *Server) WaitSent(ctx context.Context, phone string, n int) (Message, error) {
	count := 0
	err := s.stage.Wait(ctx, func() bool {
		if a, err := s.find(phone); err == nil {
			count = a.sent
		}
		return count >= n
	})
	if err != nil {
		return Message{}, fmt.Errorf("whatsapp simulator: %d of %d messages: %w", count, n, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.messagesOf(phone)
	gone := s.accounts[digits(phone)].sent - len(got) // not kept any more
	if n-1 < gone {
		return Message{}, fmt.Errorf("whatsapp simulator: message %d is not kept any more", n)
	}
	return got[n-1-gone], nil
}

// WaitStanza waits for the n-th stanza that a client sends and that matches, counted from 1.
func (s *Server) WaitStanza(ctx context.Context, n int, match func(Stanza) bool) (Stanza, error) {
	return stage.Nth(ctx, s.stage, n, "stanzas", func() []Stanza { return s.stanzasWith(match) })
}

// WaitConnected waits until a device is logged in and takes messages, or with want false, until it is not.
func (s *Server) WaitConnected(ctx context.Context, phone string, id uint16, want bool) error {
	err := s.stage.Wait(ctx, func() bool { return s.connected(phone, id) == want })
	if err != nil {
		return fmt.Errorf("whatsapp simulator: device %d is not connected as expected: %w", id, err)
	}
	return nil
}

// WaitTaken waits until a device has acknowledged all that was for it.
func (s *Server) WaitTaken(ctx context.Context, phone string, id uint16) error {
	left := 0
	err := s.stage.Wait(ctx, func() bool {
		a, err := s.find(phone)
		if err != nil || a.devices[id] == nil {
			return true
		}
		left = len(a.devices[id].waiting)
		return left == 0
	})
	if err != nil {
		return fmt.Errorf("whatsapp simulator: device %d has %d stanzas left: %w", id, left, err)
	}
	return nil
}
