package whatsapp

import (
	"math/rand/v2"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// Deed is something a person does on their own.
type Deed int

const (
	ReadIt    Deed = iota // reads the message
	PlayIt                // listens to it
	WriteText             // writes Text
	QuoteText             // writes Text under the message
	ReactWith             // puts the emoji Text on it
	BeOffline             // switches the phone off For some time
	CallFunc              // calls Func, for all else
)

// Act is one deed, some time after the message was shown. Deeds that are not possible then do not happen.
type Act struct {
	Do    Deed
	After time.Duration // divided by Options.Speed
	For   time.Duration // of BeOffline, divided as well
	Text  string
	Func  func(*Customer, Shown) // must return soon: Close waits for it
}

// Habits decide what a person does with a message. They are asked once per bubble, with the server's seeded dice, and must not call
// the server: what to do comes back as acts.
type Habits func(m Shown, dice *rand.Rand) []Act

// Always does the same with every message.
func Always(acts ...Act) Habits {
	return func(Shown, *rand.Rand) []Act { return acts }
}

// Chance is one of several things that a person may do: its Weight, and its Acts; none = ignores the message.
type Chance = stage.Chance[Act]

// OneOf throws the dice for each message.
func OneOf(chances ...Chance) Habits { return stage.OneOf[Shown](chances) }

// live lets a person react to a message that was just shown: one deed after the other. The caller holds s.mu.
func (c *Customer) live(m Shown) {
	if c.habits == nil {
		return
	}
	after := func(a Act) time.Duration { return a.After }
	stage.Perform(c.s.acting, c.s.stage, c.habits(m, c.s.dice), after, func(a Act) { c.perform(m, a) })
}

// perform does one deed. It may have become impossible (the phone off): then it just does not happen.
func (c *Customer) perform(m Shown, act Act) {
	ctx := c.s.acting
	switch act.Do {
	case ReadIt:
		_ = c.Read(ctx, m)
	case PlayIt:
		_ = c.Play(ctx, m)
	case WriteText:
		_, _ = c.Say(ctx, m.Chat, act.Text)
	case QuoteText:
		_, _ = c.Quote(ctx, m, act.Text)
	case ReactWith:
		_, _ = c.React(ctx, m, act.Text)
	case BeOffline:
		c.GoOffline()
		if c.s.stage.Sleep(ctx, act.For) {
			_ = c.GoOnline(ctx)
		}
	case CallFunc:
		act.Func(c, m)
	}
}
