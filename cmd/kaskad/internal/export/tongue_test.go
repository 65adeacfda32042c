package export

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/fallback"
)

// Every phrase of the page has its words in all three languages, with the same values in the same order.
func TestEveryPhraseIsThereInAllLanguages(t *testing.T) {
	have, verbs := map[string]bool{}, regexp.MustCompile(`%[sd]`)
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
	page, err := os.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`say "([^"]*)"`).FindAllStringSubmatch(string(page), -1)
	if len(said) < 40 {
		t.Errorf("only %d phrases were found in the page", len(said))
	}
	for _, m := range said {
		if !have[m[1]] {
			t.Errorf("the page says %q, which has no translation", m[1])
		}
	}
	for _, section := range []string{"statements", "deliveries", "messages", "staff_posts", "links", "quarantine"} {
		if !have[titles(section)] {
			t.Errorf("the title of %s has no translation", section)
		}
	}
}

// Every state that the page shows has a word in all languages.
func TestEveryStateIsThereInAllLanguages(t *testing.T) {
	uk := tongueOf("uk").phrases
	var all []string
	for s := fallback.Scheduled; s <= fallback.Cancelled; s++ {
		all = append(all, s.String())
	}
	for s := bots.NoConversation; s <= bots.Closed; s++ {
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
	for _, word := range kinds {
		all = append(all, word)
	}
	for o := fallback.Untried; o <= fallback.Withdrawn; o++ {
		all = append(all, o.String())
	}
	for _, word := range all {
		if uk[word] == "" {
			t.Errorf("%q has no translation", word)
		}
	}
}

// The same page in each language, and nothing English left where there is a word for it.
func TestThePageInEachLanguage(t *testing.T) {
	for locale, want := range map[string][]string{
		"en":    {`<html lang="en">`, "Everything that is kept about one person", "marketing: denied", "from the person", "nothing is missing"},
		"uk-UA": {`<html lang="uk">`, "Усе, що зберігається про одну людину", "маркетинг: відмова", "від людини", "нічого не пропущено"},
		"ru":    {`<html lang="ru">`, "Всё, что хранится об одном человеке", "маркетинг: отказ", "от человека", "ничего не пропущено"},
		"pl":    {`<html lang="en">`, "nothing is missing"},
	} {
		c := someone()
		c.Marketing.State = bots.Denied
		var out bytes.Buffer
		if _, err := HTML(t.Context(), people{}, c, Look{Locale: locale}, &out); err != nil {
			t.Fatal(err)
		}
		for _, words := range want {
			if !strings.Contains(out.String(), words) {
				t.Errorf("%s: the page has no %q", locale, words)
			}
		}
		if locale != "en" && locale != "pl" && regexp.MustCompile(`>[^<]*\b(Person|Phone|since|denied|given|accepted|Messages|until|before|Nothing)\b`).MatchString(body(out.String())) {
			t.Errorf("%s: English is left:\n%s", locale, out.String())
		}
	}
}

// body is a page without its head, which has a style.
func body(page string) string {
	_, body, _ := strings.Cut(page, "<body>")
	return body
}
