package bots

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Keywords are whole messages by which people say no and yes. They are compared without case, punctuation, what nobody sees, and the
// script of letters that look alike.
type Keywords struct {
	StopWords    []string // no marketing
	YesWords     []string // consent again, and the end of every no
	StopAllWords []string // nothing at all
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
	said := keyword(text)
	if said == "" {
		return Said{}
	}
	for _, list := range [...]struct {
		means Meaning
		words []string
	}{{MeansStopAll, k.StopAllWords}, {MeansStop, k.StopWords}, {MeansYes, k.YesWords}} {
		if word := match(said, list.words); word != "" {
			return Said{list.means, word}
		}
	}
	return Said{}
}

// mostOwn is how many words of each meaning an operator may add.
const mostOwn = 50

// Add takes words of the operator's own. A word that means something else already is refused, and so is one that nobody could send as a
// whole message.
func (k *Keywords) Add(means Meaning, words []string) error {
	list := map[Meaning]*[]string{MeansStop: &k.StopWords, MeansStopAll: &k.StopAllWords, MeansYes: &k.YesWords}[means]
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
			*list = append(*list, word)
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

// match finds the word that a keyword means, as the list writes it; empty: none.
func match(word string, words []string) string {
	if word == "" {
		return ""
	}
	drawn := alike.Replace(bare.Replace(word))
	for _, w := range words {
		if k := keyword(w); k == word || alike.Replace(bare.Replace(k)) == drawn {
			return w
		}
	}
	return ""
}
