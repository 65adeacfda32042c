package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// problemOf reads the problem of an answer.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) (p api.Problem) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d %s is no problem: %v", w.Code, w.Body, err)
	}
	return p
}

// TestWhatIsWrongIsNamed looks at the words of problems: the field to mend, and what to write there. None speaks of Go.
func TestWhatIsWrongIsNamed(t *testing.T) {
	d, _ := realDesk(t)
	cascade := func(own string) string {
		return `{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"cascade":` + own + `}`
	}
	for name, c := range map[string]struct{ body, code, field, detail string }{
		"a number that no program can hold":    {`{"to":"ext:1","template":"bonus","data":{"points":1e999}}`, "invalid_field", "data.points", "too large"},
		"one deep in the data":                 {`{"to":"ext:1","template":"bonus","data":{"a":[1,{"b":-1e999}]}}`, "invalid_field", "data.a[1].b", "too large"},
		"null for whom it is sent to":          {`{"to":null,"template":"bonus"}`, "missing_field", "to", `"to" is missing`},
		"metadata without a name":              {`{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"metadata":{"":"x"}}`, "invalid_field", "metadata", "name"},
		"metadata nobody could ask for":        {`{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"metadata":{"a:b":"x"}}`, "invalid_field", "metadata", "colon"},
		"a wait beyond all bounds":             {cascade(`{"steps":[{"channel":"sms","wait":"9999d"}]}`), "invalid_cascade", "steps[0].wait", "at most 92d"},
		"a wait beyond the bound":              {cascade(`{"steps":[{"channel":"sms","wait":"93d"}]}`), "invalid_cascade", "steps[0].wait", "at most 92d"},
		"a wait into the past":                 {cascade(`{"steps":[{"channel":"sms"},{"channel":"telegram","wait":"-5m"}]}`), "invalid_cascade", "steps[1].wait", "at most 92d"},
		"a wait that is a number":              {cascade(`{"steps":[{"channel":"sms","wait":900}]}`), "invalid_cascade", "steps[0].wait", "15m"},
		"a deadline that is no time":           {cascade(`{"steps":[{"channel":"sms"}],"deadline":"soon"}`), "invalid_cascade", "deadline", "at most 92d"},
		"a ramp that is no time":               {cascade(`{"steps":[{"channel":"sms"}],"quiet_hours":{"from":"21:00","to":"09:00","ramp":"x"}}`), "invalid_cascade", "quiet_hours.ramp", "15m"},
		"hours that are numbers":               {cascade(`{"steps":[{"channel":"sms"}],"quiet_hours":{"from":21,"to":9}}`), "invalid_cascade", "quiet_hours.from", "text"},
		"half a paid step":                     {cascade(`{"steps":[{"channel":"sms"}],"paid_steps":1.5}`), "invalid_cascade", "paid_steps", "whole number"},
		"more paid steps than can be counted":  {cascade(`{"steps":[{"channel":"sms"}],"paid_steps":1e999}`), "invalid_cascade", "paid_steps", "whole number"},
		"steps that are no list":               {cascade(`{"steps":{"channel":"sms"}}`), "invalid_cascade", "steps", "list"},
		"a step that is a word":                {cascade(`{"steps":["sms"]}`), "invalid_cascade", "steps[0]", "channel"},
		"a step that is null":                  {cascade(`{"steps":[null]}`), "invalid_cascade", "steps[0]", "channel"},
		"a misspelt name of a step":            {cascade(`{"steps":[{"chanel":"sms"}]}`), "invalid_cascade", "steps[0].chanel", `Did you mean "channel"?`},
		"a name of a step in another case":     {cascade(`{"Steps":[{"channel":"sms"}]}`), "invalid_cascade", "Steps", `Did you mean "steps"?`},
		"a name that only another object has":  {cascade(`{"steps":[{"channel":"sms"}],"ramp":"1h"}`), "invalid_cascade", "ramp", "There is no"},
		"a cascade that is neither of the two": {cascade(`7`), "invalid_cascade", "cascade", "write a name"},
		"a cascade without steps":              {cascade(`{}`), "invalid_cascade", "steps", "at least one"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, one := range []bool{true, false} {
				path, body := "/v1/deliveries", c.body
				if !one {
					path, body = path+":batch", `{"deliveries":[`+body+`]}`
				}
				w := d.call(people.Send, "POST", path, body)
				var p api.Problem
				if one {
					p = problemOf(t, w)
				} else {
					var all struct{ Results []api.Problem }
					if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || w.Code != 200 || len(all.Results) != 1 {
						t.Fatalf("a batch of it is answered %d %s", w.Code, w.Body)
					}
					p = all.Results[0]
				}
				if p.Code != c.code || p.Field != c.field || !strings.Contains(p.Detail, c.detail) {
					t.Errorf("%s is answered %s of %q: %s; want %s of %q with %q", path, p.Code, p.Field, p.Detail, c.code, c.field, c.detail)
				}
				if strings.Contains(p.Detail, "Go ") || strings.Contains(p.Detail, "unmarshal") {
					t.Errorf("%s speaks of Go: %s", path, p.Detail)
				}
			}
		})
	}
}

