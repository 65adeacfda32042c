package api_test

import (
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// may is a row of the table in docs/api.md: whom a call is for.
type may struct {
	scopes []string // the keys that may make it, by their one scope
	test   bool     // a test key of such a scope may, too
}

// whoMay reads the table of docs/api.md.
func whoMay(t *testing.T) map[string]may {
	t.Helper()
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "\n## Who may call what")
	table, _, _ = strings.Cut(table, "\n## ")
	rows := map[string]may{}
	names := []string{"read", "reply", "send", "admin"}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z]+ /v1/[^`]+)` \\|(.*)\\|$").FindAllStringSubmatch(table, -1) {
		cells := strings.Split(row[2], "|")
		if len(cells) != len(names)+1 || rows[row[1]].scopes != nil {
			t.Fatalf("docs/api.md: the row of %s is no row, or stands there twice", row[1])
		}
		m := may{}
		for i, cell := range cells {
			switch yes := strings.TrimSpace(cell); {
			case yes != "yes" && yes != "":
				t.Errorf("docs/api.md: a cell of %s says %q; write yes or nothing", row[1], yes)
			case yes == "yes" && i < len(names):
				m.scopes = append(m.scopes, names[i])
			case yes == "yes":
				m.test = true
			}
		}
		rows[strings.ReplaceAll(row[1], "{REF}", "{ref}")] = m
	}
	return rows
}

// strangers are what callers send who have no key that lives.
func strangers(t *testing.T, d *desk) map[string]string {
	t.Helper()
	good := d.token[people.Admin]
	return map[string]string{
		"no key": "", "an empty one": "Bearer ", "another scheme": "Basic " + good, "no scheme": good, "a key that is cut": "Bearer " + good[:len(good)-1],
		"a key and a letter": "Bearer " + good + "a", "a key of nobody": "Bearer ka_aaaaaaaa_" + strings.Repeat("b", 26), "the id alone": "Bearer " + good[:11],
		"a real key called a test key": "Bearer kt_" + strings.TrimPrefix(good, "ka_"), "a revoked key": "Bearer " + revoked(t, d),
	}
}

// revoked is a key that was let in, and is no more.
func revoked(t *testing.T, d *desk) string {
	t.Helper()
	key, secret, err := d.ring.Make(t.Context(), "gone", people.Admin)
	if err != nil {
		t.Fatal(err)
	}
	if w := d.with("Bearer "+secret.Reveal(), "GET", "/v1/status"); w.Code != 422 {
		t.Fatalf("the key is answered %d before it is revoked", w.Code)
	}
	if err := d.ring.Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}

// with makes a call with what stands in Authorization, with a parameter that nothing has: whoever is let in is told so, and nothing is done.
func (d *desk) with(authorization, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path+"?nothing=1", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return d.serve(r)
}

// TestWhoMayCallWhat makes every call with every kind of key, of the real side and of the test side: who may is what docs/api.md says, and
// the document of the API names the same scope.
func TestWhoMayCallWhat(t *testing.T) {
	rows := whoMay(t)
	real, test := newDesk(t), testDesk(t)
	out := strangers(t, real)
	tried := 0
	doc := read(t, real)
	fill := strings.NewReplacer("{id}", "0fzzzzzzzzzzz", "{ref}", "ext:1", "{message}", "0fzzzzzzzzzzz", "{n}", "1", "{", "", "}", "")
	for path, methods := range doc.Paths {
		for method, o := range methods {
			name := strings.ToUpper(method) + " " + path
			row, told := rows[name]
			delete(rows, name)
			if !told {
				t.Errorf("docs/api.md does not tell who may make %s", name)
				continue
			}
			method, path := strings.ToUpper(method), fill.Replace(path)
			if need := o.Security[0]["key"][0]; !slices.Contains(row.scopes, need) || need == "admin" && len(row.scopes) > 1 {
				t.Errorf("%s is for %v in docs/api.md, and for %s in the document", name, row.scopes, need)
			}
			for who, key := range out {
				tried++
				if w := real.with(key, method, path); w.Code != 401 || code(t, w) != "unauthorized" || w.Header().Get("WWW-Authenticate") == "" {
					t.Errorf("%s with %s is answered %d %s; want 401", name, who, w.Code, w.Body)
				}
			}
			for _, scope := range people.AllScopes() {
				tried += 2
				w, want := real.with("Bearer "+real.token[scope], method, path), 403
				if slices.Contains(row.scopes, scope.String()) {
					want = 422
				}
				if w.Code != want || want == 403 && code(t, w) != "forbidden" {
					t.Errorf("%s with scope %s is answered %d %s; want %d", name, scope, w.Code, w.Body, want)
				}
				w = test.with("Bearer "+test.token[scope], method, path)
				if got := code(t, w); want == 422 && !row.test && got != "not_for_test_keys" || want == 422 && row.test && w.Code != 422 || want == 403 && got != "forbidden" {
					t.Errorf("%s with a test key of scope %s is answered %d %s", name, scope, w.Code, w.Body)
				}
			}
		}
	}
	for name := range rows {
		t.Errorf("docs/api.md tells who may make %s, which is not there", name)
	}
	if tried < 1000 || len(real.asks)+len(test.asks) > 0 {
		t.Errorf("%d calls were tried, and the engine was asked %v", tried, real.asks)
	}
}

// TestScopesAddUp: a key of two scopes may what either may, and nothing more.
func TestScopesAddUp(t *testing.T) {
	for both, want := range map[people.Scope]map[people.Scope]bool{
		people.Read | people.Send:  {people.Read: true, people.Send: true, people.Reply: true},
		people.Read | people.Reply: {people.Read: true, people.Reply: true},
		people.Send | people.Reply: {people.Send: true, people.Reply: true},
		people.Admin | people.Read: {people.Read: true, people.Send: true, people.Reply: true, people.Admin: true},
		0:                          {},
	} {
		for _, need := range people.AllScopes() {
			if both.Allows(need) != want[need] {
				t.Errorf("a key with %q where %s is asked for: %v; want %v", both, need, both.Allows(need), want[need])
			}
		}
	}
}

// TestHeadingsNameTheScope: a section of docs/api.md of calls that are all for one scope says which.
func TestHeadingsNameTheScope(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	doc, found := read(t, newDesk(t)), 0
	for _, heading := range regexp.MustCompile(`(?m)^### (.*/v1/.*)$`).FindAllStringSubmatch(string(raw), -1) {
		for _, part := range strings.Split(heading[1], ";") {
			calls, scopes, ok := strings.Cut(part, "— scope")
			if !ok {
				t.Errorf("docs/api.md: %q names no scope", part)
			}
			for _, call := range regexp.MustCompile(`(GET|POST|PUT|PATCH|DELETE) (/v1/[^ ,]+)`).FindAllStringSubmatch(calls, -1) {
				found++
				o := doc.Paths[strings.ReplaceAll(call[2], "{REF}", "{ref}")][strings.ToLower(call[1])]
				if len(o.Security) == 0 || !strings.Contains(scopes, "`"+o.Security[0]["key"][0]+"`") {
					t.Errorf("docs/api.md: %s needs %v; the heading says %s", call[0], o.Security, scopes)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d calls in headings", found)
	}
}
