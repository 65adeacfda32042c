package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// witness holds every answer against /openapi.json, strictly: a status, a header or a field that the document does not tell of is a
// fault, and so is a body of another shape.
type witness struct {
	doc  map[string]any
	seen map[string]map[int]bool // statuses by operation
}

func newWitness(t testing.TB, h http.Handler) *witness {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	wit := &witness{seen: map[string]map[int]bool{}}
	if err := json.Unmarshal(w.Body.Bytes(), &wit.doc); err != nil {
		t.Fatal(err)
	}
	return wit
}

// node walks into JSON; nil where there is nothing.
func node(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// operation finds the operation that a call is of.
func (w *witness) operation(r *http.Request) map[string]any {
	asked := strings.Split(r.URL.EscapedPath(), "/")
	method := strings.ToLower(r.Method)
	if method == "head" {
		method = "get"
	}
	for path, methods := range node(w.doc, "paths").(map[string]any) {
		known := strings.Split(path, "/")
		fits := len(known) == len(asked)
		for i := 0; fits && i < len(known); i++ {
			fits = known[i] == asked[i] || strings.HasPrefix(known[i], "{") && !slices.Contains([]string{"", ".", ".."}, asked[i])
		}
		if o, ok := node(methods, method).(map[string]any); fits && ok {
			return o
		}
	}
	return nil
}

// looks says what is wrong with an answer.
func (w *witness) looks(r *http.Request, a *http.Response, body []byte) []string {
	if r.URL.Path == "/openapi.json" {
		return nil
	}
	o := w.operation(r)
	if o == nil {
		return w.elsewhere(r, a, body)
	}
	id := o["operationId"].(string)
	if w.seen[id] == nil {
		w.seen[id] = map[int]bool{}
	}
	w.seen[id][a.StatusCode] = true
	response, ok := node(o, "responses", fmt.Sprint(a.StatusCode)).(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: the status %d is not documented", id, a.StatusCode)}
	}
	faults := headersOf(response, a)
	content, _ := node(response, "content").(map[string]any)
	kind := a.Header.Get("Content-Type")
	media, ok := content[kind].(map[string]any)
	if family, _, _ := strings.Cut(kind, "/"); !ok {
		media, ok = content[family+"/*"].(map[string]any)
	}
	switch {
	case len(content) == 0 && len(body) == 0, r.Method == "HEAD":
		return faults
	case !ok:
		return append(faults, fmt.Sprintf("%s: %d comes as %q, which is not documented", id, a.StatusCode, kind))
	case kind == "text/event-stream", node(media, "schema", "format") == "binary":
		return faults
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return append(faults, fmt.Sprintf("%s: %d is no JSON: %v", id, a.StatusCode, err))
	}
	faults = append(faults, w.conform(media["schema"], v, id)...)
	if m := elsewhen.Find(body); m != nil {
		faults = append(faults, fmt.Sprintf("%s: the time %s is not in UTC", id, m))
	}
	if codes, ok := response["x-codes"].([]any); ok && !slices.Contains(codes, node(v, "code")) {
		faults = append(faults, fmt.Sprintf("%s: %d has the code %v, which is not documented there", id, a.StatusCode, node(v, "code")))
	}
	return faults
}

var elsewhen = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+[-+]\d\d:\d\d"`)

// elsewhere looks at what is answered where no operation is.
func (w *witness) elsewhere(r *http.Request, a *http.Response, body []byte) []string {
	var v any
	_ = json.Unmarshal(body, &v) // what is no JSON has no code
	switch code := node(v, "code"); {
	case a.StatusCode == 204 && r.Method == "OPTIONS" && a.Header.Get("Allow") != "",
		a.StatusCode == 405 && code == "method_not_allowed" && a.Header.Get("Allow") != "",
		a.StatusCode == 404 && code == "unknown_path":
	default:
		return []string{fmt.Sprintf("%s %s is no operation and is answered %d %s", r.Method, r.URL, a.StatusCode, body)}
	}
	if a.StatusCode == 204 {
		return nil
	}
	return w.conform(map[string]any{"$ref": "#/components/schemas/Problem"}, v, "problem")
}

// headersOf are headers that the document does not tell of.
func headersOf(response map[string]any, a *http.Response) (faults []string) {
	for name := range a.Header {
		known := slices.Contains([]string{"Content-Type", "Cache-Control", "Date"}, name)
		for told := range asMap(node(response, "headers")) {
			known = known || http.CanonicalHeaderKey(told) == name
		}
		if !known {
			faults = append(faults, fmt.Sprintf("the header %s is not documented", name))
		}
	}
	return faults
}

func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }

