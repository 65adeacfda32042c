package links

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

//go:embed way.html
var wayHTML string

//go:embed way.css
var wayCSS string

// door is one bot as the page offers it.
type door struct {
	Channel, Label string
	URL            template.URL
}

// doorTo makes it. The address is of our own making, and of the few forms that open bots: html/template would not let viber:// pass.
func doorTo(channel, url string) door {
	d := door{Channel: channel, Label: Label(channel)}
	for _, form := range []string{"https://t.me/", "viber://pa?", "https://wa.me/"} {
		if strings.HasPrefix(url, form) {
			d.URL = template.URL(url)
		}
	}
	return d
}

// Label is a channel's name as its people know it.
func Label(channel string) string {
	switch channel {
	case bots.Telegram:
		return "Telegram"
	case bots.Viber:
		return "Viber"
	case bots.WhatsApp, bots.WhatsAppCloud:
		return "WhatsApp"
	}
	return channel
}

// wayPages is the page, and the policy that lets it do nothing but show itself.
type wayPages struct {
	page   *template.Template
	policy string
}

func newWayPages() *wayPages {
	return &wayPages{page: template.Must(template.New("way").Parse(wayHTML)), policy: onlyStyle(wayCSS)}
}

// onlyStyle is the policy of a page that loads nothing, runs nothing, and has this style.
func onlyStyle(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}

// wayView is what the page is filled with.
type wayView struct {
	Lang               string
	Style              template.CSS
	Company            string
	Privacy            string
	Title, Text, Terms string
	Doors              []door
}

// show writes the page in the language of whoever opens it.
func (l *Ways) show(w http.ResponseWriter, r *http.Request, doors []door) {
	lang, company := language("", r.Header.Get("Accept-Language"), l.Locale), l.Company()
	v := wayView{
		Lang: lang, Style: template.CSS(wayCSS), Company: company.Name, Privacy: company.PrivacyURL, Doors: doors,
		Title: l.Words(lang, templates.ComeTitle), Text: l.Words(lang, templates.ComeText), Terms: privacyWords(lang),
	}
	var b bytes.Buffer
	if err := l.pages.page.Execute(&b, v); err != nil {
		l.Log.Error("page of a way in", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", l.pages.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept-Language")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b.Bytes()) // the browser has gone
}

// privacyWords stand on the link to the company's own page.
func privacyWords(lang string) string {
	return map[string]string{"uk": "Як ми бережемо ваші дані", "ru": "Как мы бережём ваши данные", "en": "How we look after your data"}[lang]
}
