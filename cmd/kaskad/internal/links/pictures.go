package links

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"kaskad/bots"
)

// PicturePrefix is where pictures of cards are: messengers fetch them, once, soon after a message was sent.
const PicturePrefix = "/c/"

// Pictures serves the bar codes of people's cards under addresses that nobody can guess and that end soon. It draws what stands in
// the contact when it is asked.
type Pictures struct {
	PublicURL string
	Secret    bots.Secret
	Life      time.Duration
	Contact   func(ctx context.Context, id bots.ID) (*bots.Contact, error)
	Draw      func(text string) ([]byte, error)
	Test      bool // it is the test side's
	Log       *slog.Logger
}

const pictureBytes = idBytes + 8 + macBytes // contact, end, proof

// URL is the address of a contact's picture, for a while. The card is in the proof: with another card the address ends.
func (p *Pictures) URL(c *bots.Contact, now time.Time) string {
	if p.PublicURL == "" || c.ExternalID == "" {
		return ""
	}
	if _, err := p.Draw(c.ExternalID); err != nil {
		return "" // no bar code can show it: the number alone goes out
	}
	raw := binary.BigEndian.AppendUint64(c.ID.Bytes(), uint64(now.Add(p.Life).Unix()))
	return strings.TrimRight(p.PublicURL, "/") + PicturePrefix + letters.EncodeToString(append(raw, p.mac(raw, c.ExternalID)...)) + ".png"
}

func (p *Pictures) mac(raw []byte, card string) []byte {
	m := hmac.New(sha256.New, []byte(p.Secret.Reveal()))
	m.Write([]byte("card\x00"))
	m.Write(raw)
	m.Write([]byte(card))
	return m.Sum(nil)[:macBytes]
}

// ServeHTTP draws one. What is wrong, old or somebody else's now is not there, without a word why.
func (p *Pictures) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	card, err := p.card(r.Context(), r.URL.Path, time.Now())
	if err != nil {
		p.Log.Error("a picture could not be drawn", "err", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	picture, err := p.Draw(card)
	if card == "" || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
	w.Write(picture) // whoever has gone needs no answer
}

// Mine reports whether the code in a path is about somebody of this side.
func (p *Pictures) Mine(path string) bool {
	raw := pictureCode(path)
	return raw != nil && bots.IDFromBytes(raw).Test() == p.Test
}

// pictureCode is what stands in a path: contact, end, proof; nil: nothing that was made here.
func pictureCode(path string) []byte {
	code := strings.TrimSuffix(strings.TrimPrefix(path, PicturePrefix), ".png")
	raw, err := letters.DecodeString(code)
	if err != nil || len(raw) != pictureBytes {
		return nil
	}
	return raw
}

// card is the number that the code in a path stands for; empty: none.
func (p *Pictures) card(ctx context.Context, path string, now time.Time) (string, error) {
	raw := pictureCode(path)
	if raw == nil {
		return "", nil
	}
	told, proof := raw[:idBytes+8], raw[idBytes+8:]
	if now.Unix() >= int64(binary.BigEndian.Uint64(told[idBytes:])) {
		return "", nil
	}
	c, err := p.Contact(ctx, bots.IDFromBytes(told))
	if err != nil || c == nil || c.ExternalID == "" || !hmac.Equal(proof, p.mac(told, c.ExternalID)) {
		return "", err
	}
	return c.ExternalID, nil
}
