package evidence

import (
	"fmt"
	"slices"
	"strings"
)

// The document speaks three languages. Its phrases are looked up by their English words; what has no translation (names, ids, what
// people wrote) is shown as it is. The codes in JSON are the same in all.

// Locales are the languages of the document.
func Locales() []string { return []string{"en", "uk", "ru"} }

// LocaleOf is the language of the document for a locale: uk of uk-UA; English, where there is no such one.
func LocaleOf(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if slices.Contains(Locales(), language) {
		return language
	}
	return "en"
}

// tongue finds the phrases of a language.
type tongue struct{ phrases map[string]string }

func tongueOf(locale string) tongue {
	for i, language := range []string{"uk", "ru"} {
		if LocaleOf(locale) != language {
			continue
		}
		all := make(map[string]string, len(phrases()))
		for _, p := range phrases() {
			all[p[0]] = p[i+1]
		}
		return tongue{all}
	}
	return tongue{}
}

// say is a phrase, with its values in it.
func (t tongue) say(english string, values ...any) string {
	phrase := english
	if other, ok := t.phrases[english]; ok {
		phrase = other
	}
	if len(values) == 0 {
		return phrase
	}
	return fmt.Sprintf(phrase, values...)
}

// about is what a line is about: "marketing:viber" is marketing on viber.
func (t tongue) about(code string) string {
	what, channel, one := strings.Cut(code, ":")
	if one {
		return t.say("%s on %s", t.say(what), channel)
	}
	return t.say(what)
}
