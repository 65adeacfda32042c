package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/cmd/kaskad/internal/webhooks/webhookstest"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// fake is an engine and a store in memory: as little as the handlers can tell apart from real ones.
type fake struct {
	mu         sync.Mutex
	last       bots.ID
	asks       []fallback.Ask
	replies    []fallback.Reply
	acts       []fallback.Act
	keys       map[string]fallback.Accepted
	deliveries map[bots.ID]*fallback.Delivery
	states     map[bots.ID]bots.MessageState
	contacts   map[bots.ID]*bots.Contact
	links      []fallback.Link
	talks      []bots.Conversation
	said       []api.Said
	outbox     []bots.Change
	lastChange uint64
	changed    chan struct{}
	reads      int // of the outbox
	pauses     []fallback.Pause
	holds      []fallback.RegionHold
	records    map[string][]byte
	erased     []fallback.Erased
	audit      []people.Entry
	err        error
}

func newFake() *fake {
	return &fake{
		last: 0x65f0000000000, keys: map[string]fallback.Accepted{}, deliveries: map[bots.ID]*fallback.Delivery{},
		states: map[bots.ID]bots.MessageState{}, contacts: map[bots.ID]*bots.Contact{}, records: map[string][]byte{},
		changed: make(chan struct{}),
	}
}

func (f *fake) id() bots.ID { f.last++; return f.last }

// desk is an API over a fake, with a key for each scope.
type desk struct {
	*fake
	t       testing.TB
	looking sync.Mutex
	witness *witness // of the document; nil before the first call
	api     *api.API
	hooks   *webhooks.Webhooks
	people  *people.Accounts
	ring    *people.Keys
	index   index
	log     *strings.Builder
	keyID   string // of the key that may only read
	token   map[people.Scope]string
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	f := newFake()
	keys, err := people.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{fake: f, t: t, ring: keys, index: index{fake: f}, log: &strings.Builder{}, token: map[people.Scope]string{}}
	for _, scope := range people.AllScopes() {
		key, secret, err := keys.Make(t.Context(), "test "+scope.String(), scope)
		if err != nil {
			t.Fatal(err)
		}
		d.token[scope] = secret.Reveal()
		if scope == people.Read {
			d.keyID = key.ID
		}
	}
	if d.people, err = people.OpenAccounts(t.Context(), d.fake); err != nil {
		t.Fatal(err)
	}
	d.hooks = webhooks.New(webhooks.Options{
		Feed: nothing{}, Hooks: webhookstest.New(), Places: webhookstest.New(), Dead: webhookstest.New(), Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	d.api, err = api.New(api.Options{
		Engine: f, Store: f, Keys: keys, Country: "UA", Currency: "UAH", Build: api.Build{Version: "test", Commit: "c0ffee", Date: "2026-03-01T10:00:00Z", Go: "go1.26", OS: "linux", Arch: "amd64"},
		Log:        slog.New(slog.NewTextHandler(d.log, nil)),
		ResumeGap:  func(context.Context) (int, error) { return 2, nil },
		CheckStore: func(context.Context) ([]string, error) { return []string{"due: 001jz00000001 is missing"}, nil },
		Doors:      map[string]string{"sms/main": "https://bots.example.com/in/sms/main/0123456789abcdef"},
		Files:      d.fake,
		Search:     &d.index,
		Quarantine: &cell{kept: map[bots.ID]*api.Kept{
			7: {ID: 7, Channel: "telegram", Event: "telegram:1:7", Reason: "panic", At: noon, Size: 2, Raw: []byte("{}")},
			8: {ID: 8, Channel: "viber", Reason: "no JSON", At: noon, Size: 1, Call: &bots.KeptCall{Hook: "viber", Call: bots.Call{Method: "POST", Header: http.Header{"X-Viber-Content-Signature": {"abc"}}, Body: []byte{0xff}}}},
		}},
		Alerts:      &bell{},
		StaffGroups: []string{"lviv"},
		StaffCode: func(_ context.Context, group string) (api.StaffCode, error) {
			if group != "" && group != "lviv" {
				return api.StaffCode{}, api.ErrUnknownStaffGroup
			}
			return api.StaffCode{Code: "7k3m-q9zx-w2ht", Command: "/staff@shop_bot 7k3m-q9zx-w2ht", ExpiresAt: noon}, nil
		},
		Team:     newCrew(),
		Webhooks: d.hooks, People: &api.Doorway{Accounts: d.people, URL: "http://127.0.0.1:8081"},
		Ways: &api.Ways{
			Books: hall{&fallbacktest.Memory{}},
			Page: func(code, channel string) string {
				return strings.TrimRight("https://bots.example.com/go/"+code+"/"+channel, "/")
			},
			Sheet: func(s api.Sheet) ([]byte, error) {
				return fmt.Appendf(nil, "<p>%s %s %v", s.Paper, s.Source.Name, s.Links), nil
			},
			Speaks: func(locale string) (bool, []string) { return locale == "en" || locale == "uk", []string{"en", "uk"} },
		},
		Links: map[string]func(string) (string, error){
			"telegram": func(token string) (string, error) { return "https://t.me/shop_bot?start=" + token, nil },
			"viber":    func(string) (string, error) { return "", errors.New("the bot's name is not known yet") },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// person puts a contact into the fake.
func (f *fake) person(c bots.Contact) *bots.Contact {
	c.ID = f.id()
	c.Created, c.Updated = noon, noon
	f.contacts[c.ID] = &c
	return &c
}

// nothing is an outbox in which nothing happened.
type nothing struct{}

func (nothing) Changes(context.Context, uint64, int) ([]bots.Change, error) { return nil, nil }
func (nothing) FirstChange(context.Context) (uint64, error)                 { return 1, nil }
func (nothing) LastChange() uint64                                          { return 0 }
func (nothing) Changed() <-chan struct{}                                    { return nil }
