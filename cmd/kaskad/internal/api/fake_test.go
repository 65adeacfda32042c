package api_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
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

func (f *fake) Accept(_ context.Context, a fallback.Ask) (fallback.Accepted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks = append(f.asks, a)
	switch {
	case f.err != nil:
		return fallback.Accepted{}, f.err
	case a.Template == "redy":
		return fallback.Accepted{}, &templates.UnknownTemplate{Name: "redy", Nearest: "ready"}
	case a.Template == "panic":
		panic("a bug")
	case a.Purpose == "conversation":
		return fallback.Accepted{}, &fallback.Invalid{Code: "invalid_purpose", Field: "purpose", Detail: "Only the program itself answers with purpose conversation; write service, marketing or urgent."}
	case a.To == "ext:nobody":
		return fallback.Accepted{}, &fallback.UnknownContact{Ref: bots.Ref{Kind: "ext", Value: "nobody"}}
	case a.Key == "reused":
		return fallback.Accepted{}, fallback.ErrKeyReused
	}
	if a.Steps != nil {
		_, faults := a.Steps.Build("inline", false, nil)
		for _, fault := range faults {
			if !fault.Warning {
				return fallback.Accepted{}, &fallback.Invalid{Code: "invalid_cascade", Field: "cascade", Detail: fault.Problem}
			}
		}
	}
	key := a.Scope + "/" + a.Key
	if done, ok := f.keys[key]; ok && a.Key != "" {
		done.Replay = true
		return done, nil
	}
	done := fallback.Accepted{ID: f.id(), State: fallback.Queued}
	if a.Template == "sale" {
		done.State, done.Reason = fallback.Skipped, fallback.ReasonOptOut
	}
	f.keys[key] = done
	return done, nil
}

func (f *fake) AcceptAll(ctx context.Context, asks []fallback.Ask) []fallback.AcceptResult {
	res := make([]fallback.AcceptResult, len(asks))
	for i, a := range asks {
		res[i] = f.acceptGuarded(ctx, a)
	}
	return res
}

func (f *fake) EstimateAll(ctx context.Context, asks []fallback.Ask) (all fallback.Estimates, err error) {
	for _, a := range asks {
		if a.Template == "dear" {
			return all, errors.New("the fake has no prices")
		}
		done := f.acceptGuarded(ctx, a)
		e := fallback.Estimate{Accepted: done.Accepted, Channels: []string{"telegram", "sms"}, Most: bots.Money{Amount: 9200, Currency: "UAH"}, SMS: bots.Money{Amount: 9200, Currency: "UAH"}, HasSMS: true}
		all.Results = append(all.Results, fallback.EstimateResult{Estimate: e, Err: done.Err})
	}
	return all, f.err
}

func (f *fake) acceptGuarded(ctx context.Context, a fallback.Ask) (r fallback.AcceptResult) {
	defer func() {
		if recover() != nil {
			r.Err = errors.New("panic while an ask was checked")
		}
	}()
	r.Accepted, r.Err = f.Accept(ctx, a)
	return r
}

func (f *fake) AsSMS(_ *fallback.Delivery, c *bots.Contact) (bots.Money, bool) {
	return bots.Money{Amount: 9200, Currency: "UAH"}, c.Phone != ""
}

func (f *fake) Cancel(_ context.Context, id bots.ID) (bool, error) {
	d, err := f.Delivery(context.Background(), id)
	return err == nil && d.Cancel(noon), err
}

func (f *fake) Pause(_ context.Context, scope string) error {
	if scope != "" && scope != "telegram" && scope != "marketing" {
		return &fallback.Invalid{Code: "unknown_scope", Field: "scope", Detail: "\"" + scope + "\" cannot be paused: name a channel that is on, a purpose (service, marketing, urgent), or nothing for all."}
	}
	f.pauses = append(f.pauses, fallback.Pause{Scope: scope, From: noon})
	return f.err
}

func (f *fake) Resume(_ context.Context, scope string) error {
	f.pauses = slices.DeleteFunc(f.pauses, func(p fallback.Pause) bool { return p.Scope == scope })
	return f.err
}

