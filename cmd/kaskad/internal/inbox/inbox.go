// Package inbox is the pages for people who sign in: the doors (first admin, sign in, account, people, audit) and what stands behind
// them, by their role.
//
// It keeps nothing: people, sessions and codes are package people's. Words are in tables by language (words*.go), pages are templates and
// one style that are built in (pages/): nothing is loaded from elsewhere, and no script runs.
//
// It never shows a page of somebody else's session, never changes anything by a GET, never believes a form that was not its own, and never
// answers to a name that is not its own: a page of a stranger that has its name point here reads nothing.
package inbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
)

// Options is what the pages are made of.
type Options struct {
	Accounts *people.Accounts
	Throttle *people.Throttle
	Ledger   *people.Ledger
	Audit    Audit
	URL      string // where browsers reach the pages; empty: wherever an address or localhost leads here
	Company  string
	Locale   string         // of whoever's browser names none of ours
	Zone     *time.Location // of the times on pages; nil: UTC
	Log      *slog.Logger
	Now      func() time.Time // nil: the clock
	// Provider is where people may sign in besides; nil: there is none. Errands seals what their browsers keep meanwhile.
	Provider Provider
	Errands  bots.Secret
	// Factor reports whether a role must have a second factor; nil: none must.
	Factor func(people.Role) bool
}

// Inbox serves the pages.
type Inbox struct {
	Options
	mux    *http.ServeMux
	seal   seal
	shelf  *shelf
	cross  *http.CrossOriginProtection
	hosts  hosts
	base   string // as it is configured, without a slash at the end
	secure bool   // the pages are reached over TLS, whoever ends it
}

// New makes the pages.
func New(o Options) (*Inbox, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	shelf, err := newShelf()
	if err != nil {
		return nil, err
	}
	if o.Provider != nil && o.Errands == "" {
		return nil, errors.New("a provider needs a secret for what browsers keep meanwhile")
	}
	errands, err := newSeal(o.Errands)
	if err != nil {
		return nil, err
	}
	i := &Inbox{Options: o, seal: errands, mux: http.NewServeMux(), shelf: shelf, cross: http.NewCrossOriginProtection()}
	if o.URL != "" {
		at, err := url.Parse(o.URL)
		if err != nil {
			return nil, err
		}
		i.hosts, i.secure, i.base = hosts{at.Hostname()}, at.Scheme == "https", strings.TrimRight(o.URL, "/")
	}
	for _, d := range i.doors() {
		i.mux.HandleFunc(d.pattern, i.open(d))
	}
	i.mux.HandleFunc(stylePattern, shelf.style)
	i.mux.HandleFunc("/", i.nothing)
	return i, nil
}

const stylePattern = "GET /assets/inbox.css"

// Patterns are all pages and forms that there are, each as METHOD /path.
func (i *Inbox) Patterns() []string {
	all := []string{stylePattern}
	for _, d := range i.doors() {
		all = append(all, strings.TrimSuffix(d.pattern, "{$}"))
	}
	return all
}

// who is who may open a door.
type who int

const (
	anybody  who = iota
	signedIn     // of any role
	admins
)

// door is one page, or what one form does.
type door struct {
	pattern string
	who     who
	serve   func(*visit)
}

// doors is the contents page.
func (i *Inbox) doors() []door {
	return []door{
		{"GET /{$}", signedIn, i.home},
		{"GET /setup", anybody, i.setupPage},
		{"POST /setup", anybody, i.setup},
		{"GET /login", anybody, i.loginPage},
		{"POST /login", anybody, i.login},
		{"GET /login/code", anybody, i.codePage},
		{"POST /login/code", anybody, i.code},
		{"GET /login/provider", anybody, i.toProvider},
		{"GET /login/back", anybody, i.fromProvider},
		{"POST /account/provider", signedIn, i.connect},
		{"POST /logout", signedIn, i.logout},
		{"GET /invitation", anybody, i.invitationPage},
		{"POST /invitation", anybody, i.accept},
		{"GET /account", signedIn, i.accountPage},
		{"POST /account/password", signedIn, i.changePassword},
		{"POST /account/sessions", signedIn, i.endSessions},
		{"GET /account/second", signedIn, i.secondPage},
		{"POST /account/second", signedIn, i.takeSecond},
		{"POST /account/second/off", signedIn, i.dropSecond},
		{"GET /people", admins, i.peoplePage},
		{"POST /people", admins, i.addPerson},
		{"POST /people/change", admins, i.changePerson},
		{"GET /audit", admins, i.auditPage},
		{"GET /audit.csv", admins, i.auditSheet},
	}
}

