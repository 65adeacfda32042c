package viber

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"kaskad/bots"
)

// readers turn events into ours. An event that is not here (webhook, client_status, and what Viber may invent) is none of our
// business.
var readers = map[string]func(*callback) *bots.Event{
	"subscribed":           func(c *callback) *bots.Event { return c.of(c.User, bots.Unblocked) },
	"unsubscribed":         func(c *callback) *bots.Event { return c.of(&user{ID: c.UserID}, bots.Blocked) },
	"conversation_started": opened,
	"message":              said,
	"delivered":            func(c *callback) *bots.Event { return c.reported(bots.Receipt{Level: bots.Delivered}) },
	"seen":                 func(c *callback) *bots.Event { return c.reported(bots.Receipt{Level: bots.Read}) },
	"failed":               failed,
}

// decode reads one call. It returns nil for what does not concern us, and an event without a kind for what cannot be read: that
// goes to quarantine.
func (b *Bot) decode(raw []byte, now time.Time) *bots.Event {
	var c callback
	err := json.Unmarshal(raw, &c)
	read, known := readers[c.Event]
	if !b.clock.saw(c.Timestamp.time(), now) {
		c.Timestamp = "" // it orders nothing
	}
	if c.Event != "" && !known {
		return nil
	}
	var e *bots.Event
	if err == nil && known {
		e = read(&c)
	}
	if e == nil || c.MessageToken == "" {
		e = &bots.Event{} // it is not what it calls itself
	}
	e.ID = b.eventID(&c, e.Chat.ID, raw)
	e.Channel, e.Sender = bots.Viber, bots.Viber
	e.ArrivedAt, e.Raw, e.Ahead = now, raw, b.clock.ahead()
	return e
}

// eventID is the same for all devices and all repeats of one event, and unique for ever, also when the token is changed for
// another bot's. A token of a message alone is not enough: delivered and seen share it.
func (b *Bot) eventID(c *callback, person string, raw []byte) string {
	if person == "" {
		sum := sha256.Sum256(raw)
		return strings.Join([]string{bots.Viber, b.id, "x" + hex.EncodeToString(sum[:16])}, ":")
	}
	return strings.Join([]string{bots.Viber, b.id, c.Event, string(c.MessageToken), person}, ":")
}

// of is what all events of a person have in common; nil without one.
func (c *callback) of(u *user, kind bots.Kind) *bots.Event {
	if u == nil || u.ID == "" {
		return nil
	}
	return &bots.Event{
		Kind: kind, Chat: bots.Address{Channel: bots.Viber, ID: u.ID}, At: c.Timestamp.time(),
		Name: strings.TrimSpace(u.Name), Locale: u.Language,
	}
}

// opened is a person who looks into the chat, through a link of ours or not. Who has not subscribed can be told one thing, in
// the response.
func opened(c *callback) *bots.Event {
	kind := bots.Opened
	if c.Subscribed {
		kind = bots.Started
	}
	e := c.of(c.User, kind)
	if e != nil {
		e.Answerable, e.Payload = true, c.Context
	}
	return e
}

// reported is what became of a message of ours. The core knows that one "seen" stands for many.
func (c *callback) reported(r bots.Receipt) *bots.Event {
	e := c.of(&user{ID: c.UserID}, bots.Reported)
	if e == nil {
		return nil
	}
	r.Sender, r.Chat, r.ID, r.At = bots.Viber, c.UserID, string(c.MessageToken), e.At
	e.Receipt = &r
	return e
}

// failed comes after Viber has taken the message: the person's own Viber found it wrong, a keyboard mostly. Its words are not
// documented, so that they prove nothing more.
func failed(c *callback) *bots.Event {
	return c.reported(bots.Receipt{Failed: true, Fault: bots.Rejected, Reason: strings.TrimSpace(bounded(c.Desc, 200))})
}
