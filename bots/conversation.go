package bots

import "time"

// Conversation is all messages with one contact over all channels: the contact's id is its id. It is a head only; the
// messages are found by contact.
type Conversation struct {
	Contact   ID
	State     ConversationState
	Assignee  string
	Group     string // the staff group that has it, by name; empty: none was decided
	SnoozedTo time.Time
	LastAt    time.Time // of the last message either way
	LastIn    time.Time // of the last message of the person
	LastUsed  string    // the channel the person wrote on last
	// When the person last did something whose time the messenger tells, and where: a press on Telegram has none, and when we are told
	// of it says nothing about what they did before or after.
	LastDid   time.Time
	LastDidOn string
	Unread    uint32    // messages of the person since staff answered
	LastID    ID        // the last message
	StaffAt   time.Time // when staff wrote last
	PausedTo  time.Time // until then the bot says nothing by itself: staff said so
	// Marketing of the person waits from AdsFrom to AdsTo.
	AdsFrom, AdsTo time.Time
	Wait           Waiting
	Bot            BotTalk
}

// ConversationState is one of none (the program wrote, and nobody else), open, snoozed, closed.
type ConversationState uint8

// The states of a conversation.
const (
	NoConversation ConversationState = iota
	Open
	Snoozed
	Closed
)

var conversationStates = [...]string{"none", "open", "snoozed", "closed"}

func (s ConversationState) String() string { return conversationStates[s] }

// ParseConversationState reads a state's name.
func ParseConversationState(s string) (ConversationState, bool) {
	for i, name := range conversationStates {
		if s == name {
			return ConversationState(i), true
		}
	}
	return 0, false
}

// Heard takes one message of the person into the head. Presses and reactions need nobody's answer: they do not open it, and a
// conversation that begins with one is closed.
func (c *Conversation) Heard(m *Message) (opened bool) {
	if m.Kind != TextMessage {
		return c.passing(m)
	}
	return c.waits(m, m.NeedsNobody())
}

// passing takes what needs nobody's answer.
func (c *Conversation) passing(m *Message) (opened bool) {
	c.used(m)
	if c.State == NoConversation {
		c.State = Closed
	}
	return false
}

// waits takes what somebody has to read and, unless it is a courtesy, to answer.
func (c *Conversation) waits(m *Message, courtesy bool) (opened bool) {
	c.used(m)
	c.Unread++
	opened = c.State != Open
	if c.State == Snoozed {
		c.Wait.Wake(m.At)
	}
	c.State, c.SnoozedTo = Open, time.Time{}
	if !courtesy {
		c.Wait.Leave(m.At, opened)
	} else if opened {
		c.Wait.Asked, c.Wait.First = time.Time{}, 0
	}
	return opened
}

// Said takes one message of ours into the head. What the program sends makes no conversation; what staff write does.
func (c *Conversation) Said(m *Message, staff bool) {
	c.touch(m)
	if staff {
		c.Unread = 0
		latest(&c.StaffAt, m.At)
		c.Wait.End()
		c.Bot.Wants, c.Bot.Choices, c.Bot.ChoicesAt = time.Time{}, "", time.Time{}
		if c.State == NoConversation {
			c.State = Closed
		}
	}
}

// used notes where the person was heard last: an older message that comes late does not move it back.
func (c *Conversation) used(m *Message) {
	c.touch(m)
	if !m.At.Before(c.LastIn) {
		c.LastIn, c.LastUsed = m.At, m.Channel
	}
}

// did notes when the person did something, by the messenger's clock.
func (c *Conversation) did(channel string, at time.Time) {
	if at.After(c.LastDid) {
		c.LastDid, c.LastDidOn = at, channel
	}
}

func (c *Conversation) touch(m *Message) {
	if m.At.After(c.LastAt) {
		c.LastAt = m.At
	}
	if m.ID > c.LastID {
		c.LastID = m.ID
	}
}