// visit is one call of a page.
type visit struct {
	w       http.ResponseWriter
	r       *http.Request
	now     time.Time
	lang    string
	say     *words
	token   bots.Secret // of the session; empty: nobody is signed in
	me      people.Person
	session people.Session
	status  int // of the page that was shown; 0: none was
}

func (v *visit) signedIn() bool { return v.token != "" }

// ServeHTTP answers a call.
func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

// maxForm is far above what a form of ours holds.
const maxForm = 32 << 10

// open lets in whom a door is for, with a form that is ours.
func (i *Inbox) open(d door) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := i.visit(w, r)
		if !i.ours(r) {
			i.tell(v, http.StatusMisdirectedRequest, v.say.WrongHost)
			return
		}
		if r.Method == http.MethodPost {
			switch err := i.meant(v); {
			case err == nil:
			case tooLarge(err):
				i.tell(v, http.StatusRequestEntityTooLarge, v.say.StaleForm)
				i.noteRefused(v, d, "too_large")
				return
			default:
				i.tell(v, http.StatusForbidden, v.say.StaleForm)
				i.noteRefused(v, d, "form")
				return
			}
		}
		switch {
		case d.who == anybody:
		case !v.signedIn():
			i.toLogin(v)
			return
		case i.owesFactor(&v.me, &v.session) && !beforeFactor[d.pattern]:
			v.see("/account/second")
			return
		case d.who == admins && v.me.Role != people.RoleAdmin:
			i.tell(v, http.StatusForbidden, v.say.NotForRole)
			i.noteRefused(v, d, "role")
			return
		}
		d.serve(v)
		if v.status >= http.StatusBadRequest {
			i.noteRefused(v, d, refusals[v.status])
		}
	}
}

// visit finds out who comes.
func (i *Inbox) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{w: w, r: r, now: i.Now(), lang: language(r.Header.Get("Accept-Language"), i.Locale)}
	v.say = texts[v.lang]
	token := i.cookie(r, sessionCookie)
	p, s, ok, err := i.Accounts.Recognise(r.Context(), v.now, token)
	if err != nil {
		i.Log.Warn("the last use of a session was not written", "err", err) // it goes on: a full disk must not sign people out
	}
	if ok {
		v.me, v.session, v.token = p, s, token
		v.r = r.WithContext(people.With(r.Context(), p.Principal(s.ID, from(r))))
	}
	return v
}

// errNotOurs is a form that no page of ours has sent to this browser.
var errNotOurs = errors.New("the form is not one of ours")

// meant is why a form was not sent by a page of ours, or was not sent whole; nil: it was.
func (i *Inbox) meant(v *visit) error {
	if err := i.cross.Check(v.r); err != nil {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	cookie := v.token
	if !v.signedIn() {
		cookie = i.cookie(v.r, formCookie)
	}
	if !people.FormFits(cookie, v.r.PostForm.Get("form")) {
		return errNotOurs
	}
	return nil
}

func tooLarge(err error) bool {
	_, large := errors.AsType[*http.MaxBytesError](err)
	return large
}

// toLogin asks somebody to sign in, and brings them back to the page that they asked for.
func (i *Inbox) toLogin(v *visit) {
	to := "/login"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		to += "?to=" + url.QueryEscape(v.r.URL.Path)
	}
	v.see(to)
}

// see sends the browser to a page of ours.
func (v *visit) see(path string) {
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
}

func (i *Inbox) nothing(w http.ResponseWriter, r *http.Request) {
	v := i.visit(w, r)
	if allowed := i.methods(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		i.tell(v, http.StatusMethodNotAllowed, v.say.NoPage)
		return
	}
	i.tell(v, http.StatusNotFound, v.say.NoPage)
}

// methods are those that the path of a call takes; none: there is no such page.
func (i *Inbox) methods(r *http.Request) []string {
	var found []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := r.WithContext(r.Context())
		other.Method = method
		if _, pattern := i.mux.Handler(other); pattern != "/" && pattern != "" {
			found = append(found, method)
		}
	}
	return found
}

// fail answers what went wrong here.
func (i *Inbox) fail(v *visit, err error) {
	if errors.Is(err, context.Canceled) {
		return // the browser has gone
	}
	i.Log.Error("page", "path", v.r.URL.Path, "err", err)
	i.tell(v, http.StatusInternalServerError, v.say.Broken)
}
