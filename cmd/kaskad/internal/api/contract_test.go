package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// sample is a call that is well, as testdata has it.
type sample struct{ method, path, body string }

// samples are the calls of testdata that are taken, by operation; seen are all statuses that its calls are answered with.
func samples(t *testing.T) (found map[string][]sample, seen map[string]map[int]bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	found, seen = map[string][]sample{}, map[string]map[int]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := newDesk(t)
		d.seed()
		for _, part := range strings.Split(string(raw), "### ")[1:] {
			ask, _, _ := strings.Cut(part, ">>>\n")
			_, call, _ := strings.Cut(ask, "\n")
			status, answer, _ := strings.Cut(d.play(t, call), "\n")
			head, body, _ := strings.Cut(call, "\n\n")
			words := strings.Fields(head)
			r := httptest.NewRequest(words[0], words[1], nil)
			if o := d.witness.operation(r); o != nil && strings.HasPrefix(status, "2") && !strings.Contains(answer, `"code": "invalid`) && r.Method != "HEAD" {
				id := o["operationId"].(string)
				found[id] = append(found[id], sample{words[0], words[1], strings.TrimSpace(body)})
			}
		}
		for id, statuses := range d.witness.seen {
			if seen[id] == nil {
				seen[id] = map[int]bool{}
			}
			maps.Copy(seen[id], statuses)
		}
	}
	found["list-keys"] = []sample{{"GET", "/v1/keys", ""}} // in any order: no file can have it
	return found, seen
}

// TestEveryOperationDoesWhatTheDocumentSays makes every call with everything wrong that can be: what does not fit the document is
// refused, and every answer, refusals too, is one that the document tells of.
func TestEveryOperationDoesWhatTheDocumentSays(t *testing.T) {
	found, seen := samples(t)
	d := newDesk(t)
	d.seed()
	d.call(0, "GET", "/v1/status", "")
	tried := 0
	for path, methods := range node(d.witness.doc, "paths").(map[string]any) {
		for method, o := range asMap(methods) {
			o, id := asMap(o), node(o, "operationId").(string)
			if len(found[id]) == 0 && id != "stream-changes" { // its tests are in stream_test.go
				t.Errorf("testdata has no call of %s %s that is taken", method, path)
			}
			for status := range asMap(o["responses"]) {
				if status < "300" && id != "list-keys" && !seen[id][atoi(t, status)] {
					t.Errorf("no call of %s in testdata is answered %s", id, status)
				}
			}
			for _, s := range found[id] {
				tried += d.params(t, o, s)
				tried += d.bodies(t, o, s)
			}
		}
	}
	if tried < 2000 {
		t.Errorf("only %d calls were made", tried)
	}
	if strings.Contains(d.log.String(), "call failed") {
		t.Errorf("something nobody foresaw: %s", d.log)
	}
}

