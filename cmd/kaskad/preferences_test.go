package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// wayOutIn finds the link to the preference page in a text.
var wayOutIn = regexp.MustCompile(`http://[^/]+/u/[a-z0-9]+`)

// A person opens the link of a message and forbids SMS. What was said is on the disk before the page says so: the process dies right
// after it. The cascade passes SMS over from then on, the one that was under way too, and urgent messages still go there.
func TestAPersonForbidsSMS(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	consent := map[string]any{"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}
	if err := p.call("PUT", "/v1/contacts/ext:C-1", consent, nil); err != nil {
		t.Fatal(err)
	}
	promo := p.mustSend(map[string]any{"to": "ext:C-1", "template": "promo", "data": map[string]any{"title": "Знижка", "text": "До неділі"},
		"cascade": map[string]any{"steps": []map[string]any{{"channel": "telegram", "wait": "1h", "until": "engaged"}, {"channel": "sms"}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}})
	p.await(promo, "waiting")
	link := wayOutIn.FindString(p.tg.Messages(42)[0].Raw)
	p.nowhereKept(link)
	page := p.open(link)
	if shown := page["shown"]; !slices.Contains(shown, "telegram") || !slices.Contains(shown, "sms") {
		t.Fatalf("the page offers %v", shown)
	}
	page.Set("not", "sms")
	page.Set("first", "")
	page.Set("hours", "any")
	page.Set("from", "9")
	page.Set("to", "20")
	page.Set("save", "yes")
	answer, err := http.PostForm(link, page)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("the form is answered %v (%v)", answer, err)
	}
	answer.Body.Close()
	p.kill()
	p.start()

	var contact struct {
		Wishes struct {
			NotOn []string `json:"not_on"`
		}
	}
	if err := p.call("GET", "/v1/contacts/ext:C-1", nil, &contact); err != nil || !slices.Equal(contact.Wishes.NotOn, []string{"sms"}) {
		t.Fatalf("after a crash the wishes are %+v (%v)", contact.Wishes, err)
	}
	next := p.mustSend(map[string]any{"to": "ext:C-1", "text": "Нараховано 7 балів", "purpose": "service", "cascade": "quick"})
	if d := p.await(next, "unconfirmed"); len(d.Steps) != 2 || d.Steps[1].State != "skipped" || d.Steps[1].Reason != "unwanted" {
		t.Errorf("steps %+v; want the SMS passed over as unwanted", d.Steps)
	}
	p.got(2, 0)
	urgent := p.mustSend(map[string]any{"to": "ext:C-1", "text": "Пожежа у крамниці", "purpose": "urgent", "cascade": map[string]any{"steps": []map[string]any{{"channel": "sms"}}}})
	p.await(urgent, "done")
	p.got(2, 1)
	p.finish()
}

// nowhereKept checks that whoever may read what was sent cannot speak for its person by the link in it.
func (p *plant) nowhereKept(link string) {
	p.t.Helper()
	code := link[strings.LastIndex(link, "/")+1:]
	for _, path := range []string{"/v1/conversations/ext:C-1/messages", "/v1/contacts/ext:C-1/evidence", "/v1/contacts/ext:C-1/export", "/v1/deliveries", "/v1/changes"} {
		var all any
		if err := p.call("GET", path, nil, &all); err != nil {
			p.t.Fatal(err)
		}
		if text := fmt.Sprint(all); strings.Contains(text, code) {
			p.t.Errorf("%s tells the link", path)
		}
	}
}

// open reads a page as a browser would: the hidden fields of its last form, which is that of the wishes.
func (p *plant) open(link string) url.Values {
	p.t.Helper()
	answer, err := http.Get(link)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		p.t.Fatalf("%d %s (%v)", answer.StatusCode, text, err)
	}
	form := url.Values{}
	_, wishes, ok := strings.Cut(string(text), `<form class="wishes"`)
	if !ok {
		p.t.Fatalf("the page has no form of wishes: %s", text)
	}
	wishes, _, _ = strings.Cut(wishes, "</form>")
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`).FindAllStringSubmatch(wishes, -1) {
		form.Add(m[1], html.UnescapeString(m[2]))
	}
	return form
}
