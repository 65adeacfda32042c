package graph

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Person is someone with a phone.
type Person struct {
	Phone      string // digits with the country code
	UserID     string // business-scoped; "" = made from the phone
	Name       string // "" = Person
	Username   string // "" = none
	HidesPhone bool   // webhooks name the user id alone, except statuses of messages that were addressed to the phone

	NoWhatsApp  bool // no account: 131026
	Blocks      bool // us: 131026
	NoMarketing bool // stopped marketing messages from us: 131050 for them
	Capped      bool // has had enough marketing from everybody: 131049 for it
	Experiment  bool // of Meta's: 130472 for marketing
	FailsLate   int  // code with which messages fail after "sent"; 0 = they do not

	HidesReads bool // read receipts are off
	ChatOpen   bool // looks at our chat: what comes is read at once and never "delivered"
	Wrote      bool // just before the server was started: the 24 hours run

	Habits Habits // what they do with a message from us; nil = ignore it
}

// person is a Person with what happened since.
type person struct {
	Person
	stranger     bool // a number that somebody wrote to and nobody added
	offline      bool
	messages     []*Message // both directions, in the order in which Meta got them
	waiting      []*Message // on their way, in order
	unread       []*Message // shown, not read
	windowUntil  time.Time
	freeUntil    time.Time // free entry point
	conversation string
	sentAt       []time.Time // for the pair limit
}

// AddPerson makes someone known to WhatsApp. To add a known number again is an error.
func (s *Server) AddPerson(who Person) error {
	plain := digits(who.Phone)
	if plain == "" {
		return fmt.Errorf("graph simulator: %q is no phone number with a country code", who.Phone)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.people[plain]
	if old != nil && !old.stranger {
		return fmt.Errorf("graph simulator: person %s is known already", plain)
	}
	who.Phone = plain
	who.Name = cmp.Or(who.Name, "Person")
	who.UserID = cmp.Or(who.UserID, userIDOf(plain))
	if taken := s.users[who.UserID]; !userIDs.MatchString(who.UserID) || taken != nil && !taken.stranger {
		return fmt.Errorf("graph simulator: %q is no free business-scoped user id", who.UserID)
	}
	if old != nil {
		delete(s.users, old.UserID)
	}
	s.add(who)
	return nil
}

// add makes a person. The caller holds s.mu.
func (s *Server) add(who Person) *person {
	p := &person{Person: who, conversation: fmt.Sprintf("%x", scramble(s.number(), 16))}
	if who.Wrote {
		p.windowUntil = s.opt.Now().Add(window)
	}
	s.people[who.Phone], s.users[who.UserID] = p, p
	return p
}

func userIDOf(phone string) string {
	n := uint64(0)
	for _, c := range phone {
		n = n*10 + uint64(c-'0')
	}
	return "UA." + sixteen(n)
}

// Forget makes someone, with the chat and the faults of it, as if they had never been added. What they were about to do does not
// happen.
func (s *Server) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(id)
	if p == nil {
		return
	}
	for _, m := range p.messages {
		delete(s.byID, m.ID)
	}
	delete(s.people, p.Phone)
	delete(s.users, p.UserID)
	s.faults.Forget(func(f Fault) bool { return f.To == p.Phone || f.To == p.UserID })
}

// find is the person with a phone, with or without a plus, or with a user id. The caller holds s.mu.
func (s *Server) find(id string) *person {
	if p := s.users[id]; p != nil {
		return p
	}
	return s.people[digits(id)]
}

// UserIDOf is the business-scoped user id of a person, "" for nobody.
func (s *Server) UserIDOf(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find(id); p != nil {
		return p.UserID
	}
	return ""
}

var (
	errUnknown   = errors.New("nobody with this number")
	errOffline   = errors.New("their phone is off")
	errNoApp     = errors.New("they are not on WhatsApp")
	errNoMessage = errors.New("there is no such message in their chat")
	errNothing   = errors.New("there is nothing like this to press")
)

// act lets someone do something. People are named by phone or user id.
func (s *Server) act(id string, do func(*person) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	p := s.find(id)
	err := errUnknown
	if p != nil && !p.stranger {
		err = do(p)
	}
	if err != nil {
		return fmt.Errorf("graph simulator: person %s: %w", id, err)
	}
	return nil
}

// inChat lets someone do something for which the phone must be on.
func (s *Server) inChat(id string, do func(*person) error) error {
	return s.act(id, func(p *person) error {
		switch {
		case p.NoWhatsApp:
			return errNoApp
		case p.offline:
			return errOffline
		}
		return do(p)
	})
}

// SetHabits changes what someone does with messages from now on.
func (s *Server) SetHabits(id string, habits Habits) error {
	return s.Change(id, func(p *Person) { p.Habits = habits })
}

// Change changes a person: blocks us, stops marketing, turns read receipts off. Phone and UserID stay as they are.
func (s *Server) Change(id string, change func(*Person)) error {
	return s.act(id, func(p *person) error {
		phone, user := p.Phone, p.UserID
		change(&p.Person)
		p.Phone, p.UserID = phone, user
		return nil
	})
}

// GoOffline switches the phone off: messages wait, "sent" is all that is told.
func (s *Server) GoOffline(id string) error {
	return s.act(id, func(p *person) error { p.offline = true; return nil })
}

// GoOnline switches it on: what waited is shown, in order.
func (s *Server) GoOnline(id string) error {
	return s.act(id, func(p *person) error {
		p.offline = false
		s.showArrived(p)
		return nil
	})
}

// Read opens the chat: everything unread becomes read.
func (s *Server) Read(id string) error {
	return s.inChat(id, func(p *person) error { s.read(p); return nil })
}

// OpenWindow opens the 24 hours as if they had just written, without a message.
func (s *Server) OpenWindow(id string) error {
	return s.act(id, func(p *person) error { p.windowUntil = s.opt.Now().Add(window); return nil })
}

// CloseWindow ends the 24 hours.
func (s *Server) CloseWindow(id string) error {
	return s.act(id, func(p *person) error { p.windowUntil = time.Time{}; return nil })
}

// WindowOpen tells whether text may be sent to a person.
func (s *Server) WindowOpen(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(id)
	return p != nil && s.windowOpen(p)
}

// windowOpen tells whether a person wrote within the last 24 hours. The caller holds s.mu.
func (s *Server) windowOpen(p *person) bool { return p.windowUntil.After(s.opt.Now()) }

// Tell makes a status about a message of the business at once, whatever was told before: "delivered" after "failed", "failed" with
// a code after "sent", the same twice.
func (s *Server) Tell(id, status string, code int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	m := s.byID[id]
	if m == nil || !m.FromUs {
		return fmt.Errorf("graph simulator: tell %s: no message of the business has the id %s", status, id)
	}
	if status == "failed" {
		m.Failed = code
	}
	s.tell(s.people[m.Person], m, status)
	return nil
}
