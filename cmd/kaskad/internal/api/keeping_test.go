package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

func TestHealthOfWhatIsKept(t *testing.T) {
	k := api.Keeping{Last: noon, Dropped: map[string]uint64{"messages": 3}, DeletedSince: noon, CompactAt: noon.Add(time.Hour)}
	h := api.NewHealth(api.HealthOptions{Keeping: func() api.Keeping { return k }})
	get := func(from http.Handler) string {
		w := httptest.NewRecorder()
		from.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
		return w.Body.String()
	}
	want := `"compact":{"deleted_since":"` + noon.UTC().Format(time.RFC3339) + `","at":"` + noon.Add(time.Hour).UTC().Format(time.RFC3339) + `"}`
	if got := get(h.Ready()); !strings.Contains(got, want) {
		t.Errorf("readyz answers %s; want %s", got, want)
	}
	metrics := get(h.Metrics())
	for _, line := range []string{`kaskad_retention_dropped_total{kind="messages"} 3`, "kaskad_retention_last_timestamp_seconds ", "kaskad_store_deleted_seconds "} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	k.DeletedSince = time.Time{}
	if got := get(h.Ready()); strings.Contains(got, "compact") {
		t.Errorf("readyz of a file without anything deleted answers %s", got)
	}
}
