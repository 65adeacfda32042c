package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata")

// TestCalls plays the calls of every file in testdata, in order, on one gateway per file. A call begins with "### " and a
// sentence; its answer follows ">>>". Random parts are written as ***.
func TestCalls(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no files in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := newDesk(t)
			d.seed()
			var now strings.Builder
			for _, part := range strings.Split(string(raw), "### ")[1:] {
				ask, want, _ := strings.Cut(part, ">>>\n")
				sentence, call, _ := strings.Cut(ask, "\n")
				got := d.play(t, call)
				fmt.Fprintf(&now, "### %s\n%s>>>\n%s\n", sentence, call, got)
				if !*update && strings.TrimSpace(want) != strings.TrimSpace(got) {
					t.Errorf("%s\n got %s\nwant %s", sentence, got, want)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(now.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// play makes one call: its first line is METHOD PATH SCOPE, then headers, an empty line, the body.
func (d *desk) play(t *testing.T, call string) string {
	t.Helper()
	head, body, _ := strings.Cut(call, "\n\n")
	lines := strings.Split(head, "\n")
	var method, path, scope string
	if _, err := fmt.Sscan(lines[0], &method, &path, &scope); err != nil {
		t.Fatalf("%q: %v", lines[0], err)
	}
	path = strings.NewReplacer("{key}", d.keyID, "{hook}", d.hook(t)).Replace(path)
	r := httptest.NewRequest(method, path, strings.NewReader(strings.TrimSpace(body)))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if parsed, err := people.ParseScopes([]string{scope}); err == nil {
		r.Header.Set("Authorization", "Bearer "+d.token[parsed])
	}
	for _, line := range lines[1:] {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Set(name, value)
		}
	}
	return show(d.serve(r))
}

var random = regexp.MustCompile(`(ka_|whsec_|start=|code=|base64,)[0-9A-Za-z_+/=]+`)

// clocked are codes, and times of the clock: those of the tests' own have no parts of a second.
var clocked = regexp.MustCompile(`"20[-0-9]+T[:0-9]+\.\d+Z"|"(/staff )?[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}"`)
var lasted = regexp.MustCompile(`"milliseconds": \d+`)
var oneTime = regexp.MustCompile(`(/go/)[A-Z2-7]{13,26}`)
var moment = regexp.MustCompile(`("(?:at|expires_at|created_at|changed_at|retired_at|made_at|disabled_at)": ")20(?:2[7-9]|[3-9]|26-(?:0[4-9]|1))[^"]*`)
var keyID = regexp.MustCompile(`("(?:id|key)": ")(?:wh_[a-z2-7]{16}|[a-z2-7]{8}|7ff[0-9a-z]{25})"`)

// hook is the id of the webhook that was made first; none was: a word.
func (d *desk) hook(t *testing.T) string {
	t.Helper()
	all, err := d.hooks.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return "wh_none"
	}
	return all[0].ID
}

// show writes the answer as the files hold it.
func show(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintln(&b, w.Code)
	for _, name := range []string{"Content-Type", "Idempotent-Replay", "Retry-After", "Www-Authenticate", "Allow"} {
		if v := w.Header().Get(name); v != "" && v != "application/json" {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	var out bytes.Buffer
	if json.Indent(&out, bytes.TrimSpace(w.Body.Bytes()), "", "  ") == nil {
		s := clocked.ReplaceAllString(random.ReplaceAllString(out.String(), "${1}***"), `"***"`)
		s = lasted.ReplaceAllString(s, `"milliseconds": 0`)
		s = oneTime.ReplaceAllString(s, "${1}***")
		s = moment.ReplaceAllString(s, "${1}***")
		b.WriteString(keyID.ReplaceAllString(s, `${1}***"`))
	} else {
		b.Write(w.Body.Bytes())
	}
	return b.String() + "\n"
}

// call is a shorthand for tests that look at one answer.
func (d *desk) call(scope people.Scope, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if scope != 0 {
		r.Header.Set("Authorization", "Bearer "+d.token[scope])
	}
	return d.serve(r)
}

// serve makes a call; what it is answered is held against the document.
func (d *desk) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	d.looking.Lock()
	defer d.looking.Unlock()
	if d.witness == nil {
		d.witness = newWitness(d.t, d.api)
	}
	for _, fault := range d.witness.looks(r, w.Result(), w.Body.Bytes()) {
		d.t.Errorf("%s %.200s: %s", r.Method, r.URL, fault)
	}
	return w
}

// code is the stable code of a problem.
func code(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var p struct {
		Code, Type, Detail, Title string
		Status                    int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d %s is no problem: %v", w.Code, w.Body, err)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code || p.Detail == "" || !strings.HasSuffix(p.Type, "/"+p.Code) || p.Title != http.StatusText(w.Code) {
		t.Errorf("%d %s %s is not as RFC 9457 and style §7 want it", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return p.Code
}
