package graph

import (
	"fmt"
	"time"
)

// write brings a message of a person to the business: it opens the 24 hours, and who writes has read what came before. The answer is
// the message's id.
func (s *Server) write(id string, fill func(*person, *Message, *wireMessage) error) (string, error) {
	var made string
	err := s.inChat(id, func(p *person) error {
		m := &Message{ID: s.newID(p, byPerson), Person: p.Phone, At: s.opt.Now()}
		w := &wireMessage{ID: m.ID, Timestamp: stamp(m.At)}
		if err := fill(p, m, w); err != nil {
			return err
		}
		s.read(p)
		m.Type = w.Type
		if m.Type != "reaction" {
			p.windowUntil = m.At.Add(window)
		}
		s.keep(p, m)
		s.sign(p, w)
		s.emit(notice{Notice: Notice{w.Type, m.ID, p.Phone}, contact: s.author(p), message: w, row: p.conversation})
		made = m.ID
		return nil
	})
	return made, err
}

// newID is a fresh message id. The caller holds s.mu.
func (s *Server) newID(p *person, who byte) string {
	name := p.Phone
	if p.HidesPhone {
		name = p.UserID
	}
	return wamid(name, who, s.number())
}

// sign says whose message it is.
func (s *Server) sign(p *person, w *wireMessage) {
	if !p.HidesPhone {
		w.From = p.Phone
	}
	if !s.opt.PlainPhones {
		w.FromUser = p.UserID
	}
}

func (s *Server) author(p *person) *wireContact {
	if p.HidesPhone {
		return s.contact(p, "")
	}
	return s.contact(p, p.Phone)
}

// Say writes a text.
func (s *Server) Say(id, text string) (string, error) { return s.Reply(id, "", text) }

// Reply writes a text that quotes a message of the chat; "" = none.
func (s *Server) Reply(id, quoted, text string) (string, error) {
	return s.write(id, func(p *person, m *Message, w *wireMessage) error {
		m.Text = text
		w.Type, w.Text = "text", &wireText{text}
		return s.quote(p, m, w, quoted)
	})
}

// quote notes which message is answered.
func (s *Server) quote(p *person, m *Message, w *wireMessage, quoted string) error {
	if quoted == "" {
		return nil
	}
	old, err := s.shown(p, quoted)
	if err != nil {
		return err
	}
	m.Quotes = quoted
	w.Context = &wireContext{From: p.Phone, ID: quoted}
	if old.FromUs {
		w.Context.From = s.opt.Phone
	}
	return nil
}

// shown finds a message that a person can see. The caller holds s.mu.
func (s *Server) shown(p *person, id string) (*Message, error) {
	m := s.byID[id]
	if m == nil || m.Person != p.Phone || m.FromUs && m.Shown.IsZero() {
		return nil, fmt.Errorf("%w: %s", errNoMessage, id)
	}
	return m, nil
}

// freeEntry is how long messages cost nothing after an advertisement brought somebody.
const freeEntry = 72 * time.Hour
