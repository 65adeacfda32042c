package graph

import "fmt"

// ChangeNumber moves an account to another phone number, and with it to another business-scoped user id. The chat goes along; so
// does the window.
func (s *Server) ChangeNumber(id, to string) error {
	return s.change(id, to, "user_changed_number")
}

// ChangeUserID gives somebody another business-scoped user id, as a change of number does when the phone is hidden.
func (s *Server) ChangeUserID(id string) error {
	return s.change(id, "", "user_changed_user_id")
}

// change moves an account and tells the business with a system message, which opens no window.
func (s *Server) change(id, to, kind string) error {
	return s.inChat(id, func(p *person) error {
		next := p.Phone
		if kind == "user_changed_number" {
			if next = digits(to); next == "" || s.people[next] != nil && !s.people[next].stranger {
				return fmt.Errorf("%q is no free number", to)
			}
		}
		old := p.Person
		w := &wireMessage{ID: s.newID(p, byPerson), Timestamp: stamp(s.opt.Now()), Type: "system"}
		s.sign(p, w)
		delete(s.people, p.Phone)
		delete(s.users, p.UserID)
		p.Phone, p.UserID = next, "UA."+sixteen(s.number())
		s.people[p.Phone], s.users[p.UserID] = p, p
		for _, m := range p.messages {
			m.Person = p.Phone
		}
		w.System = s.system(p, old, kind)
		s.emit(notice{Notice: Notice{w.Type, w.ID, p.Phone}, message: w, row: p.conversation})
		return nil
	})
}

func (s *Server) system(p *person, old Person, kind string) *wireSystem {
	out := &wireSystem{Type: kind}
	from, to := old.Phone, p.Phone
	if kind == "user_changed_user_id" {
		from, to = old.UserID, p.UserID
	}
	if !p.HidesPhone {
		out.WaID = p.Phone
	}
	if !s.opt.PlainPhones {
		out.UserID = p.UserID
	}
	out.Body = fmt.Sprintf("User %s changed from %s to %s", p.Name, from, to)
	return out
}

// Play listens to a voice message of the business: "played".
func (s *Server) Play(id, message string) error {
	return s.inChat(id, func(p *person) error {
		m, err := s.shown(p, message)
		if err != nil {
			return err
		}
		if m.Type != "audio" || !m.FromUs {
			return fmt.Errorf("%w: it is no audio of the business", errNothing)
		}
		s.read(p)
		if !p.HidesReads {
			s.tell(p, m, "played")
		}
		return nil
	})
}
