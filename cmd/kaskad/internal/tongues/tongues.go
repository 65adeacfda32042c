// Package tongues says a document's phrases in the language of its reader: English, Ukrainian or Russian.
//
// It is for documents about a person (the export, the evidence), which people read who cannot be asked to read English. A document keeps
// its own table, and looks a phrase up by its English words. The package keeps nothing. It never translates what is in no table: names,
// ids and what people wrote are said as they are. What the program says to people in messengers is no matter of it: those words are
// templates and phrases.toml, which a company may word anew; a document's may not be.
package tongues

import (
	"fmt"
	"slices"
	"strings"
)

// Locales are the languages that there are, each at its place in a row of a Table.
func Locales() []string { return []string{"en", "uk", "ru"} }

// LocaleOf is the language for a locale: uk of uk-UA; English, where there is no such one.
func LocaleOf(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if slices.Contains(Locales(), language) {
		return language
	}
	return "en"
}

// Table is the phrases of a document, each in all languages. Values are %s and %d, in the same order in each.
type Table [][3]string

// In is the table in the language for a locale.
func (t Table) In(locale string) Tongue {
	in := Tongue{Locale: LocaleOf(locale), phrases: make(map[string]string, len(t))}
	column := slices.Index(Locales(), in.Locale)
	for _, row := range t {
		in.phrases[row[0]] = row[column]
	}
	return in
}

// Tongue finds the phrases of one language.
type Tongue struct {
	Locale  string // en, uk or ru
	phrases map[string]string
}

// Knows reports whether a phrase is in the table.
func (t Tongue) Knows(english string) bool {
	_, known := t.phrases[english]
	return known
}

// Say is a phrase, with its values in it.
func (t Tongue) Say(english string, values ...any) string {
	phrase := english
	if other, ok := t.phrases[english]; ok {
		phrase = other
	}
	if len(values) == 0 {
		return phrase
	}
	return fmt.Sprintf(phrase, values...)
}

// About is what a consent is about: "marketing:viber" is marketing on viber. The table has "%s on %s" for that.
func (t Tongue) About(code string) string {
	what, channel, one := strings.Cut(code, ":")
	if one {
		return t.Say("%s on %s", t.Say(what), channel)
	}
	return t.Say(what)
}
