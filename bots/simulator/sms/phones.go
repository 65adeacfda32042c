package sms

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// States of a message.
const (
	Accepted    = "accepted"
	Delivered   = "delivered"
	Undelivered = "undelivered"
	Expired     = "expired"
)

// Person is somebody with a phone.
type Person struct {
	Phone       string // E.164 with a plus
	Habits      Habits // what becomes of messages to them; nil = Options.Habits
	Unreachable bool   // sends are refused with code 51
	Stopped     bool   // sends are refused with code 404
}

// phone is a Person who was added, or whose number was used.
type phone struct{ Person }

// Deed is something that happens to a message.
type Deed int

const (
	Deliver   Deed = iota // arrives; the provider reports it
	Undeliver             // does not arrive; reported
	Expire                // the phone was off for too long; reported
	NoReport              // nothing is heard of it
	Answer                // the person writes Act.Text back
	CallFunc              // calls Func, for all else: opening a link, for one
)

// Act is one deed, some time after the message was accepted.
type Act struct {
	Do    Deed
	After time.Duration // divided by Options.Speed
	Text  string
	Func  func(Message) // must return soon: Close waits for it
}

// Habits decide what becomes of a message. They are asked once per message, with the server's seeded dice, and must not call
// the server.
type Habits func(m Message, dice *rand.Rand) []Act

// Always does the same with every message.
func Always(acts ...Act) Habits {
	return func(Message, *rand.Rand) []Act { return acts }
}

// Chance is one of several things that may happen: its Weight, and its Acts.
type Chance = stage.Chance[Act]

// OneOf throws the dice for each message.
func OneOf(chances ...Chance) Habits { return stage.OneOf[Message](chances) }

// AddPerson says who a number belongs to. Adding it again replaces the person.
func (s *Server) AddPerson(who Person) error {
	if !e164.MatchString(who.Phone) {
		return fmt.Errorf("sms simulator: %q is no E.164 number with a plus", who.Phone)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phones[who.Phone] = &phone{who}
	return nil
}

// Forget makes a number one that nobody has used, without faults of its own.
func (s *Server) Forget(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.phones, number)
	s.faults.Forget(func(f Fault) bool { return f.To == number })
}

// phone finds a number, known or not. The caller holds s.mu.
func (s *Server) phone(number string) *phone {
	p := s.phones[number]
	if p == nil {
		p = &phone{Person{Phone: number}}
		s.phones[number] = p
	}
	return p
}

// SetStopped puts a number on the stop list or takes it off.
func (s *Server) SetStopped(number string, stopped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phone(number).Stopped = stopped
}

// SetUnreachable makes a number unreachable or reachable again.
func (s *Server) SetUnreachable(number string, unreachable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phone(number).Unreachable = unreachable
}

// live lets a message meet its fate: one act after the other. The caller holds s.mu.
func (s *Server) live(m *Message) {
	habits := s.phone(m.To).Habits
	if habits == nil {
		habits = s.opt.Habits
	}
	seen := *m
	after := func(a Act) time.Duration { return a.After }
	stage.Perform(s.stage.Context(), s.stage, habits(seen, s.dice), after, func(a Act) { s.perform(seen, a) })
}

// perform does one deed. It may have become impossible (no address for reports): then it just does not happen.
func (s *Server) perform(m Message, act Act) {
	switch act.Do {
	case Deliver:
		_ = s.Report(m.ID, Delivered)
	case Undeliver:
		_ = s.Report(m.ID, Undelivered)
	case Expire:
		_ = s.Report(m.ID, Expired)
	case Answer:
		_, _ = s.Inbound(m.To, act.Text)
	case CallFunc:
		act.Func(m)
	}
}

// Inbound lets somebody write to the shop. It answers with the id of their message.
func (s *Server) Inbound(from, text string) (id string, err error) {
	if !e164.MatchString(from) {
		return "", fmt.Errorf("sms simulator: %q is no E.164 number with a plus", from)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	if s.opt.AutoStop && strings.EqualFold(strings.TrimSpace(text), "STOP") {
		s.phone(from).Stopped = true
	}
	if s.reportURL == "" {
		return "", fmt.Errorf("sms simulator: no report address is set: nobody hears %s", from)
	}
	s.inbound++
	id = fmt.Sprintf("MO%06d", s.inbound)
	if s.dialect != nil {
		return id, s.inboundDialect(id, from, text)
	}
	s.push(&Report{URL: s.reportURL, MessageID: id, From: from, Text: text}, inboundBody{"mo", id, from, text})
	return id, nil
}
