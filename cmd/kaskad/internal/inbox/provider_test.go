package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/signon"
)

// drawer is a store in memory.
type drawer struct {
	mu  sync.Mutex
	all map[string]map[string][]byte
}

func (d *drawer) Records(_ context.Context, kind string) (map[string][]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.all[kind]), nil
}

func (d *drawer) Write(_ context.Context, all ...people.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range all {
		if d.all[r.Kind] == nil {
			d.all[r.Kind] = map[string][]byte{}
		}
		if r.Value == nil {
			delete(d.all[r.Kind], r.ID)
			continue
		}
		d.all[r.Kind][r.ID] = r.Value
	}
	return nil
}

// portal is a provider that knows nobody, or one person.
type portal struct {
	asked int // how often it was asked who somebody is
	away  bool
	who   signon.Identity
}

func (p *portal) Name() string { return "portal" }

func (p *portal) Start(_ context.Context, _ string, state, _, _ bots.Secret) (string, error) {
	return "https://portal.example/auth?state=" + url.QueryEscape(state.Reveal()), nil
}

func (p *portal) Finish(context.Context, string, bots.Secret, bots.Secret, bots.Secret) (signon.Identity, error) {
	p.asked++
	if p.away {
		return signon.Identity{}, signon.ErrAway
	}
	if p.who == (signon.Identity{}) {
		return signon.Identity{}, signon.ErrRefused
	}
	return p.who, nil
}

// hall is the pages with such a provider.
type hall struct {
	*Inbox
	t     testing.TB
	now   time.Time
	there portal
}

func newHall(t testing.TB) *hall {
	t.Helper()
	h := &hall{t: t, now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	store := &drawer{all: map[string]map[string][]byte{}}
	accounts, err := people.OpenAccounts(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	throttle, err := people.OpenThrottle(t.Context(), store, "known", log)
	if err != nil {
		t.Fatal(err)
	}
	h.Inbox, err = New(Options{Accounts: accounts, Throttle: throttle, Ledger: people.NewLedger(store, log), Audit: lines{}, URL: "https://kaskad.shop.example", Provider: &h.there, Errands: "errands", Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// lines is an audit in which nothing stands.
type lines struct{}

func (lines) Audit(context.Context, string, int) ([]people.Entry, error) { return nil, nil }

// open answers a call from an address, with some cookies.
func (h *hall) open(from, path string, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, "https://kaskad.shop.example"+path, nil)
	r.RemoteAddr = from + ":4711"
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// goes sends somebody to the provider: what their browser keeps, and the state.
func (h *hall) goes(from, to string) (kept *http.Cookie, state string) {
	h.t.Helper()
	res := h.open(from, "/login/provider?to="+url.QueryEscape(to))
	at, err := res.Location()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, awayCookie) {
			kept = c
		}
	}
	if kept == nil || !kept.HttpOnly || !kept.Secure {
		h.t.Fatalf("the browser keeps %+v", kept)
	}
	return kept, at.Query().Get("state")
}

// Nothing is kept of people who have not signed in: however many strangers go to the provider, whoever went before them comes back.
func TestStrangersPushNobodyOut(t *testing.T) {
	h := newHall(t)
	if _, _, err := h.Accounts.Invite(t.Context(), h.now, people.NewPerson{Email: "ira@shop.example", Name: "Ira", Role: people.RoleAgent}); err != nil {
		t.Fatal(err)
	}
	h.there.who = signon.Identity{Issuer: "https://portal.example", Subject: "u-1", Email: "ira@shop.example"}
	kept, state := h.goes("203.0.113.1", "/account")
	for n := range 3000 {
		h.goes(fmt.Sprintf("198.51.%d.%d", n/250, n%250), strings.Repeat("/", n%7))
	}
	h.now = h.now.Add(awayLife - time.Second)
	res := h.open("203.0.113.1", "/login/back?code=x&state="+state, kept)
	if at := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || at != "/account" {
		t.Errorf("she is answered %d, sent to %q", res.StatusCode, at)
	}
}

func TestWhatABrowserBringsBackIsOurs(t *testing.T) {
	h := newHall(t)
	kept, state := h.goes("203.0.113.1", "/"+strings.Repeat("x", 10_000))
	if n := len(kept.Value); n > 600 {
		t.Errorf("a path of 10000 bytes makes a cookie of %d", n)
	}
	flipped := []byte(kept.Value)
	flipped[len(flipped)/2] ^= 1
	other, err := newSeal("another secret")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.close(h.now, errand{State: state})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		value string
		later time.Duration
	}{
		"nothing": {"", 0}, "what was changed": {string(flipped), 0}, "what is too old": {kept.Value, awayLife}, "what is of a time to come": {kept.Value, -time.Hour},
		"what others have sealed": {foreign.Reveal(), 0}, "no seal": {"e30", 0}, "no letters of ours": {"***", 0}, "too much": {strings.Repeat("A", 5000), 0},
	} {
		begun := h.now
		h.now = h.now.Add(c.later)
		res := h.open("203.0.113.1", "/login/back?code=x&state="+state, &http.Cookie{Name: kept.Name, Value: c.value})
		if res.StatusCode != http.StatusForbidden || h.there.asked != 0 {
			t.Errorf("%s: %d, and the provider was asked %d times", name, res.StatusCode, h.there.asked)
		}
		h.now = begun
	}
	if h.open("203.0.113.1", "/login/back?code=x&state="+state, kept); h.there.asked != 1 {
		t.Errorf("what it was given was not taken: the provider was asked %d times", h.there.asked)
	}
}

// Whoever comes back with codes that the provider does not know makes us ask it: not without end.
func TestComingBackOverAndOver(t *testing.T) {
	h := newHall(t)
	var last *http.Response
	for range 100 {
		kept, state := h.goes("203.0.113.1", "/")
		last = h.open("203.0.113.1", "/login/back?code=x&state="+state, kept)
	}
	if h.there.asked > 31 || last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Errorf("the provider was asked %d times, and the last was answered %d, %q", h.there.asked, last.StatusCode, last.Header.Get("Retry-After"))
	}
	h.there.asked, h.there.away = 0, true
	for range 100 { // while it is away nobody is made to wait for later
		kept, state := h.goes("203.0.113.3", "/")
		last = h.open("203.0.113.3", "/login/back?code=x&state="+state, kept)
	}
	if h.there.asked != 100 || last.StatusCode != http.StatusBadGateway {
		t.Errorf("while it was away it was asked %d times of 100, and the last was answered %d", h.there.asked, last.StatusCode)
	}
	h.there.away = false
	asked := h.there.asked
	kept, state := h.goes("203.0.113.2", "/")
	if h.open("203.0.113.2", "/login/back?code=x&state="+state, kept); h.there.asked != asked+1 {
		t.Error("somebody elsewhere has to wait, too")
	}
}

func FuzzSeal(f *testing.F) {
	s, err := newSeal("errands")
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	good, err := s.close(now, errand{State: "state", To: "/account"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good.Reveal())
	f.Add("e30")
	f.Fuzz(func(t *testing.T, token string) {
		if e, ok := s.open(now, bots.Secret(token)); ok && (e.State != "state" || e.To != "/account") {
			t.Errorf("%q is %+v", token, e)
		}
	})
}
