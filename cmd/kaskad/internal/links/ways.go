package links

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// WaysOptions is what the ways in are made of. All but PublicURL, Test and Log are needed.
type WaysOptions struct {
	PublicURL string // without it there is no page: Page gives nothing
	Company   func() templates.Company
	Locale    string // the company's
	// Open gives, for a channel that is on and whose bot can be opened by a link, that link for a code.
	Open  map[string]func(code string) (url string, err error)
	Books Books
	// Shown adds to the counts of pages.
	Shown func(ctx context.Context, pages map[fallback.FunnelKey]uint64) error
	// Words are what the pages say.
	Words func(locale string, p templates.Phrase) string
	// Wrong shows the page for a code that leads nowhere, with this status.
	Wrong func(w http.ResponseWriter, r *http.Request, status int)
	Test  bool // it is the test side's
	Log   *slog.Logger
}

// Ways answers behind /go/{code}, a page that offers the bots of a source or of a one-time link, and /go/{code}/{channel}, which offers
// one of them. A page leads nowhere but to our own bots.
//
// It counts in memory how often pages were shown, and writes that every second: a crash loses the last one. Looks of programs, and what
// one caller does again within the minute, are not counted.
type Ways struct {
	WaysOptions
	page    *onePage
	guesses guesses
	visits  tally[shownTo]

	mu    sync.Mutex
	shown map[fallback.FunnelKey]uint64
}

type shownTo struct {
	page string
	from netip.Prefix
}

// NewWays returns the handler for /go/.
func NewWays(o WaysOptions) (*Ways, error) {
	if o.Books == nil || o.Shown == nil || o.Wrong == nil || o.Words == nil || o.Company == nil {
		return nil, errors.New("links: books, counts, words, a company and a page are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Ways{WaysOptions: o, page: newPage(wayHTML, wayCSS, "'none'"), shown: map[fallback.FunnelKey]uint64{}}, nil
}

// WayPrefix is where the ways in are.
const WayPrefix = "/go/"

// Page is the address of the page for a code, or for one channel of it; empty without a public URL.
func (l *Ways) Page(code, channel string) string {
	if l.PublicURL == "" {
		return ""
	}
	if channel != "" {
		channel = "/" + channel
	}
	return l.PublicURL + WayPrefix + code + channel
}

// Mine reports whether the code in a path was made here: codes of sources say so, one-time links are looked up.
func (l *Ways) Mine(path string) bool {
	code, _ := parts(path)
	if bots.SourceCode(code) {
		return strings.HasPrefix(code, bots.TestSource) == l.Test
	}
	mine := false
	err := l.Books.Read(context.Background(), func(v fallback.View) error {
		_, mine = v.Link(code)
		return nil
	})
	return err == nil && mine
}

func parts(path string) (code, channel string) {
	rest, _ := strings.CutPrefix(path, WayPrefix)
	code, channel, _ = strings.Cut(rest, "/")
	return code, channel
}

func (l *Ways) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		l.Wrong(w, r, http.StatusMethodNotAllowed)
		return
	}
	now, from := time.Now(), caller(r.RemoteAddr)
	if l.guesses.tooMany(place{}, from, now) {
		w.Header().Set("Retry-After", "60")
		l.Wrong(w, r, http.StatusTooManyRequests)
		return
	}
	code, channel := parts(r.URL.Path)
	source, found, err := l.find(r.Context(), code)
	switch {
	case err != nil:
		l.Log.Error("the page of a way in cannot be read", "err", err)
		w.Header().Set("Retry-After", "30")
		l.Wrong(w, r, http.StatusServiceUnavailable)
	case !found:
		l.guesses.wrong(place{}, from, now)
		l.Wrong(w, r, http.StatusNotFound)
	case !source.Retired.IsZero():
		l.Wrong(w, r, http.StatusGone)
	default:
		l.offer(w, r, code, channel, &source, now)
	}
}

// find reads where a code comes from. A one-time link is shown alike before it is used and after: the page says nothing about anybody,
// and the bot tells who comes too late.
func (l *Ways) find(ctx context.Context, code string) (s bots.Source, found bool, err error) {
	if !bots.Payload(code) {
		return s, false, nil
	}
	err = l.Books.Read(ctx, func(v fallback.View) error {
		if s, found = v.Source(code); found {
			return nil
		}
		var link fallback.Link
		if link, found = v.Link(code); !found {
			return nil
		}
		if s, _ = v.Source(link.Source); s.Code == "" {
			s.Code = link.Source
		}
		s.Retired = time.Time{} // whoever has the link is known by it, whatever became of the source
		if link.Channel != "" {
			s.Channels = []string{link.Channel}
		}
		return nil
	})
	return s, found, err
}

// offer shows the page.
func (l *Ways) offer(w http.ResponseWriter, r *http.Request, code, channel string, s *bots.Source, now time.Time) {
	doors := l.doors(code, channel, s)
	if len(doors) == 0 && channel != "" {
		l.Wrong(w, r, http.StatusNotFound)
		return
	}
	if len(doors) == 0 {
		w.Header().Set("Retry-After", "30")
		l.Wrong(w, r, http.StatusServiceUnavailable)
		return
	}
	l.visited(r, s.Code, code, channel, now)
	l.show(w, r, doors)
}

// order is that of the page; of the two WhatsApps one is offered.
func order() []string {
	return []string{bots.Telegram, bots.Viber, bots.WhatsAppCloud, bots.WhatsApp}
}

// doors are the bots that a page offers.
func (l *Ways) doors(code, only string, s *bots.Source) (doors []door) {
	for _, channel := range order() {
		open := l.Open[channel]
		if open == nil || !s.Offers(channel) || only != "" && only != channel {
			continue
		}
		if channel == bots.WhatsApp && only == "" && slices.ContainsFunc(doors, func(d door) bool { return d.Channel == bots.WhatsAppCloud }) {
			continue
		}
		url, err := open(code)
		if err != nil {
			l.Log.Warn("a bot cannot be linked to now", "channel", channel, "err", err)
			continue
		}
		doors = append(doors, doorTo(channel, url))
	}
	return doors
}

// visited counts a page that a person opened.
func (l *Ways) visited(r *http.Request, source, code, channel string, now time.Time) {
	from := caller(r.RemoteAddr)
	switch {
	case source == "", r.Method == http.MethodHead, ahead(r.Header), viewer(r.Header):
		return
	case from.IsValid() && l.visits.add(shownTo{code + "/" + channel, from}, now) > 1:
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown[fallback.FunnelKey{Source: source, Channel: channel, Day: fallback.FunnelDay(now)}]++
}

// flushEvery is how old a count of pages is at most before it is written.
const flushEvery = time.Second

// Run writes the counts of pages until ctx ends, and then the last of them.
func (l *Ways) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), clickTime)
			defer cancel()
			l.flush(last)
			return nil
		}
	}
}

// flush writes what was counted since the last time. What cannot be written is counted on: there are no more keys than sources.
func (l *Ways) flush(ctx context.Context) {
	l.mu.Lock()
	counted := l.shown
	l.shown = map[fallback.FunnelKey]uint64{}
	l.mu.Unlock()
	if len(counted) == 0 {
		return
	}
	if err := l.Shown(ctx, counted); err != nil {
		l.Log.Warn("how often pages were shown was not written; it is tried again", "err", err)
		l.mu.Lock()
		defer l.mu.Unlock()
		for k, n := range counted {
			l.shown[k] += n
		}
	}
}
