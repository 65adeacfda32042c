package webhooks_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/cmd/kaskad/internal/webhooks/webhookstest"
)

// outbox is a list of changes in memory.
type outbox struct {
	mu      sync.Mutex
	all     []bots.Change // the n-th has number n, but for those that were cleared away
	first   uint64
	changed chan struct{}
}

func newOutbox() *outbox { return &outbox{first: 1, changed: make(chan struct{})} }

func (o *outbox) happens(contact bots.ID, types ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, what := range types {
		o.all = append(o.all, bots.Change{ID: uint64(len(o.all) + 1), Type: what, At: time.Now(), Contact: contact, Channel: "viber"})
	}
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *outbox) Changes(_ context.Context, after uint64, limit int) ([]bots.Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	from := max(after, o.first-1)
	if from >= uint64(len(o.all)) {
		return nil, nil
	}
	rest := o.all[from:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (o *outbox) FirstChange(context.Context) (uint64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.first, nil
}

func (o *outbox) LastChange() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return uint64(len(o.all))
}

func (o *outbox) Changed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

// told is one call that a program got.
type told struct {
	ID     string
	Header http.Header
	Body   []byte
	webhooks.Payload
	answer int
}

// program is what is told.
type program struct {
	t      testing.TB
	url    string
	mu     sync.Mutex
	got    []told
	answer func(x *told) int // nil: 200
}

func newProgram(t testing.TB) *program {
	p := &program{t: t}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *program) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	x := told{ID: r.Header.Get("webhook-id"), Header: r.Header, Body: body, answer: 200}
	if err == nil {
		err = json.Unmarshal(body, &x.Payload)
	}
	if err != nil {
		p.t.Errorf("a call cannot be read: %v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answer != nil {
		x.answer = p.answer(&x)
	}
	p.got = append(p.got, x)
	if x.answer == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	if x.answer == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(x.answer)
}

func (p *program) answers(f func(x *told) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// taken are the calls that were answered with 200, oldest first.
func (p *program) taken() []told {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.got), func(x told) bool { return x.answer != 200 })
}

func (p *program) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.got)
}

// rig is webhooks at work.
type rig struct {
	*webhooks.Webhooks
	t      testing.TB
	feed   *outbox
	ending func()
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func newRig(t testing.TB, patience float64) *rig {
	r := &rig{t: t, feed: newOutbox()}
	r.Webhooks = webhooks.New(webhooks.Options{Feed: r.feed, Hooks: webhookstest.New(), Places: webhookstest.New(), Dead: webhookstest.New(), Networks: loopback, Patience: patience})
	r.begins()
	t.Cleanup(func() { r.ending() })
	return r
}

func (r *rig) begins() {
	ctx, cancel := context.WithCancel(r.t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := r.Run(ctx); err != nil {
			r.t.Errorf("it ended with %v", err)
		}
	})
	r.ending = func() { cancel(); all.Wait() }
}

// restarts ends it and begins anew on the same store. Crash: without what it writes at its end.
func (r *rig) restarts(crash bool) {
	r.t.Helper()
	places := r.Places.(*webhookstest.Memory)
	before := places.All()
	r.ending()
	if crash {
		places.Set(before)
	}
	o := r.Options
	r.Webhooks = webhooks.New(o)
	r.begins()
}

func (r *rig) makes(p *program, types ...string) webhooks.Hook {
	r.t.Helper()
	h, err := r.Make(r.t.Context(), webhooks.Hook{URL: p.url + "/hook", Types: types})
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

// idle reports whether nothing is being told.
func (r *rig) idle(id string) bool {
	s, _, on := r.Stands(id)
	return on && s.Waiting == 0
}

// until waits for something.
func (r *rig) until(what string, is func() bool) {
	r.t.Helper()
	for range 3000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("waited in vain for %s", what)
}

// ids are those of calls.
func ids(all []told) (list []string) {
	for _, x := range all {
		list = append(list, x.ID)
	}
	return list
}
