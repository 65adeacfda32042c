package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestLoadLooksLikeTheServers(t *testing.T) {
	now := &stagetest.Clock{}
	s, g := start(t, Options{Now: now.Now})
	must(t, s.AddPerson(Person{Phone: "380935556677", Name: "Віра", Wrote: true}))
	id := send(t, s, anna, "biz_opaque_callback_data", "d1/0").id()
	must(t, s.Read(anna))
	said := got2[string](t)(s.Say("380935556677", "Дякую 🎁 </b>"))
	values := g.values(t, s)
	if got := g.events(t, s); len(values) != 4 || !strings.Contains(got, "read") || !strings.Contains(got, "text") {
		t.Fatalf("told %s", got)
	}
	l := NewLoad(Options{})
	read := l.Statuses("read", []Receipt{{id, anna, s.UserIDOf(anna), "d1/0"}}, now.Now())
	text, textID := l.Text("380935556677", "Віра", "Дякую 🎁 </b>", now.Now())
	if read.Notices != 1 || text.Notices != 1 || textID == said {
		t.Errorf("got %d and %d notices", read.Notices, text.Notices)
	}
	for _, want := range values {
		tt := text
		switch {
		case want.Messages != nil:
			want.Messages[0].ID = textID
		case want.Statuses[0].Status == "read":
			want.Contacts, tt = nil, read // the bench needs no contacts
		default:
			continue
		}
		whole := envelope{Object: "whatsapp_business_account", Entry: []entry{{ID: s.WABA(), Changes: []change{{Value: want, Field: "messages"}}}}}
		if got := string(tt.Body); got != string(encode(whole)) || tt.Signature != Sign(DefaultAppSecret, tt.Body) {
			t.Errorf("got  %s\nwant %s", got, encode(whole))
		}
	}
}

func TestLoadForks(t *testing.T) {
	var all sync.WaitGroup
	var seen sync.Map
	var n atomic.Int64
	l := NewLoad(Options{First: 1 << 20})
	for range 4 {
		mine := l.Fork()
		all.Go(func() {
			for range 500 {
				signed, id := mine.Text(anna, "Anna", "hi", time.Unix(1, 0))
				if _, twice := seen.LoadOrStore(id, true); !twice {
					n.Add(1)
				}
				if signed.Signature != Sign(DefaultAppSecret, signed.Body) {
					t.Errorf("signature %s", signed.Signature)
				}
			}
		})
	}
	all.Wait()
	if n.Load() != 2000 {
		t.Errorf("%d different ids, want 2000", n.Load())
	}
}

// counter is a gateway that counts the statuses of each message, and turns some calls away.
type counter struct {
	mu    sync.Mutex
	calls int
	seen  map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var e envelope
	err := json.Unmarshal(body, &e)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls++; err != nil || r.Header.Get("X-Hub-Signature-256") != Sign(DefaultAppSecret, body) || c.calls%7 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for _, st := range e.Entry[0].Changes[0].Value.Statuses {
		c.seen[st.ID]++
	}
}

func TestThePump(t *testing.T) {
	c := &counter{seen: map[string]int{}}
	gateway := httptest.NewServer(c)
	t.Cleanup(gateway.Close)
	l, left := NewLoad(Options{}), 100
	next := func() (Signed, bool) {
		if left == 0 {
			return Signed{}, false
		}
		left--
		var batch []Receipt
		for range 20 {
			batch = append(batch, Receipt{ID: l.ID(anna), Phone: anna})
		}
		return l.Statuses("read", batch, time.Now()), true
	}
	done, err := Pump{URL: gateway.URL, Posts: 8, Repeat: time.Millisecond}.Run(t.Context(), next)
	if err != nil || done.Calls != 100 || done.Notices != 2000 || done.Repeats == 0 || len(c.seen) != 2000 || done.Rate() <= 0 {
		t.Errorf("pumped %+v, %v; the gateway saw %d", done, err, len(c.seen))
	}
	for id, n := range c.seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestThePumpStops(t *testing.T) {
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(bad.Close)
	l := NewLoad(Options{})
	for_ := func() (Signed, bool) { return l.Statuses("read", []Receipt{{ID: "wamid.1"}}, time.Now()), true }
	if _, err := (Pump{URL: bad.URL, Posts: 2, Tries: 2, Repeat: 1}).Run(t.Context(), for_); err == nil {
		t.Error("nothing was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Pump{URL: bad.URL, Posts: 2}).Run(ctx, for_); err == nil {
		t.Error("it was told to stop")
	}
}

func BenchmarkLoad(b *testing.B) {
	l := NewLoad(Options{})
	at := time.Now()
	for _, size := range []int{1, 20} {
		b.Run(fmt.Sprint(size, " read"), func(b *testing.B) {
			batch := make([]Receipt, size)
			for i := range batch {
				batch[i] = Receipt{ID: l.ID(anna), Phone: anna, UserID: "UA.1", Data: "d1/0"}
			}
			for b.Loop() {
				l.Statuses("read", batch, at)
			}
		})
	}
}
