package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/sms"
)

var arrived = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func jsonCall(body string) bots.Call {
	return bots.Call{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body), At: arrived}
}

func formCall(body string) bots.Call {
	return bots.Call{Method: "POST", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte(body), At: arrived}
}

func queryCall(method, query string) bots.Call {
	q, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return bots.Call{Method: method, Header: http.Header{}, Query: q, At: arrived}
}

// told is an event in one line.
func told(e bots.Event) string {
	s := fmt.Sprintf("%s %s", e.Kind, e.At.Format(time.TimeOnly))
	if e.Chat != (bots.Address{}) {
		s += " " + e.Chat.String()
	}
	if r := e.Receipt; r != nil {
		s += fmt.Sprintf(" id=%s step=%s", r.ID, r.Step)
		if r.Failed {
			s += fmt.Sprintf(" failed %s %q", r.Fault, r.Reason)
		} else {
			s += " " + r.Level.String()
		}
	}
	if e.Kind == bots.Wrote {
		s += fmt.Sprintf(" id=%s %q", e.MessageID, e.Text)
	}
	return s
}

func TestParse(t *testing.T) {
	const id = "001ga4gc1wg00" // what step prints
	cases := map[string]struct {
		toml string // instead of the contract's [sms.report] and [sms.inbound]
		call bots.Call
		want []string
	}{
		"delivered": {call: jsonCall(`{"message_id":"m1","ref":"x","status":"delivered","at":"2026-11-22T10:00:00Z"}`),
			want: []string{"reported 12:00:00 id=m1 step= delivered"}},
		"failed": {call: jsonCall(`{"message_id":"m1","status":"undelivered"}`),
			want: []string{`reported 12:00:00 id=m1 step= failed unreachable "undelivered"`}},
		"a word that says nothing": {call: jsonCall(`{"message_id":"m1","status":"sent"}`)},
		"a word of another kind":   {call: jsonCall(`{"message_id":"m1","status":{}}`)},
		"a report of nothing":      {call: jsonCall(`{"status":"delivered"}`)},
		"an id of 19 digits": {call: jsonCall(`{"message_id":9223372036854775809,"status":"delivered"}`),
			want: []string{"reported 12:00:00 id=9223372036854775809 step= delivered"}},
		"as a form": {call: formCall("message_id=m1&status=delivered"),
			want: []string{"reported 12:00:00 id=m1 step= delivered"}},
		"as a query": {call: queryCall("GET", "message_id=m1&status=delivered"),
			want: []string{"reported 12:00:00 id=m1 step= delivered"}},
		"as a query by POST": {call: queryCall("POST", "message_id=m1&status=delivered"),
			want: []string{"reported 12:00:00 id=m1 step= delivered"}},
		"JSON that says it is a form": {call: formCall(` {"message_id":"m1","status":"delivered"}`),
			want: []string{"reported 12:00:00 id=m1 step= delivered"}},
		"a list": {call: jsonCall(`[{"message_id":"m1","status":"delivered"},{"message_id":"m2","status":"sent"},{"message_id":"m3","status":"expired"},7,null]`),
			want: []string{"reported 12:00:00 id=m1 step= delivered", `reported 12:00:00 id=m3 step= failed unreachable "expired"`}},
		"an empty list, to try us out": {call: jsonCall(`[]`)},
		"our id in the address": {call: func() bots.Call {
			c := queryCall("POST", "ref="+id)
			c.Body = []byte(`{"message_id":"m1","status":"delivered"}`)
			return c
		}(), want: []string{"reported 12:00:00 id=m1 step=" + id + " delivered"}},
		"nothing but our id": {call: queryCall("GET", "status=delivered&ref="+id),
			want: []string{"reported 12:00:00 id= step=" + id + " delivered"}},
		"an id that is not ours": {call: queryCall("GET", "status=delivered&ref=1"), want: nil},
		"one address, two reports": {call: func() bots.Call {
			c := queryCall("POST", "ref="+id)
			c.Body = []byte(`[{"status":"delivered"},{"status":"delivered"}]`)
			return c
		}()},
		"a reply":                   {call: jsonCall(`{"type":"mo","id":"MO1","from":"+380501112233","text":"STOP"}`), want: []string{`wrote 00:00:00 sms:+380501112233 id=MO1 "STOP"`}},
		"a reply, plus forgotten":   {call: formCall("id=MO1&from=380501112233&text=%D1%82%D0%B0%D0%BA%0D%0A%00"), want: []string{`wrote 00:00:00 sms:+380501112233 id=MO1 "так\n"`}},
		"a reply, as dialled here":  {call: formCall("id=MO1&from=0501112233&text=hi"), want: []string{`wrote 00:00:00 sms:+380501112233 id=MO1 "hi"`}},
		"what a name wrote":         {call: jsonCall(`{"id":"MO1","from":"Bank","text":"hi"}`)},
		"what a short number wrote": {call: jsonCall(`{"id":"MO1","from":"4482","text":"hi"}`)},
		"a reply of nothing":        {call: jsonCall(`{"id":"MO1","from":"+380501112233","text":""}`)},
		"a report is never a reply": {call: jsonCall(`{"message_id":"m1","status":"sent","id":"1","from":"+380501112233","text":"ours"}`)},
		"a reply and a report in one": {call: jsonCall(`[{"id":"MO1","from":"+380501112233","text":"hi"},{"message_id":"m1","status":"delivered"}]`),
			want: []string{`wrote 00:00:00 sms:+380501112233 id=MO1 "hi"`, "reported 12:00:00 id=m1 step= delivered"}},

		"results in a list": {toml: `
			[sms.report]
			each = ".results[]"
			id = ".messageId"
			ref = ".callbackData"
			to = ".to"
			at = ".doneAt"
			status = ".status.groupName"
			states = { DELIVERED = "delivered", UNDELIVERABLE = "failed", BLACKLISTED = "refused" }`,
			call: jsonCall(`{"results":[
				{"messageId":"a","to":"380501112233","doneAt":"2026-11-22T11:00:00+02:00","status":{"groupName":"DELIVERED"},"callbackData":"` + id + `"},
				{"messageId":"b","doneAt":"2026-11-22 10:30:00Z","status":{"groupName":"BLACKLISTED"}},
				{"messageId":"c","doneAt":"2030-01-01T00:00:00Z","status":{"groupName":"UNDELIVERABLE"}},
				{"messageId":"d","status":{"groupName":"PENDING"}}]}`),
			want: []string{"reported 09:00:00 sms:+380501112233 id=a step=" + id + " delivered",
				`reported 10:30:00 id=b step= failed refused "BLACKLISTED"`, `reported 12:00:00 id=c step= failed unreachable "UNDELIVERABLE"`}},
		"lines of text in a form": {toml: `
			[sms.report]
			each = 'to_entries[] | select(.key | startswith("data")) | .value | split("\n")'
			id = ".[1]"
			status = ".[2]"
			at = ".[3]"
			states = { 103 = "delivered" }
			answer = "100"`,
			call: formCall("hash=x&data%5B0%5D=sms_status%0A201523-1000007%0A103%0A1795341600"),
			want: []string{"reported 10:00:00 id=201523-1000007 step= delivered"}},
		"seconds and milliseconds": {toml: `
			[sms.report]
			id = ".id"
			at = ".at"
			status = ".s"
			states = { 1 = "delivered" }`,
			call: jsonCall(`[{"id":1,"s":1,"at":1795341600},{"id":2,"s":1,"at":1795341600500},{"id":3,"s":1,"at":"soon"},{"id":4,"s":1,"at":-1},{"id":5,"s":1,"at":true}]`),
			want: []string{"reported 10:00:00 id=1 step= delivered", "reported 10:00:00 id=2 step= delivered", "reported 12:00:00 id=3 step= delivered",
				"reported 12:00:00 id=4 step= delivered", "reported 12:00:00 id=5 step= delivered"}},
		"messages that look like reports": {toml: `
			[sms.report]
			id = ".id"
			status = ".status"
			states = { delivered = "delivered" }
			[sms.inbound]
			when = '.status == "received"'
			from = ".from"
			text = ".body"
			at = ".at"`,
			call: jsonCall(`[{"id":"1","status":"received","from":"+380501112233","body":"hi","at":1795341600},{"id":"2","status":"delivered","from":"+380501112233","body":"ours"},{"id":"","from":"+380501112233","body":"neither"}]`),
			want: []string{`wrote 00:00:00 sms:+380501112233 id= "hi"`, "reported 12:00:00 id=2 step= delivered"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t, described(t, tc.toml))
			batch, err := p.Parse(tc.call)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range batch.Events {
				got = append(got, told(e))
				if e.Sender != "sms/own" || e.Channel != "sms" || !strings.HasPrefix(e.ID, "sms/own:") || !e.ArrivedAt.Equal(arrived) || len(e.Raw) == 0 {
					t.Errorf("the event lacks something: %+v", e)
				}
			}
			if strings.Join(got, "\n") != strings.Join(tc.want, "\n") {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tc.want, "\n\t"))
			}
			if tc.toml == "" && string(batch.Answer.Body) != "OK" {
				t.Errorf("answered %q", batch.Answer.Body)
			}
		})
	}
}