func (f *fake) Hold(_ context.Context, h fallback.RegionHold) (fallback.RegionHold, error) {
	region, err := fallback.ParseRegion(h.Region)
	if err != nil {
		return h, &fallback.Invalid{Code: "invalid_field", Field: "region", Detail: "region: " + err.Error() + "."}
	}
	h.ID, h.Region, h.From = bots.ID(noon.UnixMicro()), region, noon
	if h.Purposes == nil {
		h.Purposes = []fallback.Purpose{fallback.Marketing}
	}
	f.holds = append(f.holds, h)
	return h, f.err
}

func (f *fake) EndHold(_ context.Context, id bots.ID) (fallback.RegionHold, error) {
	for i := range f.holds {
		if f.holds[i].ID == id {
			f.holds[i].To = noon.Add(time.Hour)
			return f.holds[i], f.err
		}
	}
	return fallback.RegionHold{}, fallback.ErrUnknownHold
}

func (f *fake) Where(c *bots.Contact) fallback.Whereabouts {
	return fallback.Where(c, &fallback.Rules{Zone: time.UTC})
}

func (f *fake) Holds() []fallback.RegionHold   { return f.holds }
func (f *fake) Paused() []fallback.Pause       { return f.pauses }
func (f *fake) Held() map[string]time.Time     { return map[string]time.Time{"sms": noon} }
func (f *fake) Degraded() map[string]time.Time { return map[string]time.Time{"telegram": noon} }

func (f *fake) InRoom(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	return f.Delivery(ctx, id)
}

func (f *fake) Delivery(_ context.Context, id bots.ID) (*fallback.Delivery, error) {
	d, ok := f.deliveries[id]
	if !ok {
		return nil, fallback.ErrUnknownDelivery
	}
	return d, f.err
}

func (f *fake) Deliveries(_ context.Context, w api.DeliveryFilter, cursor string, limit int) ([]*fallback.Delivery, string, error) {
	below := ^bots.ID(0)
	if cursor != "" {
		id, err := bots.ParseID(cursor)
		if err != nil {
			return nil, "", api.ErrCursor
		}
		below = id
	}
	var found []*fallback.Delivery
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(f.deliveries))) {
		d := f.deliveries[id]
		fits := id < below && (w.Contact == 0 || d.Contact == w.Contact) && (w.State == nil || d.State == *w.State) && !d.Created.Before(w.Since) &&
			(w.Metadata["broadcast"] == "" || d.Metadata["broadcast"] == w.Metadata["broadcast"]) && (w.Metadata["order"] == "" || d.Metadata["order"] == w.Metadata["order"])
		if fits && len(found) == limit {
			return found, found[limit-1].ID.String(), nil
		}
		if fits {
			found = append(found, d)
		}
	}
	return found, "", f.err
}

func (f *fake) MessageState(_ context.Context, id bots.ID) (bots.MessageState, error) {
	return f.states[id], nil
}

func (f *fake) who(ref bots.Ref) *bots.Contact {
	for _, id := range slices.Sorted(maps.Keys(f.contacts)) {
		c := f.contacts[id]
		if ref.Kind == "id" && c.ID.String() == ref.Value || ref.Kind == "ext" && c.ExternalID == ref.Value || ref.Kind == "phone" && c.Phone == ref.Value ||
			c.Address(bots.Address{Channel: ref.Kind, ID: ref.Value}) != nil {
			return c
		}
	}
	return nil
}

func (f *fake) Contacts(_ context.Context, w api.ContactFilter, cursor string, limit int) ([]*bots.Contact, string, error) {
	below, err := bots.ParseID(cmp.Or(cursor, "fzzzzzzzzzzzz"))
	if err != nil {
		return nil, "", api.ErrCursor
	}
	var found []*bots.Contact
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(f.contacts))) {
		c := f.contacts[id]
		if id >= below || w.Phone != "" && c.Phone != w.Phone || c.Created.Before(w.Since) {
			continue
		}
		if len(found) == limit {
			return found, found[limit-1].ID.String(), nil
		}
		found = append(found, c)
	}
	return found, "", f.err
}

func (f *fake) FindContact(_ context.Context, ref bots.Ref) (*bots.Contact, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.who(ref), nil
}

