package sms

import (
	"regexp"
	"strings"
	"unicode"
)

// clean takes away what no phone can show: bytes that are no UTF-8 and control characters. Line breaks become \n and
// tabs spaces; nothing else is changed.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\t':
			return ' '
		case r != '\n' && unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

const (
	maxWords   = 200 // of a provider, in an error
	quoteWords = 12  // so many characters in common with the message are a quotation
)

var numberInWords = regexp.MustCompile(`\+?\d[\d ()-]{5,}\d`)

// discreet makes a provider's words fit for logs: one short line without phones, secrets and the message. Providers like
// to quote what they were sent.
func discreet(words, message string, secrets ...string) string {
	words = strings.Join(strings.Fields(clean(words)), " ")
	message = strings.Join(strings.Fields(message), " ")
	for _, s := range secrets {
		if s != "" && strings.Contains(words, s) {
			return "the provider's words are left out: they quote a secret"
		}
	}
	if quotes(words, message) {
		return "the provider's words are left out: they quote the message"
	}
	words = numberInWords.ReplaceAllString(words, "…")
	if r := []rune(words); len(r) > maxWords {
		words = string(r[:maxWords]) + "…"
	}
	return words
}

func quotes(words, message string) bool {
	r := []rune(message)
	if len(r) <= quoteWords {
		return len(r) > 0 && strings.Contains(words, message)
	}
	for i := 0; i+quoteWords <= len(r); i++ {
		if strings.Contains(words, string(r[i:i+quoteWords])) {
			return true
		}
	}
	return false
}
