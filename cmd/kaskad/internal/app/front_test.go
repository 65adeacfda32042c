package app

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whatever is asked for under /v1, what is wrong is told as a problem: no redirect, no page.
func TestEveryPathUnderV1IsTheAPIs(t *testing.T) {
	for _, extra := range []string{"", "admin"} {
		a, _ := gateway(t, t.TempDir(), "")
		doors := a.admin
		if extra == "" {
			a.cfg.Server.Admin = ""
			if err := a.wireDoors(nil); err != nil {
				t.Fatal(err)
			}
			doors = a.public
		}
		for path, status := range map[string]int{"/v1": 404, "/v1/": 404, "/v1//status": 404, "/v1/keys/../status": 404, "/v1/status/": 404, "/v1/status": 401, "/v1/contacts/ext:a%2F%2Fb": 401} {
			w := httptest.NewRecorder()
			doors.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"code"`) {
				t.Errorf("%s is answered %d %s %s; want %d as a problem", path, w.Code, w.Header().Get("Content-Type"), w.Body, status)
			}
		}
		w := httptest.NewRecorder()
		if doors.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil)); w.Code != 200 {
			t.Errorf("/healthz is answered %d", w.Code)
		}
	}
}

// Without an admin listener the API is on the public one, and all of it is as it would be on its own.
func TestTheAPIOnThePublicListener(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "")
	a.cfg.Server.Admin = ""
	if err := a.wireDoors(nil); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := a.servePublic(t.Context(), l); err != nil {
			t.Errorf("served until %v", err)
		}
	}()
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"/v1//status": {404, "unknown_path"}, "/v1/contacts/..": {404, "unknown_path"}, "/v1/contacts/ext:%zz": {400, "malformed_call"}, "/in/../v1": {404, "404 page"},
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: kaskad\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		w, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(w.Body)
		if err != nil || w.StatusCode != want.status || !strings.Contains(string(body), want.code) {
			t.Errorf("%s is answered %d %s %v; want %d %s", path, w.StatusCode, body, err, want.status, want.code)
		}
		c.Close()
	}
}
