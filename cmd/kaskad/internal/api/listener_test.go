package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/api"
)

// say writes bytes to a server and reads what it answers until it hangs up.
func say(t *testing.T, s *httptest.Server, call string) (*http.Response, []byte) {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go io.WriteString(c, call) // headers without end are not read to theirs
	w, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", call, err)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatalf("%.60q: %v", call, err)
	}
	return w, body
}

// behind serves a handler as the program serves the API.
func behind(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.MaxHeaderBytes = 4 << 10
	s.Listener = api.Listener(s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// TestWhatIsNoCallIsAProblem: net/http refuses these before the API is asked.
func TestWhatIsNoCallIsAProblem(t *testing.T) {
	d := newDesk(t)
	s := behind(t, d.api)
	d.call(0, "GET", "/v1/status", "") // makes the witness
	for name, c := range map[string]struct {
		call   string
		status int
		detail string
	}{
		"a percent sign by itself":      {"GET /v1/contacts/ext:%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "%25"},
		"one at the end":                {"PUT /v1/contacts/ext:100% HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 400, "%25"},
		"a call to nobody":              {"GET /v1/status HTTP/1.1\r\n\r\n", 400, "Host"},
		"a header that is none":         {"GET /v1/status HTTP/1.1\r\nHost: x\r\na b: c\r\n\r\n", 400, "header"},
		"headers without end":           {"GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431, "too large"},
		"a transfer coding nobody has":  {"POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "cannot be read"},
		"another protocol":              {"GET /v1/status HTTP/3.0\r\nHost: x\r\n\r\n", 505, "cannot be read"},
		"no HTTP at all":                {"hello\r\n\r\n", 400, "cannot be read"},
		"a length that is none":         {"POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "cannot be read"},
		"two lengths that do not agree": {"POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			w, body := say(t, s, c.call)
			var p api.Problem
			if err := json.Unmarshal(body, &p); err != nil || w.StatusCode != c.status || w.Header.Get("Content-Type") != "application/problem+json" || !w.Close {
				t.Fatalf("answered %d %v %q: %v", w.StatusCode, w.Header, body, err)
			}
			if p.Code != "malformed_call" || p.Status != c.status || !strings.Contains(p.Detail, c.detail) {
				t.Errorf("answered %s", body)
			}
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			for _, fault := range d.witness.conform(map[string]any{"$ref": "#/components/schemas/Problem"}, v, "problem") {
				t.Error(fault)
			}
		})
	}
	for path, methods := range node(d.witness.doc, "paths").(map[string]any) {
		for method, o := range asMap(methods) {
			if told := asList(node(o, "responses", "400", "x-codes")); !slices.Contains(told, any("malformed_call")) {
				t.Errorf("%s %s does not tell of malformed_call: %v", method, path, told)
			}
		}
	}
}

// TestAnswersOfHandlersStay: only what net/http writes by itself is another thing in the end.
func TestAnswersOfHandlersStay(t *testing.T) {
	big := bytes.Repeat([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"), 2000)
	s := behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			_, _ = w.Write(big)
			return
		}
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(400)
		_, _ = io.WriteString(w, "400 Bad Request")
	}))
	w, body := say(t, s, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if w.StatusCode != 400 || string(body) != "400 Bad Request" || w.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("a handler's refusal became %d %v %s", w.StatusCode, w.Header, body)
	}
	if w, body = say(t, s, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); w.StatusCode != 200 || !bytes.Equal(body, big) {
		t.Errorf("a body of %d bytes became one of %d", len(big), len(body))
	}
}
