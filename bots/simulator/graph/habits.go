package graph

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
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

// Chance is one of several things that a person may do, with its weight.
type Chance struct {
	Weight int
	Acts   []Act // none = ignores the message
}

// OneOf throws the dice for each message.
func OneOf(chances ...Chance) Habits {
	total := 0
	for _, c := range chances {
		total += c.Weight
	}
	return func(_ Message, dice *rand.Rand) []Act {
		if total <= 0 {
			return nil
		}
		n := dice.IntN(total)
		for _, c := range chances {
			if n -= c.Weight; n < 0 {
				return c.Acts
			}
		}
		return nil
	}
}

// live lets a person react to a message that was just shown: one deed after the other. The caller holds s.mu.
func (s *Server) live(p *person, m *Message) {
	if p.Habits == nil {
		return
	}
	seen := m.clone()
	acts := slices.Clone(p.Habits(seen, s.dice))
	slices.SortStableFunc(acts, func(a, b Act) int { return cmp.Compare(a.After, b.After) })
	id := p.Phone
	s.background(func() {
		passed := time.Duration(0)
		for _, act := range acts {
			if !s.sleep(s.ctx, act.After-passed) {
				return
			}
			passed = act.After
			id = s.perform(id, seen, act)
		}
	})
}
