package links

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Whoever scanned a poster has no message to open again.
func TestADeadLinkSaysWhereAnotherIs(t *testing.T) {
	_, l := open(t)
	for name, c := range map[string]struct {
		path, lang string
		status     int
		want       string
	}{
		"a tracked link":            {"/l/abc", "uk", 404, "Відкрийте його з повідомлення"},
		"an unknown way in":         {"/go/nope", "uk", 404, "попросіть новий у магазині"},
		"a source out of use":       {"/go/till/viber", "ru", 410, "попросите новый в магазине"},
		"in English":                {"/go/till", "en", 404, "ask the shop for a new one"},
		"a way in that has to wait": {"/go/till", "uk", 503, "ще раз за хвилину"},
	} {
		r, w := httptest.NewRequest("GET", c.path, nil), httptest.NewRecorder()
		r.Header.Set("Accept-Language", c.lang)
		l.NoLink(w, r, c.status)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d, without %q: %s", name, w.Code, c.want, w.Body)
		}
	}
}
