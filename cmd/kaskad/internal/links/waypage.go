package links

import (
	_ "embed"
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
		Lang: lang, Style: l.page.style, Company: company.Name, Privacy: company.PrivacyURL, Doors: doors,
		Title: l.Words(lang, templates.ComeTitle), Text: l.Words(lang, templates.ComeText), Terms: privacyWords(lang),
	}
	w.Header().Set("Vary", "Accept-Language")
	l.page.write(w, l.Log, http.StatusOK, v)
}

// privacyWords stand on the link to the company's own page.
func privacyWords(lang string) string {
	return map[string]string{"uk": "Як ми бережемо ваші дані", "ru": "Как мы бережём ваши данные", "en": "How we look after your data"}[lang]
}
