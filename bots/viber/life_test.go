package viber_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	sim "kaskad/bots/simulator/viber"
	"kaskad/bots/viber"
)

// inbox is what an engine would be: it keeps events once, and greets who looks in.
type inbox struct {
	mu     sync.Mutex
	events []bots.Event
	said   map[string]*bots.Message // by event
}

func (in *inbox) receive(_ context.Context, b bots.Batch) (bots.Answer, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range b.Events {
		if in.said == nil {
			in.said = map[string]*bots.Message{}
		}
		if _, again := in.said[e.ID]; !again {
			in.events = append(in.events, e)
			in.said[e.ID] = nil
			if e.Answerable {
				in.said[e.ID] = &bots.Message{ID: later, To: e.Chat, Text: "Вітаємо!", Buttons: []bots.Button{{Text: "Почати", Data: "begin"}}}
			}
		}
		if m := in.said[e.ID]; m != nil {
			return b.Word(m)
		}
	}
	return b.Answer, nil
}

func (in *inbox) of(kind bots.Kind) (all []bots.Event) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.events {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// listenFor opens the bot's way in, as the program does, and says where it is.
func listenFor(t *testing.T, b *viber.Bot, in *inbox) (url string) {
	t.Helper()
	if in == nil {
		in = &inbox{}
	}
	h, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{b.Hook()}, Receive: in.receive,
		Quarantine: func(_ context.Context, _ string, raw []byte, reason string) error {
			t.Errorf("quarantine: %s: %s", reason, raw)
			return nil
		},
	})
	must(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/in/viber/" + secret
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// A life with a bot, over the wire: everything that a person can do arrives, once, however often Viber tells it.
func TestLife(t *testing.T) {
	v, err := sim.New(sim.Options{Token: token})
	must(t, err)
	t.Cleanup(func() { _ = v.Close() })
	must(t, v.AddPerson(sim.Person{ID: olena, Name: "Олена Коваль", Language: "uk", Phone: "380501112233", Devices: 3}))
	b := newBot(t, v.URL(), viber.Options{})
	in := &inbox{}
	must(t, b.Register(t.Context(), bots.Secret(listenFor(t, b, in))))

	// She looks in by a link of ours, is greeted, and taps the button: from then on she can be written to.
	if _, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: "hi"}); bots.FaultOf(err).Fault != bots.Refused {
		t.Errorf("before she subscribed: Send = %v", err)
	}
	must(t, v.Open(olena, "l1nk"))
	welcome, err := v.WaitMessage(soon(t), olena, 1)
	must(t, err)
	if !welcome.Welcome || welcome.Text != "Вітаємо!" || len(welcome.Buttons) != 1 || welcome.Buttons[0].Text != "Почати" {
		t.Errorf("she is greeted with %+v", welcome)
	}
	opened, err := v.WaitCallback(soon(t), "conversation_started", 1)
	must(t, err)
	again, err := v.Repeat(opened)
	must(t, err)
	if first := opened.Tries[0]; first.Body == "" || again.Body != first.Body {
		t.Errorf("the repeat is answered %q, the first was %q", again.Body, first.Body)
	}
	_, err = v.PressButton(olena, welcome.Token, 0)
	must(t, err)
	must(t, v.WaitIdle(soon(t)))

	// Two messages, one "seen" for both, three devices.
	got, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "120 points", Buttons: []bots.Button{{Text: "Ні", Data: "no"}}})
	must(t, err)
	asked, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Step: later, Text: "Your phone?", AskContact: "Share"})
	must(t, err)
	_, err = v.WaitMessage(soon(t), olena, 3)
	must(t, err)
	must(t, v.Read(olena))
	share := v.Messages(olena)[2].Buttons[0]
	_, err = v.Write(olena, sim.Content{Type: "contact", Text: share.ActionBody, Contact: sim.Contact{PhoneNumber: "380501112233"}})
	must(t, err)
	_, err = v.SendCard(olena, "Таксі", "380671112233")
	must(t, err)
	_, err = v.Write(olena, sim.Content{Type: "location", Location: sim.Location{Lat: 50.45, Lon: 30.52}})
	must(t, err)
	_, err = v.Say(olena, "Дякую")
	must(t, err)
	must(t, v.Unsubscribe(olena))
	must(t, v.Subscribe(olena))
	must(t, v.Open(olena, ""))
	must(t, v.WaitIdle(soon(t)))
	for _, c := range v.Callbacks() {
		if _, err := v.Repeat(c); err != nil {
			t.Error(err)
		}
	}

	reports := map[string]int{}
	for _, e := range in.of(bots.Reported) {
		reports[e.Receipt.Level.String()+" "+e.Receipt.ID]++
	}
	for _, want := range []string{"delivered " + got.ID, "delivered " + asked.ID, "read " + asked.ID} {
		if reports[want] != 1 {
			t.Errorf("%q came %d times: %v", want, reports[want], reports)
		}
	}
	for kind, want := range map[bots.Kind]string{
		bots.Opened:    "l1nk",
		bots.Pressed:   "begin " + later.String(),
		bots.Shared:    "+380501112233 " + later.String(),
		bots.Wrote:     "contact 380671112233, location 50.45,30.52, Дякую",
		bots.Blocked:   olena,
		bots.Unblocked: "Олена Коваль uk",
		bots.Started:   "true",
	} {
		if got := told(in.of(kind)); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	if odd := v.Oddities(); len(odd) > 0 {
		t.Errorf("Viber wonders: %v", odd)
	}
}

