package links

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// view is what the page is filled with.
type view struct {
	Lang        string
	Style       template.CSS
	Company     string
	Title, Text string
	Words       words
	Done, Wrong string // what has just happened, and what was wrong with the form
	Ask         bool   // the button that stops
	Stopped     string // which no the button lifts; empty: there is no such button
	Silent      string // which no to everything its button takes back; empty: there is none
	Wishes      *wishes
}

// tell writes a page of which nothing can be done, in a language; empty: the browser's.
func (l *Links) tell(w http.ResponseWriter, r *http.Request, status int, lang string, which message) {
	if lang == "" {
		lang = l.speaks(r, "")
	}
	said := texts[lang].Plain[which]
	l.write(w, status, view{Lang: lang, Title: said.Title, Text: said.Text})
}

// news is what the preference page says besides how things stand.
type news struct {
	status      int // 0: all is well
	done, wrong func(words) string
}

// show writes the preference page as things stand with a person.
func (l *Links) show(w http.ResponseWriter, r *http.Request, b fallback.Behind, n news) {
	c := b.Contact
	if b.Passed { // nothing of who has the number now, and no way to say anything but no
		c = &bots.Contact{}
	}
	lang := l.lang(r, b)
	say := texts[lang]
	v := view{Lang: lang, Title: say.AskTitle, Text: say.AskText, Words: say, Ask: true, Wishes: l.wishes(c, say)}
	if said(c) {
		v.Title, v.Text, v.Ask, v.Stopped = say.StoppedTitle, say.StoppedText, false, stamp(c.Marketing.At)
	}
	if c.Silent() {
		v.Title, v.Text, v.Ask, v.Stopped, v.Silent = say.SilentTitle, say.SilentText, false, "", stamp(c.All.At)
	}
	if b.Passed {
		v.Title, v.Text, v.Wishes = say.PassedTitle, say.PassedText, nil
	}
	if n.done != nil {
		v.Done = n.done(say)
	}
	if n.wrong != nil {
		v.Wrong = n.wrong(say)
	}
	if n.status == 0 {
		n.status = http.StatusOK
	}
	l.write(w, n.status, v)
}

func (l *Links) write(w http.ResponseWriter, status int, v view) {
	v.Style, v.Company = l.page.style, l.Company
	l.page.write(w, l.Log, status, v)
}

// lang is the language of the preference page: that of the person for whom it speaks, unless the number was somebody else's when the link
// went there. Whoever opens it then may be either, and learns of neither what they speak.
func (l *Links) lang(r *http.Request, b fallback.Behind) string {
	if b.Passed || b.Contact == nil {
		return l.speaks(r, "")
	}
	return l.speaks(r, b.Contact.Locale)
}

// speaks is the language of a page.
func (l *Links) speaks(r *http.Request, locale string) string {
	return language(locale, r.Header.Get("Accept-Language"), l.Locale)
}

// language is the first of our languages that the person's locale names, else the browser, else the company.
func language(locale, accept, company string) string {
	asked := []string{locale}
	for i, part := range strings.SplitN(accept, ",", 17) {
		if i == 16 {
			break
		}
		tag, _, _ := strings.Cut(part, ";")
		asked = append(asked, tag)
	}
	for _, tag := range append(asked, company) {
		lang, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if _, ok := texts[lang]; ok {
			return lang
		}
	}
	return "en"
}
