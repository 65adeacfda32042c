package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// Whoever has a key makes no hammer of the tests: those of all webhooks are bounded together, and so are those of alerts.
func TestTestsAreBounded(t *testing.T) {
	d := newDesk(t)
	var called atomic.Int64
	program := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer program.Close()
	var paths []string
	for range 3 {
		h, err := d.hooks.Make(context.Background(), webhooks.Hook{URL: program.URL})
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, "/v1/webhooks/"+h.ID+"/test")
	}
	for _, of := range [][]string{paths, {"/v1/alerts:test"}} {
		refused := 0
		for n := range 30 {
			switch w := d.call(people.Admin, "POST", of[n%len(of)], ""); w.Code {
			case http.StatusOK:
			case http.StatusTooManyRequests:
				if p := problemOf(t, w); p.Code != "too_many_tests" || w.Header().Get("Retry-After") == "" {
					t.Errorf("it is refused with %s, %q", p.Code, w.Header().Get("Retry-After"))
				}
				refused++
			default:
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if refused != 20 {
			t.Errorf("%d of 30 tests were refused; want 20", refused)
		}
	}
	if n := called.Load(); n != 10 {
		t.Errorf("the program was called %d times", n)
	}
}
