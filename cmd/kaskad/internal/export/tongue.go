package export

import (
	"fmt"
	"strings"
)

// The page speaks three languages. Its phrases are looked up by their English words; what has no translation (names, ids, what people
// wrote) is shown as it is.

// tongue finds the phrases of a language.
type tongue struct {
	locale  string
	phrases map[string]string
}

// tongueOf is the language of a locale: uk of uk-UA; English, where there is no such one.
func tongueOf(locale string) tongue {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	for i, have := range []string{"uk", "ru"} {
		if language != have {
			continue
		}
		all := map[string]string{}
		for _, p := range phrases() {
			all[p[0]] = p[i+1]
		}
		return tongue{have, all}
	}
	return tongue{locale: "en"}
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

// about is what a consent is about: "marketing:viber" is marketing on viber.
func (t tongue) about(code string) string {
	what, channel, one := strings.Cut(code, ":")
	if one {
		return t.say("%s on %s", t.say(what), channel)
	}
	return t.say(what)
}
