// Package links is what people open in a browser: /l/{code}, a tracked link, /u/{code}, the way out of marketing and the page of
// preferences, and /go/{code}, the way in.
//
// A code is a delivery's id and leg, of a tracked link its number too, with a MAC over them, so nobody can guess another person's. /l
// looks up where the link leads, in the records alone, and redirects there at once; what a person opened is a click, an event like any
// other, and proves its own delivery. Looks of messengers, scanners that name themselves, and repeats within a minute are no clicks.
//
// Whoever has a code of /u may say what the person may. The page speaks for who has the chat now that the link was sent to: since then
// it may have become another contact's; where it is a number, who had it before may have the link still, and only a stop is heard. Opening the page changes nothing, however often scanners and previews do it. Its button, or a
// mail program's one-click call (RFC 8058), stops all marketing; another allows it again; a form says where and when to write. Each is
// an event like any other, and the page says so only when it is durable. A form tells what it was shown for: one that is posted again
// later, when the person has said something else since, changes nothing.
//
// Whoever has a code of /go comes in: the page offers our bots, and knows nobody. Its codes are printed, or are one-time tokens whose meaning
// the bot tells; the page is the same for either, used or not.
//
// It keeps nothing durable. In memory it counts recent calls per code and per caller, to slow down whoever hammers one or tries many, and
// the clicks of this minute; a crash forgets that.
//
// It shows nothing of the person but the person's wishes: no name, no number, no order. It never loads anything from elsewhere,
// needs no script, and never logs a code.
package links

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Options is what the links are made of. Receive, Books and Secret are needed.
type Options struct {
	PublicURL string      // without it there are no links: Mint gives nothing
	Secret    bots.Secret // ours alone; another one makes every link sent before invalid
	Company   string
	Locale    string   // the company's
	Zone      string   // the company's; of people whose own is not known
	Channels  []string // those that are on
	// Receive makes an event durable; nil only when it is.
	Receive func(ctx context.Context, e bots.Event) error
	Books   Books
	Log     *slog.Logger
}

// Links mints the links and answers behind them.
type Links struct {
	Options
	codes codes
	calls calls
	page  *onePage
}

// minSecret is the least that protects 96 bits of MAC.
const minSecret = 16

// New returns the handler for /u/.
func New(o Options) (*Links, error) {
	if o.Books == nil || o.Receive == nil {
		return nil, errors.New("links: books and a receiver are needed")
	}
	if len(o.Secret.Reveal()) < minSecret {
		return nil, errors.New("links: the secret is too short to protect anything; let the program make one")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Links{Options: o, codes: codes{[]byte(o.Secret.Reveal())}, page: newPage(pageHTML, pageCSS, "'self'")}, nil
}

// prefix is where the pages are.
const prefix = "/u/"

// Mint is the link by which the person of a delivery's current leg stops marketing; empty without a public URL.
func (l *Links) Mint(d *fallback.Delivery) string {
	if l.PublicURL == "" || d.ID == 0 {
		return ""
	}
	return l.PublicURL + prefix + l.codes.mint(d.ID, d.Leg)
}

func (l *Links) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code, _ := strings.CutPrefix(r.URL.Path, prefix)
	id, leg, ok := l.codes.open(code)
	if !ok {
		l.tell(w, r, http.StatusNotFound, "", wrongCode)
		return
	}
	if !l.calls.allow(id, time.Now()) {
		w.Header().Set("Retry-After", "60")
		l.tell(w, r, http.StatusTooManyRequests, "", later)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if c, ok := l.load(w, r, place{delivery: id, leg: leg}); ok {
			l.show(w, r, c, news{}) // and nothing changes
		}
	case http.MethodPost:
		l.take(w, r, place{delivery: id, leg: leg})
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		l.tell(w, r, http.StatusMethodNotAllowed, "", wrongCode)
	}
}

