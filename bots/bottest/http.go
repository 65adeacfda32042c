package bottest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// HTTP describes a channel of plain HTTP calls: what it answers. Start makes a Peer of it.
type HTTP struct {
	// IsSend tells sends from other calls, such as the ones of Check; nil: every request is a send.
	IsSend func(r *http.Request) bool
	// Accept is the answer to a send that is taken; Text reads what the person will see.
	Accept http.HandlerFunc
	Text   func(r *http.Request) string
	// Other answers calls that are no sends; nil: 404.
	Other http.HandlerFunc
	// Refuse are the channel's own failures: Blocked, Gone, Flooded, BadText, BadToken. One that is not here cannot happen.
	// ServerError, Garbage, Hang, Cut and Down are made here unless they are described.
	Refuse map[Failure]http.HandlerFunc
}

// Answer is a handler that says one thing, for HTTP.Refuse.
func Answer(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Start starts the other side.
func (h HTTP) Start(t *testing.T) Peer {
	t.Helper()
	p := &httpPeer{HTTP: h, over: make(chan struct{})}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() {
		close(p.over)
		p.server.Close()
	})
	return Peer{URL: p.server.URL, Fail: p.fail, Requests: p.requests, Texts: p.read}
}

// httpPeer is the other side of one channel of plain HTTP calls.
type httpPeer struct {
	HTTP
	server *httptest.Server
	over   chan struct{} // the test ended: stop hanging

	mu     sync.Mutex
	failed http.HandlerFunc // nil: all is well
	sends  int
	texts  []string
}

func (p *httpPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	again := func() *http.Request {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return r
	}
	send := p.IsSend == nil || p.IsSend(again())
	p.mu.Lock()
	failed := p.failed
	if send {
		p.sends++
	}
	if send && failed == nil {
		p.texts = append(p.texts, p.Text(again()))
	}
	p.mu.Unlock()
	switch {
	case failed != nil:
		failed(w, again())
	case send:
		p.Accept(w, again())
	case p.Other != nil:
		p.Other(w, again())
	default:
		http.NotFound(w, r)
	}
}

func (p *httpPeer) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sends
}

func (p *httpPeer) read() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.texts...)
}

func (p *httpPeer) fail(f Failure) bool {
	if f == Down {
		p.server.Close()
		return true
	}
	failed, ok := p.Refuse[f]
	if !ok {
		failed, ok = p.common(f)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = failed
	return ok
}

// common are the failures that look the same on every channel.
func (p *httpPeer) common(f Failure) (http.HandlerFunc, bool) {
	switch f {
	case ServerError:
		return Answer(http.StatusBadGateway, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), true
	case Garbage:
		return quote, true
	case Hang:
		return func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-p.over:
			}
		}, true
	case Cut:
		return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true
	}
	return nil, false
}

// quote answers what careless pages in between answer: the request itself, secrets and all.
func quote(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "<html>you asked %s %s %v %s", r.Method, r.URL, r.Header, body)
}
