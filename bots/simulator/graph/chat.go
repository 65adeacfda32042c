package graph

import (
	"slices"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const window = 24 * time.Hour

// Message is a message in a chat, from either side.
type Message struct {
	ID     string // wamid
	Person string // digits of the person's phone
	FromUs bool   // the business wrote it
	Type   string // text, image, interactive, template, reaction, …

	Text    string   // body, caption, or the words of a template with its places filled
	Header  string   // text of the header, or the type of its media
	Footer  string   //
	Buttons []Button // in the order of the phone
	Rows    []Row    // of a list
	Menu    string   // label of the button that opens the list

	Media    string // media id
	Link     string // media link
	Filename string
	Place    *Location
	Cards    []Card

	Emoji string // of a reaction; "" = taken back
	On    string // the message that a reaction is about

	Quotes   string // context: the message that this one answers
	Data     string // biz_opaque_callback_data
	Template string // name
	Language string
	Category string // of a template, in capitals
	ByUserID bool   // addressed to the business-scoped user id

	At     time.Time
	Shown  time.Time // on the phone; zero: not yet, or never
	Read   time.Time // by the person; for messages of a person: by us (mark as read)
	Typing bool      // the person saw that we type, with the mark
	Failed int       // code of the failure, 0 = none

	told       []string // statuses
	arrived    bool
	templateOf *Template
}

// Button is something to press under a message.
type Button struct {
	ID       string // what comes back: id of a reply button, payload of a template's
	Title    string
	URL      string // opened instead; "" = none
	Template bool   // of a template: comes back as a message of the type button
}

// Row is one choice of a list.
type Row struct{ Section, ID, Title, Description string }

func (m *Message) clone() Message {
	out := *m
	out.Buttons, out.Rows, out.Cards = slices.Clone(m.Buttons), slices.Clone(m.Rows), slices.Clone(m.Cards)
	out.told = nil
	return out
}

// Statuses are what was told about a message of the business, in order.
func (s *Server) Statuses(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.byID[id]; m != nil {
		return slices.Clone(m.told)
	}
	return nil
}

// keep writes a message into a chat. The caller holds s.mu.
func (s *Server) keep(p *person, m *Message) {
	s.byID[m.ID] = m
	kept := stage.Newest(append(p.messages, m), s.opt.Keep)
	if len(kept) <= len(p.messages) {
		for _, old := range p.messages[:len(p.messages)+1-len(kept)] {
			delete(s.byID, old.ID)
		}
	}
	p.messages = kept
}

// accept puts a message on its way to a person, or its failure on its way back. The caller holds s.mu.
func (s *Server) accept(p *person, m *Message, fails int) {
	m.At, m.Failed = s.opt.Now(), fails
	s.keep(p, m)
	s.count.Accepted++
	if m.templateOf != nil && m.templateOf.Held {
		s.held = append(s.held, func(good bool) {
			if !good {
				m.Failed = templatePaused
			}
			s.depart(p, m)
		})
		return
	}
	s.depart(p, m)
}

// ReleaseHeld lets messages of held templates go on: they are sent, or fail with 132015 when the quality was found to be low.
func (s *Server) ReleaseHeld(good bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	for _, depart := range s.held {
		depart(good)
	}
	s.held = nil
}

// depart sends a message to the phone, or its failure back. The caller holds s.mu.
func (s *Server) depart(p *person, m *Message) {
	if m.Failed == 0 {
		p.waiting = append(p.waiting, m)
	}
	s.stage.Later(s.opt.Arrival, func() {
		switch {
		case m.Failed == silently:
			return
		case m.Failed != 0:
			s.tell(p, m, "failed")
			return
		}
		s.tell(p, m, "sent")
		if p.FailsLate != 0 {
			m.Failed = p.FailsLate
			s.tell(p, m, "failed")
			return
		}
		m.arrived = true
		s.showArrived(p)
	})
}

// showArrived shows what has come while the phone is on; nothing overtakes. The caller holds s.mu.
func (s *Server) showArrived(p *person) {
	for len(p.waiting) > 0 && !p.offline {
		m := p.waiting[0]
		if m.Failed == 0 && !m.arrived {
			return
		}
		p.waiting = p.waiting[1:]
		if m.Failed == 0 {
			s.show(p, m)
		}
	}
}

// show brings a message to the phone. Who has the chat open reads at once: then "read" comes alone. The caller holds s.mu.
func (s *Server) show(p *person, m *Message) {
	m.Shown = s.opt.Now()
	if m.Type == "reaction" {
		s.tell(p, m, "delivered")
		s.stage.Notify()
		return
	}
	p.unread = append(p.unread, m)
	if !p.ChatOpen || p.HidesReads {
		s.tell(p, m, "delivered")
	}
	if p.ChatOpen {
		s.read(p)
	}
	s.live(p, m)
	s.stage.Notify()
}

// read marks all that is unread: one status for each message, unless the person hides that. The caller holds s.mu.
func (s *Server) read(p *person) {
	for _, m := range p.unread {
		m.Read = s.opt.Now()
		if !p.HidesReads {
			s.tell(p, m, "read")
		}
	}
	p.unread = nil
}

// tell makes a status notice about a message of the business. The caller holds s.mu.
func (s *Server) tell(p *person, m *Message, status string) {
	now := s.opt.Now()
	st := &wireStatus{ID: m.ID, Status: status, Timestamp: stamp(now), Data: m.Data}
	if !p.HidesPhone || !m.ByUserID {
		st.Recipient = p.Phone
	}
	n := notice{Notice: Notice{status, m.ID, p.Phone}, status: st, row: p.conversation}
	if !s.opt.PlainPhones {
		st.RecipientID = p.UserID
		if status != "failed" {
			n.contact = s.contact(p, st.Recipient)
		}
	}
	if status == "failed" {
		st.Errors = []statusError{asStatus(m.Failed, "")}
	} else if status == "sent" || !slices.Contains(m.told, "delivered") {
		st.Pricing = s.pricing(p, m)
	}
	if status == "sent" {
		st.Conversation = s.conversation(p, m, now)
	}
	m.told = append(m.told, status)
	s.emit(n)
}

// pricing is what a message costs: since July 2025 by message, with service messages billed, too, from October 2026.
func (s *Server) pricing(p *person, m *Message) *pricing {
	out := &pricing{Billable: true, Model: "PMP", Category: "service", Type: "regular"}
	if m.templateOf != nil {
		out.Category = categoryName(m.Category)
	}
	if p.freeUntil.After(s.opt.Now()) {
		out.Billable, out.Type = false, "free_entry_point"
	}
	return out
}

func (s *Server) conversation(p *person, m *Message, now time.Time) *conversation {
	out := &conversation{ID: p.conversation, Origin: origin{Type: s.pricing(p, m).Category}, Expires: stamp(now.Add(window))}
	if p.freeUntil.After(now) {
		out.Origin.Type, out.Expires = "referral_conversion", stamp(p.freeUntil)
	}
	return out
}

// contact is a person as webhooks name them. phone may be "": then it is left out.
func (s *Server) contact(p *person, phone string) *wireContact {
	out := &wireContact{Profile: profile{Name: p.Name}, WaID: phone}
	if !s.opt.PlainPhones {
		out.Profile.Username, out.UserID = p.Username, p.UserID
	}
	return out
}
