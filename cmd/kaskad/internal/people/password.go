package people

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"kaskad/bots"
)

// What a password has to be: long, and none of those that everybody tries first. What it is made of is nobody's business (NIST SP 800-63B).
const (
	MinPassword = 10
	maxPassword = 256
)

// Why a password is refused.
const (
	TooShort = "short"
	TooLong  = "long"
	Guessed  = "guessed"
)

//go:embed common.txt
var commonText string

// CheckPassword refuses one that somebody would guess; others are words that belong to the person.
func CheckPassword(password bots.Secret, others ...string) error {
	text := password.Reveal()
	n := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(text) || n > maxPassword:
		return &Invalid{"password", fmt.Sprintf("A password has at most %d characters.", maxPassword), TooLong}
	case n < MinPassword:
		return &Invalid{"password", fmt.Sprintf("A password has at least %d characters: three or four words that do not belong together are a good one.", MinPassword), TooShort}
	case guessed(text, others):
		return &Invalid{"password", "This password is among those that are tried first. Take another one.", Guessed}
	}
	return nil
}

// guessed reports whether a password is a common one, one of few letters, or made of what is known of the person.
func guessed(text string, others []string) bool {
	text = strings.ToLower(text)
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	if len(seen) < 4 {
		return true
	}
	for _, word := range others {
		if word = strings.ToLower(word); len(word) > 3 && strings.TrimLeft(strings.ReplaceAll(text, word, ""), "0123456789!@#$._-") == "" {
			return true
		}
	}
	bare := strings.TrimRight(text, "0123456789!@#$._-")
	for word := range strings.FieldsSeq(commonText) {
		if text == word || bare == word {
			return true
		}
	}
	return false
}

// cost is what one look at a password costs: 19 MiB and some ten milliseconds, as OWASP has it.
var cost = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// ErrBusy is a sign-in that comes while too many others wait.
var ErrBusy = errors.New("too many people sign in at once")

// hasher looks at passwords: few at once, because each takes memory, and not many wait.
type hasher struct {
	turn, queue chan struct{}
	nobodys     string // what the password of somebody who is not there is compared with, so that it takes as long
}

const (
	hashesAtOnce = 2
	hashesWait   = 32
)

func newHasher() (*hasher, error) {
	nobodys, err := argon2id.CreateHash("a password that nobody has", &cost)
	return &hasher{make(chan struct{}, hashesAtOnce), make(chan struct{}, hashesWait), nobodys}, err
}

// take waits for a turn.
func (h *hasher) take(ctx context.Context) (leave func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	defer func() { <-h.queue }()
	select {
	case h.turn <- struct{}{}:
		return func() { <-h.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hasher) make(ctx context.Context, password bots.Secret) (string, error) {
	leave, err := h.take(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return argon2id.CreateHash(password.Reveal(), &cost)
}

// fits compares a password with a hash; with none it takes as long, and does not fit.
func (h *hasher) fits(ctx context.Context, password bots.Secret, hash string) (bool, error) {
	leave, err := h.take(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	known := hash != ""
	if !known {
		hash = h.nobodys
	}
	text := password.Reveal()
	if len(text) > 4*maxPassword {
		text, known = "", false
	}
	ok, _, err := argon2id.CheckHash(text, hash)
	return ok && known, err
}
