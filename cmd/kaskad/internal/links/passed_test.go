package links

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// A number goes to another person with time, and texts with links stay with whoever had it before. That one must learn nothing of the new
// owner, and say nothing for them but no to marketing.
func TestAnOldLinkOfANumberThatHasAnotherOwner(t *testing.T) {
	no := bots.Consent{State: bots.Denied, At: time.Unix(1, 0), ByPerson: true, Source: "page"}
	for name, c := range map[string]struct {
		before func(*bots.Contact)
		form   func(*bots.Contact) string
	}{
		"a yes":                  {func(c *bots.Contact) { c.Marketing = no }, func(c *bots.Contact) string { return "allow=yes&of=" + stamp(c.Marketing.At) }},
		"service messages again": {func(c *bots.Contact) { c.All, c.Marketing = no, no }, func(c *bots.Contact) string { return "unsilent=yes&of=" + stamp(c.All.At) }},
		"wishes":                 {func(*bots.Contact) {}, func(*bots.Contact) string { return wishForm }},
		"nothing at all":         {func(*bots.Contact) {}, func(*bots.Contact) string { return "silence=yes" }},
	} {
		s, l := open(t)
		s.passed = true
		c.before(&s.contact)
		was := s.now()
		page := call(l, "GET", link(t, l), "", "")
		if body := page.Body.String(); page.Code != 200 || strings.Contains(body, `name="save"`) || strings.Contains(body, `name="allow"`) || strings.Contains(body, `name="unsilent"`) || strings.Contains(body, `name="silence"`) {
			t.Errorf("%s: the page is answered %d, and offers more than a stop: %s", name, page.Code, body)
		}
		for lang, words := range texts {
			if strings.Contains(page.Body.String(), words.StoppedTitle) || strings.Contains(page.Body.String(), words.SilentTitle) {
				t.Errorf("%s: the page tells in %s what the new owner said", name, lang)
			}
		}
		if w := call(l, "POST", link(t, l), form, c.form(&was)); w.Code != http.StatusConflict {
			t.Errorf("%s is answered %d %s", name, w.Code, w.Body)
		}
		if got := s.now(); len(s.told()) != 0 || got.Marketing != was.Marketing || got.All != was.All || got.Wishes.At != was.Wishes.At {
			t.Errorf("%s changed something: %+v", name, s.told())
		}
	}
	s, l := open(t)
	s.passed, s.contact.Locale, l.Locale = true, "ru", "uk"
	for range 2 { // pressed again it is said again
		w := call(l, "POST", link(t, l), form, "stop=yes")
		if w.Code != 200 || s.now().Marketing.State != bots.Denied || !strings.Contains(w.Body.String(), texts["uk"].PassedHeard) || !strings.Contains(w.Body.String(), texts["uk"].PassedText) {
			t.Errorf("a stop is answered %d %s; it hurts nobody, and is heard", w.Code, w.Body)
		}
	}
	if told := s.told(); len(told) != 1 || told[0].Words != texts["uk"].Stop || !strings.HasPrefix(told[0].Version, "page:uk:") {
		t.Errorf("the evidence has %+v, want the words that were shown", told)
	}
	if w := call(l, "POST", link(t, l), form, "allow=yes"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), texts["uk"].PassedNot) {
		t.Errorf("a yes is answered %d %s", w.Code, w.Body)
	}
	if w := call(l, "POST", link(t, l), form, "nonsense=yes"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `lang="uk"`) {
		t.Errorf("nonsense is answered %d %s", w.Code, w.Body)
	}
}

// What a mail program sends in the person's name is no press of our button.
func TestOneClickIsNoButton(t *testing.T) {
	s, l := open(t)
	call(l, "POST", link(t, l), form, "List-Unsubscribe=One-Click")
	if told := s.told(); len(told) != 1 || told[0].Words != "List-Unsubscribe=One-Click" || told[0].Version != "rfc8058" {
		t.Errorf("the evidence has %+v", told)
	}
}

// A yes that names no no is of no page of ours.
func TestAYesWithoutAPage(t *testing.T) {
	s, l := open(t)
	if w := call(l, "POST", link(t, l), form, "allow=yes"); w.Code != http.StatusConflict || len(s.told()) != 0 {
		t.Errorf("it is answered %d, and told %+v", w.Code, s.told())
	}
}
