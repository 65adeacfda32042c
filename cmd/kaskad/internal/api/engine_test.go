package api_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// nobody sends nothing: what is accepted stays queued, because the engine's loops do not run.
type nobody struct{ bots.Sender }

// realDesk is an API over the real engine on a store in memory. Reads of contacts and lists are the fake's.
func realDesk(t testing.TB) (*desk, *fallbacktest.Memory) {
	t.Helper()
	words, err := templates.Load(templates.Options{Locale: "uk", Company: templates.Company{Name: "Shop"}}, templates.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	channels := map[string]fallback.Channel{
		bots.SMS:      {Limits: bots.Limits{MaxText: 1000, Reports: bots.Delivered}, Senders: []string{"sms/main"}},
		bots.Telegram: {Limits: bots.Limits{MaxText: 4096, CanEngage: true, Buttons: true, Formats: "html", Polls: true, WayBack: true}, Senders: []string{"telegram"}},
	}
	cascades, _ := (&fallback.Config{}).Cascade(channels)
	memory := &fallbacktest.Memory{}
	engine, err := fallback.New(fallback.Options{
		Store: memory, Rules: &fallback.Rules{Core: bots.DefaultCore(), Zone: time.UTC, Channels: channels},
		Intake:  &fallback.Intake{Templates: words, Cascades: cascades, Channels: channels, Country: "UA"},
		Senders: map[string]bots.Sender{"sms/main": nobody{}, "telegram": nobody{}}, Locale: "uk", Still: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	keys, err := people.Open(t.Context(), d.fake)
	if err != nil {
		t.Fatal(err)
	}
	d.api, err = api.New(api.Options{Engine: road{engine, memory}, Store: kept{d.fake, memory}, Keys: keys, Country: "UA"})
	if err != nil {
		t.Fatal(err)
	}
	return d, memory
}

// road is the engine as the API wants it.
type road struct {
	*fallback.Engine
	memory *fallbacktest.Memory
}

func (r road) Act(ctx context.Context, p fallback.Act) (fallback.Accepted, error) {
	return r.Engine.Act(ctx, r.memory, p)
}

func (r road) Reply(ctx context.Context, p fallback.Reply) (fallback.Accepted, error) {
	return r.Engine.Reply(ctx, r.memory, p)
}

func (r road) EstimateAll(ctx context.Context, asks []fallback.Ask) (fallback.Estimates, error) {
	return r.Engine.EstimateAll(ctx, viewed{r.memory}, asks)
}

// viewed is the memory store as an estimate reads it.
type viewed struct{ *fallbacktest.Memory }

func (m viewed) Read(_ context.Context, f func(fallback.View) error) (err error) {
	m.View(func(v fallback.View) { err = f(v) })
	return err
}

// kept reads deliveries where the engine put them.
type kept struct {
	*fake
	memory *fallbacktest.Memory
}

func (k kept) Delivery(_ context.Context, id bots.ID) (*fallback.Delivery, error) {
	if d := k.memory.Delivery(id); d != nil {
		return d, nil
	}
	return nil, fallback.ErrUnknownDelivery
}

func TestWhatTheEngineRefusesIsAProblem(t *testing.T) {
	d, memory := realDesk(t)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"an unknown template":              {`{"to":"phone:0501112233","template":"bonsu"}`, 422, "unknown_template"},
		"an unknown cascade":               {`{"to":"phone:0501112233","template":"bonus","data":{"points":1},"cascade":"x"}`, 422, "unknown_cascade"},
		"a missing field of the template":  {`{"to":"phone:0501112233","template":"bonus"}`, 422, "missing_field"},
		"a template and a text":            {`{"to":"phone:0501112233","template":"bonus","text":"hi"}`, 422, "template_or_text"},
		"neither of them":                  {`{"to":"phone:0501112233"}`, 422, "template_or_text"},
		"a text without a purpose":         {`{"to":"phone:0501112233","text":"hi"}`, 422, "purpose_missing"},
		"urgent text without scope admin":  {`{"to":"phone:0501112233","text":"hi","purpose":"urgent"}`, 422, "urgent_not_allowed"},
		"a purpose of the core's":          {`{"to":"phone:0501112233","text":"hi","purpose":"conversation"}`, 422, "invalid_purpose"},
		"a REF that is none":               {`{"to":"anna","text":"hi","purpose":"service"}`, 422, "invalid_ref"},
		"a person nobody knows":            {`{"to":"ext:C-1","text":"hi","purpose":"service"}`, 404, "unknown_contact"},
		"a cascade of one's own, no wait":  {`{"to":"phone:0501112233","text":"hi","purpose":"service","cascade":{"steps":[{"channel":"telegram"},{"channel":"sms"}]}}`, 422, "invalid_cascade"},
		"a proof that nothing there gives": {`{"to":"phone:0501112233","text":"hi","purpose":"service","cascade":{"steps":[{"channel":"sms","until":"read"}]}}`, 422, "invalid_cascade"},
		"too much metadata":                {`{"to":"phone:0501112233","text":"hi","purpose":"service","metadata":{"a":"1","b":"1","c":"1","d":"1","e":"1"}}`, 422, "too_much_metadata"},
		"a time far ahead":                 {`{"to":"phone:0501112233","text":"hi","purpose":"service","send_at":"2999-01-01T00:00:00Z"}`, 422, "invalid_send_at"},
	} {
		t.Run(name, func(t *testing.T) {
			w := d.call(people.Send, "POST", "/v1/deliveries", c.body)
			if got := code(t, w); w.Code != c.status || got != c.code {
				t.Errorf("answered %d %s; want %d %s", w.Code, w.Body, c.status, c.code)
			}
		})
	}
	if n := len(memory.Deliveries()); n != 0 {
		t.Errorf("%d deliveries were made", n)
	}
}

func TestOneKeyIsOneDelivery(t *testing.T) {
	d, memory := realDesk(t)
	const body = `{"to":"phone:0501112233","template":"bonus","data":{"points":120},"key":"order-17"}`
	var wg sync.WaitGroup
	answers := make([]string, 16)
	for i := range answers {
		wg.Go(func() { answers[i] = d.call(people.Send, "POST", "/v1/deliveries", body).Body.String() })
	}
	wg.Wait()
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Errorf("answers differ: %s %s", answers[0], a)
		}
	}
	w := d.call(people.Send, "POST", "/v1/deliveries", body)
	if w.Header().Get("Idempotent-Replay") != "true" || w.Code != 202 || len(memory.Deliveries()) != 1 {
		t.Errorf("a repeat is %d %v, %d deliveries", w.Code, w.Header(), len(memory.Deliveries()))
	}
	if w := d.call(people.Send, "POST", "/v1/deliveries", strings.Replace(body, "120", "121", 1)); w.Code != 422 || code(t, w) != "key_reused" {
		t.Errorf("another body with the key is answered %d %s", w.Code, w.Body)
	}
	if w := d.call(people.Admin, "POST", "/v1/deliveries", body); w.Code != 202 || w.Header().Get("Idempotent-Replay") != "" {
		t.Errorf("the key of another caller is answered %d %s", w.Code, w.Body)
	}
}

