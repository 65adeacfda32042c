package app

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback/sms"
)

// listener is a provider of our own description, with a test of it that went out as step 7 and "m-7" to a phone.
func listener(t *testing.T) (overheard, *smsTest) {
	t.Helper()
	p, err := sms.New(sms.Config{
		Name: "own", APIURL: "https://sms.example.com", Price: bots.Price{Amount: "1", Currency: "UAH"}, Country: "UA",
		Request: sms.Request{Path: "/send", JSON: map[string]any{"to": "{{.to}}", "text": "{{.text}}"}},
		Accept:  sms.Accept{ID: ".id"},
		Report:  sms.Report{Each: ".[]", ID: ".id", Status: ".status", States: map[string]string{"there": "delivered", "lost": "failed"}},
		Inbound: sms.Inbound{From: ".from", Text: ".text", ID: ".mo"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	test := &smsTest{provider: p, about: sms.Awaited{ID: "m-7", Step: 7, Phone: "+380501112233"}, shown: api.SMSTest{SentAt: time.Now(), Accepted: true}}
	return overheard{p, &smsTests{providers: []*sms.Provider{p}, list: []*smsTest{test}}}, test
}

func TestWhatIsToldOfATest(t *testing.T) {
	for name, tt := range map[string]struct {
		body   string
		query  url.Values
		told   []string
		end    string
		events int // that go on to the engine
	}{
		"its report":                     {`[{"id":"m-7","status":"there"}]`, nil, []string{`the status "there" is taken as delivered`}, "delivered", 0},
		"that it did not arrive":         {`[{"id":"m-7","status":"lost"}]`, nil, []string{`the status "lost" is taken as unreachable`}, "unreachable", 0},
		"its report, by our own id":      {`[{"id":"m-?","status":"there"}]`, url.Values{"ref": {bots.ID(7).String()}}, []string{`the status "there" is taken as delivered`}, "delivered", 0},
		"a word that says nothing final": {`[{"id":"m-7","status":"underway"}]`, nil, []string{`the status "underway" says nothing final, or names no message: nothing changes`}, "", 0},
		"the report of another message":  {`[{"id":"m-8","status":"there"}]`, nil, nil, "", 1},
		"both at once":                   {`[{"id":"m-8","status":"there"},{"id":"m-7","status":"there"}]`, nil, []string{`the status "there" is taken as delivered`}, "delivered", 1},
		"what the person answered":       {`[{"from":"+380501112233","text":"hi","mo":"1"}]`, nil, []string{"a person wrote from the phone of the test: replies arrive"}, "", 1},
		"what somebody else wrote":       {`[{"from":"+380501112244","text":"hi","mo":"1"}]`, nil, nil, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			o, test := listener(t)
			b, err := o.Parse(bots.Call{Method: http.MethodPost, Header: http.Header{}, Query: tt.query, Body: []byte(tt.body), At: time.Now()})
			if err != nil || len(b.Events) != tt.events {
				t.Errorf("%d events go on (%v), want %d", len(b.Events), err, tt.events)
			}
			var told []string
			for _, x := range test.shown.Told {
				told = append(told, x.Text)
			}
			if !slices.Equal(told, tt.told) || test.shown.End != tt.end || test.shown.Called != (tt.end != "") {
				t.Errorf("told %q, end %q, called %t; want %q and %q", told, test.shown.End, test.shown.Called, tt.told, tt.end)
			}
		})
	}
}

// A report can overtake the answer to the send.
func TestAReportThatOvertakesTheAnswer(t *testing.T) {
	o, test := listener(t)
	test.sending, test.about.ID, test.shown.Accepted = true, "", false
	if _, err := o.Parse(bots.Call{Method: http.MethodPost, Body: []byte(`[{"id":"m-7","status":"there"},{"id":"m-8","status":"lost"}]`), At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if test.shown.End != "" {
		t.Errorf("the end is %q before anybody knows whose report it is", test.shown.End)
	}
	o.tests.settle(test, sms.Tried{Receipt: bots.Receipt{ID: "m-7"}}, bots.Money{Amount: 10_000, Currency: "UAH"})
	if test.shown.End != "delivered" || len(test.shown.Told) != 1 {
		t.Errorf("the end is %q, told %v", test.shown.End, test.shown.Told)
	}
}

// What a gateway learns when it asks for what is new may be of a test, too.
func TestATestAmongWhatWasPolled(t *testing.T) {
	o, test := listener(t)
	event := func(id string) bots.Event {
		return bots.Event{Kind: bots.Reported, Receipt: &bots.Receipt{Sender: "sms/own", ID: id, Level: bots.Delivered}}
	}
	b := o.tests.polled(o.Provider, bots.Batch{Events: []bots.Event{event("m-6"), event("m-7")}})
	if len(b.Events) != 1 || b.Events[0].Receipt.ID != "m-6" || test.shown.End != "delivered" || test.shown.Called {
		t.Errorf("what goes on is %v; the end is %q, called %t", b.Events, test.shown.End, test.shown.Called)
	}
}

// Tests are forgotten: old ones, and all but the last few.
func TestTestsAreForgotten(t *testing.T) {
	o, test := listener(t)
	if o.tests.find(7) != test {
		t.Error("a fresh test is not found")
	}
	test.shown.SentAt = time.Now().Add(-testLife)
	if o.tests.find(7) != nil || o.tests.awaited(o.Provider) {
		t.Error("an old test is still looked at")
	}
	for range 2 * mostTests {
		o.tests.add(&smsTest{provider: o.Provider})
	}
	if n := len(o.tests.list); n != mostTests {
		t.Errorf("%d tests are kept, want %d", n, mostTests)
	}
}
