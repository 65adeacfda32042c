package viber_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/viber"
)

// hearing is a Viber that writes down what it was asked, and answers in turn; the last answer stays.
type hearing struct {
	mu      sync.Mutex
	answers []string
	paths   []string
	headers []http.Header
	bodies  []string
}

func (h *hearing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paths, h.headers, h.bodies = append(h.paths, r.URL.Path), append(h.headers, r.Header), append(h.bodies, string(body))
	_, _ = io.WriteString(w, h.answers[min(len(h.bodies), len(h.answers))-1])
}

const accepted = `{"status":0,"status_message":"ok","message_token":5741311803571721087,"chat_hostname":"SN-CHAT-05_","billing_status":1}`

func listen(t *testing.T, answers ...string) (*hearing, string) {
	h := &hearing{answers: answers}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return h, srv.URL
}

// asJSON compares requests whatever their spacing.
func asJSON(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}

// The requests, as Viber's documents write them.
func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		out  bots.Outgoing
		want string // without receiver, sender and type
	}{
		"text": {
			bots.Outgoing{Text: "120 <b>бонусів</b> & \"ще\"", ReplyTo: "4912661846655238145"},
			`{"text":"120 <b>бонусів</b> & \"ще\"","tracking_data":"01jjwt2vtqr00"}`,
		},
		"buttons": {
			bots.Outgoing{Text: "hi", Buttons: []bots.Button{{Text: "1 < 2", Data: "ok"}, {Text: "Shop", URL: "https://shop.example.com/?a=1&b=2"}}},
			`{"text":"hi","tracking_data":"01jjwt2vtqr00","min_api_version":6,"keyboard":{"Type":"keyboard","Buttons":[
				{"Columns":6,"Rows":1,"ActionType":"reply","ActionBody":"#k:01jjwt2vtqr00:ok","Text":"1 ‹ 2","Silent":true},
				{"Columns":6,"Rows":1,"ActionType":"open-url","ActionBody":"https://shop.example.com/?a=1&b=2","Text":"Shop","Silent":true}]}}`,
		},
		"the phone is asked for": {
			bots.Outgoing{Text: "hi", AskContact: "Share"},
			`{"text":"hi","tracking_data":"01jjwt2vtqr00:share","min_api_version":3,"keyboard":{"Type":"keyboard","Buttons":[
				{"Columns":6,"Rows":1,"ActionType":"share-phone","ActionBody":"#k:01jjwt2vtqr00:share-contact","Text":"Share"}]}}`,
		},
		"the phone, and another button": {
			bots.Outgoing{Text: "hi", AskContact: "Share", Buttons: []bots.Button{{Text: "No", Data: "no"}}},
			`{"text":"hi","tracking_data":"01jjwt2vtqr00:share","min_api_version":6,"keyboard":{"Type":"keyboard","Buttons":[
				{"Columns":6,"Rows":1,"ActionType":"share-phone","ActionBody":"#k:01jjwt2vtqr00:share-contact","Text":"Share"},
				{"Columns":6,"Rows":1,"ActionType":"reply","ActionBody":"#k:01jjwt2vtqr00:no","Text":"No","Silent":true}]}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, url := listen(t, accepted)
			c.out.To, c.out.Step = toOlena, step
			got, err := newBot(t, url, viber.Options{}).Send(t.Context(), c.out)
			if err != nil {
				t.Fatalf("Send = %v", err)
			}
			want := asJSON(t, c.want).(map[string]any)
			want["receiver"], want["type"], want["sender"] = olena, "text", map[string]any{"name": "Крамниця"}
			if sent := asJSON(t, h.bodies[0]); !reflect.DeepEqual(sent, want) {
				t.Errorf("sent %v\nwant %v", sent, want)
			}
			if strings.Contains(h.bodies[0], `\u00`) {
				t.Errorf("six bytes for a character: %s", h.bodies[0])
			}
			head := h.headers[0]
			if h.paths[0] != "/pa/send_message" || head.Get("X-Viber-Auth-Token") != token || head.Get("Content-Type") != "application/json" {
				t.Errorf("%s with %v", h.paths[0], head)
			}
			if got.ID != "5741311803571721087" || got.Chat != olena || got.Sender != "viber" || got.Step != step || got.Level != bots.Accepted {
				t.Errorf("the receipt is %+v", got)
			}
		})
	}
}

// Documents and examples do not agree about what is a string.
func TestAcceptedInEveryForm(t *testing.T) {
	for name, c := range map[string]struct{ answer, id string }{
		"billing_status as a string": {`{"status":0,"message_token":5741311803571721087,"billing_status":"5"}`, "5741311803571721087"},
		"status as a string":         {`{"status":"0","message_token":"18446744073709551615"}`, "18446744073709551615"},
		"no token":                   {`{"status":0,"status_message":"ok"}`, ""},
		"a token of another kind":    {`{"status":0,"message_token":{}}`, ""},
	} {
		_, url := listen(t, c.answer)
		got, err := newBot(t, url, viber.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Text: "hi"})
		if err != nil || got.ID != c.id || got.Level != bots.Accepted {
			t.Errorf("%s: Send = %+v, %v; want id %q", name, got, err, c.id)
		}
	}
}

// Viber refused the message for its keyboard, so it was not shown; without one it goes, once.
func TestOldViber(t *testing.T) {
	out := bots.Outgoing{To: toOlena, Step: step, Text: "120 points", AskContact: "Share"}
	for _, status := range []int{13, 14} {
		h, url := listen(t, refusal(status, "apiVersionNotSupported"), accepted)
		var log strings.Builder
		got, err := newBot(t, url, viber.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}).Send(t.Context(), out)
		if err != nil || got.ID == "" || len(h.bodies) != 2 {
			t.Fatalf("%d: Send = %+v, %v after %d requests", status, got, err, len(h.bodies))
		}
		plain := asJSON(t, h.bodies[1]).(map[string]any)
		if plain["keyboard"] != nil || plain["min_api_version"] != nil || plain["tracking_data"] != step.String() || plain["text"] != "120 points" {
			t.Errorf("%d: sent again as %v", status, plain)
		}
		if !strings.Contains(log.String(), "too old") || strings.Contains(log.String(), "120 points") || strings.Contains(log.String(), olena) {
			t.Errorf("%d: the log says %s", status, log.String())
		}
	}
	h, url := listen(t, refusal(13, "apiVersionNotSupported"))
	_, err := newBot(t, url, viber.Options{}).Send(t.Context(), out)
	if bots.FaultOf(err).Fault != bots.Rejected || len(h.bodies) != 2 {
		t.Errorf("refused again: Send = %v after %d requests", err, len(h.bodies))
	}
	h, url = listen(t, refusal(13, "apiVersionNotSupported"))
	out.AskContact = ""
	_, err = newBot(t, url, viber.Options{}).Send(t.Context(), out)
	if bots.FaultOf(err).Fault != bots.Rejected || len(h.bodies) != 1 {
		t.Errorf("without a keyboard: Send = %v after %d requests", err, len(h.bodies))
	}
}

// After any other error the message is not tried again: it may be there already.
func TestNothingElseIsRepeated(t *testing.T) {
	for _, answer := range []string{refusal(3, "badData"), refusal(12, "Too many requests"), refusal(99, "failure"), "<html>", `{"status":13`} {
		h, url := listen(t, answer)
		_, err := newBot(t, url, viber.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Text: "hi", AskContact: "Share"})
		if err == nil || len(h.bodies) != 1 {
			t.Errorf("%s: Send = %v after %d requests", answer, err, len(h.bodies))
		}
	}
}

// What Viber would not take is not sent at all.
func TestUnsendable(t *testing.T) {
	many := make([]bots.Button, 13)
	for i := range many {
		many[i] = bots.Button{Text: "x", Data: "x"}
	}
	h, url := listen(t, accepted)
	b := newBot(t, url, viber.Options{})
	for name, c := range map[string]struct {
		out  bots.Outgoing
		want bots.Fault
	}{
		"no address":             {bots.Outgoing{Text: "hi"}, bots.Unreachable},
		"an address of words":    {bots.Outgoing{To: bots.Address{ID: "Olena K"}, Text: "hi"}, bots.Unreachable},
		"an emoji too many":      {bots.Outgoing{To: toOlena, Text: strings.Repeat("x", 6999) + "👍"}, bots.Rejected},
		"a button without text":  {bots.Outgoing{To: toOlena, Text: "hi", Buttons: []bots.Button{{Data: "ok"}}}, bots.Rejected},
		"a button of no answer":  {bots.Outgoing{To: toOlena, Text: "hi", Buttons: []bots.Button{{Text: "ok"}}}, bots.Rejected},
		"an endless answer":      {bots.Outgoing{To: toOlena, Text: "hi", Buttons: []bots.Button{{Text: "ok", Data: strings.Repeat("x", 201)}}}, bots.Rejected},
		"too many buttons":       {bots.Outgoing{To: toOlena, Text: "hi", Buttons: many}, bots.Rejected},
		"more than 30 KB in all": {bots.Outgoing{To: toOlena, Text: strings.Repeat("你", 7000), Buttons: []bots.Button{{Text: "x", URL: "https://a.example/" + strings.Repeat("x", 9000)}}}, bots.Rejected},
	} {
		_, err := b.Send(t.Context(), c.out)
		if bots.FaultOf(err).Fault != c.want {
			t.Errorf("%s: Send = %v, want %v", name, err, c.want)
		}
	}
	if len(h.bodies) > 0 {
		t.Errorf("Viber was asked %q", h.bodies)
	}
	if _, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: strings.Repeat("你", 7000)}); err != nil {
		t.Errorf("the longest text: Send = %v", err)
	}
	if _, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: "a\xffb"}); err != nil || !strings.Contains(h.bodies[1], "a\uFFFDb") {
		t.Errorf("broken UTF-8: Send = %v, sent %q", err, h.bodies[1:])
	}
}

// The date of an answer tells about Viber's clock, too.
func TestDateOfAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, accepted)
	}))
	defer srv.Close()
	b := newBot(t, srv.URL, viber.Options{})
	told := time.Now().Add(time.Hour)
	if e := seenAt(t, b, 1, told, told.Add(-time.Hour)); e.Ahead != 0 {
		t.Errorf("one call alone says %v", e.Ahead)
	}
	if _, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	batch, err := b.Parse(hookCall(recorded(t, "seen")))
	if err != nil || batch.Events[0].Ahead < 59*time.Minute || batch.Events[0].Ahead > time.Hour {
		t.Errorf("Viber's clock is an hour ahead, measured as %v, %v", batch.Events[0].Ahead, err)
	}
}

// The welcome is a message without receiver and token, the same bytes whenever it is asked for.
func TestWelcome(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	batch, err := b.Parse(hookCall(recorded(t, "opened")))
	if err != nil || batch.Word == nil {
		t.Fatalf("Parse = %+v, %v", batch, err)
	}
	said := &bots.Message{ID: step, To: toOlena, Text: "Вітаємо!", Buttons: []bots.Button{{Text: "Почати", Data: "begin"}, {Text: "Номер", Data: bots.ShareContact}}}
	a, err := batch.Word(said)
	if err != nil || a.Status != http.StatusOK || a.Type != "application/json" {
		t.Fatalf("Word = %+v, %v", a, err)
	}
	want := asJSON(t, `{"type":"text","text":"Вітаємо!","sender":{"name":"Крамниця"},"tracking_data":"01jjwt2vtqr00:share","min_api_version":6,
		"keyboard":{"Type":"keyboard","Buttons":[
			{"Columns":6,"Rows":1,"ActionType":"reply","ActionBody":"#k:01jjwt2vtqr00:begin","Text":"Почати","Silent":true},
			{"Columns":6,"Rows":1,"ActionType":"share-phone","ActionBody":"#k:01jjwt2vtqr00:share-contact","Text":"Номер"}]}}`)
	if got := asJSON(t, string(a.Body)); !reflect.DeepEqual(got, want) {
		t.Errorf("said %s", a.Body)
	}
	repeat, err := newBot(t, "", viber.Options{}).Parse(hookCall(recorded(t, "opened")))
	if err != nil {
		t.Fatal(err)
	}
	copied := *said
	if again, err := repeat.Word(&copied); err != nil || string(again.Body) != string(a.Body) {
		t.Errorf("the repeat is told %s, %v", again.Body, err)
	}
	if a, err := batch.Word(nil); err != nil || len(a.Body) > 0 {
		t.Errorf("nothing was said, and Viber is told %+v, %v", a, err)
	}
}

// A welcome that cannot be sent must not make Viber call again for an hour.
func TestWelcomeTooLong(t *testing.T) {
	var log strings.Builder
	b := newBot(t, "", viber.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	batch, err := b.Parse(hookCall(recorded(t, "opened")))
	if err != nil {
		t.Fatal(err)
	}
	a, err := batch.Word(&bots.Message{ID: step, Text: strings.Repeat("x", 7001)})
	if err != nil || !reflect.DeepEqual(a, bots.Answer{}) || !strings.Contains(log.String(), "too long") {
		t.Errorf("Word = %+v, %v; the log says %s", a, err, log.String())
	}
}
