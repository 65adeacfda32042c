package graph

import (
	"bytes"
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

const (
	anna  = "380501112233" // wrote just before
	boris = "380672223344" // did not
)

// start runs a server that knows Anna, who wrote, and Boris, who did not, and a gateway that takes all webhook calls.
func start(t *testing.T, opt Options) (*Server, *gateway) {
	t.Helper()
	opt.Speed = cmp.Or(opt.Speed, 1000)
	s, err := New(opt)
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
	must(t, s.AddPerson(Person{Phone: anna, Name: "Anna", Wrote: true}))
	must(t, s.AddPerson(Person{Phone: boris, Name: "Борис"}))
	g := newGateway(t, s)
	must(t, s.Verify(g.URL+"/in/cloud"))
	return s, g
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func got2[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// got is an answer as it came over the wire.
type got struct {
	HTTP     int
	Raw      string
	Header   http.Header
	Product  string `json:"messaging_product"`
	Contacts []struct {
		Input  string
		WaID   string `json:"wa_id"`
		UserID string `json:"user_id"`
	}
	Messages []struct {
		ID     string
		Status string `json:"message_status"`
	}
	ID      string
	URL     string
	MIME    string `json:"mime_type"`
	Success bool
	Error   struct {
		Message string
		Type    string
		Code    int
		Subcode int `json:"error_subcode"`
		Data    struct {
			Product string `json:"messaging_product"`
			Details string
		} `json:"error_data"`
		Trace string `json:"fbtrace_id"`
	}
}

// id is that of the message, "" when there is none.
func (g got) id() string {
	if len(g.Messages) == 0 {
		return ""
	}
	return g.Messages[0].ID
}

func ask(t *testing.T, s *Server, verb, path, token, kind string, body []byte) got {
	t.Helper()
	address := path
	if !strings.HasPrefix(path, "http") {
		address = s.URL() + path
	}
	req, err := http.NewRequestWithContext(t.Context(), verb, address, bytes.NewReader(body))
	must(t, err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(t, err)
	g := got{HTTP: resp.StatusCode, Raw: string(answer), Header: resp.Header}
	if err := json.Unmarshal(answer, &g); err != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && resp.StatusCode == 200 {
		t.Logf("%s: %v", answer, err)
	}
	return g
}

// call posts to /messages.
func call(t *testing.T, s *Server, body any) got {
	t.Helper()
	return ask(t, s, "POST", "/v23.0/"+s.PhoneID()+"/messages", s.Token(), "application/json", []byte(stagetest.JSON(t, body)))
}

type obj = map[string]any

// message is a text that is taken; pairs are changed or, with nil, taken out.
func message(to string, pairs ...any) obj {
	m := obj{"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+" + to, "type": "text", "text": obj{"body": "hi"}}
	return stagetest.With(m, pairs...)
}

func send(t *testing.T, s *Server, to string, pairs ...any) got {
	t.Helper()
	return call(t, s, message(to, pairs...))
}

// gateway is a webhook.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	status int // of answers
	fails  int // so many answers are 503 first
	seen   [][]byte
}

func newGateway(t *testing.T, s *Server) *gateway {
	g := &gateway{status: 200}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(t, s, w, r) }))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) serve(t *testing.T, s *Server, w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if q := r.URL.Query(); q.Get("hub.mode") == "subscribe" && q.Get("hub.verify_token") == s.VerifyToken() {
			_, _ = io.WriteString(w, q.Get("hub.challenge"))
			return
		}
		w.WriteHeader(http.StatusForbidden)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if sig := r.Header.Get("X-Hub-Signature-256"); sig != Sign(s.AppSecret(), body) {
		t.Errorf("signature %q of %s", sig, body)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, body)
	if g.fails > 0 {
		g.fails--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(g.status)
}

func (g *gateway) set(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
}

// bodies waits until the gateway has taken all webhook calls.
func (g *gateway) bodies(t *testing.T, s *Server) [][]byte {
	t.Helper()
	must(t, s.Flush(t.Context()))
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.seen)
}

// values are what all webhook calls told, one for each change.
func (g *gateway) values(t *testing.T, s *Server) []value {
	t.Helper()
	var out []value
	for _, body := range g.bodies(t, s) {
		var e envelope
		must(t, json.Unmarshal(body, &e))
		for _, en := range e.Entry {
			for _, c := range en.Changes {
				out = append(out, c.Value)
			}
		}
	}
	return out
}

// events names what all webhook calls told: statuses and types of messages.
func (g *gateway) events(t *testing.T, s *Server) string {
	t.Helper()
	var names []string
	for _, v := range g.values(t, s) {
		for _, m := range v.Messages {
			names = append(names, m.Type)
		}
		for _, st := range v.Statuses {
			names = append(names, st.Status)
		}
	}
	return strings.Join(names, " ")
}

// lastMessage is the last message of a person that was told, with the contacts beside it.
func (g *gateway) lastMessage(t *testing.T, s *Server) (wireMessage, []wireContact) {
	t.Helper()
	all := g.values(t, s)
	for _, v := range slices.Backward(all) {
		if len(v.Messages) > 0 {
			return v.Messages[len(v.Messages)-1], v.Contacts
		}
	}
	t.Fatalf("no message among %+v", all)
	return wireMessage{}, nil
}
