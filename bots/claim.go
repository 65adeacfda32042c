package bots

import (
	"strings"
	"time"
	"unicode"
)

// Claim is a phone that a person says is theirs where nothing proves it, until a one-time code does. The code itself is kept nowhere: Hash
// is keyed, and bound to the chat, the phone and the time.
type Claim struct {
	Phone   string  // empty: none
	Chat    Address // where it was said; the code counts nowhere else
	Asked   time.Time
	Hash    string // empty: the code is not drawn yet
	Expires time.Time
	Tries   int
	Since   time.Time // since when Codes counts
	Codes   int       // asked for, of whatever phone
	Again   bool      // a further code for the same phone: the first way did not help
}

// claimDay is how long codes are counted together.
const claimDay = 24 * time.Hour

// Counted are the codes that the person has asked for in a day that is not over.
func (c *Claim) Counted(now time.Time) int {
	if now.Sub(c.Since) >= claimDay || now.Before(c.Since) {
		return 0
	}
	return c.Codes
}

// Next begins a claim, and counts its code.
func (c *Claim) Next(phone string, chat Address, now time.Time) {
	n, since := c.Counted(now), c.Since
	if n == 0 {
		since = now
	}
	*c = Claim{Phone: phone, Chat: chat, Asked: now, Since: since, Codes: n + 1, Again: c.Phone == phone && c.Chat == chat}
}

// Drop ends a claim; what was counted stays.
func (c *Claim) Drop() { *c = Claim{Since: c.Since, Codes: c.Codes} }

// Over reports whether there is a claim that counts for nothing any more, after so long.
func (c *Claim) Over(kept time.Duration, now time.Time) bool {
	last := c.Asked
	latest(&last, c.Since)
	return *c != (Claim{}) && now.Sub(last) >= kept
}

// carry takes the claim of a conversation whose chat moved here.
func (c *Claim) carry(from Claim) {
	if from.Since.After(c.Since) {
		*c = from
	}
}

// codeDigits is how long a code is.
const codeDigits = 6

// maxCodeText is how long a message may be and still be a code.
const maxCodeText = 48

// ReadCode finds a one-time code in a message that says little else: "123 456", "код 123456". Empty: there is none.
func ReadCode(text string) string {
	if len(text) > maxCodeText {
		return ""
	}
	var digits strings.Builder
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits.WriteRune(r)
		}
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if digits.Len() != codeDigits || len(words) > 3 {
		return ""
	}
	return digits.String()
}