func TestABatchIsAcceptedWholeAndInOrder(t *testing.T) {
	d, memory := realDesk(t)
	var items []string
	for i := range 300 {
		items = append(items, `{"to":"phone:+38050111`+[]string{"22", "33", "44"}[i%3]+`00","text":"`+strings.Repeat("x", i+1)+`","purpose":"service"}`)
	}
	items[7] = `{"to":"ext:nobody","text":"hi","purpose":"service"}`
	shapeless := map[int]string{20: "invalid_field", 21: "unknown_field", 22: "missing_field", 23: "invalid_field", 299: "invalid_field"}
	items[20], items[21], items[22], items[23], items[299] = `7`, `{"to":"phone:+380501112200","txt":"hi"}`, `{}`, `{"to":{}}`, `null`
	w := d.call(people.Send, "POST", "/v1/deliveries:batch", `{"deliveries":[`+strings.Join(items, ",")+`]}`)
	var out struct {
		Results []struct{ ID, State, Code string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Results) != 300 || out.Results[7].Code != "unknown_contact" {
		t.Fatalf("%d: %v, %d results, the eighth is %+v", w.Code, err, len(out.Results), out.Results[7])
	}
	for i, r := range out.Results {
		id, err := bots.ParseID(r.ID)
		if want := shapeless[i]; want != r.Code && i != 7 {
			t.Errorf("result %d is %+v; want %q", i, r, want)
		}
		if r.Code != "" {
			continue
		}
		if have := memory.Delivery(id); err != nil || have == nil || len(have.Text) != i+1 {
			t.Fatalf("result %d is %+v: %+v", i, r, have)
		}
		if i >= 3 && out.Results[i-3].ID != "" && r.ID < out.Results[i-3].ID {
			t.Errorf("result %d stands before an earlier one of the same person", i)
		}
	}
}

func TestADeliveryIsReadAndCancelled(t *testing.T) {
	d, _ := realDesk(t)
	var made struct{ ID, State string }
	w := d.call(people.Send, "POST", "/v1/deliveries", `{"to":"phone:0501112233","text":"hi","purpose":"service","send_at":"`+time.Now().Add(time.Hour).Format(time.RFC3339)+`","metadata":{"order":"17"}}`)
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.State != "scheduled" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w = d.call(people.Read, "GET", "/v1/deliveries/"+made.ID, "")
	var got api.Delivery
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.To != "phone:0501112233" || len(got.Steps) != 2 || got.Steps[1].Channel != "sms" || got.Metadata["order"] != "17" {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
	if w := d.call(people.Send, "POST", "/v1/deliveries/"+made.ID+"/cancel", ""); w.Body.String() != "{\"withdrawn\":true}\n" {
		t.Errorf("cancel answers %d %s", w.Code, w.Body)
	}
	if w := d.call(people.Read, "GET", "/v1/deliveries/"+made.ID, ""); !strings.Contains(w.Body.String(), `"state":"cancelled"`) {
		t.Errorf("after that it is %s", w.Body)
	}
}

func TestAStoreThatCannotWrite(t *testing.T) {
	d, memory := realDesk(t)
	memory.Fail = func(string) error { return fallback.ErrUnavailable }
	const one = `{"to":"phone:0501112233","text":"hi","purpose":"service"}`
	w := d.call(people.Send, "POST", "/v1/deliveries", one)
	if w.Code != 503 || code(t, w) != "unavailable" || w.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d %v %s", w.Code, w.Header(), w.Body)
	}
	if w := d.call(people.Send, "POST", "/v1/deliveries:batch", `{"deliveries":[`+one+`]}`); !strings.Contains(w.Body.String(), `"code":"unavailable"`) {
		t.Errorf("a batch is answered %d %s", w.Code, w.Body)
	}
}