func told(events []bots.Event) string {
	var all []string
	for _, e := range events {
		switch e.Kind {
		case bots.Opened:
			all = append(all, e.Payload)
		case bots.Pressed:
			all = append(all, e.Data+" "+e.Step.String())
		case bots.Shared:
			all = append(all, e.Phone+" "+e.Step.String())
		case bots.Blocked:
			all = append(all, e.Chat.ID)
		case bots.Unblocked:
			all = append(all, e.Name+" "+e.Locale)
		case bots.Started:
			all = append(all, map[bool]string{true: "true", false: "false"}[e.Answerable])
		default:
			text := e.Text
			for _, m := range e.Media {
				text += m.Type + " " + m.Text
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// Sends of every kind are taken by a Viber that is as strict as the real one, and a keyboard it finds wrong comes back as a
// failure.
func TestEveryKindOfSend(t *testing.T) {
	v := simulator(t, sim.Options{})
	b, in := newBot(t, v.URL(), viber.Options{}), &inbox{}
	must(t, b.Register(t.Context(), bots.Secret(listenFor(t, b, in))))
	for name, out := range map[string]bots.Outgoing{
		"text":                  {Text: "120 points"},
		"the longest text":      {Text: strings.Repeat("ї", 7000)},
		"twelve buttons":        {Text: "x", Buttons: twelve()},
		"the phone":             {Text: "x", AskContact: "Share"},
		"the phone and buttons": {Text: "x", AskContact: "Share", Buttons: []bots.Button{{Text: "Ні", Data: "no"}, {Text: "Shop", URL: "https://shop.example.com"}}},
	} {
		out.To, out.Step = toOlena, step
		if _, err := b.Send(t.Context(), out); err != nil {
			t.Errorf("%s: Send = %v", name, err)
		}
	}
	must(t, v.WaitIdle(soon(t)))
	for _, m := range v.Accepted(olena) {
		if m.Failed != "" || m.Sender != "Крамниця" {
			t.Errorf("%+v", m)
		}
	}
	if odd := v.Oddities(); len(odd) > 0 {
		t.Errorf("Viber wonders: %v", odd)
	}
	got, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "x", Buttons: []bots.Button{{Text: "Shop", URL: "no address"}}})
	must(t, err)
	_, err = v.WaitCallback(soon(t), "failed", 1)
	must(t, err)
	for _, e := range in.of(bots.Reported) {
		if r := e.Receipt; r.ID == got.ID && (!r.Failed || r.Fault != bots.Rejected || r.Reason == "") {
			t.Errorf("the keyboard was wrong, and the receipt is %+v", r)
		}
	}
}

func twelve() (all []bots.Button) {
	for range 12 {
		all = append(all, bots.Button{Text: strings.Repeat("ї", 250), Data: strings.Repeat("x", 200)})
	}
	return all
}

// A person whose Viber is too old for keyboards reads the words.
func TestOldViberOnSimulator(t *testing.T) {
	v := simulator(t, sim.Options{})
	const old = "AAAAAAAAAAAAAAAAAAAAAA=="
	must(t, v.AddPerson(sim.Person{ID: old, APIVersion: 2, Subscribed: true}))
	withWebhook(t, v)
	_, err := newBot(t, v.URL(), viber.Options{}).Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.Viber, ID: old}, Step: step, Text: "120 points", Buttons: []bots.Button{{Text: "OK", Data: "ok"}}})
	must(t, err)
	if m := v.Messages(old); len(m) != 1 || m[0].Text != "120 points" || len(m[0].Buttons) > 0 || len(v.CallsOf("send_message")) != 2 {
		t.Errorf("she reads %+v after %d calls", m, len(v.CallsOf("send_message")))
	}
}

// The hundred-and-first message of an hour to one person is a matter of that person.
func TestHundredMessages(t *testing.T) {
	v := simulator(t, sim.Options{Unanswered: 2})
	withWebhook(t, v)
	b := newBot(t, v.URL(), viber.Options{})
	for i := range 3 {
		_, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: "x"})
		if e := bots.FaultOf(err); (i == 2) != (err != nil) || i == 2 && (e.Fault != bots.Temporary || e.Code != "12" || e.RetryAfter > 2*time.Second) {
			t.Errorf("message %d: Send = %v with a pause of %v", i+1, err, e.RetryAfter)
		}
	}
}

// Sends share their connections: a handshake for each would be most of the time of a send.
func TestKeepsConnections(t *testing.T) {
	v := simulator(t, sim.Options{})
	withWebhook(t, v)
	before := v.Connections()
	b := newBot(t, v.URL(), viber.Options{})
	for range 5 {
		_, err := b.Send(t.Context(), bots.Outgoing{To: toOlena, Text: "x"})
		must(t, err)
	}
	if n := v.Connections() - before; n != 1 {
		t.Errorf("five sends opened %d connections", n)
	}
}

// Nobody gets in by the path of another bot's secret unsigned; the path alone is enough for who signs.
func TestWayIn(t *testing.T) {
	url := listenFor(t, newBot(t, "", viber.Options{}), nil)
	post := func(url string, body []byte, signature string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(body)))
		must(t, err)
		req.Header.Set("X-Viber-Content-Signature", signature)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		_ = res.Body.Close()
		return res.StatusCode
	}
	body := recorded(t, "wrote")
	bare := strings.TrimSuffix(url, "/"+secret)
	for name, c := range map[string]struct {
		url, signature string
		want           int
	}{
		"signed, by the secret path":   {url, sign(token, body), 200},
		"signed, by the path alone":    {bare, sign(token, body), 200},
		"unsigned, by the secret path": {url, "", 403},
		"unsigned, by the path alone":  {bare, "", 403},
		"by a guessed path":            {bare + "/guess", sign(token, body), 404},
	} {
		if got := post(c.url, body, c.signature); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
