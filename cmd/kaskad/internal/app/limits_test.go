package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// everyChannel are the channels that are called from outside, with nobody at the other end.
const everyChannel = `
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
api_url = "http://127.0.0.1:1"
updates = "webhook"
[viber]
api_url = "http://127.0.0.1:1"
token = "4453b6c1b5dc3bd0-2d1d6ba4d0e9a9c5-5d7f6ba1cbd7f8e1"
name = "Shop"
price = { amount = "0.84", currency = "UAH" }
[whatsapp_cloud]
api_url = "http://127.0.0.1:1/v23.0"
phone_number_id = "106540352242922"
token = "cloudtoken"
app_secret = "cloudsecret"
verify_token = "verifyverify"
price = { amount = "0.50", currency = "UAH" }
`

// street is a gateway behind listeners without a network: a pipe keeps nothing, so that what a caller has written is what the
// gateway has read. It is made in a bubble, where a minute of waiting is none.
type street struct {
	t      *testing.T
	app    *App
	public *pipes
	admin  *pipes
	key    string
	codes  atomic.Uint64
}

func newStreet(t *testing.T) *street {
	t.Helper()
	a, _ := gatewayOf(t, t.TempDir(), aProvider+everyChannel)
	s := &street{t: t, app: a, public: newPipes(), admin: newPipes()}
	_, key, err := a.keys.Make(t.Context(), "walk", people.Admin)
	if err != nil {
		t.Fatal(err)
	}
	s.key = key.Reveal()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- a.servePublic(ctx, bound(s.public, mostPublic)) }()
	go func() { done <- a.serveAdmin(ctx, bound(s.admin, mostAdmin)) }()
	t.Cleanup(func() {
		a.api.EndStreams()
		stop()
		if err := errors.Join(<-done, <-done); err != nil {
			t.Errorf("the listeners ended with %v", err)
		}
	})
	return s
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	fresh  chan net.Conn
	closed chan struct{}
	over   atomic.Bool
}

