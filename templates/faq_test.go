package templates

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func questions(t *testing.T, text string) Layer {
	t.Helper()
	file := filepath.Join(t.TempDir(), "faq.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Questions(file)
}

func TestQuestions(t *testing.T) {
	s, err := Load(options(), Builtin(), questions(t, "[delivery.uk]\nhear = [\"доставка\"]\ntext = \"\"\"\nЗа **2** дні.\"\"\"\n[delivery.en]\nhear = [\"delivery\"]\ntext = \"In 2 days.\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string]string{"uk": "За <b>2</b> дні.", "en": "In 2 days.", "pl": "За <b>2</b> дні."} {
		got, err := s.Render(Input{Template: "faq-delivery", Locale: locale, Channel: "telegram", Format: Telegram})
		if err != nil || got.Markup != want {
			t.Errorf("%s: %q, %v; want %q", locale, got.Markup, err, want)
		}
	}
	var heard []string
	for _, h := range s.Answers() {
		heard = append(heard, h.Phrases...)
	}
	if !slices.Equal(heard, []string{"delivery", "доставка"}) {
		t.Errorf("heard are %q", heard)
	}
}

func TestQuestionsThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no TOML":                       {"[delivery.uk\n", ":1: "},
		"an unknown key":                {"[d.uk]\nhear = [\"x\"]\ntext = \"y\"\nsay = \"z\"\n", ":4: unknown key \"d.uk.say\""},
		"nothing heard":                 {"\n[d.uk]\ntext = \"y\"\n", ":2: nothing is heard"},
		"no text":                       {"[d.uk]\nhear = [\"x\"]\n", ":1: an answer without text"},
		"a field nobody fills":          {"[d.uk]\nhear = [\"x\"]\ntext = \"\"\"\ny {{.name}}\"\"\"\n", ":4: nobody fills {{.name}}"},
		"a mistake in the text":         {"[d.uk]\nhear = [\"x\"]\ntext = \"\"\"\none\ntwo {{if}}\"\"\"\n", ":5: "},
		"not in the company's language": {"[d.ru]\nhear = [\"x\"]\ntext = \"y\"\n", ":1: the answer \"d\" has no words in \"uk\""},
		"no locale":                     {"[d.klingonese]\nhear = [\"x\"]\ntext = \"y\"\n", ":1: not a locale"},
		"a phrase as long as a letter":  {"[d.uk]\nhear = [\"" + strings.Repeat("x", 201) + "\"]\ntext = \"y\"\n", ":1: the phrase"},
	} {
		t.Run(name, func(t *testing.T) {
			l := questions(t, c.text)
			_, err := Load(options(), Builtin(), l)
			if err == nil || !strings.Contains(err.Error(), l.Name+c.want) {
				t.Errorf("%v, want %s%s", err, l.Name, c.want)
			}
		})
	}
}
