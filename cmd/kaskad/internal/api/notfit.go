package api

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"kaskad/templates"
)

// where is what a call may hold: the schema of its body, and its parameters.
type where struct {
	body   *huma.Schema
	params []*huma.Param
}

// of is where of a call's operation.
func of(o *huma.Operation) where {
	w := where{params: o.Parameters}
	if o.RequestBody != nil && o.RequestBody.Content["application/json"] != nil {
		w.body = o.RequestBody.Content["application/json"].Schema
	}
	return w
}

// notFit says what is wrong with the fields of a call: one thing, the same for the same call. A name that is not there comes first: a
// misspelt one is missing as well. The values are not repeated, but for a word that is like one of those that may stand there.
func (a *API) notFit(errs []*huma.ErrorDetail, w where) *Problem {
	if len(errs) == 0 {
		return unfit("invalid_field", "", "The call does not fit; see /openapi.json.")
	}
	e := slices.MinFunc(errs, func(a, b *huma.ErrorDetail) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Location, b.Location))
	})
	kind, field := split(e.Location)
	switch rank(e) {
	case misnamed:
		parent, name := "", field
		if i := strings.LastIndexByte(field, '.'); i >= 0 {
			parent, name = field[:i], field[i+1:]
		}
		return unfit("unknown_field", field, "There is no %.64q here.%s The names are exact; see /openapi.json.", field, didYouMean(name, a.names(w, kind, parent)))
	case missing:
		name, required := strings.CutPrefix(e.Message, requiredPrefix)
		switch name, _, _ = strings.Cut(name, " "); {
		case !required: // null: the place is the name
			name = field
		case field != "" && field != "body":
			name = field + "." + name
		}
		return unfit("missing_field", name, "%q is missing.", name)
	}
	if field == "" || field == "body" {
		return unfit("invalid_field", strings.TrimSpace(field), "It does not fit: %s.", plainly(e.Message))
	}
	hint := ""
	if s, ok := e.Value.(string); ok {
		hint = didYouMean(s, a.words(w, kind, field))
	}
	return unfit("invalid_field", field, "%s: %s.%s", field, plainly(e.Message), hint)
}

// The kinds of errors, in the order in which they are told.
const (
	misnamed = iota
	missing
	unfitting
)

const (
	requiredPrefix = "expected required property "
	unknownQuery   = "unknown query parameter"
)

func rank(e *huma.ErrorDetail) int {
	switch {
	case e.Message == validation.MsgUnexpectedProperty, e.Message == unknownQuery:
		return misnamed
	case strings.HasPrefix(e.Message, requiredPrefix), isNull(e):
		return missing
	}
	return unfitting
}

// isNull reports whether null stands where a field is needed: huma passes over that of others. In a list it is an item of the wrong
// kind, and in place of a whole body a body.
func isNull(e *huma.ErrorDetail) bool {
	_, field := split(e.Location)
	return e.Value == nil && strings.HasPrefix(e.Message, "expected ") && field != "" && field != "body" && !strings.HasSuffix(field, "]")
}

// split cuts a place of huma's into the kind of field and its name.
func split(location string) (kind, field string) {
	for _, kind := range []string{"body", "query", "path", "header"} {
		if rest, ok := strings.CutPrefix(location, kind+"."); ok {
			return kind, rest
		}
	}
	return "body", location
}

// names are those that may stand in an object of the body, or as parameters.
func (a *API) names(w where, kind, parent string) (found []string) {
	if kind != "body" {
		for _, p := range w.params {
			if p.In == kind {
				found = append(found, p.Name)
			}
		}
		return found
	}
	if s := a.schemaAt(w.body, parent); s != nil {
		return slices.Sorted(maps.Keys(s.Properties))
	}
	return nil
}

// words are those that may be the value of a field; none where anything may.
func (a *API) words(w where, kind, field string) (found []string) {
	s := a.schemaAt(w.body, field)
	if kind != "body" {
		s = nil
		for _, p := range w.params {
			if p.In == kind && p.Name == field {
				s = p.Schema
			}
		}
	}
	if s == nil {
		return nil
	}
	for _, word := range s.Enum {
		found = append(found, fmt.Sprint(word))
	}
	return found
}

// schemaAt walks down a schema: "deliveries[1].to". Nil: it leads nowhere.
func (a *API) schemaAt(s *huma.Schema, path string) *huma.Schema {
	for s = a.resolved(s); s != nil && path != "" && path != "body"; s = a.resolved(s) {
		var name string
		name, path, _ = strings.Cut(path, ".")
		name, item, _ := strings.Cut(name, "[")
		if s = a.resolved(s.Properties[name]); s != nil && item != "" {
			s = s.Items
		}
	}
	return s
}

func (a *API) resolved(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = a.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// didYouMean is a sentence that names the word that is meant; empty when all are far.
func didYouMean(asked string, words []string) string {
	near := templates.Nearest(asked, words)
	if near == "" || near == asked {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", near)
}