// TestAGoodCascadeOfOnesOwnIsTaken: what the words above advise is what is taken.
func TestAGoodCascadeOfOnesOwnIsTaken(t *testing.T) {
	d, _ := realDesk(t)
	for _, own := range []string{
		`{"steps":[{"channel":"sms"}]}`,
		`{"steps":[{"channel":"sms","wait":"92d","until":null}],"order":null,"deadline":"92d","paid_steps":1,"quiet_hours":{"from":"21:00","to":"09:00","ramp":"30m"}}`,
		`{"steps":[{"channel":"sms","wait":null}],"deadline":null,"paid_steps":1,"quiet_hours":null}`,
	} {
		w := d.call(people.Send, "POST", "/v1/deliveries", `{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"cascade":`+own+`}`)
		if w.Code != 202 {
			t.Errorf("%s is answered %d %s", own, w.Code, w.Body)
		}
	}
}

// TestOneHugeNumberSpoilsNoBatch: the others of the batch are taken.
func TestOneHugeNumberSpoilsNoBatch(t *testing.T) {
	d := newDesk(t)
	good := `{"to":"ext:1","template":"bonus","data":{"points":12345678901234567890.5}}`
	w := d.call(people.Send, "POST", "/v1/deliveries:batch", `{"deliveries":[`+good+`,{"to":"ext:2","template":"bonus","data":{"points":1e999}}]}`)
	if w.Code != 200 || len(d.asks) != 1 || d.asks[0].Data["points"] != json.Number("12345678901234567890.5") || !strings.Contains(w.Body.String(), `"field":"data.points"`) {
		t.Errorf("%d %s; the engine was asked %v", w.Code, w.Body, d.asks)
	}
}

// TestNullIsLeftOut: where a value is needed, null is none, everywhere.
func TestNullIsLeftOut(t *testing.T) {
	d := newDesk(t)
	d.seed()
	for call, c := range map[string]struct{ body, field string }{
		"POST /v1/deliveries:batch":                {`{"deliveries":null}`, "deliveries"},
		"POST /v1/deliveries:estimate":             {`{"deliveries":null}`, "deliveries"},
		"POST /v1/conversations/ext:C-100/replies": {`{"text":null}`, "text"},
		"POST /v1/keys":                            {`{"name":null,"scopes":["read"]}`, "name"},
		"PUT /v1/contacts/ext:C-100":               {`{"addresses":[{"channel":"telegram","id":null}]}`, "addresses[0].id"},
	} {
		method, path, _ := strings.Cut(call, " ")
		w := d.call(people.Admin, method, path, c.body)
		if p := problemOf(t, w); w.Code != 422 || p.Code != "missing_field" || p.Field != c.field {
			t.Errorf("%s with %s is answered %d %s", call, c.body, w.Code, w.Body)
		}
	}
	w := d.call(people.Admin, "POST", "/v1/contacts/ext:C-100/links", `{"channels":[null]}`)
	if p := problemOf(t, w); p.Code != "invalid_field" || p.Field != "channels[0]" {
		t.Errorf("null in a list is answered %d %s", w.Code, w.Body)
	}
}

// TestHugeNumbersAreNotKept: what a program could not read back is not taken.
func TestHugeNumbersAreNotKept(t *testing.T) {
	d := newDesk(t)
	w := d.call(people.Send, "PUT", "/v1/contacts/ext:1", `{"attributes":{"x":{"y":1e400}}}`)
	if p := problemOf(t, w); w.Code != 422 || p.Code != "invalid_field" || p.Field != "attributes.x.y" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

// TestNobodyIsSentWhereTheyAre: "did you mean" names another path than the one that was asked for.
func TestNobodyIsSentWhereTheyAre(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"/v1/contacts/.", "/v1/contacts/..", "/v1/contacts//", "/v1//contacts", "/v1/contacts/./links", "/v1/deliveries/../deliveries", "/v1/contacts/"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		w := d.serve(r)
		p := problemOf(t, w)
		if w.Code != 404 || p.Code != "unknown_path" || strings.Contains(p.Detail, `Did you mean "`+path+`"`) {
			t.Errorf("%s is answered %d %s", path, w.Code, w.Body)
		}
		if path != "/v1/contacts/" && !strings.Contains(p.Detail, "empty") {
			t.Errorf("%s: nothing is said of empty or dotted parts: %s", path, p.Detail)
		}
	}
}

