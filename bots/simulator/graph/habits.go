package graph

import (
	"math/rand/v2"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Deed is something a person does on their own.
type Deed int

const (
	ReadAll       Deed = iota // reads everything unread
	WriteText                 // writes Text
	QuoteText                 // writes Text as an answer to the message
	PressNth                  // presses the Nth button of the message
	PickNth                   // picks the Nth row of the list
	PutEmoji                  // puts the emoji Text on the message
	TakeEmoji                 // takes their emoji back
	SendMedia                 // sends a medium of the type Text: image, video, audio, voice, document, sticker
	SendPlace                 // sends a location
	SendCard                  // sends a contact whose number is Text
	PlaceOrder                // orders something
	SendOdd                   // sends something that the API does not support
	Block                     // blocks us
	Unblock                   // takes it back
	StopMarketing             // "Stop" under a marketing message
	NewNumber                 // moves to the number Text
	BeOffline                 // switches the phone off For some time
	CallFunc                  // calls Func, for all else
)

// Act is one deed, some time after the message was shown. Deeds that are not possible then do not happen.
type Act struct {
	Do    Deed
	After time.Duration // divided by Options.Speed
	For   time.Duration // of BeOffline, divided as well
	Text  string
	Nth   int           // counted from 0
	Func  func(Message) // must return soon: Close waits for it
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
	id := p.Phone
	stage.Perform(s.stage.Context(), s.stage, p.Habits(seen, s.dice), after, func(a Act) { id = s.perform(id, seen, a) })
}
