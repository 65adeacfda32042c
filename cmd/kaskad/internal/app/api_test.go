package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"kaskad/cmd/kaskad/internal/control"
)

// gateway is the whole program without listeners, on a file of its own; extra is appended to its configuration.
func gateway(t *testing.T, dir, extra string) (*App, *control.Client) {
	t.Helper()
	return gatewayOf(t, dir, aChat+aProvider+extra)
}

// gatewayOf is one with these channels.
func gatewayOf(t *testing.T, dir, channels string) (*App, *control.Client) {
	t.Helper()
	text := fmt.Sprintf("[server]\ndata_dir = %q\npublic_url = \"http://127.0.0.1:1\"\n", filepath.Join(dir, "data")) + channels
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := Load(path)
	if faults.Errors() {
		t.Fatal(faults)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, control.Direct(a.api)
}

const aChat = `
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
`

const aProvider = `
[[sms]]
name = "main"
api_url = "http://127.0.0.1:1"
token = "secret"
price = { amount = "0.92", currency = "UAH" }
report_secret = "0123456789abcdef"
[sms.request]
path = "/send"
json = { to = "{{.to}}", text = "{{.text}}" }
[sms.accept]
id = ".message_id"
[sms.report]
id = ".message_id"
status = ".status"
states = { delivered = "delivered" }
[sms.inbound]
from = ".from"
text = ".text"
id = ".id"
`

type result struct{ ID, State, Code string }

func TestABatchSharesCommits(t *testing.T) {
	a, api := gateway(t, t.TempDir(), "")
	var batch []map[string]any
	for i := range 1000 {
		batch = append(batch, map[string]any{"to": fmt.Sprintf("phone:+38050111%04d", i), "text": fmt.Sprint("n", i), "purpose": "service"})
	}
	batch[7]["to"] = "ext:nobody"
	before := a.db.Stats()
	var out struct{ Results []result }
	if err := api.Do(t.Context(), "POST", "/v1/deliveries:batch", map[string]any{"deliveries": batch}, &out); err != nil {
		t.Fatal(err)
	}
	after := a.db.Stats()
	// How many exactly depends on the disk: what is prepared while one commit is written shares the next.
	if n := after.Batches - before.Batches; n > 100 {
		t.Errorf("1,000 deliveries took %d commits", n)
	}
	for i, r := range out.Results {
		if i == 7 {
			if r.Code != "unknown_contact" {
				t.Errorf("the eighth is %+v", r)
			}
			continue
		}
		var d struct{ To string }
		if err := api.Do(t.Context(), "GET", "/v1/deliveries/"+r.ID, nil, &d); err != nil || d.To != batch[i]["to"] {
			t.Fatalf("result %d is of %q, %v; want %v", i, d.To, err, batch[i]["to"])
		}
	}
}

func TestABatchKeepsTheOrderOfOnePersonAndOfOneKey(t *testing.T) {
	_, api := gateway(t, t.TempDir(), "")
	one := map[string]any{"to": "phone:+380501112233", "text": "hi", "purpose": "service"}
	keyed := func(to, text string) map[string]any {
		return map[string]any{"to": to, "text": text, "purpose": "service", "key": "k"}
	}
	var out struct{ Results []result }
	batch := []map[string]any{one, one, keyed("phone:+380501112244", "a"), keyed("phone:+380501112255", "b"), keyed("phone:+380501112244", "a")}
	if err := api.Do(t.Context(), "POST", "/v1/deliveries:batch", map[string]any{"deliveries": batch}, &out); err != nil {
		t.Fatal(err)
	}
	r := out.Results
	if r[0].State == "skipped" || r[1].State != "skipped" {
		t.Errorf("the same twice is %+v, %+v; want the second skipped", r[0], r[1])
	}
	if r[2].ID == "" || r[3].Code != "key_reused" || r[4].ID != r[2].ID {
		t.Errorf("one key three times is %+v, %+v, %+v", r[2], r[3], r[4])
	}
}

// A template and a cascade that an answered request named are taken away: the same key and body are answered the same.
func TestARepeatIsAnsweredTheSameWhateverWasLoadedSince(t *testing.T) {
	dir := t.TempDir()
	words := filepath.Join(dir, "words", "hello")
	if err := os.MkdirAll(words, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(words, "uk.md"), []byte("+++\npurpose = \"service\"\n[example]\nn = 1\n+++\nn = {{.n}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	extra := fmt.Sprintf("[templates]\ndir = %q\n[cascades.own]\nsteps = [{ channel = \"sms\" }]\n", filepath.Join(dir, "words"))
	body := map[string]any{"to": "phone:+380501112233", "template": "hello", "data": map[string]any{"n": 1}, "cascade": "own", "key": "k"}
	a, api := gateway(t, dir, extra)
	var first, again result
	if err := api.Do(t.Context(), "POST", "/v1/deliveries", body, &first); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(words); err != nil {
		t.Fatal(err)
	}
	_, api = gateway(t, dir, "")
	if err := api.Do(t.Context(), "POST", "/v1/deliveries", body, &again); err != nil || again != first {
		t.Errorf("the repeat is answered %+v, %v; want %+v", again, err, first)
	}
	var out struct{ Results []result }
	if err := api.Do(t.Context(), "POST", "/v1/deliveries:batch", map[string]any{"deliveries": []any{body}}, &out); err != nil || out.Results[0] != first {
		t.Errorf("in a batch it is answered %+v, %v", out.Results, err)
	}
	for name, c := range map[string]struct{ field, value, code string }{
		"another body under the key": {"cascade", "other", "key_reused"},
		"a key that is new":          {"key", "k2", "unknown_template"},
	} {
		other := map[string]any{}
		for k, v := range body {
			other[k] = v
		}
		other[c.field] = c.value
		err := api.Do(t.Context(), "POST", "/v1/deliveries", other, nil)
		if p, ok := err.(*control.Problem); !ok || p.Code != c.code {
			t.Errorf("%s is answered %v; want %s", name, err, c.code)
		}
	}
}

// A cursor that the list did not give, and a value that no field takes, are refused: never an empty page, which would read as
// the end of the list.
func TestListsRefuseWhatTheyDoNotKnow(t *testing.T) {
	_, api := gateway(t, t.TempDir(), "")
	for i := range 3 {
		ask := map[string]any{"to": "phone:+380501112233", "text": fmt.Sprint("n", i), "purpose": "service", "metadata": map[string]string{"order": "17"}}
		if err := api.Do(t.Context(), "POST", "/v1/deliveries", ask, nil); err != nil {
			t.Fatal(err)
		}
	}
	lists := map[string]string{
		"deliveries": "/v1/deliveries?", "of a contact": "/v1/deliveries?contact=phone:%2B380501112233&", "of an open state": "/v1/deliveries?state=queued&",
		"of a final state": "/v1/deliveries?state=done&", "by metadata": "/v1/deliveries?metadata=order:17&", "of a contact in a state": "/v1/deliveries?contact=phone:%2B380501112233&state=queued&",
		"of a broadcast in a state": "/v1/deliveries?broadcast=B-1&state=queued&", "people": "/v1/contacts?", "people of a phone": "/v1/contacts?phone=%2B380501112233&",
		"conversations": "/v1/conversations?", "open conversations": "/v1/conversations?state=open&", "messages": "/v1/conversations/phone:%2B380501112233/messages?",
	}
	for name, list := range lists {
		for _, cursor := range []string{"zzz", "!", "AAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00"} {
			if err := api.Do(t.Context(), "GET", list+"cursor="+cursor, nil, nil); problemCode(err) != "invalid_cursor" {
				t.Errorf("%s with cursor %s: answered %v; want invalid_cursor", name, cursor, err)
			}
		}
		if err := api.Do(t.Context(), "GET", list+"limit=0", nil, nil); problemCode(err) != "invalid_field" {
			t.Errorf("%s with limit 0: answered %v; want invalid_field", name, err)
		}
	}
	for path, code := range map[string]string{
		"/v1/deliveries?state=nonsense": "invalid_field", "/v1/conversations?state=none": "invalid_field", "/v1/deliveries?since=yesterday": "invalid_field",
		"/v1/deliveries?metadata=order": "invalid_field", "/v1/deliveries?contact=anna": "invalid_ref", "/v1/deliveries?contact=ext:nobody": "unknown_contact", "/v1/changes?after=zzz": "invalid_cursor",
	} {
		if err := api.Do(t.Context(), "GET", path, nil, nil); problemCode(err) != code {
			t.Errorf("%s: answered %v; want %s", path, err, code)
		}
	}
}

// Every list is walked to its end by its own cursors, one line at a time.
func TestListsAreWalkedByTheirCursors(t *testing.T) {
	_, api := gateway(t, t.TempDir(), "")
	for i := range 5 {
		ask := map[string]any{"to": "phone:+380501112233", "text": fmt.Sprint("n", i), "purpose": "service", "metadata": map[string]string{"order": "17", "broadcast": fmt.Sprint("B-", i%2)}}
		other := map[string]any{"to": fmt.Sprint("phone:+38050111224", i), "text": "hi", "purpose": "service"}
		if err := api.Do(t.Context(), "POST", "/v1/deliveries", other, nil); err != nil {
			t.Fatal(err)
		}
		var made result
		if err := api.Do(t.Context(), "POST", "/v1/deliveries", ask, &made); err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			if err := api.Do(t.Context(), "POST", "/v1/deliveries/"+made.ID+"/cancel", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for list, want := range map[string]int{
		"/v1/deliveries?": 10, "/v1/contacts?": 6, "/v1/contacts?phone=0501112233&": 1, "/v1/contacts?since=2026-01-01T00:00:00Z&": 6,
		"/v1/deliveries?broadcast=B-1&": 2, "/v1/deliveries?broadcast=B-0&state=cancelled&contact=phone:0501112233&since=2026-01-01T00:00:00Z&metadata=order:17&": 1,
		"/v1/deliveries?contact=phone:%2B380501112233&": 5, "/v1/deliveries?metadata=order:17&": 5,
		"/v1/deliveries?state=cancelled&": 2, "/v1/deliveries?state=cancelled&contact=phone:%2B380501112233&": 2,
	} {
		seen := map[string]bool{}
		cursor := ""
		for range 20 {
			var page struct {
				Items []result
				Next  string
			}
			if err := api.Do(t.Context(), "GET", list+"limit=1&cursor="+cursor, nil, &page); err != nil {
				t.Fatalf("%s: %v", list, err)
			}
			for _, r := range page.Items {
				seen[r.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != want || cursor != "" {
			t.Errorf("%s gave %d deliveries and ended with cursor %q; want %d", list, len(seen), cursor, want)
		}
	}
}
