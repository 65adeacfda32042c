package bots

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// keyword is a message's text without case, surrounding punctuation, a command's slash and bot, and what nobody sees. Letters of
// one meaning are one: wide ones, ones in circles.
func keyword(text string) string {
	if len(text) > 64 {
		return ""
	}
	return bare(text)
}

// Drawn is how a whole message is compared with what the operator wrote: as keyword does, with letters that look alike made one, and
// blanks made single. Empty: it is too long to be a phrase, or has nothing to compare.
func Drawn(text string) string {
	if len(text) > MaxPhrase {
		return ""
	}
	return alike.Replace(strings.Join(strings.Fields(bare(text)), " "))
}

// MaxPhrase is how many bytes of a message are compared with phrases.
const MaxPhrase = 256

func bare(text string) string {
	if command, ok := strings.CutPrefix(strings.TrimSpace(text), "/"); ok {
		text, _, _ = strings.Cut(command, "@")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(text))
	return strings.ToLower(strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// alike are small Latin letters that are, or whose capitals are, drawn as a Cyrillic one: keyboards with both are full of words
// written in a mixture.
var alike = strings.NewReplacer(
	"a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "i", "і", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у",
)

// match finds the word that a keyword means, as the list writes it; empty: none.
func match(word string, words []string) string {
	if word == "" {
		return ""
	}
	drawn := alike.Replace(word)
	for _, w := range words {
		if word == w || drawn == alike.Replace(w) {
			return w
		}
	}
	return ""
}
