package bots

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Keywords are whole messages by which people say no and yes. They are compared without case, punctuation, what nobody sees, and the
// script of letters that look alike. The zero value knows none. It is a value: words that are added to one are not in another.
type Keywords struct {
	known map[string]Said // by what a message is compared by: see drawn
	stops []string
}

// newKeywords knows words that stop everything, that stop marketing, and that say yes again and end every no. A word that stands in two
// lists means what the first of them says.
func newKeywords(stopAll, stop, yes []string) Keywords {
	var k Keywords
	k.learn(MeansStopAll, stopAll)
	k.learn(MeansStop, stop)
	k.learn(MeansYes, yes)
	return k
}

// StopWords are those that stop marketing, as they are written.
func (k *Keywords) StopWords() []string { return slices.Clone(k.stops) }

// learn adds words whose meaning nobody has taken. What was copied before does not learn them.
func (k *Keywords) learn(means Meaning, words []string) {
	known := maps.Clone(k.known)
	if known == nil {
		known = make(map[string]Said, len(words))
	}
	for _, w := range words {
		if key := drawn(keyword(w)); key != "" && known[key] == (Said{}) {
			known[key] = Said{means, w}
		}
	}
	if k.known = known; means == MeansStop {
		k.stops = slices.Concat(k.stops, words)
	}
}

// Meaning is what a keyword means.
type Meaning uint8

// The meanings.
const (
	MeansNothing Meaning = iota
	MeansStop
	MeansStopAll
	MeansYes
)

// Said is a keyword, as the list writes it, and what it means.
type Said struct {
	Means Meaning
	Word  string
}

func (s Said) no() bool { return s.Means == MeansStop || s.Means == MeansStopAll }

// Heard reads a message that may be nothing but a keyword.
func (k *Keywords) Heard(text string) Said {
	return k.known[drawn(keyword(text))] // nothing is known by no word at all
}

// mostOwn is how many words of each meaning an operator may add.
const mostOwn = 50

// Add takes words of the operator's own. A word that means something else already is refused, and so is one that nobody could send as a
// whole message.
func (k *Keywords) Add(means Meaning, words []string) error {
	if len(words) > mostOwn {
		return fmt.Errorf("keywords: at most %d of a kind", mostOwn)
	}
	for _, word := range words {
		switch have := k.Heard(word); {
		case keyword(word) == "":
			return fmt.Errorf("keywords: %q is no word that could be heard: write 1 to %d bytes with letters or digits", word, maxKeyword)
		case have.Means != MeansNothing && have.Means != means:
			return fmt.Errorf("keywords: %q means something else already, as %q does; take another word", word, have.Word)
		case have.Means == MeansNothing:
			k.learn(means, []string{word})
		}
	}
	return nil
}

// maxKeyword is how long a message may be, in bytes, and still be a keyword.
const maxKeyword = 96

// keyword is a message's words without case, punctuation, emoji, accents, a command's slash and bot, and what nobody sees; between
// them is one space each. Letters of one meaning are one: wide ones, ones in circles, ё and е.
func keyword(text string) string {
	if len(text) > 4*maxKeyword {
		return ""
	}
	said := letters(text)
	if len(said) > maxKeyword {
		return ""
	}
	return said
}

// Drawn is how a whole message is compared with what the operator wrote: as keyword does, with letters that look alike made one, and
// blanks made single. Empty: it is too long to be a phrase, or has nothing to compare.
func Drawn(text string) string {
	if len(text) > MaxPhrase {
		return ""
	}
	return alike.Replace(strings.Join(strings.Fields(letters(text)), " "))
}

// MaxPhrase is how many bytes of a message are compared with phrases.
const MaxPhrase = 256

// letters are the words of a text, as keywords and phrases are compared.
func letters(text string) string {
	if command, ok := strings.CutPrefix(strings.TrimSpace(text), "/"); ok {
		text, _, _ = strings.Cut(command, "@")
	}
	words := strings.FieldsFunc(strings.Map(plain, norm.NFKC.String(text)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

// plain is a letter as keywords are compared; -1: it is not seen, or no letter of its own.
func plain(r rune) rune {
	switch {
	case unicode.In(r, unicode.Cf, unicode.M), r == '\'', r == '’', r == 'ʼ', r == '`':
		return -1
	}
	switch r = unicode.ToLower(r); r {
	case 'ё':
		return 'е'
	case 'ł':
		return 'l'
	}
	return r
}

// alike are small Latin letters that are, or whose capitals are, drawn as a Cyrillic one: keyboards with both are full of words
// written in a mixture.
var alike = strings.NewReplacer(
	"a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "i", "і", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у",
)

// bare are Latin letters without the marks that many leave out.
var bare = strings.NewReplacer("ă", "a", "â", "a", "î", "i", "ș", "s", "ş", "s", "ț", "t", "ţ", "t", "ą", "a", "ć", "c", "ę", "e", "ń", "n", "ó", "o", "ś", "s", "ź", "z", "ż", "z")

// drawn is a keyword as it looks: without the marks of letters, and in one script.
func drawn(word string) string { return alike.Replace(bare.Replace(word)) }
