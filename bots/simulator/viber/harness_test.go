package viber

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

var anna, boris = UserID(1), UserID(2)

// start runs a server that knows Anna, a subscriber, and a bot that takes all her callbacks.
func start(t *testing.T, opt Options) (*Server, *bot) {
	t.Helper()
	opt.Speed = cmp.Or(opt.Speed, 1000)
	s, err := New(opt)
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
	must(t, s.AddPerson(Person{ID: anna, Name: "Anna", Avatar: "https://a.example/anna.jpg", Phone: "380501112233", Subscribed: true}))
	b := newBot(t)
	if g := call(t, s, "set_webhook", map[string]any{"url": b.URL, "send_name": true, "send_photo": true}); g.Status != 0 {
		t.Fatalf("set_webhook: %+v", g)
	}
	return s, b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func second[T any](_ T, err error) error { return err }

// got is an answer as it came over the wire.
type got struct {
	HTTP       int
	Raw        string
	Status     int
	Message    string          `json:"status_message"`
	Token      uint64          `json:"message_token"`
	Billing    json.RawMessage `json:"billing_status"`
	EventTypes []string        `json:"event_types"`
	Failed     []struct {
		Receiver string
		Status   int
		Message  string `json:"status_message"`
	} `json:"failed_list"`
	Users []struct {
		ID     string
		Status int    `json:"online_status"`
		Text   string `json:"online_status_message"`
	}
	User struct{ ID, Name string }
	URI  string
	Hook string `json:"webhook"`
	Subs int    `json:"subscribers_count"`
}

func raw(t *testing.T, s *Server, verb, path, token, body string) got {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, s.URL()+path, strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Viber-Auth-Token", token)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	g := got{HTTP: resp.StatusCode, Raw: string(answer), Status: -1}
	if err := json.Unmarshal(answer, &g); err != nil && resp.StatusCode == 200 {
		t.Errorf("%s: %v", answer, err)
	}
	return g
}

func call(t *testing.T, s *Server, method string, body any) got {
	t.Helper()
	return raw(t, s, "POST", "/pa/"+method, s.Token(), stagetest.JSON(t, body))
}

// text is a message that Viber accepts; pairs are changed or, with nil, taken out.
func text(to string, pairs ...any) map[string]any {
	m := map[string]any{"receiver": to, "type": "text", "text": "hi", "sender": map[string]any{"name": "Shop"}}
	return stagetest.With(m, pairs...)
}

func send(t *testing.T, s *Server, to string, pairs ...any) got {
	t.Helper()
	return call(t, s, "send_message", text(to, pairs...))
}

// bot is a bot's webhook.
type bot struct {
	*httptest.Server
	mu      sync.Mutex
	status  int    // of answers
	fails   int    // so many answers are 503 first
	welcome string // body of the answer to conversation_started
	seen    []heard
}

// heard is a callback as the bot got it.
type heard struct {
	Event     string
	Token     uint64 `json:"message_token"`
	Timestamp int64
	UserID    string `json:"user_id"`
	Desc      string
	Context   string
	Type      string
	Sub       *bool `json:"subscribed"`
	Silent    bool
	User      *wireUser
	Sender    *wireUser
	Message   *wireMessage
	Status    *wireStatus

	raw string
}

func newBot(t *testing.T) *bot {
	b := &bot{status: 200}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(t, w, r) }))
	t.Cleanup(b.Close)
	return b
}

func (b *bot) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h := heard{raw: string(body)}
	if err := json.Unmarshal(body, &h); err != nil {
		t.Errorf("the bot got %s: %v", body, err)
	}
	if sig := r.Header.Get("X-Viber-Content-Signature"); sig != Sign(DefaultToken, body) {
		t.Errorf("signature %q of %s", sig, body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, h)
	if b.fails > 0 {
		b.fails--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(b.status)
	if h.Event == "conversation_started" {
		_, _ = io.WriteString(w, b.welcome)
	}
}

func (b *bot) set(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// got are the callbacks since the webhook was set.
func (b *bot) got() []heard {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.seen), func(h heard) bool { return h.Event == "webhook" })
}

// events waits until the bot has taken all callbacks and names them.
func (b *bot) events(t *testing.T, s *Server) string {
	t.Helper()
	must(t, s.WaitIdle(t.Context()))
	var names []string
	for _, h := range b.got() {
		names = append(names, h.Event)
	}
	return strings.Join(names, " ")
}