// take does what a form says.
func (l *Links) take(w http.ResponseWriter, r *http.Request, at place) {
	f, refused := read(w, r)
	if refused == http.StatusRequestEntityTooLarge || refused == http.StatusRequestTimeout {
		l.tell(w, r, refused, "", later)
		return
	}
	c, ok := l.load(w, r, at)
	switch {
	case !ok:
	case f == nil:
		l.tell(w, r, refused, l.lang(r, c), later)
	case f.stop:
		l.hear(w, r, c, l.stop(c, at, f))
	case c.Passed: // who has the number now wants what a shop has to say about an order, and says by themselves what they allow
		l.show(w, r, c, news{status: http.StatusConflict, wrong: func(say words) string { return say.PassedNot }})
	case f.silence:
		l.hear(w, r, c, event{kind: bots.Silenced, at: at, words: func(say words) string { return say.Silence }, done: allSilent})
	case f.unsilent:
		l.unsilent(w, r, c, at, f)
	case f.allow:
		l.allow(w, r, c, at, f)
	default:
		l.save(w, r, c, at, f)
	}
}

// stop is a no to marketing, of the button or of a mail program's one click.
func (l *Links) stop(b fallback.Behind, at place, f *saying) event {
	e := event{kind: bots.WayOut, at: at, words: func(say words) string { return say.Stop }, done: allSaid}
	if f.oneClick {
		e.words, e.version = func(words) string { return oneClick }, "rfc8058"
	}
	if b.Passed {
		e.news.done = func(say words) string { return say.PassedHeard }
	}
	return e
}

// oneClick is what a mail program sends in the person's name: nobody read our words.
const oneClick = "List-Unsubscribe=One-Click"

// unsilent takes back the no to everything that the page showed, and no later one. Marketing stays off.
func (l *Links) unsilent(w http.ResponseWriter, r *http.Request, b fallback.Behind, at place, f *saying) {
	switch c := b.Contact; {
	case !c.Silent():
		l.show(w, r, b, news{})
	case stamp(c.All.At) != f.of:
		l.show(w, r, b, outOfDate)
	default:
		l.hear(w, r, b, event{kind: bots.Unsilent, at: at, shown: &c.All.At, words: func(say words) string { return say.Unsilent },
			done: func(b fallback.Behind) bool { return !b.Contact.Silent() }, news: news{done: func(say words) string { return say.UnsilentNow }}})
	}
}

// allow lifts the no that the page showed, and no later one.
func (l *Links) allow(w http.ResponseWriter, r *http.Request, b fallback.Behind, at place, f *saying) {
	switch c := b.Contact; {
	case !said(c) && f.of != "":
		l.show(w, r, b, news{}) // nothing to lift: it was pressed twice
	case stamp(c.Marketing.At) != f.of:
		l.show(w, r, b, outOfDate)
	default:
		l.hear(w, r, b, event{kind: bots.Allowed, at: at, shown: &c.Marketing.At, words: func(say words) string { return say.Allow }, done: func(b fallback.Behind) bool { return !said(b.Contact) }, news: news{
			done: func(say words) string { return say.AllowedNow },
		}})
	}
}

// save takes the wishes of a form that was shown for those that stand.
func (l *Links) save(w http.ResponseWriter, r *http.Request, b fallback.Behind, at place, f *saying) {
	c := b.Contact
	wish := l.wish(f, c)
	done := func(b fallback.Behind) bool {
		after := *b.Contact
		return len(after.Wish(wish, time.Now())) == 0
	}
	switch {
	case f.narrow:
		asked := *c
		asked.Wish(wish, c.Wishes.At) // as the person filled it in
		b.Contact = &asked
		l.show(w, r, b, news{status: http.StatusUnprocessableEntity, wrong: func(say words) string { return say.TooNarrow }})
	case !done(b) && stamp(c.Wishes.At) != f.of:
		l.show(w, r, b, outOfDate)
	default:
		l.hear(w, r, b, event{kind: bots.Wished, at: at, shown: &c.Wishes.At, wish: wish, done: done, news: news{done: func(say words) string { return say.Saved }}})
	}
}

var outOfDate = news{status: http.StatusConflict, wrong: func(say words) string { return say.OutOfDate }}

// event is what a person said, how to see that it holds, and what the page says then.
type event struct {
	kind bots.Kind
	at   place
	// shown is when the word was said that the form was shown for; nil: it holds whatever was said since.
	shown   *time.Time
	wish    *bots.Wish
	words   func(words) string // what the button said; nil: nothing that is kept
	version string             // of the words; empty: that of the page
	done    func(fallback.Behind) bool
	news    news
}

