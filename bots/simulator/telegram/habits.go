package telegram

import (
	"math/rand/v2"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Deed is something a person does on their own.
type Deed int

const (
	ReadSilently Deed = iota // nothing that the bot could see: Telegram has no read receipts
	ReplyQuoting             // answers the message, quoting it
	WriteLater               // writes a plain message
	PressButton              // presses the Button-th inline button
	PutReaction              // puts Emoji on the message
	BlockBot
	CallFunc // calls Func, for all else: opening a link, for one
)

// Act is one deed, some time after the message arrived. Deeds that are not possible then do not happen.
type Act struct {
	Do     Deed
	After  time.Duration // divided by Options.Speed
	Text   string
	Button int
	Emoji  string
	Func   func(Message) // must return soon: Close waits for it
}

// Habits decide what a person does with a message. They are asked once per message, with the server's seeded dice, and must not
// call the server: what to do comes back as acts.
type Habits func(m Message, dice *rand.Rand) []Act

// Always does the same with every message.
func Always(acts ...Act) Habits {
	return func(Message, *rand.Rand) []Act { return acts }
}

// Chance is one of several things that a person may do: its Weight, and its Acts; none = ignores the message.
type Chance = stage.Chance[Act]

// OneOf throws the dice for each message.
func OneOf(chances ...Chance) Habits { return stage.OneOf[Message](chances) }

// live lets a person react to a message that just arrived: one deed after the other. The caller holds s.mu.
func (s *Server) live(p *person, m *Message) {
	if p.Habits == nil {
		return
	}
	seen := m.clone()
	after := func(a Act) time.Duration { return a.After }
	stage.Perform(s.stage.Context(), s.stage, p.Habits(seen, s.dice), after, func(a Act) { s.perform(seen, a) })
}

// perform does one deed. It may have become impossible (the message deleted, the bot blocked): then it just does not happen.
func (s *Server) perform(m Message, act Act) {
	switch act.Do {
	case ReplyQuoting:
		_, _ = s.Reply(m.ChatID, m.ID, act.Text)
	case WriteLater:
		_, _ = s.Say(m.ChatID, act.Text)
	case PressButton:
		_, _ = s.PressButton(m.ChatID, m.ID, act.Button)
	case PutReaction:
		_ = s.React(m.ChatID, m.ID, act.Emoji)
	case BlockBot:
		_ = s.Block(m.ChatID)
	case CallFunc:
		act.Func(m)
	}
}
