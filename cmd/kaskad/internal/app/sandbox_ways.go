package app

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/cmd/kaskad/internal/people"
)

// byKey brings a call of the API to the side of its key.
func (s *sandbox) byKey(real http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.forTest(r) {
			real.ServeHTTP(w, r)
			return
		}
		side, err := s.ready(r.Context())
		if err != nil {
			api.NoTestSide(w)
			return
		}
		side.api.ServeHTTP(w, r)
	})
}

// forTest reports whether a call comes with a test key. One that nobody knows is refused by the real side as any other.
func (s *sandbox) forTest(r *http.Request) bool {
	key := api.Bearer(r.Header.Get("Authorization"))
	if !strings.HasPrefix(key, people.TestPrefix) {
		return false
	}
	who, known := s.real.keys.Authenticate(key)
	return known && who.Test
}

// way is what people open with a code that only one side can have made.
type way interface {
	http.Handler
	// Mine reports whether the code in a path was made here.
	Mine(path string) bool
}

// byCode brings whoever opens a link to the side that made it.
func (s *sandbox) byCode(real http.Handler, of func(*App) way) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if side := s.running(); side != nil && of(side).Mine(r.URL.Path) {
			of(side).ServeHTTP(w, r)
			return
		}
		real.ServeHTTP(w, r)
	})
}

// linkIn finds what may be a tracked link.
var linkIn = regexp.MustCompile(links.LinkPrefix + `[0-9A-Za-z]+`)

// openFirst opens the first tracked link in a message, as the person's browser would. It goes in here and not over the network: our
// public address need not be reachable from this machine.
func (a *App) openFirst(message string) {
	for _, path := range linkIn.FindAllString(message, -1) {
		if !a.redirect.Mine(path) {
			continue
		}
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
		if err != nil {
			continue // it is a path
		}
		r.RemoteAddr = "127.0.0.1:0"
		r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36")
		a.redirect.ServeHTTP(nowhere{}, r)
		return
	}
}

// nowhere takes an answer that nobody reads.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}
