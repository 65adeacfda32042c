package telegram

import (
	"context"
	"strings"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// answersAtOnce bounds how many presses are answered side by side.
const answersAtOnce = 4

// answers tells the clients of people that their presses were heard: until then they show a turning wheel. It works beside
// the polls, and what it cannot say is not said again: the press itself is safe.
type answers struct {
	bot  *Bot
	room chan struct{}
	all  sync.WaitGroup
}

func newAnswers(b *Bot) *answers { return &answers{bot: b, room: make(chan struct{}, answersAtOnce)} }

func (a *answers) send(ctx context.Context, presses []press) {
	for _, p := range presses {
		a.all.Go(func() {
			select {
			case a.room <- struct{}{}:
				defer func() { <-a.room }()
				a.bot.answer(ctx, p)
			case <-ctx.Done():
			}
		})
	}
}

func (a *answers) wait() { a.all.Wait() }

// answer answers one press.
func (b *Bot) answer(ctx context.Context, p press) {
	ctx, cancel := context.WithTimeout(ctx, quickTimeout)
	defer cancel()
	var done bool
	err := b.call(ctx, b.opt.Client, "answerCallbackQuery", b.answerParams(p), &done)
	if err == nil || ctx.Err() != nil || strings.Contains(err.Error(), "query is too old") {
		return // a press that waited for us longer than a minute or so cannot be answered any more
	}
	b.opt.Log.Debug("a button press could not be answered", "err", err)
}

const maxToast = 200 // characters

func (b *Bot) answerParams(p press) tgbotapi.Params {
	params := tgbotapi.Params{"callback_query_id": p.query}
	if text := []rune(b.opt.Toast(p.locale)); len(text) > 0 {
		params["text"] = string(text[:min(len(text), maxToast)])
	}
	return params
}
