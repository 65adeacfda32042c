package sms

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/sms"
)

const (
	anna         = "+380501112233"
	step bots.ID = 1_700_000_000_000_000
)

func startSimulator(t *testing.T, opt simulator.Options) *simulator.Server {
	t.Helper()
	opt.Speed = 1000
	s, err := simulator.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// ownAt is the description of the contract, changed in address and token only.
func ownAt(t *testing.T, s *simulator.Server) Config {
	t.Helper()
	cfg := own(t)
	cfg.APIURL, cfg.Token = s.URL(), bots.Secret(s.Token())
	return cfg
}

func newProvider(t *testing.T, cfg Config) *Provider {
	t.Helper()
	client := bots.NewClient(bots.ClientOptions{})
	t.Cleanup(client.Close)
	p, err := New(cfg, client)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func message(text string) bots.Outgoing {
	return bots.Outgoing{To: bots.Address{Channel: bots.SMS, ID: anna}, Step: step, Text: text}
}

func TestSend(t *testing.T) {
	s := startSimulator(t, simulator.Options{})
	p := newProvider(t, ownAt(t, s))
	got, err := p.Send(t.Context(), message("Додано 120 балів\x07"))
	if err != nil || got.Sender != "sms/own" || got.ID != "SM000001" || got.Step != step || got.Level != bots.Accepted || got.Parts != 1 || time.Since(got.At) > time.Minute {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	if m := s.Messages(anna); len(m) != 1 || m[0].From != "Shop" || m[0].Text != "Додано 120 балів" || m[0].Ref != step.String() {
		t.Errorf("the provider got %+v", m)
	}
}

// The codes of the contract's description, against a provider that answers them with HTTP 200.
func TestFaultOfAnswer(t *testing.T) {
	cases := map[string]struct {
		fault simulator.Fault
		want  bots.Fault
		code  string
		retry time.Duration
		sent  int
	}{
		"a code of the table":           {simulator.Fault{Kind: simulator.Refuse, Code: "44"}, bots.Misconfigured, "44", 0, 0},
		"no money":                      {simulator.Fault{Kind: simulator.Refuse, Code: "49"}, bots.Misconfigured, "49", 0, 0},
		"unreachable":                   {simulator.Fault{Kind: simulator.Refuse, Code: "51"}, bots.Unreachable, "51", 0, 0},
		"the stop list":                 {simulator.Fault{Kind: simulator.Refuse, Code: "404"}, bots.Refused, "404", 0, 0},
		"another code":                  {simulator.Fault{Kind: simulator.Refuse, Code: "77"}, bots.Rejected, "77", 0, 0},
		"too many":                      {simulator.Fault{Kind: simulator.FloodWait, RetryAfter: 7}, bots.Temporary, "29", 7 * time.Second, 0},
		"a 500 in JSON":                 {simulator.Fault{Kind: simulator.InternalError, CarryOut: true}, bots.Uncertain, "500", 0, 1},
		"a 502 with a page":             {simulator.Fault{Kind: simulator.BadGateway}, bots.Uncertain, "http:502", 0, 0},
		"half an answer":                {simulator.Fault{Kind: simulator.Garbage, CarryOut: true}, bots.Uncertain, "http:200", 0, 1},
		"cut before it was carried out": {simulator.Fault{Kind: simulator.CutBefore}, bots.Uncertain, "", 0, 0},
		"cut after it was carried out":  {simulator.Fault{Kind: simulator.CutAfter}, bots.Uncertain, "", 0, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := startSimulator(t, simulator.Options{})
			s.Fail(tc.fault)
			_, err := newProvider(t, ownAt(t, s)).Send(t.Context(), message("hi there, Anna"))
			e := bots.FaultOf(err)
			if err == nil || e.Fault != tc.want || e.Code != tc.code || e.RetryAfter != tc.retry {
				t.Errorf("Send = %v, code %q, retry %v; want %v, %q, %v", err, e.Code, e.RetryAfter, tc.want, tc.code, tc.retry)
			}
			if n := len(s.Calls()); n != 1 || len(s.Messages(anna)) != tc.sent {
				t.Errorf("%d calls and %d messages, want 1 and %d", n, len(s.Messages(anna)), tc.sent)
			}
			for _, secret := range []string{s.Token(), "Anna", "38050"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
		})
	}
}

func TestUnsendable(t *testing.T) {
	s := startSimulator(t, simulator.Options{})
	cfg := ownAt(t, s)
	cfg.MaxParts = 2
	p := newProvider(t, cfg)
	if most := p.Limits().MaxParts; most != 2 {
		t.Errorf("Limits tells %d parts, want 2", most)
	}
	to := func(id string) bots.Outgoing {
		return bots.Outgoing{To: bots.Address{Channel: bots.SMS, ID: id}, Step: step, Text: "hi"}
	}
	cases := map[string]struct {
		out  bots.Outgoing
		want bots.Fault
	}{
		"an empty text":          {message(""), bots.Rejected},
		"a text of nothing":      {message(" \n\x00"), bots.Rejected},
		"three parts":            {message(strings.Repeat("ж", 135)), bots.Rejected},
		"no phone":               {to("anna"), bots.Unreachable},
		"a phone without a plus": {to("380501112233"), bots.Unreachable},
		"no address":             {to(""), bots.Unreachable},
	}
	for name, tc := range cases {
		if _, err := p.Send(t.Context(), tc.out); err == nil || bots.FaultOf(err).Fault != tc.want {
			t.Errorf("%s: Send = %v, want %v", name, err, tc.want)
		}
	}
	if n := len(s.Calls()); n != 0 {
		t.Errorf("the provider was called %d times", n)
	}
	if _, err := p.Send(t.Context(), message(strings.Repeat("ж", 134))); err != nil {
		t.Errorf("two parts: %v", err)
	}
}

// wire is a provider that writes down what it was asked and answers one thing.
type wire struct {
	status int
	header http.Header
	answer string

	method, path, rawPath, body string
	query                       url.Values
	got                         http.Header
}

func (w *wire) start(t *testing.T) string {
	t.Helper()
	if w.status == 0 {
		w.status = 200
	}
	if w.answer == "" {
		w.answer = `{"status":"ok","message_id":"m1"}`
	}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.method, w.path, w.rawPath, w.body, w.query, w.got = r.Method, r.URL.Path, r.URL.EscapedPath(), string(body), r.URL.Query(), r.Header
		maps.Copy(rw.Header(), w.header)
		rw.WriteHeader(w.status)
		io.WriteString(rw, w.answer)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// hostile is a text that means something to every kind of body.
const hostile = "a \"b\" 'c' <d>&amp;\n&to=1 {{.token}} }, \"to\": \"2\" % \\ + ; ]]> Ж 😀"

func TestRequestKinds(t *testing.T) {
	cases := map[string]struct {
		toml  string
		check func(t *testing.T, w *wire)
	}{
		"JSON with values of every kind": {`
			path = "/v1/{{.login}}/send"
			headers = { Authorization = "Basic {{printf \"%s:%s\" .login .password | base64}}" }
			[sms.request.json]
			messages = [ { to = "{{.to | digits | int}}", flash = "{{is_gsm7 .text | bool}}", "00" = "{{.to | phone \"00\"}}", home = "{{national .to}}", text = "{{.text}}" } ]
			n = 1
			x = 1.5
			yes = true
			parts = "{{.text | parts | int}}"
			note = "{{if is_gsm7 .text}}plain{{else}}unicode{{end}} {{.id}}"`,
			func(t *testing.T, w *wire) {
				want := `{"messages":[{"00":"00380501112233","flash":false,"home":"0501112233","text":` + quote(hostile) + `,"to":380501112233}],` +
					`"n":1,"note":"unicode ` + step.String() + `","parts":1,"x":1.5,"yes":true}`
				if w.body != want || w.rawPath != "/v1/me%2F..%3Fx=1/send" || w.got.Get("Content-Type") != "application/json" {
					t.Errorf("%s\n got %s\nwant %s", w.rawPath, w.body, want)
				}
				if user, pass, _ := (&http.Request{Header: w.got}).BasicAuth(); user != "me/..?x=1" || pass != "p&ss" {
					t.Errorf("login %q %q", user, pass)
				}
			}},
		"a list at the top of JSON": {`
			json = [ { to = "{{.to}}", text = "{{.text}}" } ]`,
			func(t *testing.T, w *wire) {
				if want := `[{"text":` + quote(hostile) + `,"to":"+380501112233"}]`; w.body != want {
					t.Errorf("got %s\nwant %s", w.body, want)
				}
			}},
		"a form, with a repeated key": {`
			form = { "to[]" = ["{{.to}}", "copy"], text = "{{.text}}", key = "{{.password}}" }`,
			func(t *testing.T, w *wire) {
				form, err := url.ParseQuery(w.body)
				if err != nil || !slices.Equal(form["to[]"], []string{anna, "copy"}) || form.Get("text") != hostile || form.Get("key") != "p&ss" || len(form) != 3 {
					t.Errorf("form %v, %v", form, err)
				}
				if w.method != "POST" || w.got.Get("Content-Type") != "application/x-www-form-urlencoded" {
					t.Errorf("%s %s", w.method, w.got.Get("Content-Type"))
				}
			}},
		"a query": {`
			method = "GET"
			path = "/send"
			query = { to = "{{.to}}", text = "{{.text}}", from = "{{.sender}}" }`,
			func(t *testing.T, w *wire) {
				if w.method != "GET" || w.body != "" || w.query.Get("to") != anna || w.query.Get("text") != hostile || w.query.Get("from") != "Shop" || len(w.query) != 3 {
					t.Errorf("%s %v %q", w.method, w.query, w.body)
				}
			}},
		"a query beside a form": {`
			query = { key = "{{.password}}" }
			form = { to = "{{.to}}", text = "{{.text}}" }`,
			func(t *testing.T, w *wire) {
				if form, _ := url.ParseQuery(w.body); w.query.Get("key") != "p&ss" || form.Get("text") != hostile {
					t.Errorf("%v %v", w.query, form)
				}
			}},
		"a free body of XML": {`
			headers = { content-type = "text/xml; charset=utf-8" }
			body = '<sms to="{{.to}}" from="{{.sender}}">{{.text}}</sms>'`,
			func(t *testing.T, w *wire) {
				if strings.Count(w.body, "<") != 2 || strings.Count(w.body, `"`) != 4 || !strings.Contains(w.body, "&lt;d&gt;&amp;amp;") || w.got.Get("Content-Type") != "text/xml; charset=utf-8" {
					t.Errorf("%s", w.body)
				}
			}},
		"a free body of JSON": {`
			headers = { Content-Type = "application/json" }
			body = '{"to": "{{.to}}", "text": "{{.text}}"}'`,
			func(t *testing.T, w *wire) {
				var got map[string]string
				if err := json.Unmarshal([]byte(w.body), &got); err != nil || got["text"] != hostile || got["to"] != anna || len(got) != 2 {
					t.Errorf("%s: %v, %v", w.body, got, err)
				}
			}},
		"a free body that is a form": {`
			headers = { Content-Type = "application/x-www-form-urlencoded" }
			body = 'to={{.to}}&text={{.text}}'`,
			func(t *testing.T, w *wire) {
				if form, _ := url.ParseQuery(w.body); form.Get("text") != hostile || form.Get("to") != anna || len(form) != 2 {
					t.Errorf("%s", w.body)
				}
			}},
		"the text in a path": {`
			path = "/send/{{.to}}/{{.text}}/end"
			query = { a = "b" }`,
			func(t *testing.T, w *wire) {
				if strings.Count(w.rawPath, "/") != 4 || w.path != "/send/"+anna+"/"+hostile+"/end" || len(w.query) != 1 {
					t.Errorf("%s", w.rawPath)
				}
			}},
		"empty fields left out": {`
			omit_empty = true
			headers = { X-None = "{{.token}}", X-Some = "{{.login}}" }
			query = { none = "{{.token}}", some = "1" }
			json = { to = "{{.to}}", text = "{{.text}}", none = "{{.token}}", list = ["{{.token}}", "x"], deep = { none = "{{.token}}" } }`,
			func(t *testing.T, w *wire) {
				want := `{"deep":{},"list":["x"],"text":` + quote(hostile) + `,"to":"+380501112233"}`
				if _, has := w.got["X-None"]; w.body != want || has || w.got.Get("X-Some") == "" || len(w.query) != 1 {
					t.Errorf("%v %v %s", w.got, w.query, w.body)
				}
			}},
		"where reports go": {`
			form = { to = "{{.to}}", text = "{{.text}}", url = "{{.report_url}}" }`,
			func(t *testing.T, w *wire) {
				if form, _ := url.ParseQuery(w.body); form.Get("url") != "https://bots.example.com/in/sms/x/s3cret?ref="+step.String() {
					t.Errorf("%s", w.body)
				}
			}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &wire{}
			cfg := configOf(t, "[[sms]]\nname = \"x\"\nprice = { amount = \"0\", currency = \"UAH\" }\nlogin = \"me/..?x=1\"\npassword = \"p&ss\"\nsender = \"Shop\"\n"+
				"[sms.accept]\nid = \".message_id\"\n[sms.request]\n"+tc.toml)
			cfg.APIURL, cfg.ReportURL = w.start(t), "https://bots.example.com/in/sms/x/s3cret"
			got, err := newProvider(t, cfg).Send(t.Context(), message(hostile))
			if err != nil || got.ID != "m1" {
				t.Fatalf("Send = %+v, %v", got, err)
			}
			tc.check(t, w)
		})
	}
}

// Where nobody can reach us there is no address to name, and an empty one would be a mistake in the request.
func TestNoReportURL(t *testing.T) {
	w := &wire{}
	cfg := own(t)
	cfg.APIURL = w.start(t)
	cfg.Request.JSON.(map[string]any)["callback"] = "{{.report_url}}"
	cfg.Request.JSON.(map[string]any)["empty"] = ""
	if _, err := newProvider(t, cfg).Send(t.Context(), message("hi")); err != nil || strings.Contains(w.body, "callback") || !strings.Contains(w.body, `"empty":""`) {
		t.Errorf("Send = %v; asked %s", err, w.body)
	}
}

func quote(s string) string {
	return `"` + jsonText(s) + `"`
}

// A text must not leave a header, and a value that does not fit its place is no reason to hold the lane.
func TestRequestThatCannotBeBuilt(t *testing.T) {
	for name, request := range map[string]Request{
		"a line break in a header": {JSON: map[string]any{"to": "{{.to}}"}, Headers: map[string]string{"X-Text": "{{.text}}"}},
		"a word for a number":      {JSON: map[string]any{"to": "{{.to}}", "text": "{{.text | int}}"}},
		"a word for yes or no":     {JSON: map[string]any{"to": "{{.to}}", "text": "{{.text | bool}}"}},
		"more than fits":           {JSON: map[string]any{"to": "{{.to}}", "text": `{{printf "%99999d" 1}}{{.text}}`}},
	} {
		w := &wire{}
		cfg := own(t)
		cfg.APIURL, cfg.Request = w.start(t), request
		_, err := newProvider(t, cfg).Send(t.Context(), message("secret\nX-Evil: words"))
		if err == nil || bots.FaultOf(err).Fault != bots.Rejected || w.method != "" {
			t.Errorf("%s: Send = %v; asked %q", name, err, w.method)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the message: %v", name, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	const yes = "yes"
	cases := map[string]struct {
		toml   string // in [sms.accept]
		status int
		answer string
		want   string // yes and the id, or the fault
	}{
		"an id of 19 digits":              {`id = ".id"`, 200, `{"id": 9223372036854775809}`, yes + " 9223372036854775809"},
		"an id with a fraction of zeros":  {`id = ".id"`, 200, `{"id": 12.50}`, yes + " 12.50"},
		"an id computed with":             {`id = ".id + 1"`, 200, `{"id": 429}`, yes + " 430"},
		"an id in a list":                 {"id = '.[1]'\nok = '.[0] == \"msgid\"'", 200, `["msgid","31885463"]`, yes + " 31885463"},
		"an error in a list":              {"id = '.[1]'\nok = '.[0] == \"msgid\"'\ncode = '.[1]'", 200, `["error","44"]`, "misconfigured"},
		"a code as a number":              {"id = '.id'\ncode = '.code'", 200, `{"code": 44}`, "misconfigured"},
		"a text answer":                   {"format = 'text'\nid = 'capture(\"^Success \\\"(?<id>.*)\\\"$\").id'", 200, "Success \"a-b\"\n", yes + " a-b"},
		"a text answer that says no":      {"format = 'text'\nok = 'test(\"^Success\")'\nid = '.'", 400, `Error "no"`, "rejected"},
		"no id, no ok":                    {`id = ".id"`, 200, `{"id": null}`, "uncertain"},
		"no id, no ok, but a code":        {"id = '.id'\ncode = '.code'", 200, `{"id": null, "code": 7}`, "rejected"},
		"ok and no id":                    {"id = '.id'\nok = 'true'", 200, `{}`, "uncertain"},
		"ok with another status":          {"id = '.id'\nok = '.ok'\nstatus = [200]", 201, `{"ok": true, "id": 1}`, "uncertain"},
		"a listed status that is unusual": {"id = '.id'\nstatus = [202]", 202, `{"id": 1}`, yes + " 1"},
		"an ok that is false":             {"id = '.id'\nok = '.ok'", 200, `{"ok": false, "id": 1}`, "rejected"},
		"an ok that is missing":           {"id = '.id'\nok = '.ok'", 200, `{"id": 1}`, "rejected"},
		"an ok that gives nothing":        {"id = '.id'\nok = 'empty'", 200, `{"id": 1}`, "uncertain"},
		"an ok that fails":                {"id = '.id'\nok = '.status'", 200, `[1]`, "uncertain"},
		"an ok that never ends":           {"id = '.id'\nok = 'last(repeat(1))'", 200, `{"id": 1}`, "uncertain"},
		"an id that never ends":           {"id = 'last(range(1e12))'\nok = 'true'", 200, `{}`, "uncertain"},
		"an id that is an object":         {"id = '.id'", 200, `{"id": {}}`, "uncertain"},
		"an id of a megabyte":             {"id = '\"x\" * 1000000'", 200, `{}`, "uncertain"},
		"a page instead of JSON":          {`id = ".id"`, 200, "<html>", "uncertain"},
		"JSON with something behind it":   {`id = ".id"`, 200, `{"id":1} x`, "uncertain"},
		"an empty answer":                 {`id = ".id"`, 200, ``, "uncertain"},
		"an answer that never ends":       {`id = ".id"`, 200, `{"id":1}` + strings.Repeat(" ", 2<<20), "uncertain"},
		"400 in JSON":                     {`id = ".id"`, 400, `{"error":"bad"}`, "rejected"},
		"400 with a page":                 {`id = ".id"`, 400, "<html>", "uncertain"},
		"401":                             {`id = ".id"`, 401, ``, "misconfigured"},
		"401 with an unknown code":        {"id = '.id'\ncode = '.code'", 401, `{"code":7}`, "misconfigured"},
		"403":                             {`id = ".id"`, 403, `{}`, "misconfigured"},
		"403 with an unknown code":        {"id = '.id'\ncode = '.code'", 403, `{"code":7}`, "rejected"},
		"a redirect for good":             {`id = ".id"`, 308, ``, "misconfigured"},
		"a redirect after a POST":         {`id = ".id"`, 303, ``, "uncertain"},
		"a status of the table":           {`id = ".id"`, 429, ``, "temporary"},
		"500 with a code of the table":    {"id = '.id'\ncode = '.code'", 500, `{"code":44}`, "misconfigured"},
		"500 with an unknown code":        {"id = '.id'\ncode = '.code'", 500, `{"code":7}`, "uncertain"},
		"a code before a status":          {"id = '.id'\ncode = '.code'", 429, `{"code":44}`, "misconfigured"},
		"yes and a code of the table":     {"id = '.id'\ncode = '.code'", 200, `{"id":1,"code":44}`, "misconfigured"},
		"an explicit yes beats the code":  {"id = '.id'\nok = 'true'\ncode = '.code'", 200, `{"id":1,"code":44}`, yes + " 1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{status: tc.status, answer: tc.answer, header: http.Header{"Retry-After": {"30"}}}
			if tc.answer == "" {
				w.answer = " "
			}
			faults := "\n[sms.faults]\n\"http:429\" = \"temporary\"\n"
			if strings.Contains(tc.toml, "code") {
				faults += "44 = \"misconfigured\"\n"
			}
			cfg := configOf(t, "[[sms]]\nname = \"x\"\nprice = { amount = \"0\", currency = \"UAH\" }\n"+
				"[sms.request]\nform = { to = '{{.to}}', text = '{{.text}}' }\n[sms.accept]\n"+tc.toml+faults)
			cfg.APIURL = w.start(t)
			receipt, err := newProvider(t, cfg).Send(t.Context(), message("hi"))
			got := yes + " " + receipt.ID
			if err != nil {
				e := bots.FaultOf(err)
				got = e.Fault.String()
				if (e.RetryAfter == 30*time.Second) != (e.Fault == bots.Temporary) {
					t.Errorf("%v names a pause of %v", err, e.RetryAfter)
				}
			}
			if got != tc.want {
				t.Errorf("HTTP %d %.60s gave %s (%v), want %s", tc.status, tc.answer, got, err, tc.want)
			}
		})
	}
}

func TestErrorsQuoteNobody(t *testing.T) {
	w := &wire{answer: `{"status":"error","code":"bad number 380501112233","error":"tok-123 is wrong"}`}
	cfg := own(t)
	cfg.APIURL = w.start(t)
	p := newProvider(t, cfg)
	for _, words := range []string{"tok-123 is wrong", "no route for +380 50 111 22 33", "forbidden: hello, dear Anna", "ok"} {
		w.answer = fmt.Sprintf(`{"status":"error","code":"bad number 380501112233","error":%q}`, words)
		_, err := p.Send(t.Context(), message("hello, dear Anna"))
		if err == nil || bots.FaultOf(err).Fault != bots.Rejected || !strings.Contains(err.Error(), "sms/own: ") {
			t.Errorf("Send = %v", err)
		}
		for _, secret := range []string{"tok-123", "38050", "111 22", "dear"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells %q: %v", secret, err)
			}
		}
	}
}

func TestPriceAndLimits(t *testing.T) {
	p := newProvider(t, own(t))
	for text, want := range map[string]string{"hi": "1 0.80 UAH", strings.Repeat("ж", 71): "2 1.60 UAH", "": "0 0 UAH"} {
		parts, cost := p.Price(text)
		if got := fmt.Sprintf("%d %s", parts, cost); got != want {
			t.Errorf("Price(%.5s…) = %s, want %s", text, got, want)
		}
	}
	if l := p.Limits(); l.Reports != bots.Delivered || !l.CanEngage || !l.WayBack || l.PerSecond != 10 || l.Buttons {
		t.Errorf("Limits = %+v", l)
	}
	cfg := own(t)
	cfg.Report, cfg.Inbound = Report{}, Inbound{}
	if l := newProvider(t, cfg).Limits(); l.Reports != bots.Accepted || l.CanEngage || l.WayBack {
		t.Errorf("without reports and replies: Limits = %+v", l)
	}
	if id, err := p.Check(t.Context()); err != nil || len(id.Warnings) != 1 || !strings.Contains(id.Warnings[0], "cannot be checked") {
		t.Errorf("Check = %+v, %v", id, err)
	}
}