func newPipes() *pipes { return &pipes{fresh: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.fresh:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	if !p.over.Swap(true) {
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// dial opens a connection.
func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.fresh <- there
	return here
}

// route is one thing that may be asked of a listener.
type route struct {
	at     *pipes
	method string
	path   func() string
	kind   string // of its body; empty: it has none
	bound  int    // of its body
	keyed  bool   // it wants a key
}

func (r *route) String() string { return r.method + " " + r.path() }

const aForm = "application/x-www-form-urlencoded"

// routes are all that the program serves: what the code lists, so that a new one is walked by itself.
func (s *street) routes() (all []route) {
	for _, path := range PublicPaths() {
		all = append(all, s.behind(path)...)
	}
	for _, path := range append(adminPaths(), "/healthz") {
		all = append(all, route{at: s.admin, method: "GET", path: fixed(path)})
	}
	for _, pattern := range s.app.inbox.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		r := route{at: s.admin, method: method, path: fixed(path)}
		if method == "POST" {
			r.kind, r.bound = aForm, 32<<10
		}
		all = append(all, r)
	}
	return append(all, s.calls()...)
}

func fixed(path string) func() string { return func() string { return path } }

// behind are the routes of a path of the public listener. One that is new there needs its lines here.
func (s *street) behind(path string) (all []route) {
	switch path {
	case "/in/":
		for _, c := range s.app.channels {
			for _, h := range c.hooks {
				methods, most := h.Methods, h.MaxBody
				if len(methods) == 0 {
					methods = []string{"POST"}
				}
				if most == 0 {
					most = 1 << 20
				}
				for _, method := range methods {
					all = append(all, route{at: s.public, method: method, path: fixed("/in/" + h.Path + "/" + h.Secret.Reveal()), kind: "application/json", bound: int(most)})
				}
			}
		}
		if len(all) < 4 {
			s.t.Fatalf("only %d ways in: name the channels that are called", len(all))
		}
		return all
	case "/u/":
		return []route{{at: s.public, method: "GET", path: s.wayOut}, {at: s.public, method: "POST", path: s.wayOut, kind: aForm, bound: 4 << 10}}
	case "/l/", "/go/", "/m/", "/c/", "/healthz":
		return []route{{at: s.public, method: "GET", path: fixed(path)}}
	}
	s.t.Fatalf("the public listener serves %s, of which this test knows nothing", path)
	return nil
}

// wayOut is a way out that nobody has opened yet: too many calls of one are refused.
func (s *street) wayOut() string {
	no := s.codes.Add(1)
	d := fallback.Delivery{}
	d.ID = bots.ID(1<<40 + no)
	_, code, _ := strings.Cut(s.app.ways.Mint(&d), "/u/")
	return "/u/" + code
}

// calls are those of the API, as its document has them.
func (s *street) calls() (all []route) {
	w := httptest.NewRecorder()
	s.app.api.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Body *struct{} `json:"requestBody"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || len(doc.Paths) < 40 {
		s.t.Fatalf("the document of the API has %d paths: %v", len(doc.Paths), err)
	}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			r := route{at: s.admin, method: strings.ToUpper(method), path: fixed(strings.NewReplacer("{ref}", "ext:1", "{n}", "1", "{", "", "}", "").Replace(path)), keyed: true}
			if o.Body != nil {
				if r.kind, r.bound = "application/json", 1<<20; strings.HasSuffix(path, ":batch") || strings.HasSuffix(path, ":estimate") {
					r.bound = 4 << 20
				}
			}
			all = append(all, r)
		}
	}
	return all
}

// asked is what became of a call.
type asked struct {
	status  int
	header  http.Header
	body    string
	written int           // of the body, until nobody took more
	took    time.Duration // until the connection was closed
}

// ask makes a call whose body is chunked, unless it says how long it is, and follows it to the end of the connection. A body that
// drips comes one byte a second.
func (s *street) ask(r *route, method string, header string, body io.Reader, drips bool) asked {
	s.t.Helper()
	c := r.at.dial()
	defer c.Close()
	begun := time.Now()
	if r.keyed {
		header += "Authorization: Bearer " + s.key + "\r\n"
	}
	if r.kind != "" {
		header += "Content-Type: " + r.kind + "\r\n"
	}
	chunked := !strings.Contains(header, "Content-Length:") && body != nil
	if chunked {
		header += "Transfer-Encoding: chunked\r\n"
	}
	var got asked
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, r.path(), header); err != nil || body == nil {
			return
		}
		got.written = pour(c, body, chunked, drips)
	}()
	in := bufio.NewReader(c)
	answer, err := http.ReadResponse(in, &http.Request{Method: method})
	if err == nil {
		var raw []byte
		if answer.Header.Get("Content-Type") == "text/event-stream" { // it has no end
			c.Close()
		} else {
			raw, err = io.ReadAll(answer.Body)
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			s.t.Errorf("%s: its answer broke off: %v", r, err)
		}
		got.status, got.header, got.body = answer.StatusCode, answer.Header, string(raw)
	} else if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.t.Errorf("%s is answered with no answer: %v", r, err)
	}
	if body != nil { // without one the connection stays open for the next call
		_, _ = io.Copy(io.Discard, in)
		c.Close()
		<-done
	}
	got.took = time.Since(begun)
	return got
}

// pour writes a body until it ends, or nobody takes more.
func pour(c net.Conn, body io.Reader, chunked, drips bool) (written int) {
	piece := make([]byte, 4<<10)
	if drips {
		piece = piece[:1]
	}
	for {
		n, err := body.Read(piece)
		if n > 0 {
			if drips {
				time.Sleep(time.Second)
			}
			if !write(c, piece[:n], chunked) {
				return written
			}
			written += n
		}
		if err != nil {
			if chunked {
				_, _ = io.WriteString(c, "0\r\n\r\n") // who has gone takes no end
			}
			return written
		}
	}
}

func write(c net.Conn, piece []byte, chunked bool) bool {
	if chunked {
		piece = fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece)
	}
	_, err := c.Write(piece)
	return err == nil
}

// endless begins as a body of its kind may, and goes on for as long as somebody reads.
func endless(kind string) io.Reader {
	begin := map[string]string{"application/json": `{"x":"`, aForm: "x="}[kind]
	return io.MultiReader(strings.NewReader(begin), io.LimitReader(exes{}, 1<<30))
}

type exes struct{}

func (exes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// lenient is how much of a body that it does not want a server of net/http reads on, in the hope of the next call: a quarter of a MiB
// before it answers and another one behind that, with what its buffers hold.
const lenient = 512<<10 + 16<<10

// TestEveryRouteHasItsLimits walks everything that the program serves and makes of each what somebody would who wants to fill it up.
func TestEveryRouteHasItsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		seen := map[string]bool{}
		for _, r := range s.routes() {
			seen[r.method] = true
			s.largeHeaders(&r)
			s.unknownMethod(&r)
			if r.kind == "" || r.method == "GET" {
				s.bodyOfNoUse(&r)
				continue
			}
			s.largeBody(&r)
			if r.kind == "application/json" {
				s.deepBody(&r)
			}
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if !seen[method] {
				t.Errorf("no route of %s was walked", method)
			}
		}
	})
}

// problemOf is the code of an answer that is a problem.
func problemOf(got asked) string {
	var p struct{ Code string }
	if got.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(got.body), &p) != nil {
		return ""
	}
	return p.Code
}

