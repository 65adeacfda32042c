package fallback

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf16"

	"kaskad/bots"
)

// Reply is what staff answer a person from outside the room: through the API, or a page.
type Reply struct {
	Contact bots.ID
	Text    string
	Image   string     // address of a picture; empty: none
	File    *bots.File // nil: none
	By      string     // who asks, as the delivery shows it
	Author  string     // who wrote it; never nobody, as that is the program
	Channel string     // empty: the one the person wrote on last
	ReplyTo bots.ID    // a message of the conversation; zero: none
	Key     string     // idempotency key; empty: none
	Scope   string     // whose keys
	// parts tells into how many parts a channel splits a text, and how many it takes at most; nil: nobody counts.
	parts func(channel, text string) (took, most int)
}

// Reply makes an answer of staff a delivery: one step, until it is accepted.
func (e *Engine) Reply(ctx context.Context, store Updater, p Reply) (done Accepted, err error) {
	w := e.world()
	p.parts = e.parts
	err = store.Update(ctx, func(tx Tx) (err error) {
		done, err = PutReply(tx, p, e.intake().Channels, e.Rules, w)
		return err
	})
	if err != nil {
		return Accepted{}, err
	}
	if done.begins() {
		e.wake()
	}
	return done, nil
}

// PutReply is Reply inside a transaction. Named are the channels that a caller may name: not the staff's room.
func PutReply(tx Tx, p Reply, named map[string]Channel, r *Rules, w *World) (Accepted, error) {
	if len(p.Key) > maxKey {
		return Accepted{}, invalid("invalid_key", "key", "An idempotency key has at most %d bytes.", maxKey)
	}
	p.Text = strings.TrimSpace(p.Text)
	channel, fault := p.channel(tx, named)
	to := bots.Ref{Kind: "id", Value: p.Contact.String()}
	step := Step{Channel: channel, Until: Until{Level: bots.Accepted}, Wait: defaultWait}
	req := &Request{
		To: to, Given: to.String(), Purpose: Conversation, Text: p.Text, Same: digest("", p.Text, ""),
		Cascade: Cascade{Name: "conversation", Steps: []Step{step}, Order: "listed", Deadline: defaultDeadline},
		Author:  author(p.Author), By: p.By, ReplyTo: p.ReplyTo, Chat: chatOf(tx, p.ReplyTo), Image: p.Image, File: fileOf(p.File), Fault: fault,
	}
	if p.Key != "" {
		req.Key = p.Scope + "\x00" + p.Key
		req.Body = digest(append([]string{"reply", to.Value, p.Text, p.Author, p.Channel, p.ReplyTo.String()}, p.attached()...)...)
	}
	return Accept(tx, req, r, w)
}

// chatOf is the chat of a message of the person's; zero: it is none.
func chatOf(v View, message bots.ID) bots.Address {
	if m := v.Message(message); m != nil && m.In {
		return m.To
	}
	return bots.Address{}
}

// channel is where the reply goes. The error says why it can go nowhere.
func (p *Reply) channel(v View, named map[string]Channel) (string, error) {
	c := v.Contact(p.Contact)
	if c == nil || ForStaff(c) {
		return "", &UnknownContact{Ref: bots.Ref{Kind: "id", Value: p.Contact.String()}}
	}
	talk := v.Conversation(p.Contact)
	if talk.LastUsed == "" {
		return "", nobodyWrote("Nobody wrote yet: there is nothing to answer. Send a delivery: POST /v1/deliveries.")
	}
	channel := p.Channel
	if channel == "" {
		channel = talk.LastUsed
	}
	if err := p.fits(c, channel, named); err != nil {
		return "", err
	}
	if m := v.Message(p.ReplyTo); p.ReplyTo != 0 && (m == nil || m.Contact != p.Contact) {
		return "", invalid("unknown_message", "reply_to", "No message of this conversation has this id.")
	}
	return channel, nil
}

// fits says why a text cannot go to a person on a channel.
func (p *Reply) fits(c *bots.Contact, channel string, named map[string]Channel) error {
	reach := reachable(c, named)
	or := "The person can be reached on no channel."
	if len(reach) > 0 {
		or = "The person can be reached on: " + strings.Join(reach, ", ") + "."
	}
	on, known := named[channel]
	place, has := c.At(channel)
	switch {
	case !known && !knownChannel(channel):
		return invalid("unknown_channel", "channel", "There is no channel %q.%s %s", channel, didYouMean(channel, bots.Channels()), or)
	case !known:
		return invalid("channel_off", "channel", "Channel %s is switched off. %s", channel, or)
	case !has || !place.Reachable():
		return invalid("no_channel", "channel", "The person cannot be written to on %s now. %s", channel, or)
	case p.Image != "" || p.File != nil:
		return p.attachable(channel, on)
	case blank(p.Text):
		return invalid("text_empty", "text", "The text has nothing in it that anybody could see.")
	case len(p.Text) > maxText:
		return invalid("text_too_long", "text", "A text has at most %d bytes.", maxText)
	case on.MaxText > 0 && len(utf16.Encode([]rune(p.Text))) > on.MaxText:
		return invalid("text_too_long", "text", "A text on %s has at most %d characters.", channel, on.MaxText)
	}
	if p.parts != nil {
		if took, most := p.parts(channel, p.Text); most > 0 && took > most {
			return invalid("text_too_long", "text", "The text takes %d parts on %s, and at most %d go out. Shorten it.", took, channel, most)
		}
	}
	return nil
}

