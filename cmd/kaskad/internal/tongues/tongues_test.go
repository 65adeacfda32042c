package tongues

import (
	"slices"
	"strings"
	"testing"
)

func TestTheLanguageForALocale(t *testing.T) {
	for locale, want := range map[string]string{"uk": "uk", "uk-UA": "uk", "RU-ru": "ru", "en-GB": "en", "pl": "en", "": "en", "ukr": "en"} {
		if got := LocaleOf(locale); got != want {
			t.Errorf("%q is read in %s, want %s", locale, got, want)
		}
	}
}

func greetings() Table {
	return Table{{"Hello, %s, %d times", "Вітаю, %s, %d разів", "Здравствуйте, %s, %d раз"}, {"marketing", "маркетинг", "маркетинг"}, {"%s on %s", "%s у %s", "%s в %s"}}
}

func TestAPhraseInItsLanguage(t *testing.T) {
	for locale, want := range map[string][2]string{
		"en":    {"Hello, Olha, 2 times", "marketing on viber"},
		"uk-UA": {"Вітаю, Olha, 2 разів", "маркетинг у viber"},
		"ru":    {"Здравствуйте, Olha, 2 раз", "маркетинг в viber"},
	} {
		in := greetings().In(locale)
		if got := in.Say("Hello, %s, %d times", "Olha", 2); got != want[0] {
			t.Errorf("%s says %q, want %q", locale, got, want[0])
		}
		if got := in.About("marketing:viber"); got != want[1] {
			t.Errorf("%s is about %q, want %q", locale, got, want[1])
		}
	}
	uk := greetings().In("uk")
	if got := uk.About("marketing"); got != "маркетинг" {
		t.Errorf("marketing is %q", got)
	}
	if got := uk.Say("100% Olha"); got != "100% Olha" || uk.Knows("100% Olha") || !uk.Knows("marketing") {
		t.Errorf("what is in no table is said as it is, not as %q", got)
	}
}

func TestWhatIsWrongWithATable(t *testing.T) {
	for name, c := range map[string]struct {
		row  [3]string
		want string
	}{
		"all is well":                  {[3]string{"%s of %d", "%s з %d", "%s из %d"}, ""},
		"a language has no words":      {[3]string{"one", "", "один"}, "in uk: it has no words"},
		"a value is missing":           {[3]string{"%s of %d", "%s з", "%s из %d"}, "in uk: its values"},
		"a value too many":             {[3]string{"none", "нуль", "нет %s"}, "in ru: its values"},
		"values in another order":      {[3]string{"%s of %d", "%d з %s", "%s из %d"}, "in uk: its values"},
		"a value of another kind":      {[3]string{"%d", "%s", "%d"}, "in uk: its values"},
		"a value of a kind unknown":    {[3]string{"%v", "%v", "%v"}, "in en: \"%v\" is no value"},
		"a percent sign at the end":    {[3]string{"5%", "5%", "5%"}, "in en: \"%\" is no value"},
		"a percent sign before a word": {[3]string{"5% off", "5% off", "5% off"}, "in en: \"% \" is no value"},
	} {
		got := Table{c.row}.Faults()
		if (c.want == "") != (len(got) == 0) || !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	twice := Table{{"a", "а", "а"}, {"a", "б", "б"}}
	if got := twice.Faults(); !slices.Equal(got, []string{`"a" is there twice`}) {
		t.Errorf("the same phrase twice: %q", got)
	}
}