func atoi(t *testing.T, s string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// params changes the parameters of a call, one at a time.
func (d *desk) params(t *testing.T, o map[string]any, s sample) (tried int) {
	at, err := url.Parse(s.path)
	if err != nil {
		t.Fatal(err)
	}
	values := []string{"x", "-1", "0", "1.5", "99999999999999999999", "2026", "2026-03-02T12:00:00Z", "done", "Done", "\xff", "a\x00b", "0501112233", strings.Repeat("a", 500)}
	for _, p := range asList(o["parameters"]) {
		p := asMap(p)
		for _, value := range values {
			r := httptest.NewRequest(s.method, s.path, strings.NewReader(s.body))
			switch p["in"] {
			case "query":
				query := at.Query()
				query.Set(p["name"].(string), value)
				r.URL.RawQuery = query.Encode()
			case "header":
				r.Header.Set(p["name"].(string), value)
			case "path":
				continue // FuzzRef and the tests of REFs
			}
			tried++
			w := d.ask(r)
			if fits := d.witness.fitsQuery(p, value); !fits && w.Code != 422 {
				t.Errorf("%s %s with %v=%.30q, which does not fit the document, is answered %d %.200s", s.method, s.path, p["name"], value, w.Code, w.Body)
			}
		}
	}
	return tried
}

// bodies changes the body of a call, one value at a time.
func (d *desk) bodies(t *testing.T, o map[string]any, s sample) (tried int) {
	schema := node(o, "requestBody", "content", "application/json", "schema")
	if schema == nil || s.body == "" {
		return 0
	}
	var v any
	if err := json.Unmarshal([]byte(s.body), &v); err != nil {
		t.Fatalf("%s: %v", s.body, err)
	}
	if faults := d.witness.conform(schema, v, "body"); len(faults) > 0 {
		t.Errorf("%s %s takes %s, which does not fit the document: %v", s.method, s.path, s.body, faults)
	}
	for _, changed := range changes(v) {
		raw, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		tried++
		w := d.ask(httptest.NewRequest(s.method, s.path, bytes.NewReader(raw)))
		faults := d.witness.conform(schema, changed, "body")
		if refused := w.Code >= 400 || bytes.Contains(w.Body.Bytes(), []byte(`"code":`)); len(faults) > 0 && !refused {
			t.Errorf("%s %s takes %.300s, which does not fit the document: %v", s.method, s.path, raw, faults)
		}
	}
	return tried
}

// ask makes a call as the operator.
func (d *desk) ask(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+d.token[people.Admin])
	return d.serve(r)
}

// changes are a value with one thing changed: a name gone, a name more, or any value in place of any other.
func changes(v any) []any {
	others := []any{nil, true, 0.0, -7.5, "", "x", "2026-03-02", strings.Repeat("я", 5000), []any{}, []any{nil}, map[string]any{}, map[string]any{"x": []any{map[string]any{}}}}
	all := slices.Clone(others)
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			less := maps.Clone(v)
			delete(less, name)
			all = append(all, less)
			for _, inner := range changes(v[name]) {
				other := maps.Clone(v)
				other[name] = inner
				all = append(all, other)
			}
		}
		more := maps.Clone(v)
		more["surplus"] = 1.0
		all = append(all, more)
	case []any:
		all = append(all, append(slices.Clone(v), v...))
		many := make([]any, 1001)
		for i := range v {
			for _, inner := range changes(v[i]) {
				other := slices.Clone(v)
				other[i] = inner
				all = append(all, other)
			}
			for n := range many {
				many[n] = v[i]
			}
		}
		all = append(all, many)
	case string:
		all = append(all, v+"x", strings.ToUpper(v))
	}
	return all
}

// TestEveryCodeIsToldOf compares the codes of the document, those that the code answers, and those of docs/api.md.
func TestEveryCodeIsToldOf(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "#### Codes")
	table, _, _ = strings.Cut(table, "\n## ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [0-9, ]+ \\| .{10,} \\|$").FindAllStringSubmatch(table, -1) {
		if told[row[1]] {
			t.Errorf("docs/api.md tells of %s twice", row[1])
		}
		told[row[1]] = true
	}
	d := newDesk(t)
	d.call(0, "GET", "/v1/status", "")
	written := answered(t)
	for _, code := range asList(node(d.witness.doc, "components", "schemas", "Problem", "properties", "code", "enum")) {
		if !told[code.(string)] {
			t.Errorf("docs/api.md has no row of %s that says what to do", code)
		}
		if !written[code.(string)] {
			t.Errorf("%s is documented, and nothing answers it", code)
		}
		delete(told, code.(string))
		delete(written, code.(string))
	}
	for code := range told {
		t.Errorf("docs/api.md tells of %s, which is not in the document", code)
	}
	for code := range written {
		t.Errorf("something answers %s, which is not in the document", code)
	}
}

// answered are the codes that the source has.
func answered(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"*.go", "../../../../fallback/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no source", err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || name == "sms.go" || name == "codes.go" { // tests of SMS are the socket's
				continue
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:\binvalid\(|\bunfit\(|\bproblem\([A-Za-z.]+, |Invalid\{Code: |\.ours\(id, )"([a-z_]+)"`).FindAllStringSubmatch(string(raw), -1) {
				found[m[1]] = true
			}
		}
	}
	return found
}
