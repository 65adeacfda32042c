package links

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
)

// onePage is a template with the one style it has, and the policy that lets it load nothing, run nothing, and post only where it may.
type onePage struct {
	page   *template.Template
	style  template.CSS
	policy string
}

// newPage makes it. Forms is where its forms may go: 'self', or 'none'.
func newPage(html, css, forms string) *onePage {
	return &onePage{page: template.Must(template.New("page").Parse(html)), style: template.CSS(css), policy: onlyStyle(css, forms)}
}

// onlyStyle is the policy of a page that loads nothing, runs nothing, and has this style.
func onlyStyle(css, forms string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action " + forms + "; base-uri 'none'; frame-ancestors 'none'"
}

// write answers with the page. Nobody keeps it, no search engine lists it, and where it leads learns nothing of its address.
func (p *onePage) write(w http.ResponseWriter, log *slog.Logger, status int, view any) {
	var b bytes.Buffer
	if err := p.page.Execute(&b, view); err != nil {
		log.Error("page", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the browser has gone
}
