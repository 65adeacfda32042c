package viber

import (
	"encoding/json"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const keptFor = 14 * 24 * time.Hour // for phones that are off

// accept puts a message on its way to a person. The caller holds s.mu.
func (s *Server) accept(p *person, m *Message, clientFault string) {
	m.At, m.Failed = s.opt.Now(), clientFault
	p.messages = stage.Newest(append(p.messages, m), s.opt.Keep)
	s.stage.Later(s.opt.Arrival, func() {
		m.arrived = true
		s.showArrived(p)
	})
}

// showArrived shows what has come while the phone is on; nothing overtakes. The caller holds s.mu.
func (s *Server) showArrived(p *person) {
	now := s.opt.Now()
	for _, m := range p.messages {
		if !m.FromBot || !m.Shown.IsZero() || m.isOver() {
			continue
		}
		if !m.arrived || p.offline || p.left {
			return
		}
		switch {
		case now.Sub(m.At) > keptFor:
			m.expired = true // and nobody is told
		case m.Failed != "":
			m.told = true
			s.tellFailed(p, m)
		default:
			s.show(p, m)
		}
	}
}

// isOver is true for a message that will never be shown.
func (m *Message) isOver() bool { return m.told || m.expired }

func (s *Server) tellFailed(p *person, m *Message) {
	ev := event{Event: "failed", Token: m.Token, UserID: p.ID, Desc: m.Failed, UDID: json.RawMessage("null")}
	if s.opt.BareFailed {
		ev.Desc = ""
	}
	s.emit(ev, p.ID)
}

// show brings a message to the devices, one after the other.
func (s *Server) show(p *person, m *Message) {
	m.Shown = s.opt.Now()
	p.tracking = m.TrackingData
	if m.keyboard {
		p.keyboard = m // "the client will always display the last keyboard that was sent to it"
	}
	if m.Type != "" {
		p.unread = append(p.unread, m)
	}
	for device := range p.Devices {
		s.stage.Later(time.Duration(device)*s.opt.DeviceLag, func() {
			s.emit(event{Event: "delivered", Token: m.Token, UserID: p.ID}, p.ID)
		})
	}
	s.live(p, m)
	s.stage.Notify()
}

// read marks all that is unread. The caller holds s.mu.
func (s *Server) read(p *person) {
	if len(p.unread) == 0 {
		return
	}
	named := p.unread[len(p.unread)-1]
	if s.opt.SeenNamesOldest {
		named = p.unread[0]
	}
	for _, m := range p.unread {
		m.Seen = s.opt.Now()
	}
	p.unread = nil
	if !p.HidesSeen {
		s.emit(event{Event: "seen", Token: named.Token, UserID: p.ID}, p.ID)
	}
}