func (f *fake) PutContact(_ context.Context, ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := bots.Contact{Created: noon}
	if have := f.who(ref); have != nil {
		c = *have
		c.Addresses = slices.Clone(c.Addresses)
	} else if ref.Kind == "id" {
		return nil, false, &fallback.UnknownContact{Ref: ref}
	} else {
		c.ID = f.id()
		switch ref.Kind {
		case "ext":
			c.ExternalID = ref.Value
		case "phone":
			c.Phone = ref.Value
		default:
			c.Set(bots.Address{Channel: ref.Kind, ID: ref.Value}, bots.Unverified, noon)
		}
	}
	if err := change(&c); err != nil {
		return nil, false, err
	}
	for i := range c.Addresses {
		c.Addresses[i].Since = noon
	}
	c.Updated = noon
	refs := []bots.Ref{{Kind: "ext", Value: c.ExternalID}}
	for _, a := range c.Addresses {
		if a.Channel != bots.SMS {
			refs = append(refs, bots.Ref{Kind: a.Channel, Value: a.ID})
		}
	}
	for _, r := range refs {
		if other := f.who(r); r.Value != "" && other != nil && other.ID != c.ID {
			return nil, false, &api.Taken{What: r, Owner: other.ID}
		}
	}
	f.contacts[c.ID] = &c
	return &c, true, f.err
}

func (f *fake) PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done {
	done := make([]contacts.Done, len(puts))
	for i, p := range puts {
		had, _ := f.FindContact(ctx, p.Refs[0])
		c, _, err := f.PutContact(ctx, p.Refs[0], p.Change)
		done[i] = contacts.Done{Contact: c, Outcome: contacts.Updated, Err: err}
		if had == nil {
			done[i].Outcome = contacts.Created
		}
	}
	return done
}

func (f *fake) AtOnce() int { return 2 }

func (f *fake) TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error) {
	kept := maps.Clone(f.contacts)
	defer func() { f.contacts = kept }()
	return f.PutContacts(ctx, puts), f.err
}

func (f *fake) MakeLink(_ context.Context, contact bots.ID, channel, source string, expires time.Time) (fallback.Link, error) {
	l := fallback.Link{Token: rand.Text(), Contact: contact, Channel: channel, Source: source, Expires: expires}
	f.links = append(f.links, l)
	return l, f.err
}

func (f *fake) Conversations(_ context.Context, w api.ConversationFilter, _ string, _ int) ([]bots.Conversation, string, error) {
	return slices.DeleteFunc(slices.Clone(f.talks), func(c bots.Conversation) bool {
		return w.State != bots.NoConversation && fallback.TalkState(&c, time.Now()) != w.State || w.Assignee != nil && *w.Assignee != c.Assignee
	}), "", f.err
}

func (f *fake) Conversation(_ context.Context, contact bots.ID) (bots.Conversation, error) {
	for _, c := range f.talks {
		if c.Contact == contact {
			return c, f.err
		}
	}
	return bots.Conversation{}, f.err
}

func (f *fake) PutConversation(ctx context.Context, contact bots.ID, change func(*bots.Conversation) ([]bots.Change, error)) (bots.Conversation, error) {
	c, _ := f.Conversation(ctx, contact)
	c.Contact = contact
	lines, err := change(&c)
	if err != nil {
		return c, err
	}
	for i := range f.talks {
		if f.talks[i].Contact == contact {
			f.talks[i] = c
		}
	}
	for _, line := range lines {
		f.lastChange++
		line.ID, line.At, line.Contact = f.lastChange, noon, contact
		f.outbox = append(f.outbox, line)
	}
	return c, f.err
}

func (f *fake) Reply(_ context.Context, r fallback.Reply) (fallback.Accepted, error) {
	f.replies = append(f.replies, r)
	return fallback.Accepted{ID: f.id(), State: fallback.Queued}, f.err
}

// Act takes what is done to the first two messages of the seed, and refuses the rest as the engine does.
func (f *fake) Act(_ context.Context, p fallback.Act) (fallback.Accepted, error) {
	f.acts = append(f.acts, p)
	if !slices.ContainsFunc(f.said, func(m api.Said) bool { return m.ID == p.Message && m.Contact == p.Contact }) {
		return fallback.Accepted{}, &fallback.Invalid{Code: "unknown_message", Field: "message", Detail: "No message of this conversation has this id."}
	}
	return fallback.Accepted{ID: f.id(), State: fallback.Queued}, f.err
}

