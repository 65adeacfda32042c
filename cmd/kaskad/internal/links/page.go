package links

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pages is the one page, and the policy that lets it do nothing but show itself and post its form.
type pages struct {
	page   *template.Template
	policy string
}

func newPages() *pages {
	style := sha256.Sum256([]byte(pageCSS))
	return &pages{
		page: template.Must(template.New("page").Parse(pageHTML)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	}
}

// view is what the page is filled with.
type view struct {
	Lang    string
	Style   template.CSS
	Company string
	words
	Ask bool
}

// show writes the page in the person's language.
func (l *Links) show(w http.ResponseWriter, r *http.Request, status int, locale string, which message) {
	lang := language(locale, r.Header.Get("Accept-Language"), l.Locale)
	var b bytes.Buffer
	err := l.pages.page.Execute(&b, view{Lang: lang, Style: template.CSS(pageCSS), Company: l.Company, words: texts[lang][which], Ask: which == ask})
	if err != nil {
		l.Log.Error("page", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", l.pages.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
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
