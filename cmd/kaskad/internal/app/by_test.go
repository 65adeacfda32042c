package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// Messages leave no line in the audit: the delivery says who asked for it, whichever call it was.
func TestADeliveryNamesWhoAskedForIt(t *testing.T) {
	a, api := gateway(t, t.TempDir(), "")
	if err := a.engine.Receive(t.Context(), batchOf(t, a, said)); err != nil {
		t.Fatal(err)
	}
	for want, who := range map[string]people.Principal{
		"key:crm":       {KeyID: "abcdefgh", Name: "crm", Scopes: people.Admin},
		"account:Ірина": {Person: "k3q9zx7w", Name: "Ірина", Role: people.RoleAdmin, Scopes: people.Admin},
		"key:local":     people.Local(),
	} {
		for path, body := range map[string]string{
			"/v1/deliveries":                        `{"to":"phone:+380501112233","text":"Готово","purpose":"service"}`,
			"/v1/deliveries:batch":                  `{"deliveries":[{"to":"phone:+380501112233","text":"Готово","purpose":"service"}]}`,
			"/v1/conversations/telegram:42/replies": `{"text":"Дякуємо"}`,
		} {
			r := httptest.NewRequestWithContext(people.With(t.Context(), who), http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			a.api.ServeHTTP(w, r)
			var made struct {
				ID      string
				Results []result
			}
			if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code >= 300 {
				t.Fatalf("%s is answered %d %s", path, w.Code, w.Body)
			}
			if len(made.Results) == 1 {
				made.ID = made.Results[0].ID
			}
			var is struct{ By string }
			if err := api.Do(t.Context(), http.MethodGet, "/v1/deliveries/"+made.ID, nil, &is); err != nil || is.By != want {
				t.Errorf("%s: the delivery says %q, %v; want %q", path, is.By, err, want)
			}
		}
	}
}