// parts is how many parts a text takes on a channel, and how many the most patient of its senders takes; most 0: no limit.
func (e *Engine) parts(channel, text string) (took, most int) {
	for _, name := range e.Rules.Channels[channel].Senders {
		p, counts := e.Senders[name].(bots.Pricer)
		limit := e.Senders[name].Limits().MaxParts
		if !counts || limit == 0 {
			return 0, 0
		}
		n, _ := p.Price(text)
		took, most = max(took, n), max(most, limit)
	}
	return took, most
}

func knownChannel(name string) bool {
	for _, c := range bots.Channels() {
		if c == name {
			return true
		}
	}
	return false
}

// reachable are the channels on which a person can be written to.
func reachable(c *bots.Contact, named map[string]Channel) (all []string) {
	for _, channel := range bots.Channels() {
		_, on := named[channel]
		if place, has := c.At(channel); on && has && place.Reachable() {
			all = append(all, channel)
		}
	}
	return all
}

func nobodyWrote(detail string) *Invalid { return invalid("nobody_wrote", "", "%s", detail) }

// TalkChange is what staff make of a conversation.
type TalkChange struct {
	Assignee *string                // nil: as it is; empty: nobody
	Group    *string                // nil: as it is; the name of the group that gets it, which there is
	State    bots.ConversationState // NoConversation: as it is
	Until    time.Time              // of Snoozed
}

// Transferred is the type of the change by which another group has a conversation. Reason: its name.
const Transferred = "conversation.transferred"

// Apply changes the head, and says what happened for the outbox. It is pure; the same again changes nothing.
func (t TalkChange) Apply(c *bots.Conversation) ([]bots.Change, error) {
	if c.State == bots.NoConversation {
		return nil, nobodyWrote("Nobody wrote yet: there is no conversation.")
	}
	var told []string
	if t.Assignee != nil && *t.Assignee != c.Assignee {
		c.Assignee = *t.Assignee
		told = append(told, "conversation.assigned")
	}
	if t.Group != nil && *t.Group != cmp.Or(c.Group, MainGroup) {
		c.Group = *t.Group
		told = append(told, Transferred)
		if t.Assignee == nil && c.Assignee != "" { // who has it is of the other group
			c.Assignee = ""
			told = append(told, "conversation.assigned")
		}
	}
	if t.State != bots.NoConversation && (t.State != c.State || t.State == bots.Snoozed && !t.Until.Equal(c.SnoozedTo)) {
		c.State, c.SnoozedTo = t.State, t.Until
		if t.State == bots.Closed {
			c.Bot.Wants = time.Time{}
		}
		told = append(told, map[bots.ConversationState]string{
			bots.Open: "conversation.opened", bots.Snoozed: "conversation.snoozed", bots.Closed: "conversation.closed",
		}[t.State])
	}
	var changes []bots.Change
	for _, what := range told {
		said := bots.Change{Type: what, State: c.State.String()}
		if what == Transferred {
			said.Reason = c.Group
		}
		changes = append(changes, said)
	}
	return changes, nil
}

// TalkState is what a conversation is at a time: a snooze that is over is open. Nothing is written when the time comes; whoever
// reads the head compares.
func TalkState(c *bots.Conversation, now time.Time) bots.ConversationState {
	if c.State == bots.Snoozed && !now.Before(c.SnoozedTo) {
		return bots.Open
	}
	return c.State
}

// Unanswered is the type of the change by which something is left to staff that the bot could not answer: it names the person's message,
// or the bot's delivery.
const Unanswered = "message.unanswered"

// LeaveToStaff lets a conversation wait for staff although the bot was to answer; c says what it is about, and why.
func LeaveToStaff(tx Tx, c bots.Change) {
	talk := tx.Conversation(c.Contact)
	talk.Contact = tx.Same(c.Contact)[0] // of an absorbed one it is the one that did
	opened, before := talk.State != bots.Open, talk
	talk.State, talk.SnoozedTo = bots.Open, time.Time{}
	talk.Unread++
	talk.Wait.Leave(tx.Now(), opened)
	looked(&before, &talk, tx.Now())
	tx.PutConversation(talk)
	c.Type, c.At = Unanswered, tx.Now()
	tx.Change(c)
	if opened {
		tx.Change(bots.Change{Type: "conversation.opened", At: tx.Now(), Contact: c.Contact, Channel: c.Channel, Message: c.Message, State: talk.State.String()})
	}
}
