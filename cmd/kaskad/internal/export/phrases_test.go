package export

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/tongues/tonguestest"
	"kaskad/fallback"
)

// Every phrase of the page has its words in all three languages, and so have the titles of its parts.
func TestEveryPhraseIsThereInAllLanguages(t *testing.T) {
	tonguestest.Check(t, phrases(), 40, "say")
	words := phrases().In("en")
	for _, section := range []string{"statements", "deliveries", "messages", "staff_posts", "links", "quarantine"} {
		if !words.Knows(titles(section)) {
			t.Errorf("the title of %s has no translation", section)
		}
	}
}

// Every state that the page shows has a word in all languages.
func TestEveryStateIsThereInAllLanguages(t *testing.T) {
	words := phrases().In("uk")
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
	all = append(all, bots.ViaShared, bots.ViaMoved, bots.ViaKept, bots.ViaMerged, bots.ViaNotMe, "merged", "unmerged", "blocked", "unblocked")
	all = append(all, fallback.ReasonOptOut, fallback.ReasonConsent, fallback.ReasonSilent, fallback.ReasonUnwanted)
	all = append(all, "reply", "button", "reaction", "click", "receipt", "message") // kinds of proof
	all = append(all, "ext", "phone", bots.NameClaimed, bots.NameEmail, bots.NameName)
	for o := fallback.Untried; o <= fallback.Withdrawn; o++ {
		all = append(all, o.String())
	}
	for _, source := range []string{"keyword:x", "block:x", "stop:x", "list:x", "page", "api", bots.DialogueConsent} {
		if words.Source(source) == source || words.Source(source) == phrases().In("en").Source(source) {
			t.Errorf("%q has no translation", source)
		}
	}
	for _, word := range all {
		if !words.Knows(word) {
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
		if _, err := HTML(t.Context(), &people{}, c, Look{Locale: locale}, &out); err != nil {
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
