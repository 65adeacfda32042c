package signon_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/signon"
)

// discovery is a provider of which only what it says of itself is asked; tell is what it answers with.
func discovery(t *testing.T, tell func(w http.ResponseWriter, own string)) *signon.Provider {
	t.Helper()
	var own string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		tell(w, own)
	}))
	t.Cleanup(s.Close)
	own = s.URL
	return signon.New(signon.Config{Issuer: s.URL, ClientID: "kaskad"})
}

func document(own, auth string) string {
	return fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q}`, own, auth, own+"/token", own+"/keys")
}

// Whoever closes the browser while the provider is asked about itself keeps nobody else out: anybody can open that address.
func TestWhoeverGoesAwayKeepsNobodyOut(t *testing.T) {
	p := discovery(t, func(w http.ResponseWriter, own string) { fmt.Fprint(w, document(own, own+"/auth")) })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	// What the one who is gone is told is nobody's business.
	_, _ = p.Start(gone, "http://localhost/login/back", "state", "nonce", "verifier")
	at, err := p.Start(t.Context(), "http://localhost/login/back", "state", "nonce", "verifier")
	if err != nil || !strings.Contains(at, "code_challenge_method=S256") || strings.Contains(at, "verifier") {
		t.Errorf("Start = %q, %v; want the provider's address with a challenge", at, err)
	}
}

// A provider that answers without end, sends elsewhere or wants people on a plain line is none.
func TestAProviderThatIsNone(t *testing.T) {
	moved := false
	for name, tell := range map[string]func(w http.ResponseWriter, own string){
		"answers too much": func(w http.ResponseWriter, own string) {
			fmt.Fprint(w, strings.Repeat(" ", 1<<20), document(own, own+"/auth"))
		},
		"sends elsewhere": func(w http.ResponseWriter, own string) {
			if !moved {
				moved = true
				w.Header().Set("Location", own+"/elsewhere")
				w.WriteHeader(http.StatusFound)
			}
			fmt.Fprint(w, document(own, own+"/auth"))
		},
		"a plain line":   func(w http.ResponseWriter, own string) { fmt.Fprint(w, document(own, "http://login.example/auth")) },
		"another issuer": func(w http.ResponseWriter, own string) { fmt.Fprint(w, document("https://login.example", own+"/auth")) },
	} {
		p := discovery(t, tell)
		if at, err := p.Start(t.Context(), "http://localhost/login/back", "state", "nonce", "verifier"); !errors.Is(err, signon.ErrAway) {
			t.Errorf("%s: Start = %q, %v; want %v", name, at, err, signon.ErrAway)
		}
	}
}

// An address without a name, on a plain line or with a user in it is not asked.
func TestAddressesThatAreNotAsked(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://login.shop.example/realms/shop": true, "http://127.0.0.1:8080": true, "http://localhost": true,
		"https://": false, "https://:": false, "https://:443/": false, "http://login.shop.example": false, "https://u@login.shop.example": false, "https://login.shop.example/#x": false, "": false,
	} {
		if err := (signon.Config{Issuer: address, ClientID: "kaskad"}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
