package telegram

import (
	"context"
	"fmt"
	"regexp"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

var personID = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)

// IsPerson reports whether an id is one that a person's own chat can have.
func IsPerson(id string) bool { return personID.MatchString(id) }

// MayWrite asks Telegram whether the bot may write in a person's chat. The person sees for a moment that somebody types.
func (b *Bot) MayWrite(ctx context.Context, chat string) error {
	var done bool
	if err := b.call(ctx, b.opt.Client, "sendChatAction", tgbotapi.Params{"chat_id": chat, "action": "typing"}, &done); err != nil {
		return fmt.Errorf("telegram: whether we may write to the chat %s: %w", chat, err)
	}
	return nil
}
