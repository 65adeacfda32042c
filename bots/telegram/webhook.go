package telegram

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

var _ bots.Inspector = (*Bot)(nil)

// secretHeader carries what setWebhook was given as secret_token.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// hookConnections is how many calls Telegram makes at once at most; 40 if nobody says. Calls that come together are written to
// the disk together.
const hookConnections = 64

// Register tells Telegram where we are. What it keeps for us stays: polled or called, an update has the same id.
func (b *Bot) Register(ctx context.Context, url bots.Secret) error {
	if b.opt.HookSecret == "" {
		return errors.New("telegram: there is no secret for the header of webhook calls") // without one they could be forged
	}
	params := tgbotapi.Params{
		"url":             url.Reveal(),
		"secret_token":    b.opt.HookSecret.Reveal(),
		"allowed_updates": allowedUpdates,
		"max_connections": strconv.Itoa(hookConnections),
	}
	var done bool
	if err := b.call(ctx, b.opt.Client, "setWebhook", params, &done); err != nil {
		return fmt.Errorf("telegram: set the webhook: %w", err)
	}
	return nil
}

// Inspect asks Telegram where it calls, what it keeps for us and how its last call failed.
func (b *Bot) Inspect(ctx context.Context, url bots.Secret) (bots.Registration, error) {
	hook, err := b.hookInfo(ctx)
	if err != nil {
		return bots.Registration{}, err
	}
	r := bots.Registration{Ours: hook.URL == url.Reveal(), Pending: hook.Pending, Failure: b.redact(hook.LastErrorMessage)}
	if hook.URL != "" {
		r.Host = host(hook.URL)
	}
	if hook.LastErrorDate != 0 {
		r.FailedAt = time.Unix(hook.LastErrorDate, 0)
	}
	return r, nil
}

// Parse reads one webhook call, which is one update. The answer to a press goes back in the body of ours: Telegram makes
// the method call that it finds there.
func (b *Bot) Parse(r bots.Call) (bots.Batch, error) {
	if !b.genuine(r.Header) {
		return bots.Batch{}, fmt.Errorf("telegram: %w: its secret is not ours", bots.ErrForged)
	}
	if r.Method != http.MethodPost || !json.Valid(r.Body) {
		return bots.Batch{}, fmt.Errorf("telegram: %w: it is no JSON", bots.ErrMalformed)
	}
	h := b.decode(bytes.Clone(r.Body), r.At)
	batch := bots.Batch{}
	if h.event != nil {
		batch.Events = append([]bots.Event{*h.event}, h.more...)
	}
	if h.press != nil {
		batch.Answer = b.answerInBody(*h.press)
	}
	return batch, nil
}

// genuine compares the secrets in a time that tells nothing about ours.
func (b *Bot) genuine(h http.Header) bool {
	want := b.opt.HookSecret.Reveal()
	got, ours := sha256.Sum256([]byte(h.Get(secretHeader))), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(got[:], ours[:]) == 1
}

func (b *Bot) answerInBody(p press) bots.Answer {
	call := map[string]string{"method": "answerCallbackQuery"}
	maps.Copy(call, b.answerParams(p))
	body, err := json.Marshal(call)
	if err != nil {
		return bots.Answer{}
	}
	return bots.Answer{Status: http.StatusOK, Type: "application/json", Body: body}
}
