package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// seed puts a person, three deliveries and a conversation into the fake; ids count up from 001jz00000001
func (f *fake) seed() {
	c := f.person(bots.Contact{ExternalID: "C-100", Phone: "+380501112233", Name: "Олена", Locale: "uk", Addresses: []bots.ContactAddress{
		{Address: bots.Address{Channel: bots.Telegram, ID: "42"}, State: bots.Active, Since: noon},
		{Address: bots.Address{Channel: bots.SMS, ID: "+380501112233"}, Since: noon},
	}})
	stopped := f.person(bots.Contact{ExternalID: "C-200", Marketing: bots.Consent{State: bots.Denied, At: noon, Source: "keyword:стоп", ByPerson: true}})
	f.delivered(c.ID)
	waiting := f.id()
	f.deliveries[waiting] = &fallback.Delivery{
		Plan: fallback.Plan{ID: waiting, Contact: stopped.ID, To: "ext:C-200", Purpose: fallback.Urgent, Created: noon, Cascade: fallback.Cascade{Name: "service", Deadline: time.Hour}},
		Status: fallback.Status{State: fallback.Queued, Started: noon, Due: noon.Add(time.Minute), Route: []fallback.Leg{
			{Channel: "telegram", Message: f.id(), QueuedAt: noon},
		}},
	}
	planned := f.id()
	f.deliveries[planned] = &fallback.Delivery{
		Plan: fallback.Plan{ID: planned, Contact: c.ID, To: c.ID.String(), Template: "bonus", Created: noon, SendAt: noon.Add(time.Hour), Zone: "Europe/Kyiv",
			Cascade: fallback.Cascade{Name: "inline", Deadline: 2 * time.Hour, Steps: []fallback.Step{{Channel: "telegram"}, {Channel: "sms"}}}},
		Status: fallback.Status{State: fallback.Scheduled, Due: noon.Add(time.Hour)},
	}
	f.talks = []bots.Conversation{{Contact: c.ID, State: bots.Open, LastAt: noon, LastIn: noon, LastUsed: "telegram", Unread: 1}}
	in := bots.Message{ID: f.id(), Contact: c.ID, In: true, Channel: "telegram", Text: "Скільки бонусів?", At: noon, Media: []bots.Media{
		{Type: "document", ID: "%PDF-1.4", Name: "чек.pdf", Size: 8}, {Type: "location", Text: "50.45,30.52"}, {Type: "voice", ID: "gone"},
	}}
	out := bots.Message{ID: f.id(), Contact: c.ID, Channel: "telegram", Text: "120", At: noon.Add(time.Second), Buttons: []bots.Button{{Text: "Дякую"}}, ReplyTo: in.ID, Delivery: planned}
	f.said = []api.Said{{Message: in}, {Message: out, State: bots.MessageState{Level: bots.Read, SentAt: noon, ReadAt: noon}}}
	f.lastChange = 12
	f.outbox = []bots.Change{
		{ID: 11, Type: "delivery.accepted", At: noon, Contact: c.ID, Delivery: planned, State: "queued"},
		{ID: 12, Type: "delivery.done", At: noon, Contact: c.ID, Delivery: planned, Channel: "telegram", State: "done"},
	}
}

// delivered puts a delivery into the fake that went out by Telegram and was read.
func (f *fake) delivered(contact bots.ID) bots.ID {
	id, message := f.id(), f.id()
	f.deliveries[id] = &fallback.Delivery{
		Plan: fallback.Plan{
			ID: id, Contact: contact, To: "ext:C-100", Template: "bonus", Zone: "Europe/Kyiv", Created: noon, Metadata: map[string]string{"order": "17"},
			Cascade: fallback.Cascade{Name: "service", Deadline: 24 * time.Hour, Quiet: fallback.DefaultQuiet(), Steps: []fallback.Step{{Channel: "messenger"}, {Channel: "sms"}}},
		},
		Status: fallback.Status{
			State: fallback.Done, Started: noon, Reached: 1, Proof: "receipt", ProofAt: noon.Add(time.Minute), Leg: 0,
			Route: []fallback.Leg{
				{Channel: "telegram", Outcome: fallback.Taken, Level: bots.Read, Message: message, Attempts: 1, QueuedAt: noon, SentAt: noon.Add(time.Second)},
				{Channel: "viber", Again: true},
				{Step: 1, Channel: "sms", Message: f.id(), Cost: bots.Money{Amount: 9200, Currency: "UAH"}, Attempts: 1, Outcome: fallback.Fell, Reason: "44"},
			},
		},
	}
	f.states[message] = bots.MessageState{Level: bots.Read, ProviderID: "7", SentAt: noon.Add(time.Second), ReadAt: noon.Add(time.Minute)}
	return id
}

