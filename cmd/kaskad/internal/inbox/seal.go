package inbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"kaskad/bots"
)

// errand is what somebody who signs in at the provider now has to bring back. It is in their browser alone, sealed: whoever has not signed in
// yet is a stranger, of whom nothing is kept, so that no crowd of strangers pushes anybody out.
type errand struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	To       string    `json:"t,omitempty"`
	Bind     string    `json:"b,omitempty"` // the session of the person who connects; empty: somebody signs in
	Until    time.Time `json:"u"`
}

const (
	awayLife = 10 * time.Minute
	maxTo    = 500  // bytes of a path that is remembered: a browser takes no cookie above 4096
	maxAway  = 2000 // bytes of such a cookie
)

// seal closes errands so that a browser can neither read nor change them (AES-256-GCM).
type seal struct{ aead cipher.AEAD }

func newSeal(secret bots.Secret) (seal, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret.Reveal()), nil, "errands of sign-ins at the provider", 32)
	if err != nil {
		return seal{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return seal{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return seal{aead}, err
}

func (s seal) close(now time.Time, e errand) (bots.Secret, error) {
	if len(e.To) > maxTo {
		e.To = ""
	}
	e.Until = now.Add(awayLife).UTC().Truncate(time.Second)
	raw, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	return bots.Secret(base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, raw, nil))), nil
}

// open reads one that we closed, and that is not too old.
func (s seal) open(now time.Time, token bots.Secret) (e errand, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token.Reveal())
	if err != nil {
		return errand{}, false
	}
	if raw, err = s.aead.Open(nil, nil, raw, nil); err != nil {
		return errand{}, false
	}
	if err := json.Unmarshal(raw, &e); err != nil || e.State == "" || !now.Before(e.Until) || e.Until.Sub(now) > awayLife {
		return errand{}, false
	}
	return e, true
}
