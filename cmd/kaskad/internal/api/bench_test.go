package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

const bonus = `{"to":"phone:+380501112233","template":"bonus","data":{"points":120,"name":"Олена"},"key":"order-1234567","metadata":{"order":"1234567"}}`

// BenchmarkAccept is everything between net/http and the engine.
func BenchmarkAccept(b *testing.B) {
	d := newDesk(b)
	d.keys = map[string]fallback.Accepted{d.id().String(): {}}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/deliveries", strings.NewReader(bonus))
		r.Header.Set("Authorization", "Bearer "+d.token[people.Send])
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted {
			b.Fatal(w.Code, w.Body)
		}
		d.asks = d.asks[:0]
	}
}

// BenchmarkShow is a delivery read with its steps.
func BenchmarkShow(b *testing.B) {
	d := newDesk(b)
	id := d.delivered(bots.ID(7))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/v1/deliveries/"+id.String(), nil)
		r.Header.Set("Authorization", "Bearer "+d.token[people.Read])
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}
