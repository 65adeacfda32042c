package viber

import (
	"cmp"
	"net/http"

	"kaskad/bots"
)

// welcome writes what the core said to a person who opened the chat as the response to Viber's call: a message without a
// receiver. It is the one message that people get who have not subscribed. The same message gives the same bytes.
func (b *Bot) welcome(said *bots.Message) (bots.Answer, error) {
	if said == nil {
		return bots.Answer{}, nil
	}
	m, err := b.compose(said.ID, cmp.Or(said.Markup, said.Text), said.Image(), said.Buttons)
	if err == nil {
		var body []byte
		if body, err = encode(m); err == nil {
			return bots.Answer{Status: http.StatusOK, Type: "application/json", Body: body}, nil
		}
	}
	// An error would make Viber call again for an hour, to be told the same.
	b.opt.Log.Warn("the welcome cannot be sent through viber: shorten its template", "err", err)
	return bots.Answer{}, nil
}
