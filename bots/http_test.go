package bots_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
)

// rawServer counts the requests it has read whole. answer gets the number of the request on its connection and returns
// what to write; nothing, or an answer with "Connection: close", ends the connection.
type rawServer struct {
	net.Listener
	mu    sync.Mutex
	seen  []string // method and path
	conns int
}

func newRawServer(t *testing.T, answer func(nthOnConn int) string) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
			go s.serve(conn, answer)
		}
	}()
	return s
}

func (s *rawServer) serve(conn net.Conn, answer func(int) string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for n := 1; ; n++ {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		io.Copy(io.Discard, req.Body)
		s.mu.Lock()
		s.seen = append(s.seen, req.Method+" "+req.URL.Path)
		s.mu.Unlock()
		text := answer(n)
		io.WriteString(conn, text)
		if text == "" || strings.Contains(text, "Connection: close") {
			return
		}
	}
}

func (s *rawServer) count(what string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seen := range s.seen {
		if seen == what {
			n++
		}
	}
	return n
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func call(t *testing.T, c *bots.Client, method, url, body string, header ...string) (bots.Response, error) {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return c.Call(req)
}

// A provider that reads the request and then closes the connection has seen it once, whatever the method, the headers
// and the age of the connection.
func TestRequestIsNeverRepeated(t *testing.T) {
	kinds := map[string]struct {
		method, body string
		header       []string
		reuses       bool
	}{
		"POST":                        {"POST", "text=hi", nil, true},
		"POST without a body":         {"POST", "", nil, true},
		"POST with Idempotency-Key":   {"POST", "text=hi", []string{"Idempotency-Key", "1"}, false},
		"POST with X-Idempotency-Key": {"POST", "text=hi", []string{"X-Idempotency-Key", "1"}, false},
		"GET":                         {"GET", "", nil, false},
		"PUT":                         {"PUT", "hi", nil, true},
		"OPTIONS":                     {"OPTIONS", "", nil, false},
	}
	for name, k := range kinds {
		for _, warm := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s after %d good ones", name, warm), func(t *testing.T) {
				c := bots.NewClient(bots.ClientOptions{})
				defer c.Close()
				var die sync.Map
				s := newRawServer(t, func(int) string {
					if _, now := die.Load("now"); now {
						return ""
					}
					return okAnswer
				})
				url := "http://" + s.Addr().String()
				for range warm {
					if _, err := call(t, c, k.method, url+"/warm", k.body, k.header...); err != nil {
						t.Fatal(err)
					}
				}
				die.Store("now", true)
				_, err := call(t, c, k.method, url+"/send", k.body, k.header...)
				if f := bots.FaultOf(err).Fault; err == nil || f != bots.Uncertain {
					t.Errorf("error = %v (%v), want uncertain", err, f)
				}
				time.Sleep(20 * time.Millisecond) // for a repeat to arrive
				if n := s.count(k.method + " /send"); n != 1 {
					t.Errorf("the provider saw the request %d times, want 1", n)
				}
				if reused := warm > 0 && s.conns == 1; warm > 0 && reused != k.reuses {
					t.Errorf("%d connections for %d requests; reuse is %t, want %t", s.conns, warm+1, reused, k.reuses)
				}
			})
		}
	}
}

// The same proof over net/http's default transport shows why it is needed: it repeats the GET. If it ever stops doing
// that, this test says so.
func TestDefaultTransportRepeats(t *testing.T) {
	s := newRawServer(t, func(n int) string {
		if n > 1 {
			return ""
		}
		return okAnswer
	})
	url := "http://" + s.Addr().String()
	c := &http.Client{Transport: &http.Transport{}}
	for _, path := range []string{"/warm", "/send"} {
		res, err := c.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	if n := s.count("GET /send"); n != 2 {
		t.Errorf("net/http sent the GET %d times; this guard expected 2", n)
	}
}

func TestFaultOfTransport(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := newRawServer(t, func(int) string { return okAnswer })
	rude := newRawServer(t, func(int) string { return "secret-token text=hi\r\n\r\n" })
	torn := newRawServer(t, func(int) string {
		return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\nhalf"
	})
	cases := map[string]struct {
		url  string
		want bots.Fault
	}{
		"nobody listens":                    {"http://" + closed.Addr().String(), bots.Temporary},
		"no such host":                      {"http://nobody.invalid", bots.Temporary},
		"no TLS there":                      {"https://" + plain.Addr().String(), bots.Temporary},
		"the answer is not HTTP":            {"http://" + rude.Addr().String(), bots.Uncertain},
		"a scheme that is none":             {"gopher://127.0.0.1", bots.Temporary},
		"the connection dies in the answer": {"http://" + torn.Addr().String(), bots.Uncertain},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := bots.NewClient(bots.ClientOptions{})
			defer c.Close()
			_, err := call(t, c, "POST", tc.url+"/bot-secret-token/send?key=secret-token", "text=hi secret-token", "Authorization", "Bearer secret-token")
			if f := bots.FaultOf(err).Fault; err == nil || f != tc.want {
				t.Errorf("error = %v (%v), want %v", err, f, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	release := make(chan struct{})
	silent := newRawServer(t, func(int) string { <-release; return "" })
	t.Cleanup(func() { close(release) })
	cases := map[string]struct {
		timeout time.Duration
		body    io.Reader
		want    bots.Fault
		cause   error
	}{
		"over before anything was written":       {-time.Second, strings.NewReader("hi"), bots.Temporary, context.DeadlineExceeded},
		"over while the answer is waited for":    {100 * time.Millisecond, strings.NewReader("hi"), bots.Uncertain, context.DeadlineExceeded},
		"over while the body is written by half": {100 * time.Millisecond, slowBody{t.Context()}, bots.Uncertain, context.DeadlineExceeded},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := bots.NewClient(bots.ClientOptions{})
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), tc.timeout)
			defer cancel()
			req, _ := http.NewRequest("POST", "http://"+silent.Addr().String(), tc.body)
			_, err := c.Within(ctx).Do(req)
			if f := bots.FaultOf(err).Fault; f != tc.want || !errors.Is(err, tc.cause) {
				t.Errorf("error = %v (%v), want %v because of %v", err, f, tc.want, tc.cause)
			}
		})
	}
}