// described is the contract's provider with other reports and replies.
func described(t *testing.T, toml string) Config {
	cfg := own(t)
	cfg.Country = "UA"
	if toml != "" {
		other := configOf(t, "[[sms]]\n"+toml)
		cfg.Report, cfg.Inbound = other.Report, other.Inbound
	}
	return cfg
}

func TestParseMalformed(t *testing.T) {
	p := newProvider(t, described(t, ""))
	for name, call := range map[string]bots.Call{
		"half a JSON":    jsonCall(`{"message_id":`),
		"two of them":    jsonCall(`{} {}`),
		"a lone word":    jsonCall(`"delivered"`),
		"no JSON at all": jsonCall(`message_id=1&status=delivered`),
		"XML":            formCall(`<report/>`),
		"a broken form":  formCall(`a=%zz`),
	} {
		if batch, err := p.Parse(call); !errors.Is(err, bots.ErrMalformed) || len(batch.Events) != 0 {
			t.Errorf("%s: Parse = %+v, %v; want malformed", name, batch, err)
		}
	}
	cfg := described(t, "[sms.report]\neach = 'repeat(1)'\nid = '.id'\nstatus = '.s'\nstates = { a = 'failed' }")
	if _, err := newProvider(t, cfg).Parse(jsonCall(`{}`)); err == nil || errors.Is(err, bots.ErrMalformed) {
		t.Errorf("reports without end: %v; want an error that leads to quarantine", err)
	}
}

