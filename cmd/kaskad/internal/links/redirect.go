package links

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Books reads where a link leads, and for whom a page speaks, on one view of the store.
type Books interface {
	Read(ctx context.Context, f func(fallback.View) error) error
}

// RedirectOptions is what tracked links are made of. All but PublicURL and Log are needed.
type RedirectOptions struct {
	PublicURL string      // without it there are no links: Mint gives nothing
	Secret    bots.Secret // ours alone; another one makes every link sent before invalid
	Books     Books
	// Receive makes an event durable; nil only when it is.
	Receive func(ctx context.Context, e bots.Event) error
	// Wrong shows the page for a code that leads nowhere, with this status.
	Wrong func(w http.ResponseWriter, r *http.Request, status int)
	Log   *slog.Logger
}

// Redirect mints tracked links, /l/{code}, and sends people on.
type Redirect struct {
	RedirectOptions
	codes   linkCodes
	guesses guesses
	clicks  tally[place] // those of this minute: one is enough

	mu     sync.Mutex
	counts map[string]uint64
}

// NewRedirect returns the handler for /l/.
func NewRedirect(o RedirectOptions) (*Redirect, error) {
	if o.Books == nil || o.Receive == nil || o.Wrong == nil {
		return nil, errors.New("links: books, a receiver and a page are needed")
	}
	if len(o.Secret.Reveal()) < minSecret {
		return nil, errors.New("links: the secret is too short to protect anything; let the program make one")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Redirect{RedirectOptions: o, codes: linkCodes{[]byte(o.Secret.Reveal())}, counts: map[string]uint64{}}, nil
}

// LinkPrefix is where tracked links are.
const LinkPrefix = "/l/"

// Mint is the address of tracked link n of a delivery's current leg; empty without a public URL.
func (l *Redirect) Mint(d *fallback.Delivery, n int) string {
	code, ok := l.codes.mint(place{d.ID, d.Leg, n})
	if l.PublicURL == "" || !ok {
		return ""
	}
	return l.PublicURL + LinkPrefix + code
}

// How a call ended, for Counts. A click is counted, or void for a reason.
const (
	clickCounted  = "counted"
	clickRepeat   = "repeat"   // the same link within the minute
	clickHead     = "head"     // only asked about
	clickViewer   = "viewer"   // a preview, a search engine or a scanner
	clickAhead    = "ahead"    // fetched before the person asked for it
	clickUnstored = "unstored" // the store could not write
	clickWrong    = "wrong"    // no code of ours, or its message is no longer kept
	clickRefused  = "refused"  // too many wrong codes before it
)

func (l *Redirect) count(outcome string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[outcome]++
}

// Counts reads how many calls ended how.
func (l *Redirect) Counts() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]uint64, len(l.counts))
	for k, n := range l.counts {
		all[k] = n
	}
	return all
}

func (l *Redirect) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		l.Wrong(w, r, http.StatusMethodNotAllowed)
		return
	}
	now, from := time.Now(), caller(r.RemoteAddr)
	code, _ := strings.CutPrefix(r.URL.Path, LinkPrefix)
	p, right := l.codes.open(code)
	switch {
	case l.guesses.tooMany(p, from, now):
		l.count(clickRefused)
		w.Header().Set("Retry-After", "60")
		l.Wrong(w, r, http.StatusTooManyRequests)
	case !right:
		l.guesses.wrong(p, from, now)
		l.count(clickWrong)
		l.Wrong(w, r, http.StatusNotFound)
	default:
		l.follow(w, r, p, now)
	}
}

// follow sends the person on, in every case in which it is known where to.
func (l *Redirect) follow(w http.ResponseWriter, r *http.Request, p place, now time.Time) {
	var to fallback.Followed
	found := false
	err := l.Books.Read(r.Context(), func(v fallback.View) error {
		to, found = fallback.Follow(v, p.delivery, p.leg, p.n, now)
		return nil
	})
	if err != nil {
		l.Log.Error("where a link leads cannot be read", "delivery", p.delivery.String(), "err", err)
		w.Header().Set("Retry-After", "30")
		l.Wrong(w, r, http.StatusServiceUnavailable)
		return
	}
	address, page := location(to.Target)
	if !found || !page {
		l.count(clickWrong)
		l.Wrong(w, r, http.StatusNotFound)
		return
	}
	l.count(l.click(r, p, &to, now))
	h := w.Header()
	h.Set("Location", address)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(http.StatusFound)
}

// click counts the call as the person's, where it is one, and says what became of it.
func (l *Redirect) click(r *http.Request, p place, to *fallback.Followed, now time.Time) string {
	switch {
	case r.Method == http.MethodHead:
		return clickHead
	case ahead(r.Header):
		return clickAhead
	case viewer(r.Header):
		return clickViewer
	case to.Void != "":
		return to.Void
	case l.clicks.add(p, now) > 1:
		return clickRepeat
	}
	if err := l.tell(r.Context(), p, to.Message, now); err != nil {
		l.clicks.forget(p)
		l.Log.Error("a click was not stored; the person was sent on", "delivery", p.delivery.String(), "err", err)
		return clickUnstored
	}
	return clickCounted
}

// tell makes the event, one for each link and minute: whoever hammers a link must not fill the store. The browser may be closed
// meanwhile.
func (l *Redirect) tell(ctx context.Context, p place, message bots.ID, now time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clickTime)
	defer cancel()
	id := []string{"link", message.String(), strconv.Itoa(p.n), strconv.FormatInt(now.Unix()/60, 10)}
	return l.Receive(ctx, bots.Event{
		ID: strings.Join(id, ":"), Channel: "link", Kind: bots.Clicked, Step: message, Delivery: p.delivery, At: now.UTC(),
	})
}

// clickTime is how long a person waits for our store at most.
const clickTime = 3 * time.Second

// location is an address as a Location header has it; false for one that is no page. Only pages are stored: this is the last look.
func location(target string) (string, bool) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", false
	}
	plain := !strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	return target, plain
}
