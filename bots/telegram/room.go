package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

var _ bots.Sender = (*Room)(nil)

// Room sends into the staff's group. It is a sender of its own, with a rate of its own: Telegram takes 20 messages a minute in one
// group, and what staff read never stands before or behind what customers read.
type Room struct {
	bot   *Bot
	moved func(ctx context.Context, from, to string)
}

// Room returns the sender into groups. Moved is told when Telegram says that a group has another id now.
func (b *Bot) Room(moved func(ctx context.Context, from, to string)) *Room {
	return &Room{bot: b, moved: moved}
}

const (
	roomMinute = 19                    // of the 20 messages that Telegram takes in any minute; https://core.telegram.org/bots/faq
	roomRate   = roomMinute            // a second: the minute alone bounds what goes
	roomGap    = 15 * time.Millisecond // so that several under way come there in their order, mostly
	movedRest  = time.Second           // until the new id is known
)

// Limits says what the room can show.
func (r *Room) Limits() bots.Limits {
	return bots.Limits{
		MaxText: maxText, Reports: bots.Accepted, CanEngage: true, Buttons: true,
		PerSecond: roomRate, Burst: roomMinute, PerMinute: roomMinute, Formats: "html", Together: true, PerChat: roomGap,
		Edits: true, DeleteFor: deleteTime, MaxCaption: maxCaption, Carries: carried(), MaxFile: maxUploaded,
	}
}

// Check asks Telegram who we are.
func (r *Room) Check(ctx context.Context) (bots.Identity, error) { return r.bot.Check(ctx) }

// Send posts one message, or does something to a topic. A group that has another id now did not take it: it goes there next. What a
// group with topics refuses with has a code of ours: see bots.NoTopic and those beside it.
func (r *Room) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	receipt, err := r.send(ctx, out)
	return r.tell(ctx, out, receipt, err)
}

// Carry is Send of a post with a file.
func (r *Room) Carry(ctx context.Context, out bots.Outgoing, file bots.Carried) (bots.Receipt, error) {
	receipt, err := r.bot.Carry(ctx, out, file)
	return r.tell(ctx, out, receipt, err)
}

// tell says what an answer means for the room.
func (r *Room) tell(ctx context.Context, out bots.Outgoing, receipt bots.Receipt, err error) (bots.Receipt, error) {
	receipt.Sender = bots.Staff
	if now, ok := errors.AsType[*migrated](err); ok && r.moved != nil {
		r.moved(ctx, out.To.ID, now.to)
		return receipt, &bots.SendError{Fault: bots.Temporary, RetryAfter: movedRest, Code: "400", Err: now}
	}
	return receipt, refusal(out, err)
}

func (r *Room) send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if out.Act.OnTopics() || out.Act == bots.PinAct {
		receipt, err := r.topicAct(ctx, out)
		return receipt, wrapSend(out, err)
	}
	return r.bot.Send(ctx, out)
}

// migrated is a refusal because a group became a supergroup, which has another id.
type migrated struct{ to, words string }

func (m *migrated) Error() string { return m.words }

// React puts the bot's one emoji on a message. Doing so again changes nothing.
func (b *Bot) React(ctx context.Context, chat, message, emoji string) error {
	raw, err := json.Marshal([]reaction{{Type: "emoji", Emoji: emoji}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, quickTimeout)
	defer cancel()
	var done bool
	params := tgbotapi.Params{"chat_id": chat, "message_id": message, "reaction": string(raw)}
	if err := b.call(ctx, b.opt.Client, "setMessageReaction", params, &done); err != nil {
		return fmt.Errorf("telegram: reaction in %s: %w", chat, err)
	}
	return nil
}