// A header block that is too large is refused before anything is made of it.
func (s *street) largeHeaders(r *route) {
	s.t.Helper()
	got := s.ask(r, r.method, "X-Large: "+strings.Repeat("x", 80<<10)+"\r\n", nil, false)
	if got.status != http.StatusRequestHeaderFieldsTooLarge {
		s.t.Errorf("%s with 80 KiB of headers is answered %d %.200s; want 431", r, got.status, got.body)
	}
	if r.at == s.admin && problemOf(got) != "malformed_call" {
		s.t.Errorf("%s with 80 KiB of headers is answered no problem: %v %.200s", r, got.header, got.body)
	}
}

// A method that nobody has is refused with those that there are.
func (s *street) unknownMethod(r *route) {
	s.t.Helper()
	for _, method := range []string{"FROB", "TRACE"} {
		got := s.ask(r, method, "", nil, false)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
			s.t.Errorf("%s as %s is answered %d with Allow %q; want 405", r, method, got.status, got.header.Get("Allow"))
		}
		if r.keyed && problemOf(got) != "method_not_allowed" {
			s.t.Errorf("%s as %s is answered no problem: %.200s", r, method, got.body)
		}
	}
}

// A body for which there is no use changes nothing, and is not read on and on.
func (s *street) bodyOfNoUse(r *route) {
	s.t.Helper()
	want := s.ask(r, r.method, "", nil, false).status
	got := s.ask(r, r.method, "", endless(""), false)
	if got.status != want && (got.status < 400 || got.status >= 500) {
		s.t.Errorf("%s is answered %d, and %d with a body", r, want, got.status)
	}
	if most := r.bound + lenient; got.written > most {
		s.t.Errorf("%s with a body that it has no use for reads %d bytes of it", r, got.written)
	}
}

// A body over the bound is refused, whether or not it says how long it is, and the rest of it stays with the caller.
func (s *street) largeBody(r *route) {
	s.t.Helper()
	for _, length := range []string{"", "Content-Length: 1000000000\r\n"} {
		got := s.ask(r, r.method, length, endless(r.kind), false)
		if got.status != http.StatusRequestEntityTooLarge {
			s.t.Errorf("%s with a body without end (%q) is answered %d %.200s; want 413", r, length, got.status, got.body)
		}
		if r.keyed && problemOf(got) != "too_large" {
			s.t.Errorf("%s with a body without end is answered no problem: %.200s", r, got.body)
		}
		if got.written > r.bound+lenient {
			s.t.Errorf("%s reads %d bytes of a body; its bound is %d", r, got.written, r.bound)
		}
	}
}

// JSON that is nested deeper than anybody needs is refused at little cost.
func (s *street) deepBody(r *route) {
	s.t.Helper()
	for name, c := range map[string]string{
		"10,000 lists":       strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"10,000 objects":     strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"lists without end":  strings.Repeat("[", 500_000),
		"a field that holds": `{"to":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "}",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := s.ask(r, r.method, "", strings.NewReader(c), false)
		runtime.ReadMemStats(&after)
		if r.keyed && (got.status != http.StatusBadRequest || problemOf(got) != "invalid_json") {
			s.t.Errorf("%s with %s is answered %d %.200s; want 400 invalid_json", r, name, got.status, got.body)
		}
		if got.status >= 500 || got.status == 0 {
			s.t.Errorf("%s with %s is answered %d", r, name, got.status)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 16<<20 {
			s.t.Errorf("%s with %s takes %d bytes of memory", r, name, spent)
		}
	}
}

// TestWhoIsSlowIsNotWaitedFor: a caller who says a letter a second, in the headers or in the body, holds a connection for no longer than the
// server's patience, whatever is asked for.
func TestWhoIsSlowIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet(t)
		all := s.routes()
		for _, at := range []*pipes{s.public, s.admin} {
			if took := drip(at, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "+strings.Repeat("x", 1000)); took > 11*time.Second {
				t.Errorf("headers that come a letter a second are waited for %s", took)
			}
		}
		held := make(chan string, len(all))
		for _, r := range all {
			go func() {
				got := s.ask(&r, r.method, "Content-Length: 100000\r\n", endless(r.kind), true)
				if said := fmt.Sprintf("%s is answered %d after %s and %d bytes", &r, got.status, got.took, got.written); got.took > 62*time.Second && got.header.Get("Content-Type") != "text/event-stream" || got.status == 0 || got.status >= 500 || got.status == 200 && r.kind != "" && r.method != "GET" {
					held <- said
				} else {
					held <- ""
				}
			}()
		}
		for range all {
			if said := <-held; said != "" {
				t.Errorf("a body that comes a letter a second: %s", said)
			}
		}
	})
}

// drip writes a letter a second until nobody listens, and says how long that took.
func drip(at *pipes, text string) time.Duration {
	c := at.dial()
	defer c.Close()
	begun := time.Now()
	go func() { _, _ = io.Copy(io.Discard, c) }() // until it is closed
	for i := range len(text) {
		time.Sleep(time.Second)
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			break
		}
	}
	return time.Since(begun)
}
