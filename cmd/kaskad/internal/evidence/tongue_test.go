package evidence

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// Every phrase that the document is made of has its words in all three languages, with the same values in the same order.
func TestEveryPhraseIsThereInAllLanguages(t *testing.T) {
	have := map[string]bool{}
	verbs := regexp.MustCompile(`%[sd]`)
	for _, p := range phrases() {
		if have[p[0]] {
			t.Errorf("%q stands there twice", p[0])
		}
		have[p[0]] = true
		want := strings.Join(verbs.FindAllString(p[0], -1), "")
		for _, words := range p {
			if got := strings.Join(verbs.FindAllString(words, -1), ""); got != want || words == "" {
				t.Errorf("%q has the values %s, and %q has %s", p[0], want, words, got)
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?:say|add|count|head)(?:\(| )("(?:[^"\\\n]|\\.)*"|` + "`[^`]*`" + `)`)
	found := 0
	for _, file := range append(files, "page.html") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
			phrase, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if found++; phrase != "%s" && !have[phrase] {
				t.Errorf("%s says %q, which has no translation", file, phrase)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d phrases were found in the sources", found)
	}
}

// The same document in each language: what it says, in text and page, and nothing English left where there is a word for it.
func TestTheDocumentInEachLanguage(t *testing.T) {
	for locale, want := range map[string][]string{
		"en":    {"Why did this person get these messages?", "1. 2026-05-20 12:00:00 marketing: given", "list people.csv, row 12", "first viber; not on sms; 09-20", "because: marketing, given"},
		"uk-UA": {"Чому ця людина отримала ці повідомлення?", "1. 2026-05-20 12:00:00 маркетинг: дано", "список people.csv, рядок 12", "спершу viber; не в sms; 09-20", "бо: маркетинг, дано"},
		"ru":    {"Почему этот человек получил эти сообщения?", "1. 2026-05-20 12:00:00 маркетинг: дано", "список people.csv, строка 12", "сначала viber; не в sms; 09-20", "потому что: маркетинг, дано"},
	} {
		f := facts()
		f.Locale = locale
		f.Statements[0].List, f.Statements[0].Row = "people.csv", 12
		f.Statements = append(f.Statements, bots.Statement{Number: 3, Kept: noon, About: bots.AboutWishes, Consent: bots.Consent{At: noon, ByPerson: true, Words: "first viber; not on sms; 09-20"}})
		d := Build(f)
		var text, page strings.Builder
		if err := d.Text(&text); err != nil {
			t.Fatal(err)
		}
		if err := d.HTML(&page); err != nil {
			t.Fatal(err)
		}
		for i, words := range want {
			if !strings.Contains(text.String(), words) {
				t.Errorf("%s: the text has no %q:\n%s", locale, words, text.String())
			}
			if i != 1 && i != 4 && !strings.Contains(page.String(), words) {
				t.Errorf("%s: the page has no %q", locale, words)
			}
		}
		if locale != "en" && regexp.MustCompile(`\b(by|said|written|because|line|nothing|given|denied|source)\b`).MatchString(text.String()) {
			t.Errorf("%s: English is left:\n%s", locale, text.String())
		}
	}
	if got := LocaleOf("pl"); got != "en" {
		t.Errorf("a language that there is not is %s", got)
	}
}

// A word told by the retailer about wishes says who told it.
func TestWhoToldOfAPreferredChannel(t *testing.T) {
	for want, told := range map[string]bots.Consent{"key:crm": {By: "key:crm", Words: "first viber"}, "retailer": {}, "person": {ByPerson: true, At: time.Unix(1, 0)}} {
		s := bots.Statement{Number: 1, About: bots.AboutWishes, Consent: told}
		if l := line(&s); l.By != want || l.State != "" {
			t.Errorf("it is by %s (%s), want %s", l.By, l.State, want)
		}
	}
}
