package app

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"kaskad/cmd/kaskad/internal/control"
)

// Whoever waits for a message is told its id whatever happens: who does not know that it was accepted sends it again.
func TestFollowingOutlastsARestart(t *testing.T) {
	const id = "001k0v1x1ma3k"
	for name, c := range map[string]struct {
		failures int // looks that fail before one that does not
		gone     bool
		ended    bool
	}{
		"nothing fails":             {0, false, true},
		"a restart":                 {5, false, true},
		"longer than patience has":  {patience + 1, false, false},
		"the delivery is not there": {0, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failed := 0
				g := &Gate{client: control.Direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case strings.HasSuffix(r.URL.Path, "/stream"):
						w.WriteHeader(http.StatusServiceUnavailable)
					case c.gone:
						w.WriteHeader(http.StatusNotFound)
						w.Write([]byte(`{"code":"unknown_delivery","detail":"No delivery has this id."}`))
					case failed < c.failures:
						failed++
						w.Write([]byte(`{`)) // it broke off
					default:
						json.NewEncoder(w).Encode(Sent{ID: id, State: "done"})
					}
				}))}
				end, err := g.Follow(t.Context(), id, func(*Standing) {})
				if c.ended && (err != nil || end.State != "done") || !c.ended && (err == nil || !strings.HasPrefix(err.Error(), id+" was accepted")) {
					t.Errorf("%+v, %v", end, err)
				}
				if _, said := errors.AsType[*control.Problem](err); said != c.gone {
					t.Errorf("what the gateway said is lost: %v", err)
				}
			})
		})
	}
}
