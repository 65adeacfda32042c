package telegram

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"kaskad/bots"
)

// secretHeader carries what setWebhook was given as secret_token.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

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
		batch.Events = []bots.Event{*h.event}
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
