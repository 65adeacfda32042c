package api_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// bodiesOf are the bodies of the calls of testdata that have a beginning.
func bodiesOf(f *testing.F, call string) (found []string) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(call)+`\S* \S+\n(?:\S+: .*\n)?\n(\{.*\})$`).FindAllStringSubmatch(string(raw), -1) {
			found = append(found, m[1])
		}
	}
	if len(found) < 3 {
		f.Fatalf("testdata has only %d bodies of %s", len(found), call)
	}
	return found
}

// fuzzBody sends bodies to a call: whatever it is, the answer is one that the document tells of, and nothing goes wrong inside.
func fuzzBody(f *testing.F, d *desk, method, path string, call string) {
	for _, body := range append(bodiesOf(f, call), "", "null", "[]", "{", `{"to":"phone:0501112233","text":"x","purpose":"service","send_at":"9999-12-31T23:59:59Z"}`, `{"consents":{"marketing":null}}`) {
		f.Add(body)
	}
	d.call(people.Admin, "GET", "/v1/status", "") // makes the witness
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+d.token[people.Admin])
		w := httptest.NewRecorder()
		d.api.ServeHTTP(w, r)
		for _, fault := range d.witness.looks(r, w.Result(), w.Body.Bytes()) {
			t.Errorf("%q: %s", body, fault)
		}
		if w.Code >= 500 {
			t.Errorf("%q is answered %d %s: %s", body, w.Code, w.Body, d.log)
		}
	})
}

// The real engine on a store in memory checks what the handler lets pass.
func FuzzDelivery(f *testing.F) {
	d, _ := realDesk(f)
	fuzzBody(f, d, "POST", "/v1/deliveries", "POST /v1/deliveries")
}

func FuzzBatch(f *testing.F) {
	d, _ := realDesk(f)
	fuzzBody(f, d, "POST", "/v1/deliveries:batch", "POST /v1/deliveries:batch")
}

func FuzzContact(f *testing.F) {
	d := newDesk(f)
	fuzzBody(f, d, "PUT", "/v1/contacts/ext:1", "PUT /v1/contacts/")
}