func TestMalformedCalls(t *testing.T) {
	d := newDesk(t)
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	many := `{"deliveries":[` + strings.TrimSuffix(strings.Repeat(`{"to":"ext:1","template":"bonus"},`, 1001), ",") + `]}`
	for name, c := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"an unknown field":                     {"/v1/deliveries", `{"to":"ext:1","template":"bonus","tmpl":1}`, 422, "unknown_field"},
		"a known field in another case":        {"/v1/deliveries", `{"To":"ext:1","to":"ext:1","template":"bonus"}`, 422, "unknown_field"},
		"an unknown query parameter":           {"/v1/deliveries?dry_run=1", `{"to":"ext:1","template":"bonus"}`, 422, "unknown_field"},
		"a field twice":                        {"/v1/deliveries", `{"to":"ext:1","to":"ext:2","template":"bonus"}`, 400, "invalid_json"},
		"a field twice, once escaped":          {"/v1/deliveries", `{"to":"ext:1","t\u006f":"ext:2","template":"bonus"}`, 400, "invalid_json"},
		"a field of the data twice":            {"/v1/deliveries", `{"to":"ext:1","template":"bonus","data":{"a":1,"a":2}}`, 400, "invalid_json"},
		"something behind the end":             {"/v1/deliveries", `{"to":"ext:1","template":"bonus"} {}`, 400, "invalid_json"},
		"half a body":                          {"/v1/deliveries", `{"to":"ext:1","templ`, 400, "invalid_json"},
		"no body":                              {"/v1/deliveries", ``, 400, "invalid_json"},
		"bytes that are no UTF-8":              {"/v1/deliveries", "{\"to\":\"ext:1\",\"text\":\"\xff\"}", 400, "invalid_json"},
		"deep nesting":                         {"/v1/deliveries", `{"to":"ext:1","template":"bonus","data":` + deep + `}`, 400, "invalid_json"},
		"a number too large for any machine":   {"/v1/deliveries", `{"to":"ext:1","template":"bonus","data":{"a":1e999}}`, 422, "invalid_field"},
		"one where a word belongs":             {"/v1/deliveries", `{"to":1e999,"template":"bonus"}`, 422, "invalid_field"},
		"one behind which the body breaks off": {"/v1/deliveries", `{"to":"ext:1","data":{"a":1e999}`, 400, "invalid_json"},
		"an array instead of an object":        {"/v1/deliveries", `[]`, 422, "invalid_field"},
		"a number instead of a name":           {"/v1/deliveries", `{"to":1,"template":"bonus"}`, 422, "invalid_field"},
		"nobody to send to":                    {"/v1/deliveries", `{"template":"bonus"}`, 422, "missing_field"},
		"a time that is none":                  {"/v1/deliveries", `{"to":"ext:1","template":"bonus","send_at":"tomorrow"}`, 422, "invalid_field"},
		"a cascade that is a number":           {"/v1/deliveries", `{"to":"ext:1","template":"bonus","cascade":7}`, 422, "invalid_cascade"},
		"a cascade with an unknown field":      {"/v1/deliveries", `{"to":"ext:1","template":"bonus","cascade":{"steps":[{"chanel":"sms"}]}}`, 422, "invalid_cascade"},
		"a wait that is no duration":           {"/v1/deliveries", `{"to":"ext:1","template":"bonus","cascade":{"steps":[{"channel":"sms","wait":"soon"}]}}`, 422, "invalid_cascade"},
		"more than a mebibyte":                 {"/v1/deliveries", `{"to":"ext:1","text":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "too_large"},
		"more than 1,000 deliveries":           {"/v1/deliveries:batch", many, 422, "invalid_field"},
		"an empty batch":                       {"/v1/deliveries:batch", `{"deliveries":[]}`, 422, "invalid_field"},
		"an unknown field beside a batch":      {"/v1/deliveries:batch", `{"deliveries":[{"to":"ext:1"}],"x":1}`, 422, "unknown_field"},
		"a batch that is no list":              {"/v1/deliveries:batch", `{"deliveries":{"to":"ext:1"}}`, 422, "invalid_field"},
		"a batch without deliveries":           {"/v1/deliveries:batch", `{}`, 422, "missing_field"},
		"a batch of more than four mebibytes":  {"/v1/deliveries:batch", `{"deliveries":[{"to":"` + strings.Repeat("a", 4<<20) + `"}]}`, 413, "too_large"},
		"a path that is not there":             {"/v1/nothing", `{}`, 404, "unknown_path"},
		"a path that only reads":               {"/v1/changes", `{}`, 405, "method_not_allowed"},
		"a delivery whose id is no id":         {"/v1/deliveries/x/cancel", ``, 404, "unknown_delivery"},
		"a delivery that is not there":         {"/v1/deliveries/0fzzzzzzzzzzz/cancel", ``, 404, "unknown_delivery"},
		"links for somebody unknown":           {"/v1/contacts/ext:none/links", `{}`, 404, "unknown_contact"},
		"links of a channel that is off":       {"/v1/contacts/ext:none/links", `{"channels":["whatsapp"]}`, 422, "channel_off"},
		"a REF that is no REF":                 {"/v1/contacts/anna/links", `{}`, 422, "invalid_ref"},
		"a REF that is no UTF-8":               {"/v1/contacts/ext:%ff/links", `{}`, 400, "invalid_ref"},
		"a REF with a control character":       {"/v1/contacts/ext:a%00b/links", `{}`, 422, "invalid_ref"},
		"a phone that cannot exist as REF":     {"/v1/contacts/phone:123/links", `{}`, 422, "invalid_ref"},
		"a REF as long as a book, percent-enc": {"/v1/contacts/ext:" + strings.Repeat("%41", 400) + "/links", `{}`, 422, "invalid_field"},
	} {
		t.Run(name, func(t *testing.T) {
			w := d.call(people.Admin, "POST", c.path, c.body)
			if got := code(t, w); w.Code != c.status || got != c.code {
				t.Errorf("answered %d %s (%s); want %d %s", w.Code, got, w.Body, c.status, c.code)
			}
			if len(d.asks) > 0 {
				t.Errorf("the engine was asked %v", d.asks)
				d.asks = nil
			}
		})
	}
}

func TestAFormIsNotJSON(t *testing.T) {
	d := newDesk(t)
	w := d.play(t, "POST /v1/deliveries send\nContent-Type: application/x-www-form-urlencoded\n\nto=ext:1")
	if !strings.HasPrefix(w, "415") || !strings.Contains(w, "unsupported_media_type") {
		t.Errorf("answered %s", w)
	}
}

func TestBodiesOfExactlyTheLimitAreTaken(t *testing.T) {
	d := newDesk(t)
	body := `{"to":"ext:1","text":"","purpose":"service"}`
	body = strings.Replace(body, `"text":"`, `"text":"`+strings.Repeat("a", 1<<20-len(body)), 1)
	if w := d.call(people.Send, "POST", "/v1/deliveries", body); w.Code != 202 {
		t.Errorf("a body of %d bytes is answered %d %.200s", len(body), w.Code, w.Body)
	}
}

func TestNumbersOfDataKeepTheirDigits(t *testing.T) {
	d := newDesk(t)
	w := d.call(people.Send, "POST", "/v1/deliveries", `{"to":"ext:1","template":"bonus","data":{"points":1234567890123456789.10}}`)
	if w.Code != 202 || d.asks[0].Data["points"] != json.Number("1234567890123456789.10") {
		t.Errorf("%d: the engine was told %v", w.Code, d.asks)
	}
}

func TestABugIsLoggedOnceAndSaysNothing(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"/v1/deliveries", "/v1/deliveries:batch"} {
		d.log.Reset()
		body := `{"to":"phone:+380501112233","template":"panic"}`
		if strings.HasSuffix(path, "batch") {
			body = `{"deliveries":[` + body + `]}`
		}
		w := d.call(people.Send, "POST", path, body)
		if !strings.Contains(w.Body.String(), `"code":"internal"`) || strings.Contains(w.Body.String(), "a bug") {
			t.Errorf("%s answers %s", path, w.Body)
		}
		if n := strings.Count(d.log.String(), "call failed"); n != 1 || strings.Contains(d.log.String(), "380501112233") {
			t.Errorf("%s: the log says %d times: %s", path, n, d.log)
		}
	}
}

func TestNoSecretsInLogsAndAnswers(t *testing.T) {
	d := newDesk(t)
	d.err = fallback.ErrUnavailable
	for _, path := range []string{"/v1/deliveries", "/v1/keys", "/v1/contacts/ext:1"} {
		w := d.call(people.Admin, "GET", path, "")
		if strings.Contains(w.Body.String()+d.log.String(), "ka_") && path != "/v1/keys" {
			t.Errorf("%s tells a key: %s %s", path, w.Body, d.log)
		}
	}
}
