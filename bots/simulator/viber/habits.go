package viber

import (
	"math/rand/v2"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Deed is something a person does on their own.
type Deed int

const (
	ReadAll     Deed = iota // reads everything unread
	WriteText               // writes Text
	PressNth                // presses the Button-th button of the message
	SharePhone              // presses the share-phone button they see
	SendCard                // sends a card with the phone number Text, as if it were their own
	OpenChat                // taps a deep link with the context Text
	Subscribe               // "Receive messages"
	Unsubscribe             // takes it back
	BeOffline               // switches the phone off For some time
	CallFunc                // calls Func, for all else
)

// Act is one deed, some time after the message was shown. Deeds that are not possible then do not happen.
type Act struct {
	Do     Deed
	After  time.Duration // divided by Options.Speed
	For    time.Duration // of BeOffline, divided as well
	Text   string
	Button int
	Func   func(Message) // must return soon: Close waits for it
}

// Habits decide what a person does with a message. They are asked once per message when it is shown, with the server's seeded
// dice, and must not call the server: what to do comes back as acts.
type Habits func(m Message, dice *rand.Rand) []Act

// Always does the same with every message.
func Always(acts ...Act) Habits {
	return func(Message, *rand.Rand) []Act { return acts }
}

// Chance is one of several things that a person may do: its Weight, and its Acts; none = ignores the message.
type Chance = stage.Chance[Act]

// OneOf throws the dice for each message.
func OneOf(chances ...Chance) Habits { return stage.OneOf[Message](chances) }

// live lets a person react to a message that was just shown: one deed after the other. The caller holds s.mu.
func (s *Server) live(p *person, m *Message) {
	if p.Habits == nil {
		return
	}
	seen := m.clone()
	after := func(a Act) time.Duration { return a.After }
	stage.Perform(s.stage.Context(), s.stage, p.Habits(seen, s.dice), after, func(a Act) { s.perform(p.ID, seen, a) })
}

// perform does one deed. It may have become impossible (another keyboard, the phone off): then it just does not happen.
func (s *Server) perform(id string, m Message, act Act) {
	switch act.Do {
	case ReadAll:
		_ = s.Read(id)
	case WriteText:
		_, _ = s.Say(id, act.Text)
	case PressNth:
		_, _ = s.PressButton(id, m.Token, act.Button)
	case SharePhone:
		_, _ = s.SharePhone(id)
	case SendCard:
		_, _ = s.SendCard(id, "Me", act.Text)
	case OpenChat:
		_ = s.Open(id, act.Text)
	case Subscribe:
		_ = s.Subscribe(id)
	case Unsubscribe:
		_ = s.Unsubscribe(id)
	case BeOffline:
		s.beOffline(id, act.For)
	case CallFunc:
		act.Func(m)
	}
}

func (s *Server) beOffline(id string, length time.Duration) {
	if s.GoOffline(id) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage.After(length, func() { _ = s.GoOnline(id) })
}
