package fallback

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"kaskad/bots"
)

// A code stands in the clear on the wire alone. What is kept of its message, and so what staff, callers, searches and exports read, has
// codeMask in its place. The code itself is in the plan, sealed with the key of the codes: a later attempt, or a device that asks for the
// message once more, needs it. Its life is minutes, so that what is sealed is worth nothing long before the plan goes.

// codeMask is as long as a code, of letters that no channel escapes or counts dearer.
const codeMask = "XXXXXX"

// codeField is the field of the template that has the code.
const codeField = "code"

// hide puts a code into an ask, so that nobody reads it there.
func (k *CodeRules) hide(a *Ask, c *bots.Claim, code string) {
	a.Data = map[string]any{codeField: codeMask}
	// A transaction may run more than once and must write the same: the nonce is of the claim and its code, and so never of two of them.
	nonce := sha256.Sum256([]byte(c.Hash))
	box := k.box()
	a.Sealed = box.Seal(nonce[:box.NonceSize()], nonce[:box.NonceSize()], []byte(code), nil)
}

// open reads a code that hide has put into an ask; empty: there is none.
func (k *CodeRules) open(sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	box := k.box()
	if len(sealed) < box.NonceSize() {
		return "", fmt.Errorf("a sealed code of %d bytes", len(sealed))
	}
	code, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], nil)
	if err != nil {
		return "", fmt.Errorf("a sealed code cannot be opened: it is of another key: %w", err)
	}
	return string(code), nil
}

// box seals with a key of its own, made of that of the codes.
func (k *CodeRules) box() cipher.AEAD {
	mac := hmac.New(sha256.New, []byte(k.Key.Reveal()))
	mac.Write([]byte("sealed codes"))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // a key of 32 bytes fits
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return box
}

// unmask writes a code where its mask stands; nothing without a code.
func unmask(out bots.Outgoing, code string) bots.Outgoing {
	if code == "" {
		return out
	}
	put := func(s string) string { return strings.ReplaceAll(s, codeMask, code) }
	out.Text, out.Markup = put(out.Text), put(out.Markup)
	if out.Approved != nil {
		approved := *out.Approved
		approved.Body = slices.Clone(approved.Body)
		for i := range approved.Body {
			approved.Body[i].Text = put(approved.Body[i].Text)
		}
		approved.Buttons = slices.Clone(approved.Buttons)
		for i := range approved.Buttons {
			approved.Buttons[i].URL = put(approved.Buttons[i].URL)
		}
		out.Approved = &approved
	}
	return out
}

// Unmask makes a message of ours that was read again what it was on the wire.
func (k *CodeRules) Unmask(v View, out bots.Outgoing) (bots.Outgoing, error) {
	m := v.Message(out.Step)
	if m == nil {
		return out, nil
	}
	d := v.Delivery(m.Delivery)
	if d == nil {
		return out, nil
	}
	code, err := k.open(d.Sealed)
	return unmask(out, code), err
}