// slowBody gives one byte, then nothing until the test ends.
type slowBody struct{ ctx context.Context }

func (b slowBody) Read(p []byte) (int, error) {
	select {
	case <-b.ctx.Done():
		return 0, io.EOF
	case <-time.After(20 * time.Millisecond):
		p[0] = 'x'
		return 1, nil
	}
}

// A request that was cancelled before its first byte can be tried again only because that byte never follows.
func TestTemporaryMeansNeverWritten(t *testing.T) {
	s := newRawServer(t, func(int) string { return okAnswer })
	c := bots.NewClient(bots.ClientOptions{})
	defer c.Close()
	uncertain, temporary, answered := 0, 0, 0
	for i := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(i%100)*5*time.Microsecond, cancel)
		req, _ := http.NewRequestWithContext(ctx, "POST", "http://"+s.Addr().String()+fmt.Sprintf("/%d", i), strings.NewReader("hi"))
		_, err := c.Call(req)
		switch {
		case err == nil:
			answered++
		case bots.FaultOf(err).Fault == bots.Uncertain:
			uncertain++
		default:
			temporary++
			time.Sleep(time.Millisecond)
			if n := s.count(fmt.Sprintf("POST /%d", i)); n != 0 {
				t.Fatalf("request %d was called temporary (%v) and arrived", i, err)
			}
		}
		cancel()
	}
	t.Logf("%d answered, %d uncertain, %d temporary", answered, uncertain, temporary)
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var elsewhere int
	mux := http.NewServeMux()
	mux.HandleFunc("/send", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere++ })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	res, err := call(t, bots.NewClient(bots.ClientOptions{}), "POST", srv.URL+"/send", "hi")
	if err != nil || res.Status != http.StatusTemporaryRedirect || elsewhere != 0 {
		t.Errorf("status %d, error %v, %d calls elsewhere; want the redirect itself", res.Status, err, elsewhere)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 10
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		io.WriteString(w, strings.Repeat("x", n))
	}))
	defer srv.Close()
	c := bots.NewClient(bots.ClientOptions{MaxBody: 100})
	for n, cut := range map[int]bool{0: false, 99: false, 100: false, 101: true, 100_000: true} {
		res, err := call(t, c, "GET", fmt.Sprintf("%s/?n=%d", srv.URL, n), "")
		if err != nil || res.Cut != cut || len(res.Body) != min(n, 100) {
			t.Errorf("%d bytes: read %d, cut %t, error %v; want cut %t", n, len(res.Body), res.Cut, err, cut)
		}
		req, _ := http.NewRequest("GET", fmt.Sprintf("%s/?n=%d", srv.URL, n), nil)
		raw, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(raw.Body); errors.Is(err, bots.ErrTooLarge) != cut {
			t.Errorf("%d bytes: reading the body of Do ends with %v", n, err)
		}
		raw.Body.Close()
	}
}

func TestHTTPS(t *testing.T) {
	var proto string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		if r.URL.Path == "/die" {
			panic(http.ErrAbortHandler)
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	roots := srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := bots.NewClient(bots.ClientOptions{RootCAs: roots})
	if _, err := call(t, c, "POST", srv.URL+"/ok", "hi"); err != nil || proto != "HTTP/1.1" {
		t.Errorf("POST over TLS: %v, spoken %s; want HTTP/1.1", err, proto)
	}
	if _, err := call(t, c, "POST", srv.URL+"/die", "hi"); bots.FaultOf(err).Fault != bots.Uncertain || err == nil {
		t.Errorf("died after the request: %v; want uncertain", err)
	}
	_, err := call(t, bots.NewClient(bots.ClientOptions{}), "POST", srv.URL+"/ok", "hi")
	if bots.FaultOf(err).Fault != bots.Temporary || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("unknown certificate: %v; want temporary, and said", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	cases := map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		" 30 ":                          30 * time.Second,
		"-5":                            0,
		"soon":                          0,
		"99999999":                      time.Hour,
		"99999999999999999999":          0,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute,
		"Sat, 21 Nov 2026 11:00:00 GMT": 0,
		"Sun, 21 Nov 2027 12:00:00 GMT": time.Hour,
	}
	for value, want := range cases {
		if got := bots.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("RetryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}
