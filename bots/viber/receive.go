package viber

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"kaskad/bots"
)

// signatureHeader carries the HMAC-SHA256 of the raw body under the token.
const signatureHeader = "X-Viber-Content-Signature"

// Parse reads one call, which is one event. A person who opens the chat is answered in the response.
func (b *Bot) Parse(r bots.Call) (bots.Batch, error) {
	if !b.genuine(r) {
		return bots.Batch{}, fmt.Errorf("viber: %w: it is not signed with our token", bots.ErrForged)
	}
	if r.Method != http.MethodPost || !json.Valid(r.Body) {
		return bots.Batch{}, fmt.Errorf("viber: %w: it is no JSON", bots.ErrMalformed)
	}
	e := b.decode(bytes.Clone(r.Body), r.At)
	if e == nil {
		return bots.Batch{}, nil
	}
	batch := bots.Batch{Events: []bots.Event{*e}}
	if e.Answerable {
		batch.Word = b.welcome
	}
	return batch, nil
}

// genuine checks the signature in a time that tells nothing about ours.
func (b *Bot) genuine(r bots.Call) bool {
	given, err := hex.DecodeString(r.Header.Get(signatureHeader))
	mac := hmac.New(sha256.New, []byte(b.cfg.Token.Reveal()))
	mac.Write(r.Body)
	return err == nil && hmac.Equal(given, mac.Sum(nil))
}
