// Package links is what people open in a browser: /u/{code}, the way out of marketing.
//
// A code is a delivery's id with a MAC over it, so nobody can guess another person's. Opening the page changes nothing, however
// often scanners and previews do it; the button, or a mail program's one-click call (RFC 8058), stops all marketing through an
// event like any other.
//
// It keeps nothing durable. In memory it counts recent calls per code, to slow down whoever hammers one; a crash forgets that.
//
// It never shows anything of the person (the page names the company only), never loads anything from elsewhere, needs no
// script, and never logs a code.
package links

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Store reads a delivery with its contact; fallback.ErrUnknownDelivery when there is none.
type Store interface {
	Load(ctx context.Context, id bots.ID) (fallback.Loaded, error)
}

// Options is what the links are made of. All but PublicURL, Company, Locale and Log are needed.
type Options struct {
	PublicURL string      // without it there are no links: Mint gives nothing
	Secret    bots.Secret // ours alone; another one makes every link sent before invalid
	Company   string
	Locale    string // the company's
	// Receive makes an event durable; nil only when it is.
	Receive func(ctx context.Context, e bots.Event) error
	Store   Store
	Log     *slog.Logger
}

// Links mints the links and answers behind them.
type Links struct {
	Options
	codes codes
	calls calls
	pages *pages
}

// minSecret is the least that protects 96 bits of MAC.
const minSecret = 16

// New returns the handler for /u/.
func New(o Options) (*Links, error) {
	if o.Store == nil || o.Receive == nil {
		return nil, errors.New("links: a store and a receiver are needed")
	}
	if len(o.Secret.Reveal()) < minSecret {
		return nil, errors.New("links: the secret is too short to protect anything; let the program make one")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Links{Options: o, codes: codes{[]byte(o.Secret.Reveal())}, pages: newPages()}, nil
}

// prefix is where the pages are.
const prefix = "/u/"

// Mint is the link by which the person of a delivery stops marketing; empty without a public URL.
func (l *Links) Mint(d *fallback.Delivery) string {
	if l.PublicURL == "" || d.ID == 0 {
		return ""
	}
	return l.PublicURL + prefix + l.codes.mint(d.ID)
}

func (l *Links) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code, _ := strings.CutPrefix(r.URL.Path, prefix)
	id, ok := l.codes.open(code)
	if !ok {
		l.show(w, r, http.StatusNotFound, "", wrongCode)
		return
	}
	if !l.calls.allow(id, time.Now()) {
		w.Header().Set("Retry-After", "60")
		l.show(w, r, http.StatusTooManyRequests, "", later)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		l.look(w, r, id)
	case http.MethodPost:
		l.stop(w, r, id)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		l.show(w, r, http.StatusMethodNotAllowed, "", wrongCode)
	}
}

// look shows the button, or that it is pressed already. It changes nothing.
func (l *Links) look(w http.ResponseWriter, r *http.Request, id bots.ID) {
	c, ok := l.load(w, r, id)
	if !ok {
		return
	}
	if said(c) {
		l.show(w, r, http.StatusOK, c.Locale, stopped)
		return
	}
	l.show(w, r, http.StatusOK, c.Locale, ask)
}

// stop takes the person's no, and shows it as done only when it is durable.
func (l *Links) stop(w http.ResponseWriter, r *http.Request, id bots.ID) {
	if !meant(w, r) {
		l.show(w, r, http.StatusBadRequest, "", later)
		return
	}
	c, ok := l.load(w, r, id)
	if !ok {
		return
	}
	if !said(c) {
		if err := l.tell(r.Context(), c.ID, id); err != nil {
			l.Log.Error("a way out was not stored", "contact", c.ID.String(), "err", err)
			l.busy(w, r, c.Locale)
			return
		}
		if c, ok = l.load(w, r, id); !ok {
			return
		}
	}
	if !said(c) { // it went to quarantine
		l.Log.Error("a way out had no effect; see the quarantine", "contact", c.ID.String())
		l.busy(w, r, c.Locale)
		return
	}
	l.show(w, r, http.StatusOK, c.Locale, stopped)
}

// tell makes the event. Every press is one of its own: who came back may leave again. The browser may be closed meanwhile.
func (l *Links) tell(ctx context.Context, contact, delivery bots.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	return l.Receive(ctx, bots.Event{
		ID: "way_out:" + delivery.String() + ":" + rand.Text(), Channel: "page", Kind: bots.WayOut, Contact: contact, Delivery: delivery,
		At: time.Now().UTC(),
	})
}

const writeTime = 15 * time.Second

// said reports whether the person's own no stands. One that only the retailer told is not enough: the person's stays.
func said(c *bots.Contact) bool { return c.Marketing.State == bots.Denied && c.Marketing.ByPerson }

const maxBody = 4 << 10

// meant reports whether the call is the button or a mail program's one click, in either form that RFC 8058 §3.2 names.
func meant(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return false
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	return r.PostFormValue("List-Unsubscribe") == "One-Click" || r.PostFormValue("stop") == "yes"
}

// load reads whose link it is. A delivery that is no longer kept is a wrong code.
func (l *Links) load(w http.ResponseWriter, r *http.Request, id bots.ID) (*bots.Contact, bool) {
	have, err := l.Store.Load(r.Context(), id)
	switch {
	case err == nil && have.Contact != nil:
		return have.Contact, true
	case err == nil || errors.Is(err, fallback.ErrUnknownDelivery) || errors.Is(err, fallback.ErrUnknownContact):
		l.show(w, r, http.StatusNotFound, "", wrongCode)
	default:
		l.Log.Error("a way out cannot be read", "delivery", id.String(), "err", err)
		l.busy(w, r, "")
	}
	return nil, false
}

// busy asks to come again: also a mail program does.
func (l *Links) busy(w http.ResponseWriter, r *http.Request, locale string) {
	w.Header().Set("Retry-After", "30")
	l.show(w, r, http.StatusServiceUnavailable, locale, later)
}