func TestEventIDs(t *testing.T) {
	p := newProvider(t, described(t, ""))
	cfg := described(t, "[sms.inbound]\nfrom = '.from'\ntext = '.text'")
	nameless := newProvider(t, cfg)
	cfg.Name = "other"
	other := newProvider(t, cfg)
	ids := make(map[string]string)
	later := func(c bots.Call, d time.Duration) bots.Call { c.At = c.At.Add(d); return c }
	report := jsonCall(`{"message_id":"m1","status":"delivered"}`)
	reply := jsonCall(`{"from":"+380501112233","text":"hi"}`)
	for _, tc := range []struct {
		name string
		p    *Provider
		call bots.Call
		same string
	}{
		{"a report", p, report, ""},
		{"the same again", p, later(report, time.Hour), "a report"},
		{"the same with another time in it", p, jsonCall(`{"status":"delivered","message_id":"m1","at":"2026-11-22T10:00:00Z","try":2}`), "a report"},
		{"of another message", p, jsonCall(`{"message_id":"m2","status":"delivered"}`), ""},
		{"of another state", p, jsonCall(`{"message_id":"m1","status":"expired"}`), ""},
		{"a boundary moved", p, jsonCall(`{"message_id":"m1d","status":"delivered"}`), ""},
		{"a reply", p, jsonCall(`{"id":"MO1","from":"+380501112233","text":"hi"}`), ""},
		{"the same reply again", p, later(jsonCall(`{"id":"MO1","from":"380501112233","text":"hi"}`), 48*time.Hour), "a reply"},
		{"another reply", p, jsonCall(`{"id":"MO2","from":"+380501112233","text":"hi"}`), ""},
		{"a reply named as a message", p, jsonCall(`{"id":"m1","from":"+380501112233","text":"hi"}`), ""},
		{"a nameless reply", nameless, reply, ""},
		{"the same within the minute", nameless, later(reply, time.Second), "a nameless reply"},
		{"the same words later: a second STOP is one", nameless, later(reply, time.Hour), ""},
		{"other words", nameless, jsonCall(`{"from":"+380501112233","text":"yes"}`), ""},
		{"at another provider", other, reply, ""},
	} {
		batch, err := tc.p.Parse(tc.call)
		if err != nil || len(batch.Events) != 1 {
			t.Fatalf("%s: %+v, %v", tc.name, batch, err)
		}
		id := batch.Events[0].ID
		if tc.same != "" && id != ids[tc.same] {
			t.Errorf("%s has an id of its own", tc.name)
		}
		for name, known := range ids {
			if tc.same == "" && known == id {
				t.Errorf("%s has the id of %s", tc.name, name)
			}
		}
		ids[tc.name] = id
	}
}

