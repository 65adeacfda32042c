package inbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// Whoever has somebody's session guesses no password: tries that are broken off before they are looked at give back no others.
func TestTriesThatAreBrokenOffGiveBackNoOthers(t *testing.T) {
	for path, field := range map[string]string{"/account/password": "old", "/account/provider": "password"} {
		h := newHall(t)
		p, invitation, err := h.Accounts.Invite(t.Context(), h.now, people.NewPerson{Email: "ira@shop.example", Name: "Ira", Role: people.RoleAgent})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Accounts.Accept(t.Context(), h.now, invitation.Code, "a tractor that says nothing", ""); err != nil {
			t.Fatal(err)
		}
		token, err := h.Accounts.Begin(t.Context(), h.now, p.ID, people.Browser{})
		if err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		try := func(ctx context.Context) int {
			form := url.Values{"form": {people.FormToken(token)}, field: {"a guess"}}
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://kaskad.shop.example"+path, strings.NewReader(form.Encode()))
			r.RemoteAddr = "203.0.113.1:4711"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: "__Host-" + sessionCookie, Value: token.Reveal()})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code
		}
		looked := 0
		for range 100 {
			if try(gone) == http.StatusForbidden { // in half of them the browser was gone too late
				looked++
			}
		}
		if looked != 5 { // each that was not looked at is given back, and nothing else
			t.Errorf("%s: %d guesses were looked at, want the five that are free", path, looked)
		}
		if code := try(t.Context()); code != http.StatusTooManyRequests {
			t.Errorf("%s: one more is answered %d", path, code)
		}
	}
}

// A cell that a spreadsheet would take for a formula is none.
func TestCellsAreNoFormulas(t *testing.T) {
	for cell, want := range map[string]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "Ira = x": "Ira = x", "": ""} {
		if got := tame(cell); got != want {
			t.Errorf("%q is written %q; want %q", cell, got, want)
		}
	}
}