// conform says where a value is not as a schema wants it. It knows the words of JSON Schema that the document uses, and refuses
// others.
func (w *witness) conform(schema, v any, at string) (faults []string) {
	s := asMap(schema)
	fault := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := s["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		to := node(w.doc, "components", "schemas", name)
		if to == nil {
			fault("%s leads nowhere", ref)
		}
		return append(faults, w.conform(to, v, at)...)
	}
	for word := range s {
		if !strings.Contains(" type properties required additionalProperties items enum oneOf format minimum maximum minLength maxLength minItems maxItems description examples ", " "+word+" ") {
			fault("the schema uses %q, which the test does not know", word)
		}
	}
	if forms, ok := s["oneOf"].([]any); ok {
		fits := 0
		for _, form := range forms {
			if len(w.conform(form, v, at)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			fault("fits %d of %d forms", fits, len(forms))
		}
	}
	if words, ok := s["enum"].([]any); ok && !slices.Contains(words, v) {
		fault("%v is none of %v", v, words)
	}
	if kind := s["type"]; kind != nil && !isA(kind, v) {
		fault("%T is no %v", v, kind)
		return faults
	}
	switch v := v.(type) {
	case string:
		faults = append(faults, lengths(s, "Length", utf8.RuneCountInString(v), at)...)
		if _, err := time.Parse(time.RFC3339, v); s["format"] == "date-time" && err != nil {
			fault("%q is no time", v)
		}
	case float64:
		if least, ok := s["minimum"].(float64); ok && v < least {
			fault("%v is less than %v", v, least)
		}
		if most, ok := s["maximum"].(float64); ok && v > most {
			fault("%v is more than %v", v, most)
		}
	case []any:
		faults = append(faults, lengths(s, "Items", len(v), at)...)
		for i, item := range v {
			faults = append(faults, w.conform(s["items"], item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		faults = append(faults, w.fields(s, v, at)...)
	}
	return faults
}

// fields compares an object with its schema.
func (w *witness) fields(s, v map[string]any, at string) (faults []string) {
	for _, name := range asList(s["required"]) {
		if _, ok := v[name.(string)]; !ok {
			faults = append(faults, fmt.Sprintf("%s: %v is missing", at, name))
		}
	}
	known := asMap(s["properties"])
	for name, value := range v {
		switch rest := s["additionalProperties"]; {
		case known[name] != nil:
			faults = append(faults, w.conform(known[name], value, at+"."+name)...)
		case rest == false:
			faults = append(faults, fmt.Sprintf("%s: %q is not documented", at, name))
		default:
			faults = append(faults, w.conform(rest, value, at+"."+name)...)
		}
	}
	return faults
}

func asList(v any) []any { l, _ := v.([]any); return l }

func lengths(s map[string]any, of string, n int, at string) (faults []string) {
	if least, ok := s["min"+of].(float64); ok && n < int(least) {
		faults = append(faults, fmt.Sprintf("%s: %d is less than %v", at, n, least))
	}
	if most, ok := s["max"+of].(float64); ok && n > int(most) {
		faults = append(faults, fmt.Sprintf("%s: %d is more than %v", at, n, most))
	}
	return faults
}

// isA reports whether a value is of a type, or of one of several.
func isA(kind, v any) bool {
	if kinds, ok := kind.([]any); ok {
		return slices.ContainsFunc(kinds, func(k any) bool { return isA(k, v) })
	}
	switch v := v.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

// fitsQuery says whether a value of a parameter is as the document wants it; whole numbers are written in digits.
func (w *witness) fitsQuery(p map[string]any, value string) bool {
	if node(p, "schema", "type") != "integer" {
		return len(w.conform(p["schema"], value, "")) == 0
	}
	var n float64
	if _, err := fmt.Sscanf(value+" end", "%g end", &n); err != nil {
		return false
	}
	return len(w.conform(p["schema"], n, "")) == 0
}
