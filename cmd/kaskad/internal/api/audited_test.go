package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/people"
)

// whyNot are the calls that are no GET and leave no line, as docs/api.md says.
var whyNot = map[string]bool{"accept-delivery": true, "accept-deliveries": true, "reply": true, "estimate-deliveries": true, "check-store": true}

// lines are all lines of the audit of a desk, those of changes that have theirs in the same write among them.
func (d *desk) lines(t *testing.T) map[string]people.Entry {
	t.Helper()
	all := map[string]people.Entry{}
	for _, e := range d.audit {
		all[e.ID] = e
	}
	records, err := d.Records(t.Context(), people.AuditRecords)
	if err != nil {
		t.Fatal(err)
	}
	for id, raw := range records {
		if all[id], err = people.ReadEntry(id, raw); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// fresh are the lines that a call has left.
func (d *desk) fresh(t *testing.T, before map[string]people.Entry) (all []people.Entry) {
	t.Helper()
	for id, e := range d.lines(t) {
		if _, old := before[id]; !old {
			all = append(all, e)
		}
	}
	return all
}

// discreet are what no line may hold: phones, keys, tokens, secrets, addresses on the web, e-mails.
var indiscreet = regexp.MustCompile(`\+?380\d{6}|k[at]_[a-z2-7]{8}_|whsec_|https?:|code=|@[a-z]`)

// TestEveryChangeIsInTheAudit plays the calls of testdata: each that changes something leaves a line that says who did what to what, and
// nothing of what people wrote; one that only looks leaves none.
func TestEveryChangeIsInTheAudit(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no calls", err)
	}
	told := map[string]bool{}
	var doc map[string]any
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
			head, body, _ := strings.Cut(call, "\n\n")
			words := strings.Fields(head)
			before := d.lines(t)
			status, _, _ := strings.Cut(d.play(t, call), "\n")
			left := d.fresh(t, before)
			doc = d.witness.doc
			o := d.witness.operation(httptest.NewRequest(words[0], words[1], nil))
			if o == nil {
				continue
			}
			id := o["operationId"].(string)
			looks := words[0] == "GET" && id != "export-contact" || words[0] == "HEAD" || strings.Contains(words[1], "dry_run=true") || strings.Contains(body, `"dry_run"`) || whyNot[id]
			switch {
			case looks && len(left) > 0 && left[0].Refused == "":
				t.Errorf("%s: %s looks only, and leaves %+v", file, head, left)
			case !looks && strings.HasPrefix(status, "2") && len(left) == 0:
				t.Errorf("%s: %s is answered %s and leaves no line", file, head, status)
			case status == "403" && !looks && len(left) != 1:
				t.Errorf("%s: %s is refused, and leaves %d lines", file, head, len(left))
			}
			for _, e := range left {
				told[id] = told[id] || e.Refused == ""
				d.looksLikeALine(t, head, body, e)
			}
		}
	}
	for path, methods := range node(doc, "paths").(map[string]any) {
		for method, o := range asMap(methods) {
			id := node(o, "operationId").(string)
			merges := id == "merge-contacts" || id == "unmerge-contacts" // their line is of the engine's transaction, which the fake has not
			if method != "get" && !whyNot[id] && !told[id] && !merges {
				t.Errorf("no call of %s %s in testdata leaves a line", method, path)
			}
		}
	}
}

// looksLikeALine checks what a line says.
func (d *desk) looksLikeALine(t *testing.T, head, body string, e people.Entry) {
	t.Helper()
	if e.Who == "" || e.What == "" || e.Key == "" || time.Since(e.At) > time.Minute || e.Refused == "" && e.On == "" && e.Contact == 0 && e.Counts == nil && e.What != "setup-code" {
		t.Errorf("%s leaves a line that does not say who did what to what, and when: %+v", head, e)
	}
	raw, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if found := indiscreet.FindString(string(raw)); found != "" {
		t.Errorf("%s leaves a line with %q: %s", head, found, raw)
	}
	var said struct{ Text, Emoji, Reason, Email string }
	if json.Unmarshal([]byte(body), &said) != nil { // no object: nothing of it can be in a line
		return
	}
	for _, word := range []string{said.Text, said.Emoji, said.Reason, said.Email} {
		if word != "" && strings.Contains(string(raw), word) {
			t.Errorf("%s leaves a line with what was written: %s", head, raw)
		}
	}
}

// TestRefusalsAreInTheAudit: whoever asks for a change that is not theirs to make leaves a line, and so does a change that finds nothing to change.
func TestRefusalsAreInTheAudit(t *testing.T) {
	d := newDesk(t)
	d.seed()
	fill := strings.NewReplacer("{id}", "0fzzzzzzzzzzz", "{ref}", "ext:1", "{message}", "0fzzzzzzzzzzz", "{n}", "1", "{", "", "}", "")
	n := 0
	for path, methods := range read(t, d).Paths {
		for method, o := range methods {
			if method == "get" && o.ID != "export-contact" || whyNot[o.ID] {
				continue
			}
			n++
			before := d.lines(t)
			w := d.call(people.Read, strings.ToUpper(method), fill.Replace(path), "{}")
			left := d.fresh(t, before)
			if w.Code != 403 || len(left) != 1 || left[0].Refused != "forbidden" || left[0].Who != "test read" || left[0].Key != d.keyID || left[0].What == "" {
				t.Errorf("%s with a key that may only read is answered %d and leaves %+v", o.ID, w.Code, left)
			}
		}
	}
	if n < 35 {
		t.Errorf("only %d calls change something", n)
	}
	before := d.lines(t)
	if w := d.call(people.Admin, "DELETE", "/v1/holds/0fzzzzzzzzzzz", ""); w.Code != 404 {
		t.Errorf("a hold that is not there is answered %d", w.Code)
	}
	if left := d.fresh(t, before); len(left) != 1 || left[0].Refused != "unknown_hold" || left[0].What != "end-hold" {
		t.Errorf("a hold that is not there leaves %+v", left)
	}
	before = d.lines(t)
	d.call(0, "DELETE", "/v1/holds/0fzzzzzzzzzzz", "")
	if left := d.fresh(t, before); len(left) != 0 {
		t.Errorf("a stranger leaves %+v", left)
	}
}

// TestTheDocsHaveEveryWordOfTheAudit compares the words of docs/api.md with the calls that change something.
func TestTheDocsHaveEveryWordOfTheAudit(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "\n| what | |\n")
	section, _, _ = strings.Cut(section, "\n```")
	own := map[string]string{"erase-contact": "erase", "export-contact": "export", "merge-contacts": "merge", "unmerge-contacts": "unmerge", "make-setup-code": "setup-code"}
	for _, methods := range read(t, newDesk(t)).Paths {
		for method, o := range methods {
			word := o.ID
			if own[word] != "" {
				word = own[word]
			}
			if changes := method != "get" && !whyNot[o.ID] || own[o.ID] != ""; changes && !strings.Contains(section, "`"+word+"`") {
				t.Errorf("docs/api.md has no %s among the words of the audit", word)
			}
		}
	}
}
