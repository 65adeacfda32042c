package app

import (
	"net/http"
	"strings"
)

// apiFirst gives the API every path under /v1 as it was asked for. A mux would answer those that it tidies up with a redirect to
// another one, as a page: what calls the API reads problems.
func apiFirst(api http.Handler, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.EscapedPath(); p == "/v1" || strings.HasPrefix(p, "/v1/") {
			api.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}