// TestTheNearestPathIsMeant: of several paths that are like the one that was asked for, the likest is named.
func TestTheNearestPathIsMeant(t *testing.T) {
	d := newDesk(t)
	for asked, want := range map[string]string{
		"/v1/deliveries:bach":                         "/v1/deliveries:batch",
		"/v1/deliveries:estimat":                      "/v1/deliveries:estimate",
		"/v1/deliverys":                               "/v1/deliveries",
		"/v1/contacts/ext:1/link":                     "/v1/contacts/ext:1/links",
		"/v1/conversation/" + strings.Repeat("a", 80): "/v1/conversations/" + strings.Repeat("a", 80),
	} {
		p := problemOf(t, d.call(people.Read, "POST", asked, "{}"))
		if !strings.Contains(p.Detail, `Did you mean "`+want+`"?`) {
			t.Errorf("%s: %s", asked, p.Detail)
		}
	}
}

// TestAdviceIsInPlainWords: each bound of a field or parameter is told as what to write.
func TestAdviceIsInPlainWords(t *testing.T) {
	d := newDesk(t)
	d.seed()
	for call, c := range map[string]struct{ body, field, detail string }{
		"GET /v1/contacts?limit=abc":                   {"", "limit", "write a whole number"},
		"GET /v1/contacts?limit=0":                     {"", "limit", "at least 1"},
		"GET /v1/contacts?limit=1001":                  {"", "limit", "at most 1000"},
		"GET /v1/stream?after=x":                       {"", "after", "Write the id of a change"},
		"GET /v1/stream?after=99999999":                {"", "after", "No change has this id"},
		"POST /v1/deliveries":                          {`{"to":7,"template":"bonus"}`, "to", "write a text"},
		"POST /v1/deliveries?":                         {`{"to":"ext:1","data":[]}`, "data", "write an object"},
		"POST /v1/deliveries:batch":                    {`{"deliveries":{}}`, "deliveries", "write a list"},
		"POST /v1/deliveries:batch?":                   {`{"deliveries":[]}`, "deliveries", "at least 1 item"},
		"POST /v1/keys":                                {`{"name":"x","scopes":[]}`, "scopes", "at least 1 item"},
		"POST /v1/keys?":                               {`{"name":"x","scopes":["read","read","read","read","read"]}`, "scopes", "at most 4 items"},
		"POST /v1/keys??":                              {`{"name":"x","scopes":["read"],"test":"yes"}`, "test", "write true or false"},
		"POST /v1/conversations/ext:C-100/replies":     {`{"text":"x","key":""}`, "key", "at least 1 character"},
		"POST /v1/conversations/ext:C-100/replies?":    {`{"text":"x","author":"` + strings.Repeat("a", 65) + `"}`, "author", "at most 64 characters"},
		"GET /v1/contacts/" + strings.Repeat("a", 301): {"", "ref", "at most 300 characters"},
		"PATCH /v1/conversations/ext:C-100":            {`{"assignee":"a\nb"}`, "assignee", "at most 64 characters"},
		"PATCH /v1/conversations/ext:C-100?":           {`{"assignee":"   "}`, "assignee", "empty one is nobody"},
		"PATCH /v1/conversations/ext:C-100??":          {`{"assignee":"\u200b"}`, "assignee", "empty one is nobody"},
		"POST /v1/conversations/ext:C-100/replies??":   {`{"text":"x","author":"a\nb"}`, "author", "control characters"},
	} {
		method, path, _ := strings.Cut(call, " ")
		w := d.call(people.Admin, method, strings.TrimRight(path, "?"), c.body)
		if p := problemOf(t, w); w.Code != 422 || p.Field != c.field || !strings.Contains(p.Detail, c.detail) || strings.Contains(p.Detail, "expected") {
			t.Errorf("%s is answered %d %q: %s; want %q with %q", call, w.Code, p.Field, p.Detail, c.field, c.detail)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/v1/stream?after=1", nil)
	r.Header.Set("Authorization", "Bearer "+d.token[people.Read])
	r.Header.Set("Last-Event-ID", "x")
	d.api.ServeHTTP(w, r)
	if p := problemOf(t, w); p.Field != "Last-Event-ID" {
		t.Errorf("the header is wrong, and the field is %q: %s", p.Field, p.Detail)
	}
}
