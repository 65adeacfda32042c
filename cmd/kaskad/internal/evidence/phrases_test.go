package evidence

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/tongues/tonguestest"
	"kaskad/fallback"
)

// Every phrase that the document is made of has its words in all three languages.
func TestEveryPhraseIsThereInAllLanguages(t *testing.T) {
	tonguestest.Check(t, phrases(), 60, "say", "Say", "add", "count", "head")
}

// Every code that the document shows has a word in all languages.
func TestEveryCodeIsThereInAllLanguages(t *testing.T) {
	all := []string{"person", "retailer", "blocked", "unblocked", "merged", "unmerged", "failed", "sending", "queued", bots.Uncertain.String(), bots.Refused.String()}
	for s := fallback.Done; s <= fallback.Cancelled; s++ {
		all = append(all, s.String())
	}
	for s := bots.Unverified; s <= bots.UnreachableState; s++ {
		all = append(all, s.String())
	}
	for p := fallback.Service; p <= fallback.Conversation; p++ {
		all = append(all, p.String())
	}
	for l := bots.Accepted; l <= bots.Engaged; l++ {
		all = append(all, l.String())
	}
	all = append(all, bots.Unknown.String(), bots.Given.String(), bots.Denied.String(), bots.AboutMarketing, bots.AboutAll, bots.AboutAddress, bots.AboutWishes, bots.AboutMerge)
	all = append(all, bots.ViaShared, bots.ViaMoved, bots.ViaKept, bots.ViaMerged, bots.ViaNotMe)
	all = append(all, fallback.ReasonOptOut, fallback.ReasonConsent, fallback.ReasonSilent, fallback.ReasonUnwanted)
	all = append(all, "reply", "button", "reaction", "click", "receipt", "message") // kinds of proof
	words := phrases().In("uk")
	for _, word := range all {
		if !words.Knows(word) {
			t.Errorf("%q has no translation", word)
		}
	}
}

// A channel's own code of a refusal stands behind our word for it.
func TestARefusalInWords(t *testing.T) {
	for reason, want := range map[string]string{"refused: bot was blocked": "відхилено: bot was blocked", "refused": "відхилено", "opted_out": "відмова від маркетингу"} {
		if got := tongueOf("uk").reason(reason); got != want {
			t.Errorf("%q reads %q, want %q", reason, got, want)
		}
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
