package main

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An admin reads the audit on a page: by whom, what and day, page by page, and as a sheet in which nothing is a formula. Nobody else does.
func TestTheAuditOnAPage(t *testing.T) {
	t.Parallel()
	began := time.Now()
	p, admin := founded(t)
	const trap = `=HYPERLINK("http://evil.example","x")`
	evil := p.adopt(trap)
	for range 60 {
		mustAll(t, p.call("POST", "/v1/pause", map[string]string{"scope": "marketing"}, nil))
	}
	if err := (&plant{t: t, admin: p.admin, key: evil}).call("POST", "/v1/pause", map[string]string{}, nil); err == nil {
		t.Error("a key that may only read has paused everything")
	}
	admin.open("/audit").sees(200, "/audit", "sending marketing")
	admin.sees(200, "/audit", "відмовлено: forbidden")
	if n := strings.Count(admin.page, "<li><div>"); n != 50 {
		t.Errorf("a page has %d lines; want 50", n)
	}
	_, older, _ := strings.Cut(admin.page, `<p><a href="/audit?`)
	older, _, _ = strings.Cut(older, `"`)
	admin.open("/audit?"+older).sees(200, "/audit", "make-key")
	admin.sees(200, "/audit", "Олена")
	admin.open("/audit?what=make-key").sees(200, "/audit", "make-key")
	if strings.Contains(admin.page, "sending marketing") || strings.Contains(admin.page, "</b> sign-in") {
		t.Errorf("one word is asked for, and others are shown:\n%s", admin.page)
	}
	since, until := began.In(kyiv(t)).Format(time.DateOnly), time.Now().In(kyiv(t)).Format(time.DateOnly) // two days around midnight
	admin.open("/audit?who="+url.QueryEscape("олена")+"&since="+since+"&until="+until).sees(200, "/audit", "sign-in")
	admin.open("/audit?until=2020-01-01").sees(200, "/audit", "Такого немає")
	admin.open("/audit?since=2199-01-01").sees(200, "/audit", "Такого немає")
	admin.open("/audit?since=yesterday").sees(422, "/audit", "Напишіть день так")
	admin.open(`/audit?who=%3Cscript%3E"x`).sees(200, "/audit", "Такого немає")
	raw := p.sheet(admin, "/audit.csv?what=pause&who="+url.QueryEscape("hyperlink"))
	rows, err := csv.NewReader(strings.NewReader(raw)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "'"+trap || rows[1][5] != "forbidden" {
		t.Errorf("the sheet is %q, %v", raw, err)
	}
	if rows, err = csv.NewReader(strings.NewReader(p.sheet(admin, "/audit.csv?what=pause"))).ReadAll(); err != nil || len(rows) != 62 {
		t.Errorf("the sheet of pauses has %d rows, %v", len(rows), err)
	}
	agent := p.surfer()
	agent.open("/audit").sees(200, "/login", "Вхід")
	agent.open(addressIn(p.run("people", "add", "petro@shop.example", "--name", "Петро", "--role", "agent"))).send("/invitation", "password", secondPassword).sees(200, "/", "Петро")
	agent.open("/audit").sees(403, "/audit", "Не для вашої ролі")
	agent.open("/audit.csv").sees(403, "/audit.csv", "Не для вашої ролі")
	agent.open("/account")
	agent.post("/people", url.Values{"form": {agent.formToken()}, "name": {"x"}}).sees(403, "/people", "Не для вашої ролі")
	admin.open("/audit?who="+url.QueryEscape("петро")).sees(200, "/audit", "page /people")
	p.finish()
}

// A form of somebody who is signed in that changes nothing leaves a line, as a call of the API does; what strangers send leaves none of it.
func TestFormsThatAreRefusedAreInTheAudit(t *testing.T) {
	t.Parallel()
	p, admin := founded(t)
	admin.open("/account")
	token := admin.formToken()
	const last = "=a&b"
	for _, c := range []struct {
		path, why string
		fields    []string
	}{
		{"/people", "invalid", []string{"name", "", "email", last}},
		{"/people/change", "invalid", []string{"person", "nobody", "do", "disable"}},
		{"/people/change", "invalid", []string{"do", last}},
		{"/account/password", "wrong", []string{"old", "no", "password", last}},
		{"/account/second", "wrong", []string{"key", last}},
		{"/account/second/off", "wrong", []string{"password", "no"}},
		{"/account/provider", "absent", nil},
	} {
		form := url.Values{"form": {token}}
		for i := 0; i < len(c.fields); i += 2 {
			form.Set(c.fields[i], c.fields[i+1])
		}
		if admin.post(c.path, form); admin.status < 400 {
			t.Errorf("%s is answered %d", c.path, admin.status)
		}
		if line := "page (refused: " + c.why + ")"; !strings.Contains(p.run("audit", "--limit", "1"), line) || !strings.Contains(p.run("audit", "--limit", "1"), "page "+c.path) {
			t.Errorf("%s: the newest line is not %q:\n%s", c.path, line, p.run("audit", "--limit", "1"))
		}
		form.Set("form", "another's")
		if admin.post(c.path, form); admin.status != 403 || !strings.Contains(p.run("audit", "--limit", "1"), "page (refused: form)") {
			t.Errorf("%s of elsewhere: %d, and the newest line is\n%s", c.path, admin.status, p.run("audit", "--limit", "1"))
		}
	}
	before := p.run("audit")
	if strings.Contains(before, last) {
		t.Errorf("the audit has what was written in a form:\n%s", before)
	}
	stranger := p.surfer()
	for _, path := range []string{"/people", "/logout", "/login", "/setup"} {
		stranger.post(path, url.Values{"form": {token}})
	}
	if p.run("audit") != before {
		t.Errorf("forms of strangers have left lines:\n%s", p.run("audit"))
	}
	p.finish()
}

// sheet is what an address answers to whoever is signed in.
func (p *plant) sheet(s *surfer, path string) string {
	p.t.Helper()
	answer, err := s.client.Get(s.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
		p.t.Fatalf("%s is answered %d %v, %v", path, answer.StatusCode, answer.Header, err)
	}
	return string(raw)
}

// adopt makes a key that may only read, and gives it.
func (p *plant) adopt(name string) string {
	p.t.Helper()
	var made struct{ Key string }
	if err := p.call("POST", "/v1/keys", map[string]any{"name": name, "scopes": []string{"read"}}, &made); err != nil {
		p.t.Fatal(err)
	}
	return made.Key
}

func kyiv(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	mustAll(t, err)
	return zone
}

func addressIn(said string) string {
	for _, word := range strings.Fields(said) {
		if strings.HasPrefix(word, "http") {
			return word
		}
	}
	return ""
}

// TestTheAuditInABrowser is the page as an admin sees it, with a filter that is filled in.
func TestTheAuditInABrowser(t *testing.T) {
	t.Parallel()
	ctx := tab(t)
	p := doored(t)
	look := looker(t, ctx)
	p.adopt(strings.Repeat("Довганазва", 3))
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate(strings.TrimSpace(p.run("people", "setup")))))
	mustAll(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#name"), "Олена"), chromedp.SendKeys(chromedp.CSS("#email"), "olena@shop.example"), chromedp.SendKeys(chromedp.CSS("#password"), firstPassword)))
	press(t, ctx, "form[action='/setup'] button")
	mustAll(t, chromedp.Do(ctx, chromedp.Navigate("http://"+p.admin+"/audit")))
	look("audit", "make-key")
	mustAll(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#what"), "sign-in")))
	press(t, ctx, "form[action='/audit'] button")
	look("audit-filtered", `list="words" value="sign-in"`)
	html, err := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS(".rows")))
	if err != nil || strings.Contains(html, "make-key") {
		t.Errorf("the filter lets other words through: %s, %v", html, err)
	}
	p.finish()
}
