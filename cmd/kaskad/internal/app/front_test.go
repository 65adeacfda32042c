package app

import (
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
