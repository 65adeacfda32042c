package whatsappcloud_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

// meta is a Graph API that takes everything, and keeps what it was asked.
type meta struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []*http.Request
	bodies [][]byte
	answer string
}

const taken = `{"messaging_product":"whatsapp","contacts":[{"input":"380501112233","wa_id":"380501112233"}],"messages":[{"id":"wamid.OUT"}]}`

func newMeta(t *testing.T, answer string) *meta {
	g := &meta{answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.asked, g.bodies = append(g.asked, r), append(g.bodies, body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func same(t *testing.T, got []byte, want string) {
	t.Helper()
	var g, w any
	must(t, json.Unmarshal(got, &g))
	must(t, json.Unmarshal([]byte(want), &w))
	if !reflect.DeepEqual(g, w) {
		t.Errorf("sent %s\nwant %s", got, want)
	}
}

// requests are messages and what the Graph API is asked for them, without what all have in common.
var requests = map[string]struct {
	out  bots.Outgoing
	want string
	log  string // what the operator is told
}{
	"a text": {bots.Outgoing{Text: "120 points"}, `"type":"text","text":{"body":"120 points","preview_url":false}`, ""},
	"with WhatsApp's marks": {bots.Outgoing{Text: "120 points", Markup: "*120* points"},
		`"type":"text","text":{"body":"*120* points","preview_url":false}`, ""},
	"a quoted reply": {bots.Outgoing{Text: "yes", ReplyTo: "wamid.IN"},
		`"type":"text","context":{"message_id":"wamid.IN"},"text":{"body":"yes","preview_url":false}`, ""},
	"a picture": {bots.Outgoing{Text: "tea", Image: "https://shop.example/tea.jpg"},
		`"type":"image","image":{"link":"https://shop.example/tea.jpg","caption":"tea"}`, ""},
	"a picture of nowhere": {bots.Outgoing{Text: "tea", Image: "tea.jpg"}, `"type":"text","text":{"body":"tea","preview_url":false}`, "web address only"},
	"a document": {bots.Outgoing{Text: "bill", File: &bots.File{URL: "https://shop.example/bills/7.pdf?x=1", Name: "Чек.pdf"}},
		`"type":"document","document":{"link":"https://shop.example/bills/7.pdf?x=1","caption":"bill","filename":"Чек.pdf"}`, ""},
	"a document without a name": {bots.Outgoing{Text: "bill", File: &bots.File{URL: "https://shop.example/bills/7.pdf?x=1"}},
		`"type":"document","document":{"link":"https://shop.example/bills/7.pdf?x=1","caption":"bill","filename":"7.pdf"}`, ""},
	"a document whose address reads as another": {bots.Outgoing{Text: "bill", File: &bots.File{URL: "https://shop.example/%D1%87%D0%B5%D0%BA%E2%80%AEfdp%0A.exe"}},
		`"type":"document","document":{"link":"https://shop.example/%D1%87%D0%B5%D0%BA%E2%80%AEfdp%0A.exe","caption":"bill","filename":"чекfdp.exe"}`, ""},
	"a document and a picture": {bots.Outgoing{Text: "bill", Image: "https://shop.example/tea.jpg", File: &bots.File{URL: "https://shop.example/7.pdf"}},
		`"type":"document","document":{"link":"https://shop.example/7.pdf","caption":"bill","filename":"7.pdf"}`, "no picture beside"},
	"answers": {bots.Outgoing{Text: "OK?", Buttons: []bots.Button{{Text: "Так", Data: "yes"}, {Text: "Ні", Data: "no"}}},
		`"type":"interactive","interactive":{"type":"button","body":{"text":"OK?"},"action":{"buttons":[
			{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:yes","title":"Так"}},{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:no","title":"Ні"}}]}}`, ""},
	"an answer with a long label": {bots.Outgoing{Text: "OK?", Buttons: []bots.Button{{Text: "Так, я вже прочитала це", Data: "yes"}}},
		`"type":"interactive","interactive":{"type":"button","body":{"text":"OK?"},"action":{"buttons":[{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:yes","title":"Так, я вже прочитал…"}}]}}`, ""},
	"answers under a picture": {bots.Outgoing{Text: "OK?", Image: "https://shop.example/tea.jpg", Buttons: []bots.Button{{Text: "Так", Data: "yes"}}},
		`"type":"interactive","interactive":{"type":"button","header":{"type":"image","image":{"link":"https://shop.example/tea.jpg"}},"body":{"text":"OK?"},"action":{"buttons":[{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:yes","title":"Так"}}]}}`, ""},
	"answers under a document": {bots.Outgoing{Text: "OK?", File: &bots.File{URL: "https://shop.example/7.pdf"}, Buttons: []bots.Button{{Text: "Так", Data: "yes"}}},
		`"type":"interactive","interactive":{"type":"button","header":{"type":"document","document":{"link":"https://shop.example/7.pdf","filename":"7.pdf"}},"body":{"text":"OK?"},"action":{"buttons":[{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:yes","title":"Так"}}]}}`, ""},
	"more answers than buttons": {bots.Outgoing{Text: "How was it?", Image: "https://shop.example/tea.jpg", Buttons: []bots.Button{{Text: "1", Data: "1"}, {Text: "2", Data: "2"}, {Text: "3", Data: "3"}, {Text: "4", Data: "4"}}},
		`"type":"interactive","interactive":{"type":"list","body":{"text":"How was it?"},"action":{"button":"☰","sections":[{"rows":[
			{"id":"k:01jjwt2vtqr00:1","title":"1"},{"id":"k:01jjwt2vtqr00:2","title":"2"},{"id":"k:01jjwt2vtqr00:3","title":"3"},{"id":"k:01jjwt2vtqr00:4","title":"4"}]}]}}`, "no picture beside"},
	"a list beside a document": {bots.Outgoing{Text: "How was it?", File: &bots.File{URL: "https://shop.example/7.pdf"}, Buttons: []bots.Button{{Text: "1", Data: "1"}, {Text: "2", Data: "2"}, {Text: "3", Data: "3"}, {Text: "4", Data: "4"}}},
		`"type":"document","document":{"link":"https://shop.example/7.pdf","caption":"How was it?","filename":"7.pdf"}`, "no buttons under"},
	"one link": {bots.Outgoing{Text: "New tea", Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example/l/1"}}},
		`"type":"interactive","interactive":{"type":"cta_url","body":{"text":"New tea"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://shop.example/l/1"}}}`, ""},
	"one link with a long label": {bots.Outgoing{Text: "New tea", Buttons: []bots.Button{{Text: "Open the whole catalogue", URL: "https://shop.example/l/1"}}},
		`"type":"text","text":{"body":"New tea\nOpen the whole catalogue: https://shop.example/l/1","preview_url":false}`, ""},
	"two links": {bots.Outgoing{Text: "New tea", Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example/l/1"}, {Text: "Shops", URL: "https://shop.example/l/2"}}},
		`"type":"text","text":{"body":"New tea\nOpen: https://shop.example/l/1\nShops: https://shop.example/l/2","preview_url":false}`, ""},
	"a link beside an answer": {bots.Outgoing{Text: "New tea", Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example/l/1"}, {Text: "Stop", Data: "stop"}}},
		`"type":"interactive","interactive":{"type":"button","body":{"text":"New tea\nOpen: https://shop.example/l/1"},"action":{"buttons":[{"type":"reply","reply":{"id":"k:01jjwt2vtqr00:stop","title":"Stop"}}]}}`, ""},
	"a link under a picture": {bots.Outgoing{Text: "New tea", Image: "https://shop.example/tea.jpg", Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example/l/1"}}},
		`"type":"image","image":{"link":"https://shop.example/tea.jpg","caption":"New tea\nOpen: https://shop.example/l/1"}`, ""},
	"answers under a long text": {bots.Outgoing{Text: strings.Repeat("я", 1025), Buttons: []bots.Button{{Text: "Так", Data: "yes"}}},
		`"type":"text","text":{"body":"` + strings.Repeat("я", 1025) + `","preview_url":false}`, "no buttons under"},
	"a phone that WhatsApp knows": {bots.Outgoing{Text: "Hello", AskContact: "Share", Buttons: []bots.Button{{Text: "Share", Data: bots.ShareContact}}},
		`"type":"text","text":{"body":"Hello","preview_url":false}`, ""},
	"a reaction":            {bots.Outgoing{Act: bots.ReactAct, On: "wamid.IN", Text: "👍"}, `"type":"reaction","reaction":{"message_id":"wamid.IN","emoji":"👍"}`, ""},
	"a reaction taken back": {bots.Outgoing{Act: bots.ReactAct, On: "wamid.IN"}, `"type":"reaction","reaction":{"message_id":"wamid.IN","emoji":""}`, ""},
	"a template without places": {bots.Outgoing{Text: "as it reads", Approved: &bots.Approved{Name: "hello_world", Language: "en_US"}},
		`"type":"template","template":{"name":"hello_world","language":{"code":"en_US"}}`, ""},
	"a template with all there is": {bots.Outgoing{Approved: &bots.Approved{
		Name: "bonus", Language: "uk", Header: "https://shop.example/tea.jpg",
		Body:    []bots.ApprovedField{{Text: "Олена"}, {Text: "120\n\tбалів"}},
		Buttons: []bots.ApprovedButton{{Index: 0, Data: "yes"}, {Index: 1, URL: "l/abc?x=1"}},
	}}, `"type":"template","template":{"name":"bonus","language":{"code":"uk"},"components":[
		{"type":"header","parameters":[{"type":"image","image":{"link":"https://shop.example/tea.jpg"}}]},
		{"type":"body","parameters":[{"type":"text","text":"Олена"},{"type":"text","text":"120 балів"}]},
		{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"k:01jjwt2vtqr00:yes"}]},
		{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"l/abc?x=1"}]}]}`, ""},
	"a template with named places": {bots.Outgoing{Approved: &bots.Approved{Name: "bonus", Language: "uk", Body: []bots.ApprovedField{{Name: "first_name", Text: "Олена"}}}},
		`"type":"template","template":{"name":"bonus","language":{"code":"uk"},"components":[{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Олена"}]}]}`, ""},
}

func TestSend(t *testing.T) {
	for name, c := range requests {
		t.Run(name, func(t *testing.T) {
			g := newMeta(t, taken)
			var log bytes.Buffer
			b := newBot(t, g.URL+"/v23.0", whatsappcloud.Options{Log: textLog(&log)})
			c.out.To, c.out.Step = toOlena, step
			got, err := b.Send(t.Context(), c.out)
			must(t, err)
			if got.ID != "wamid.OUT" || got.Step != step || got.Level != bots.Accepted || got.Sender != bots.WhatsAppCloud || got.Chat != olena || got.Reason != "" {
				t.Errorf("the receipt is %+v", got)
			}
			same(t, g.bodies[0], `{"messaging_product":"whatsapp","recipient_type":"individual","to":"380501112233","biz_opaque_callback_data":"01jjwt2vtqr00",`+c.want+`}`)
			r := g.asked[0]
			if r.Method != "POST" || r.URL.Path != "/v23.0/"+numberID+"/messages" || r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("Meta was asked %s %s %v", r.Method, r.URL, r.Header)
			}
			if want := c.out.Image != "" && c.log != ""; got.Bare != want {
				t.Errorf("the receipt says that the picture is left out: %t, want %t", got.Bare, want)
			}
			if said := log.String(); (said != "") != (c.log != "") || !strings.Contains(said, c.log) || strings.Contains(said, "38050") {
				t.Errorf("the log says %q, want %q", said, c.log)
			}
		})
	}
}

// A message without a step carries none, and its answers neither.
func TestSendWithoutAStep(t *testing.T) {
	g := newMeta(t, taken)
	_, err := newBot(t, g.URL, whatsappcloud.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Text: "OK?", Buttons: []bots.Button{{Text: "Так", Data: "yes"}}})
	must(t, err)
	same(t, g.bodies[0], `{"messaging_product":"whatsapp","recipient_type":"individual","to":"380501112233","type":"interactive",
		"interactive":{"type":"button","body":{"text":"OK?"},"action":{"buttons":[{"type":"reply","reply":{"id":"k::yes","title":"Так"}}]}}}`)
}

// Who hides the phone is written to by the user id, in a field of its own.
func TestSendToAUserID(t *testing.T) {
	for _, user := range []string{hidden, "US.ENT.11815799212886844830"} {
		g := newMeta(t, taken)
		got, err := newBot(t, g.URL, whatsappcloud.Options{}).Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: user}, Step: step, Text: "hi"})
		must(t, err)
		same(t, g.bodies[0], `{"messaging_product":"whatsapp","recipient_type":"individual","recipient":"`+user+`","type":"text","biz_opaque_callback_data":"01jjwt2vtqr00","text":{"body":"hi","preview_url":false}}`)
		if got.Chat != user {
			t.Errorf("the receipt is %+v", got)
		}
	}
}

// What cannot be sent is refused before anybody is asked.
func TestNotSent(t *testing.T) {
	nine := []bots.Button{}
	for _, n := range strings.Split("a b c d e f g h i j k", " ") {
		nine = append(nine, bots.Button{Text: n, Data: n})
	}
	to := func(id string) bots.Outgoing {
		return bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: id}, Text: "hi"}
	}
	approved := func(a bots.Approved) bots.Outgoing { return bots.Outgoing{To: toOlena, Approved: &a} }
	for name, c := range map[string]struct {
		out  bots.Outgoing
		want bots.Fault
		says string
	}{
		"an edit":                         {bots.Outgoing{To: toOlena, Act: bots.EditAct, On: ours, Text: "new"}, bots.Rejected, "cannot edit"},
		"a deletion":                      {bots.Outgoing{To: toOlena, Act: bots.DeleteAct, On: ours}, bots.Rejected, "cannot delete"},
		"a reaction to nothing":           {bots.Outgoing{To: toOlena, Act: bots.ReactAct, Text: "👍"}, bots.Rejected, "names no message"},
		"an empty text":                   {bots.Outgoing{To: toOlena, Text: " \n"}, bots.Rejected, "empty"},
		"a long text":                     {bots.Outgoing{To: toOlena, Text: strings.Repeat("я", 4097)}, bots.Rejected, "4097 of 4096"},
		"a long text of pictures":         {bots.Outgoing{To: toOlena, Text: strings.Repeat("😀", 2049)}, bots.Rejected, "4098 of 4096"},
		"a text that links make long":     {bots.Outgoing{To: toOlena, Text: strings.Repeat("я", 4090), Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example"}}}, bots.Rejected, "too long"},
		"a long caption of a document":    {bots.Outgoing{To: toOlena, Text: strings.Repeat("я", 1025), File: &bots.File{URL: "https://shop.example/7.pdf"}}, bots.Rejected, "1025 of 1024"},
		"a document of nowhere":           {bots.Outgoing{To: toOlena, Text: "bill", File: &bots.File{URL: "file:///etc/passwd"}}, bots.Rejected, "no web address"},
		"two answers that look the same":  {bots.Outgoing{To: toOlena, Text: "OK?", Buttons: []bots.Button{{Text: "Yes", Data: "a"}, {Text: "Yes", Data: "b"}}}, bots.Rejected, "the same"},
		"two answers that are cut alike":  {bots.Outgoing{To: toOlena, Text: "OK?", Buttons: []bots.Button{{Text: "Так, будь ласка, сьогодні", Data: "a"}, {Text: "Так, будь ласка, сьогодні ввечері", Data: "b"}}}, bots.Rejected, "the same"},
		"an answer without words":         {bots.Outgoing{To: toOlena, Text: "OK?", Buttons: []bots.Button{{Data: "a"}}}, bots.Rejected, "no text"},
		"an answer without data":          {bots.Outgoing{To: toOlena, Text: "OK?", Buttons: []bots.Button{{Text: "a"}}}, bots.Rejected, "1 to 100"},
		"eleven answers":                  {bots.Outgoing{To: toOlena, Text: "OK?", Buttons: nine}, bots.Rejected, "too many"},
		"a template with a bad name":      {approved(bots.Approved{Name: "Bonus!", Language: "uk"}), bots.Rejected, "no name"},
		"a template without a language":   {approved(bots.Approved{Name: "bonus"}), bots.Rejected, "no language"},
		"a template with an empty place":  {approved(bots.Approved{Name: "bonus", Language: "uk", Body: []bots.ApprovedField{{Text: " \n"}}}), bots.Rejected, "place 1"},
		"a template with a bad picture":   {approved(bots.Approved{Name: "bonus", Language: "uk", Header: "x.jpg"}), bots.Rejected, "picture"},
		"a template button of no answer":  {approved(bots.Approved{Name: "bonus", Language: "uk", Buttons: []bots.ApprovedButton{{Index: 0}}}), bots.Rejected, "1 to 100"},
		"nobody":                          {to(""), bots.Unreachable, "neither"},
		"a phone without its plus":        {to("380501112233"), bots.Unreachable, "neither"},
		"a phone with a slash":            {to("+38050111/../x"), bots.Unreachable, "neither"},
		"an address of the paired phone":  {to("900001@lid"), bots.Unreachable, "neither"},
		"a user id with something behind": {to(hidden + "\n"), bots.Unreachable, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newMeta(t, taken)
			c.out.Step = step
			_, err := newBot(t, g.URL, whatsappcloud.Options{}).Send(t.Context(), c.out)
			if err == nil || bots.FaultOf(err).Fault != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Send = %v, want %v with %q", err, c.want, c.says)
			}
			if len(g.asked) != 0 {
				t.Errorf("Meta was asked %s", g.bodies[0])
			}
			mustHide(t, err)
		})
	}
}