func (f *fake) Message(_ context.Context, id bots.ID) (*bots.Message, error) {
	for i := range f.said {
		if f.said[i].ID == id {
			return &f.said[i].Message, nil
		}
	}
	return nil, f.err
}

// Open hands out what a file's reference says.
func (f *fake) Open(_ context.Context, m *bots.Message, n int) (io.ReadSeekCloser, error) {
	switch at := m.Media[n]; at.ID {
	case "":
		return nil, bots.ErrNoFile
	case "gone":
		return nil, fmt.Errorf("whatsapp: %w", bots.ErrGone)
	case "large":
		return nil, bots.ErrTooLarge
	case "later":
		return nil, errors.New("not connected")
	default:
		return page{strings.NewReader(at.ID)}, nil
	}
}

// page is a file in memory.
type page struct{ *strings.Reader }

func (page) Close() error { return nil }

func (f *fake) Messages(_ context.Context, contact bots.ID, _ string, limit int) ([]api.Said, string, error) {
	mine := slices.DeleteFunc(slices.Clone(f.said), func(m api.Said) bool { return m.Contact != contact })
	if len(mine) > limit {
		return mine[:limit], mine[limit-1].ID.String(), nil
	}
	return mine, "", f.err
}

func (f *fake) Changes(_ context.Context, after uint64, limit int) ([]bots.Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	i := 0
	for i < len(f.outbox) && f.outbox[i].ID <= after {
		i++
	}
	return slices.Clone(f.outbox[i:min(len(f.outbox), i+limit)]), f.err
}

// happen appends a change to the outbox; hidden ones are not shown.
func (f *fake) happen(kind string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastChange++
	if kind != hiddenChange {
		f.outbox = append(f.outbox, bots.Change{ID: f.lastChange, Type: kind, At: noon})
	}
	close(f.changed)
	f.changed = make(chan struct{})
	return f.lastChange
}

// drop drops the changes up to a number, as retention does.
func (f *fake) drop(to uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outbox = slices.DeleteFunc(f.outbox, func(c bots.Change) bool { return c.ID <= to })
}

const hiddenChange = "hidden"

func (f *fake) FirstChange(context.Context) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.outbox) == 0 {
		return f.lastChange + 1, nil
	}
	return f.outbox[0].ID, nil
}

func (f *fake) LastChange() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastChange
}

func (f *fake) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

func (f *fake) Queue(context.Context) (map[string]int, error) {
	return map[string]int{"send/telegram/1": 3, "wait/telegram/1": 1}, f.err
}

func (f *fake) Records(_ context.Context, kind string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for k, v := range f.records {
		if id, ok := strings.CutPrefix(k, kind+"/"); ok {
			found[id] = v
		}
	}
	return found, f.err
}

func (f *fake) PutRecord(_ context.Context, kind, id string, v []byte) error {
	f.records[kind+"/"+id] = v
	return f.err
}

func (f *fake) DeleteRecord(_ context.Context, kind, id string) error {
	delete(f.records, kind+"/"+id)
	return f.err
}

// desk is an API over a fake, with a key for each scope.
type desk struct {
	*fake
	t       testing.TB
	looking sync.Mutex
	witness *witness // of the document; nil before the first call
	api     *api.API
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
	d := &desk{fake: f, t: t, index: index{fake: f}, log: &strings.Builder{}, token: map[people.Scope]string{}}
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
		StaffCode: func(context.Context) (api.StaffCode, error) {
			return api.StaffCode{Code: "7k3m-q9zx-w2ht", Command: "/staff@shop_bot 7k3m-q9zx-w2ht", ExpiresAt: noon}, nil
		},
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

// hall keeps sources.
type hall struct{ *fallbacktest.Memory }

func (h hall) Read(_ context.Context, f func(fallback.View) error) (err error) {
	h.View(func(v fallback.View) { err = f(v) })
	return err
}

// cell is a quarantine in memory.
type cell struct{ kept map[bots.ID]*api.Kept }

func (c *cell) List(context.Context) (all []api.Kept, err error) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(c.kept))) {
		all = append(all, *c.kept[id])
	}
	return all, nil
}

func (c *cell) One(_ context.Context, id bots.ID) (*api.Kept, error) {
	if k := c.kept[id]; k != nil {
		return k, nil
	}
	return nil, api.ErrNotKept
}

