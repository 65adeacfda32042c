package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kaskad/templates"
)

// unknown answers paths and methods that are not there.
func (a *API) unknown(w http.ResponseWriter, r *http.Request) {
	allowed := a.methods(r)
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
	}
	switch {
	case len(allowed) > 0 && r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case len(allowed) > 0:
		answerProblem(w, problem(http.StatusMethodNotAllowed, "method_not_allowed", "", "%.200s takes %s.", r.URL.Path, strings.Join(allowed, ", ")))
	case !clean(r):
		answerProblem(w, problem(http.StatusNotFound, "unknown_path", "", "There is no %.200s: no part of a path is empty, . or .. here. See /openapi.json.", r.URL.Path))
	default:
		answerProblem(w, problem(http.StatusNotFound, "unknown_path", "", "There is no %.200s.%s See /openapi.json.", r.URL.Path, a.elsewhere(r)))
	}
}

// answerProblem writes a problem outside of huma.
func answerProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller has gone
}

// methods are those that the path of a request takes.
func (a *API) methods(r *http.Request) []string {
	var found []string
	if !clean(r) {
		return nil
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		other := r.WithContext(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/" && pattern != "" {
			found = append(found, method)
		}
	}
	if len(found) > 0 {
		found = append(found, http.MethodOptions)
	}
	return found
}

// clean reports whether a path has no empty or dotted parts: the mux would send the caller elsewhere.
func clean(r *http.Request) bool {
	p := r.URL.EscapedPath()
	return p != "" && (path.Clean(p) == p || path.Clean(p)+"/" == p)
}

// elsewhere says where the caller may have wanted to go.
func (a *API) elsewhere(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	asked := strings.Split(path, "/")
	var near []string
	for _, known := range slices.Sorted(maps.Keys(a.huma.OpenAPI().Paths)) {
		if filled := filled(strings.Split(known, "/"), asked); filled != "" {
			near = append(near, filled)
		}
	}
	if len(near) > 0 {
		return fmt.Sprintf(" Did you mean %.200q?", cmp.Or(templates.Nearest(path, near), near[0]))
	}
	if len(asked) > 3 && strings.Contains(asked[3], ":") {
		return " A slash inside a REF is written %2F."
	}
	return ""
}

// filled is a path of the document with the parts of a call in place of its names; empty when its own words are other ones.
func filled(known, asked []string) string {
	if len(known) != len(asked) {
		return ""
	}
	var words, said []string
	known = slices.Clone(known)
	for i := range known {
		if strings.HasPrefix(known[i], "{") {
			known[i] = asked[i]
		} else if i > 1 { // behind /v1
			words, said = append(words, known[i]), append(said, asked[i])
		}
	}
	if templates.Nearest(strings.Join(said, "/"), []string{strings.Join(words, "/")}) == "" {
		return ""
	}
	return strings.Join(known, "/")
}

// asked refuses what the rest would pass over in silence: a parameter twice, one without a value, a query that cannot be read.
func asked(ctx huma.Context, next func(huma.Context)) {
	if p := askedTwice(ctx); p != nil {
		refuse(ctx, p)
		return
	}
	next(ctx)
}

func askedTwice(ctx huma.Context) *Problem {
	r, _ := humago.Unwrap(ctx)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return unfit("invalid_field", "", "The query cannot be read: percent-encode its values.")
	}
	for _, p := range ctx.Operation().Parameters {
		values := query[p.Name]
		switch {
		case p.In == "query" && len(values) > 1:
			return unfit("invalid_field", p.Name, "%s stands in the query more than once: write it once.", p.Name)
		case p.In == "query" && len(values) == 1 && values[0] == "" && p.Name != "cursor" && p.Name != "after":
			return unfit("invalid_field", p.Name, "%s has no value: write one, or leave it out.", p.Name)
		}
		if values := r.Header.Values(p.Name); p.In == "header" && (len(values) > 1 || len(values) == 1 && values[0] == "") {
			return unfit("invalid_key", p.Name, "The header %s has no value, or more than one: write one, or leave it out.", p.Name)
		}
	}
	return nil
}
