package whatsappcloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"kaskad/bots"
)

// signatureHeader carries "sha256=" and the HMAC-SHA256 of the raw body under the app's secret.
const signatureHeader = "X-Hub-Signature-256"

// Parse reads one call: Meta's question whether we are who listens here (GET), or many events (POST).
func (b *Bot) Parse(r bots.Call) (bots.Batch, error) {
	if r.Method == http.MethodGet {
		return b.challenged(r)
	}
	if !b.genuine(r) {
		return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it is not signed with our app's secret", bots.ErrForged)
	}
	if r.Method != http.MethodPost {
		return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it is neither a question nor a call", bots.ErrMalformed)
	}
	return b.decode(r.Body, r.At)
}

// challengeShape is what may be said back: Meta sends a number. Whatever else is no challenge, least of all a page.
var challengeShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// challenged answers the call by which Meta finds out that the address is ours.
func (b *Bot) challenged(r bots.Call) (bots.Batch, error) {
	given, ours := sha256.Sum256([]byte(r.Query.Get("hub.verify_token"))), sha256.Sum256([]byte(b.cfg.VerifyToken.Reveal()))
	known := subtle.ConstantTimeCompare(given[:], ours[:]) == 1
	challenge := r.Query.Get("hub.challenge")
	if !known || r.Query.Get("hub.mode") != "subscribe" || !challengeShape.MatchString(challenge) {
		return bots.Batch{}, fmt.Errorf("whatsapp_cloud: %w: it does not know our verify_token, or asks for nothing", bots.ErrForged)
	}
	return bots.Batch{Answer: bots.Answer{Status: http.StatusOK, Type: "text/plain; charset=utf-8", Body: []byte(challenge)}}, nil
}

// genuine checks the signature in a time that tells nothing about ours.
func (b *Bot) genuine(r bots.Call) bool {
	given, marked := strings.CutPrefix(r.Header.Get(signatureHeader), "sha256=")
	sum, err := hex.DecodeString(given)
	mac := hmac.New(sha256.New, []byte(b.cfg.AppSecret.Reveal()))
	mac.Write(r.Body)
	return marked && err == nil && hmac.Equal(sum, mac.Sum(nil))
}