// Replay takes events, and no calls.
func (c *cell) Replay(ctx context.Context, id bots.ID) (int, error) {
	k, err := c.One(ctx, id)
	if err != nil {
		return 0, err
	}
	if k.Call != nil {
		return 0, &api.NotReplayed{Err: errors.New("it is no JSON")}
	}
	return 1, c.Drop(ctx, id)
}

func (c *cell) Drop(ctx context.Context, id bots.ID) error {
	_, err := c.One(ctx, id)
	delete(c.kept, id)
	return err
}

// Statements: the fake keeps none.
func (f *fake) Statements(context.Context, bots.ID) ([]bots.Statement, error) { return nil, f.err }

// Erase takes the contact away; the steps after that are the store's.
func (f *fake) Erase(_ context.Context, contact bots.ID, by string, line people.Entry) (fallback.Erased, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.contacts, contact)
	e := fallback.Erased{Contact: contact, At: noon, By: by, Left: true}
	f.erased = append(f.erased, e)
	f.audit = append(f.audit, line)
	return e, f.err
}

func (f *fake) WouldErase(context.Context, bots.ID) (fallback.ErasedCounts, error) {
	return fallback.ErasedCounts{Deliveries: 2, Cancelled: 1, Messages: 3}, f.err
}

func (f *fake) Erased(_ context.Context, contact bots.ID) (fallback.Erased, bool, error) {
	for _, e := range f.erased {
		if e.Contact == contact {
			return e, true, f.err
		}
	}
	return fallback.Erased{}, false, f.err
}

func (f *fake) PutAudit(_ context.Context, line people.Entry) error {
	f.audit = append(f.audit, line)
	return f.err
}

func (f *fake) Audit(context.Context, string, int) ([]people.Entry, error) { return f.audit, f.err }

func (f *fake) Export(_ context.Context, c *bots.Contact, html bool, out io.Writer) error {
	if html {
		_, err := fmt.Fprintf(out, "<!doctype html><title>%s</title>", c.ID)
		return cmp.Or(err, f.err)
	}
	_, err := fmt.Fprintf(out, "{\"person\": {\"id\": %q}}", c.ID)
	return cmp.Or(err, f.err)
}

// Owners are the contacts of the fake with a phone or an external id.
func (f *fake) Owners(_ context.Context, ref bots.Ref) (ids []bots.ID, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, c := range f.contacts {
		if ref.Kind == "phone" && c.Phone == ref.Value || ref.Kind == "ext" && c.ExternalID == ref.Value {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, f.err
}

func (f *fake) NotSame(_ context.Context, a, b bots.ID) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.records[fmt.Sprint("not same ", min(a, b), max(a, b))] != nil, f.err
}

func (f *fake) PutNotSame(_ context.Context, a, b bots.ID, by string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records[fmt.Sprint("not same ", min(a, b), max(a, b))] = []byte(by)
	return f.err
}

// Merge absorbs a contact as the rules do; the fake forgets it.
func (f *fake) Merge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error) {
	k, _ := f.FindContact(ctx, a.Keep)
	from, _ := f.FindContact(ctx, a.From)
	switch {
	case k == nil || from == nil:
		return bots.Merge{}, fallback.ErrUnknownContact
	case k.ID == from.ID:
		return bots.Merge{}, fallback.ErrSameContact
	}
	m := bots.Merge{Kept: k.ID, Absorbed: from.ID, KeptWas: *k, AbsorbedWas: *from, Became: k.Absorb(from, noon)}
	return m, f.err
}

// Unmerge takes two contacts apart that the fake has apart anyway.
func (f *fake) Unmerge(ctx context.Context, a fallback.MergeAsk) (bots.Merge, error) {
	k, _ := f.FindContact(ctx, a.Keep)
	from, _ := f.FindContact(ctx, a.From)
	switch {
	case k == nil:
		return bots.Merge{}, fallback.ErrUnknownContact
	case from == nil || k.ID == from.ID:
		return bots.Merge{}, fallback.ErrNotMerged
	}
	return bots.Merge{Kept: k.ID, Absorbed: from.ID, KeptWas: *k, AbsorbedWas: *from}, f.err
}
