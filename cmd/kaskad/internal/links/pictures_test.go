package links

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

func TestPicturesOfCards(t *testing.T) {
	owner := &bots.Contact{ID: 7, ExternalID: "C-1"}
	p := &Pictures{
		PublicURL: "https://bots.example.com/", Secret: "a secret of pictures", Life: time.Hour, Log: slog.New(slog.DiscardHandler),
		Contact: func(_ context.Context, id bots.ID) (*bots.Contact, error) {
			if id != owner.ID {
				return nil, nil
			}
			return owner, nil
		},
		Draw: func(text string) ([]byte, error) {
			if text == "" || text == "Ж" {
				return nil, errors.New("no code")
			}
			return []byte("code of " + text), nil
		},
	}
	get := func(address string) (int, string) {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest("GET", strings.TrimPrefix(address, "https://bots.example.com"), nil))
		return w.Code, w.Body.String()
	}
	now := p.URL(owner, time.Now())
	if code, body := get(now); code != http.StatusOK || body != "code of C-1" || !strings.HasSuffix(now, ".png") {
		t.Errorf("%s: %d %q", now, code, body)
	}
	forged := strings.Replace(now, "/c/", "/c/a", 1)
	other := *p
	other.Secret = "another secret"
	for name, address := range map[string]string{
		"one that is over": p.URL(owner, time.Now().Add(-2*time.Hour)), "one of another secret": other.URL(owner, time.Now()),
		"one that was changed": forged, "no code at all": "/c/x.png", "nobody's": p.URL(&bots.Contact{ID: 8, ExternalID: "C-1"}, time.Now()),
	} {
		if code, body := get(address); code != http.StatusNotFound || strings.Contains(body, "C-1") {
			t.Errorf("%s: %d %q", name, code, body)
		}
	}
	path, side := strings.TrimPrefix(now, "https://bots.example.com"), other
	if side.Test = true; !p.Mine(path) || side.Mine(path) || p.Mine("/c/x.png") {
		t.Error("a picture is not of the side of its person alone")
	}
	owner.ExternalID = "C-2" // another card since
	if code, _ := get(now); code != http.StatusNotFound {
		t.Errorf("the picture of a card that is no more: %d", code)
	}
	if got := p.URL(&bots.Contact{ID: 7, ExternalID: "Ж"}, time.Now()); got != "" {
		t.Errorf("a card that no code shows has the picture %s", got)
	}
}
