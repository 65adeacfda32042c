package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/demo"
)

// A card of the test side has its picture at the same door, and none of the two sides' opens on the other.
func TestPicturesOfBothSidesHaveOneDoor(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "")
	world, err := demo.StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	side, err := newTestSide(t.Context(), a.sandbox, world, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	a.sandbox.join(side)
	for name, one := range map[string]*App{"real": a, "test": side} {
		c, _, err := one.db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: "C-1"}, func(c *bots.Contact) error { c.ExternalID = "C-1"; return nil })
		if err != nil {
			t.Fatal(err)
		}
		address := one.pictures.URL(c, time.Now())
		if address == "" {
			t.Fatalf("the %s side has no picture", name)
		}
		w := httptest.NewRecorder()
		a.public.ServeHTTP(w, httptest.NewRequest("GET", strings.TrimPrefix(address, a.cfg.Server.PublicURL), nil))
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "\x89PNG") {
			t.Errorf("the picture of the %s side: %d %.40q", name, w.Code, w.Body.String())
		}
	}
}
