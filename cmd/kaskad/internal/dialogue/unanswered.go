package dialogue

import (
	"context"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// What the bot was to answer and could not is left to staff: whoever asked must not wait for nothing.

// unanswered leaves to staff what an answer of the bot's was for that was refused for its words.
func (d *Dialogue) unanswered(ctx context.Context, c *bots.Change) (done bool, err error) {
	if !wordy(c.Reason) {
		return false, nil
	}
	return true, d.Road.Tell(ctx, func(tx fallback.Tx, _ func(fallback.Ask) error) error {
		if tx.Delivery(c.Delivery).ByBot() {
			handOver(tx, c, c.Reason)
		}
		return nil
	})
}

// wordy reports whether a delivery failed because of what it says. Of all else staff could say no more than the bot.
func wordy(reason string) bool {
	return reason == fallback.ReasonUnfit || strings.HasPrefix(reason, bots.Rejected.String())
}

// handOver leaves a conversation to staff, once for each message or delivery.
func handOver(tx fallback.Tx, c *bots.Change, reason string) {
	left := bots.Change{Contact: c.Contact, Channel: c.Channel, Message: c.Message, Reason: reason}
	about := c.Message
	if c.Type == failed { // the message is ours
		about, left.Message, left.Delivery = c.Delivery, 0, c.Delivery
	}
	key := scope + "\x00staff:" + about.String()
	if _, done := tx.Key(key); done || about == 0 || tx.Contact(c.Contact) == nil {
		return
	}
	tx.PutKey(key, fallback.KeyUse{Body: 1})
	fallback.LeaveToStaff(tx, left)
}