// The whole way: the simulator takes a message, reports it to the handler behind /in, repeats the report, and a person
// writes back.
func TestReportsOfSimulator(t *testing.T) {
	var mu sync.Mutex
	var got []bots.Event
	var handler http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer front.Close()
	s := startSimulator(t, simulator.Options{Duplicates: 1, ReportURL: front.URL + "/in/sms/own/s3cret"})
	cfg := ownAt(t, s)
	cfg.Country, cfg.ReportSecret = "UA", "s3cret"
	cfg.ReportURL = bots.Secret(front.URL + "/in/sms/own/s3cret")
	cfg.Request.JSON.(map[string]any)["callback"] = "{{.report_url}}"
	p := newProvider(t, cfg)
	handler, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{p.Hook()},
		Receive: func(_ context.Context, b bots.Batch) (bots.Answer, error) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, b.Events...)
			return b.Answer, nil
		},
		Quarantine: func(_ context.Context, _ string, raw []byte, reason string) error {
			t.Errorf("quarantine: %s %s", reason, raw)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := p.Send(t.Context(), message("hi"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WaitReports(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Inbound(anna, "STOP"); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitReports(t.Context(), 4); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 4 || got[0].ID != got[1].ID || got[2].ID != got[3].ID || got[0].ID == got[2].ID {
		t.Fatalf("got %d events: %+v", len(got), got)
	}
	if r := got[0].Receipt; r.ID != receipt.ID || r.Step != step || r.Level != bots.Delivered || r.Sender != receipt.Sender {
		t.Errorf("the receipt is %+v for %+v", r, receipt)
	}
	if got[2].Text != "STOP" || got[2].Chat.ID != anna {
		t.Errorf("the reply is %+v", got[2])
	}
	for _, r := range s.Reports() {
		if r.Tries != 2 || r.Taken != 2 {
			t.Errorf("the report took %d tries, %d taken: %s", r.Tries, r.Taken, r.LastError)
		}
	}
}

func FuzzParse(f *testing.F) {
	text := `[[sms]]
name = "own"
api_url = "https://sms.example.com"
price = { amount = "0", currency = "UAH" }
[sms.request]
json = { to = "{{.to}}", text = "{{.text}}" }
[sms.accept]
id = ".id"
[sms.report]
each = 'if type == "object" and has("results") then .results[]? else (.[]? // .), . end'
id = ".id, .message_id"
ref = ".ref"
to = ".to"
at = ".at"
status = ".status"
states = { delivered = "delivered", failed = "failed" }
[sms.inbound]
from = ".from"
text = ".text"`
	f.Add("POST", "application/json", `{"id":"m1","status":"delivered","at":1795341600,"to":"380501112233"}`, "ref=001ga4gc1wg00")
	f.Add("POST", "application/json", `[{"id":1e400,"status":"failed"},{"from":"+380501112233","text":"hi"}]`, "")
	f.Add("POST", "", `{"results":[{"id":-0,"at":"2026-11-22T10:00:00Z","status":"delivered"}]}`, "")
	f.Add("GET", "", "", "id=1&status=delivered&ref=x&ref=y")
	f.Add("POST", "", "id=1&status=failed&%zz", "")
	f.Fuzz(func(t *testing.T, method, kind, body, query string) {
		p := fuzzProvider(t, text)
		q, _ := url.ParseQuery(query)
		call := bots.Call{Method: method, Header: http.Header{"Content-Type": {kind}}, Query: q, Body: []byte(body), At: arrived}
		first, err := p.Parse(call)
		second, err2 := p.Parse(call)
		if (err == nil) != (err2 == nil) || len(first.Events) != len(second.Events) {
			t.Fatalf("Parse is not one thing: %v, %v", err, err2)
		}
		for i, e := range first.Events {
			if e.ID == "" || e.ID != second.Events[i].ID || e.At.After(arrived) || (e.Receipt == nil) != (e.Kind == bots.Wrote) {
				t.Errorf("event %+v", e)
			}
		}
	})
}

var fuzzed sync.Map

func fuzzProvider(t *testing.T, text string) *Provider {
	if p, ok := fuzzed.Load(text); ok {
		return p.(*Provider)
	}
	p, err := New(configOf(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	fuzzed.Store(text, p)
	return p
}

// TestCallsThatTheDescriptionDoesNotFit: a typo in [sms.report] looks like a provider that never reports, unless somebody says
// what came, without what was in it.
func TestCallsThatTheDescriptionDoesNotFit(t *testing.T) {
	p := newProvider(t, own(t))
	for name, c := range map[string]struct{ body, want string }{
		"other names":                  {`{"msgId":"5","state":"DELIVRD","phone":"+380501112233"}`, "msgId, phone, state"},
		"a report without its word":    {`{"message_id":"5"}`, "message_id"},
		"nothing":                      {`{}`, "none"},
		"names that are no names":      {`{"a b\n":1,"` + strings.Repeat("n", 100) + `":2}`, "a?b?, " + strings.Repeat("n", shownName)},
		"very many names":              {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1}`, "a, b, c, d, e, f, g, h, i, j, k, l, …"},
		"a report":                     {`{"message_id":"5","status":"delivered"}`, ""},
		"a state that says nothing":    {`{"message_id":"5","status":"on its way"}`, ""},
		"what a person wrote":          {`{"from":"+380501112233","text":"hi","id":"7"}`, ""},
		"one of two that does not fit": {`[{"message_id":"5","status":"delivered"},{"x":1}]`, "x"},
	} {
		batch, err := p.Parse(bots.Call{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(c.body), At: time.Now()})
		if err != nil || batch.Unread != c.want {
			t.Errorf("%s: unread %q, %v; want %q", name, batch.Unread, err, c.want)
		}
	}
}