// A template whose quality Meta doubts is taken and held back: accepted, and said.
func TestHeldBack(t *testing.T) {
	for status, want := range map[string]string{"accepted": "", "held_for_quality_assessment": "held_for_quality_assessment", "paused": "paused"} {
		g := newMeta(t, strings.Replace(taken, `"wamid.OUT"`, `"wamid.OUT","message_status":"`+status+`"`, 1))
		var log bytes.Buffer
		got, err := newBot(t, g.URL, whatsappcloud.Options{Log: textLog(&log)}).Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Approved: &bots.Approved{Name: "bonus", Language: "uk"}})
		if err != nil || got.Level != bots.Accepted || got.Failed || got.Reason != want || strings.Contains(log.String(), "holds it back") != (want != "") {
			t.Errorf("%s: Send = %+v, %v; the log says %q", status, got, err, log.String())
		}
	}
}

func TestMarkRead(t *testing.T) {
	g := newMeta(t, `{"success":true}`)
	must(t, newBot(t, g.URL, whatsappcloud.Options{}).MarkRead(t.Context(), toOlena, []string{"wamid.BEFORE", "wamid.IN"}))
	same(t, g.bodies[0], `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN"}`)
	if at := g.asked[0].URL.Path; at != version+"/"+numberID+"/messages" {
		t.Errorf("Meta was asked at %s", at)
	}
	must(t, newBot(t, g.URL, whatsappcloud.Options{}).MarkRead(t.Context(), toOlena, nil))
	if n := len(g.asked); n != 1 {
		t.Errorf("Meta was asked %d times; nothing is to be marked the second time", n)
	}
	for name, answer := range map[string]string{"not done": `{"success":false}`, "refused": refusal(131009, "x"), "rubbish": "ok"} {
		g := newMeta(t, answer)
		if err := newBot(t, g.URL, whatsappcloud.Options{}).MarkRead(t.Context(), toOlena, []string{"wamid.IN"}); err == nil || !strings.Contains(err.Error(), "mark as read") {
			t.Errorf("%s: MarkRead = %v", name, err)
		}
	}
}