// hear makes what the person said durable, where it does not hold already, and shows it as done only then.
func (l *Links) hear(w http.ResponseWriter, r *http.Request, b fallback.Behind, e event) {
	c := b.Contact
	if e.done(b) {
		l.show(w, r, b, e.news)
		return
	}
	if err := l.receive(r.Context(), c.ID, e, l.lang(r, b)); err != nil {
		l.Log.Error("what a person said on the page was not stored", "kind", string(e.kind), "contact", c.ID.String(), "err", err)
		l.busy(w, r, l.lang(r, b))
		return
	}
	b, ok := l.load(w, r, e.at)
	if !ok {
		return
	}
	if !e.done(b) && e.overtaken(b.Contact) {
		l.show(w, r, b, outOfDate)
		return
	}
	if !e.done(b) { // it went to quarantine
		l.Log.Error("what a person said on the page had no effect; see the quarantine", "kind", string(e.kind), "contact", c.ID.String())
		l.busy(w, r, l.lang(r, b))
		return
	}
	l.show(w, r, b, e.news)
}

// overtaken reports whether something else was said meanwhile: then the event changed nothing.
func (e *event) overtaken(c *bots.Contact) bool {
	now := c.Wishes.At
	switch e.kind {
	case bots.Allowed:
		now = c.Marketing.At
	case bots.Unsilent:
		now = c.All.At
	}
	return e.shown != nil && stamp(now) != stamp(*e.shown)
}

// receive makes the event. Every press is one of its own: who came back may leave again. The browser may be closed meanwhile.
func (l *Links) receive(ctx context.Context, contact bots.ID, e event, lang string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	said, version := "", ""
	if e.words != nil {
		said, version = e.words(texts[lang]), cmp.Or(e.version, wordsVersion(lang))
	}
	return l.Receive(ctx, bots.Event{
		Words: said, Version: version,
		ID: string(e.kind) + ":" + e.at.delivery.String() + ":" + rand.Text(), Channel: "page", Kind: e.kind, Contact: contact, Delivery: e.at.delivery,
		Wish: e.wish, Shown: e.shown, At: time.Now().UTC(),
	})
}

const writeTime = 15 * time.Second

// wordsVersion names the words of the page in a language: other words, another version.
func wordsVersion(lang string) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v", texts[lang])
	return fmt.Sprintf("page:%s:%08x", lang, h.Sum32())
}

// allSilent reports whether a stop to everything holds for everybody it binds.
func allSilent(b fallback.Behind) bool {
	own := func(c *bots.Contact) bool { return c.Silent() && c.All.ByPerson && said(c) }
	return own(b.Contact) && !slices.ContainsFunc(b.Others, func(c *bots.Contact) bool { return !own(c) })
}

// said reports whether the person's own no stands. One that only the retailer told is not enough: the person's stays.
func said(c *bots.Contact) bool { return c.Marketing.State == bots.Denied && c.Marketing.ByPerson }

// allSaid reports whether a stop holds for everybody it binds.
func allSaid(b fallback.Behind) bool {
	return said(b.Contact) && !slices.ContainsFunc(b.Others, func(c *bots.Contact) bool { return !said(c) })
}

// load reads for whom the page speaks. A delivery that is no longer kept is a wrong code.
func (l *Links) load(w http.ResponseWriter, r *http.Request, at place) (b fallback.Behind, ok bool) {
	err := l.Books.Read(r.Context(), func(v fallback.View) error {
		b, ok = fallback.WhoIsBehind(v, at.delivery, at.leg)
		return nil
	})
	switch {
	case err != nil:
		l.Log.Error("the page of a link cannot be read", "delivery", at.delivery.String(), "err", err)
		l.busy(w, r, "")
		return b, false
	case !ok:
		l.tell(w, r, http.StatusNotFound, "", wrongCode)
	}
	return b, ok
}

// busy asks to come again: also a mail program does.
func (l *Links) busy(w http.ResponseWriter, r *http.Request, lang string) {
	w.Header().Set("Retry-After", "30")
	l.tell(w, r, http.StatusServiceUnavailable, lang, later)
}
