package inbox

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

//go:embed pages
var files embed.FS

// policy lets a page load its style and its own pictures, run nothing, and post to us alone.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// shelf is the pages, by name, and their style.
type shelf struct {
	pages map[string]*template.Template
	css   []byte
}

func newShelf() (*shelf, error) {
	s := &shelf{pages: map[string]*template.Template{}}
	var err error
	if s.css, err = files.ReadFile("pages/inbox.css"); err != nil {
		return nil, err
	}
	frame, err := template.ParseFS(files, "pages/frame.html")
	if err != nil {
		return nil, err
	}
	names, err := files.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	for _, f := range names {
		name, ok := strings.CutSuffix(f.Name(), ".html")
		if !ok || name == "frame" {
			continue
		}
		page, err := frame.Clone()
		if err == nil {
			page, err = page.ParseFS(files, path.Join("pages", f.Name()))
		}
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		s.pages[name] = page
	}
	return s, nil
}

func (s *shelf) style(w http.ResponseWriter, _ *http.Request) {
	guarded(w.Header())
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache") // the next version may have another one
	_, _ = w.Write(s.css)                       // the browser has gone
}

// guarded are the headers of everything that is ours.
func guarded(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin") // not none: the browser would then say of our own forms that nobody knows where they come from
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// sheet is what a page is filled with.
type sheet struct {
	Lang, Company string
	Say           *words
	Title         string
	Me            *people.Person // nil: nobody is signed in
	Here          string         // the path of the page
	Form          string         // proves that a form is ours
	Done, Wrong   string         // what has just happened, and what was wrong with the form
	Field         string         // which field was wrong
	Page          any
}

// Admin reports whether the pages of admins are shown.
func (s *sheet) Admin() bool { return s.Me != nil && s.Me.Role == people.RoleAdmin }

// RoleName is a role in words.
func (s *sheet) RoleName(r people.Role) string { return s.Say.Roles[r] }

// show writes a page. Nobody keeps it.
func (i *Inbox) show(v *visit, status int, name string, s sheet) {
	v.status = status
	s.Lang, s.Company, s.Say, s.Here = v.lang, i.Company, v.say, v.r.URL.Path
	if v.signedIn() {
		s.Me, s.Form = &v.me, people.FormToken(v.token)
	} else {
		s.Form = people.FormToken(i.formToken(v))
	}
	var b bytes.Buffer
	if err := i.shelf.pages[name].ExecuteTemplate(&b, "frame.html", &s); err != nil {
		i.Log.Error("page", "page", name, "err", err)
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := v.w.Header()
	guarded(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // the browser has gone
}

// formToken is what forms are held to while nobody is signed in.
func (i *Inbox) formToken(v *visit) bots.Secret {
	if have := i.cookie(v.r, formCookie); have != "" {
		return have
	}
	fresh := bots.Secret(rand.Text())
	i.put(v, formCookie, fresh, 0)
	return fresh
}

// tell writes a page of which nothing can be done.
func (i *Inbox) tell(v *visit, status int, m message) {
	i.show(v, status, "tell", sheet{Title: m.Title, Page: m.Text})
}

// language is the first of our languages that the browser asks for, else the company's.
func language(accept, company string) string {
	tags := strings.SplitN(accept, ",", 17)
	for _, tag := range append(tags[:min(len(tags), 16)], company) {
		tag, _, _ = strings.Cut(tag, ";")
		lang, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if _, ok := texts[lang]; ok {
			return lang
		}
	}
	return "en"
}
