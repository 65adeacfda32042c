package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// document is the part of the OpenAPI document that the tests read.
type document struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
	Parts   struct {
		Schemas map[string]json.RawMessage `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID       string                `json:"operationId"`
	Summary  string                `json:"summary"`
	Security []map[string][]string `json:"security"`
	Body     *struct {
		Content map[string]struct{ Schema json.RawMessage } `json:"content"`
	} `json:"requestBody"`
	Responses map[string]json.RawMessage `json:"responses"`
}

func read(t *testing.T, d *desk) document {
	t.Helper()
	w := d.call(0, "GET", "/openapi.json", "")
	var doc document
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.OpenAPI != "3.1.0" || len(doc.Paths) == 0 {
		t.Fatalf("/openapi.json is %d, version %q with %d paths, %v", w.Code, doc.OpenAPI, len(doc.Paths), err)
	}
	return doc
}

// each calls f for every operation that the document lists, with a path that can be asked.
func each(doc document, f func(method, path string, o operation)) {
	fill := strings.NewReplacer("{id}", "0fzzzzzzzzzzz", "{ref}", "ext:1", "{message}", "0fzzzzzzzzzzz", "{n}", "1")
	for path, methods := range doc.Paths {
		for method, o := range methods {
			f(strings.ToUpper(method), fill.Replace(path), o)
		}
	}
}

func TestEveryOperationRefusesStrangersAndUnknownFields(t *testing.T) {
	d := newDesk(t)
	n := 0
	each(read(t, d), func(method, path string, o operation) {
		n++
		t.Run(o.ID, func(t *testing.T) {
			if w := d.call(0, method, path, ""); w.Code != 401 || code(t, w) != "unauthorized" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("without a key: %d %s", w.Code, w.Body)
			}
			if w := d.call(people.Admin, method, path+"?nothing=1", "{}"); w.Code != 422 || code(t, w) != "unknown_field" {
				t.Errorf("with an unknown query parameter: %d %s", w.Code, w.Body)
			}
			if o.Body == nil {
				return
			}
			if w := d.call(people.Admin, method, path, `{"nothing":1}`); w.Code != 422 || !strings.Contains(w.Body.String(), "nothing") && !strings.Contains(w.Body.String(), "missing") {
				t.Errorf("with an unknown field: %d %s", w.Code, w.Body)
			}
			if w := d.call(people.Admin, method, path, "{\"\xff\":1}"); w.Code != 400 {
				t.Errorf("with bytes that are no UTF-8: %d %s", w.Code, w.Body)
			}
		})
	})
	if n < 17 || len(d.asks) > 0 {
		t.Errorf("%d operations, %d asks; want all operations and none", n, len(d.asks))
	}
}

func TestEveryOperationHasAScopeThatIsAsked(t *testing.T) {
	d := newDesk(t)
	each(read(t, d), func(method, path string, o operation) {
		need := people.Scope(0)
		for _, scope := range people.AllScopes() {
			if len(o.Security) == 1 && len(o.Security[0]["key"]) == 1 && o.Security[0]["key"][0] == scope.String() {
				need = scope
			}
		}
		if need == 0 || o.Summary == "" || o.Responses["401"] == nil || o.Responses["default"] != nil {
			t.Errorf("%s names no scope, no summary or no problem: %+v", o.ID, o.Security)
		}
		for _, scope := range people.AllScopes() {
			w := d.call(scope, method, path+"?nothing=1", "{}")
			if may := scope == people.Admin || scope == need || need == people.Reply && scope == people.Send; (w.Code == 403) == may {
				t.Errorf("%s needs %s; with %s it is answered %d", o.ID, need, scope, w.Code)
			}
		}
	})
}

func TestTheDocumentSaysWhatProblemsAre(t *testing.T) {
	doc := read(t, newDesk(t))
	if doc.Parts.Schemas["Problem"] == nil || doc.Parts.Schemas["ErrorModel"] != nil {
		t.Error("problems are not documented as ours")
	}
	for name, s := range doc.Parts.Schemas {
		if strings.Contains(string(s), "$schema") {
			t.Errorf("%s offers $schema, which calls out", name)
		}
	}
	if choice := string(doc.Parts.Schemas["NewDelivery"]); !strings.Contains(choice, `"oneOf"`) || !strings.Contains(choice, "paid_steps") {
		t.Errorf("the two forms of a cascade are not documented: %s", choice)
	}
}

// FuzzRef throws paths at the one place where strangers' bytes become a REF.
func FuzzRef(f *testing.F) {
	for _, s := range []string{"ext:C-100", "phone:%2B380501112233", "telegram:42", "ext:%2F..%2F", "%", "ext:%ff", "ext:%00", "..", ".", "ext:a/b", "%65xt:1", "0fzzzzzzzzzzz", "ext:%C0%AF"} {
		f.Add(s)
	}
	d := newDesk(f)
	d.seed()
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawPath, r.URL.Path = "/v1/contacts/"+s, "/v1/contacts/"+s
		r.Header.Set("Authorization", "Bearer "+d.token[people.Read])
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, r)
		switch w.Code {
		case 200, 301, 307, 400, 404, 405, 422:
		default:
			t.Errorf("%q is answered %d %s", s, w.Code, w.Body)
		}
		if w.Code >= 400 {
			code(t, w)
		}
	})
}
