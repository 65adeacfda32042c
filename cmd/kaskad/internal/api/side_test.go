package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// testDesk is the test side's: its ids have the mark, and its keys are test keys.
func testDesk(t *testing.T) *desk {
	t.Helper()
	f := newFake()
	f.last |= bots.TestMark
	keys, err := people.Open(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{fake: f, t: t, log: &strings.Builder{}, token: map[people.Scope]string{}}
	for _, scope := range people.AllScopes() {
		_, secret, err := keys.MakeTest(t.Context(), "try", scope)
		if err != nil {
			t.Fatal(err)
		}
		d.token[scope] = secret.Reveal()
	}
	d.api, err = api.New(api.Options{
		Engine: f, Store: f, Keys: keys, Country: "UA", Currency: "UAH", Test: true,
		StaffCode: func(context.Context, string) (api.StaffCode, error) { return api.StaffCode{Code: "real"}, nil },
		Doors:     map[string]string{"sms/main": "https://bots.example.com/in/sms/main/secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.seed()
	return d
}

// marked reports which of some JSON objects say that they are the test side's.
func marked(t *testing.T, raw []byte) (yes, no int) {
	t.Helper()
	var body struct {
		Items []struct {
			Test *bool
		}
	}
	var one struct{ Test *bool }
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	if err := json.Unmarshal(raw, &one); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	all := body.Items
	if body.Items == nil {
		all = append(all, one)
	}
	for _, item := range all {
		if item.Test != nil && *item.Test {
			yes++
		} else if item.Test == nil {
			no++
		}
	}
	return yes, no
}

func TestAnswersToATestKeyAreMarked(t *testing.T) {
	for _, test := range []bool{true, false} {
		d := newDesk(t)
		if test {
			d = testDesk(t)
		} else {
			d.seed()
		}
		ask := `{"to":"phone:+380501112233","template":"bonus"}`
		for sentence, c := range map[string]struct{ method, path, body string }{
			"a delivery that is accepted": {"POST", "/v1/deliveries", ask},
			"a list of deliveries":        {"GET", "/v1/deliveries", ""},
			"a person":                    {"GET", "/v1/contacts/ext:C-100", ""},
			"a person who is changed":     {"PUT", "/v1/contacts/ext:C-100", `{"name":"Олена"}`},
			"a list of conversations":     {"GET", "/v1/conversations", ""},
			"a conversation":              {"GET", "/v1/conversations/ext:C-100", ""},
			"the changes":                 {"GET", "/v1/changes", ""},
		} {
			w := d.call(people.Admin, c.method, c.path, c.body)
			yes, no := marked(t, w.Body.Bytes())
			if w.Code >= 300 || test && (yes == 0 || no > 0) || !test && (yes > 0 || no == 0) {
				t.Errorf("%s (test %v): %d, %d marked and %d not: %s", sentence, test, w.Code, yes, no, w.Body)
			}
			if got := w.Header().Get("Kaskad-Test"); (got == "true") != test {
				t.Errorf("%s (test %v) has the header Kaskad-Test: %q", sentence, test, got)
			}
		}
	}
}

func TestAStreamOfATestKeyIsMarked(t *testing.T) {
	d := testDesk(t)
	d.lastChange = 12
	f := follow(t, d, "10")
	if event := f.line() + f.line(); !strings.Contains(event, `"test":true`) {
		t.Errorf("the stream says %s", event)
	}
}

func TestNeitherKindOfKeySeesTheOthersIDs(t *testing.T) {
	real, test := newDesk(t), testDesk(t)
	real.seed()
	for name, c := range map[string]struct {
		d    *desk
		id   bots.ID
		says string
	}{
		"a real key with a test id": {real, real.last | bots.TestMark, "a real key cannot see it"},
		"a test key with a real id": {test, test.last &^ bots.TestMark, "a test key cannot see it"},
	} {
		id := c.id.String()
		for _, call := range []struct{ method, path, body, code string }{
			{"GET", "/v1/deliveries/" + id, "", "unknown_delivery"},
			{"POST", "/v1/deliveries/" + id + "/cancel", "", "unknown_delivery"},
			{"GET", "/v1/deliveries?contact=" + id, "", "unknown_contact"},
			{"GET", "/v1/contacts/" + id, "", "unknown_contact"},
			{"PUT", "/v1/contacts/" + id, `{"name":"x"}`, "unknown_contact"},
			{"POST", "/v1/contacts/" + id + "/links", `{}`, "unknown_contact"},
			{"GET", "/v1/conversations/" + id, "", "unknown_contact"},
			{"GET", "/v1/conversations/" + id + "/messages", "", "unknown_contact"},
			{"POST", "/v1/conversations/" + id + "/replies", `{"text":"x"}`, "unknown_contact"},
		} {
			w := c.d.call(people.Admin, call.method, call.path, call.body)
			if call.path == "/v1/contacts/"+id+"/links" && w.Code == 422 {
				continue // it has no channel with links
			}
			if got := code(t, w); w.Code != 404 || got != call.code || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%s: %s %s is %d %s", name, call.method, call.path, w.Code, w.Body)
			}
		}
	}
}

func TestWhatATestKeyCannotDo(t *testing.T) {
	d := testDesk(t)
	for _, call := range []struct{ method, path, body string }{
		{"GET", "/v1/keys", ""},
		{"POST", "/v1/keys", `{"name":"x","scopes":["admin"]}`},
		{"DELETE", "/v1/keys/abcdefgh", ""},
		{"GET", "/v1/doors", ""},
		{"POST", "/v1/staff/code", ""},
		{"GET", "/v1/staff/members", ""}, {"GET", "/v1/staff/room", ""}, {"GET", "/v1/staff/rooms", ""}, {"GET", "/v1/staff/audit", ""},
		{"POST", "/v1/staff/members", `{"who":"telegram:1"}`}, {"PATCH", "/v1/staff/members/x", `{"role":"lead"}`}, {"DELETE", "/v1/staff/members/x", ""}, {"POST", "/v1/staff/members/x/code", ""},
	} {
		w := d.call(people.Admin, call.method, call.path, call.body)
		if got := code(t, w); w.Code != 403 || got != "not_for_test_keys" || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s %s is %d %s; want 403 not_for_test_keys", call.method, call.path, w.Code, w.Body)
		}
	}
	for _, call := range []struct{ method, path, body string }{
		{"GET", "/v1/status", ""}, {"POST", "/v1/store/check", ""}, {"GET", "/v1/quarantine", ""}, {"POST", "/v1/pause", `{}`}, {"POST", "/v1/resume", `{}`},
	} {
		if w := d.call(people.Admin, call.method, call.path, call.body); w.Code != 200 {
			t.Errorf("%s %s is %d %s; want 200: it is of the test side", call.method, call.path, w.Code, w.Body)
		}
	}
}

// TestAKeyOfTheOtherSideIsRefused is the second lock: the program brings every caller to the right side.
func TestAKeyOfTheOtherSideIsRefused(t *testing.T) {
	real, test := newDesk(t), testDesk(t)
	for name, c := range map[string]struct {
		d    *desk
		test bool
	}{"a test key on the real side": {real, true}, "a real key on the test side": {test, false}} {
		keys, err := people.Open(t.Context(), c.d.fake)
		if err != nil {
			t.Fatal(err)
		}
		form := keys.Make
		if c.test {
			form = keys.MakeTest
		}
		_, secret, err := form(t.Context(), "other", people.Admin)
		if err != nil {
			t.Fatal(err)
		}
		other, err := api.New(api.Options{Engine: c.d.fake, Store: c.d.fake, Keys: keys, Test: !c.test})
		if err != nil {
			t.Fatal(err)
		}
		d := &desk{fake: c.d.fake, t: t, api: other, token: map[people.Scope]string{people.Admin: secret.Reveal()}}
		w := d.call(people.Admin, "POST", "/v1/deliveries", `{"to":"phone:+380501112233","template":"bonus"}`)
		if w.Code != 403 || code(t, w) != "forbidden" || len(d.asks) > 0 {
			t.Errorf("%s: %d %s, asks %v", name, w.Code, w.Body, d.asks)
		}
	}
}

func TestTheAPIMakesTestKeys(t *testing.T) {
	d := newDesk(t)
	w := d.call(people.Admin, "POST", "/v1/keys", `{"name":"try","scopes":["send"],"test":true}`)
	var made struct {
		ID, Key string
		Test    bool
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 || !made.Test || !strings.HasPrefix(made.Key, "kt_") {
		t.Fatalf("a test key is %d %s", w.Code, w.Body)
	}
	list := d.call(people.Admin, "GET", "/v1/keys", "")
	if yes, no := marked(t, list.Body.Bytes()); yes != 1 || no == 0 {
		t.Errorf("the list marks %d and leaves %d; want 1 of several: %s", yes, no, list.Body)
	}
}
