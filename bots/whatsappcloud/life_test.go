package whatsappcloud_test

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/whatsappcloud"
)

// inbox is what an engine would be: it keeps events once.
type inbox struct {
	mu     sync.Mutex
	events []bots.Event
	seen   map[string]bool
}

func (in *inbox) receive(_ context.Context, b bots.Batch) (bots.Answer, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.seen == nil {
		in.seen = map[string]bool{}
	}
	for _, e := range b.Events {
		if !in.seen[e.ID] {
			in.seen[e.ID] = true
			in.events = append(in.events, e)
		}
	}
	return b.Answer, nil
}

func (in *inbox) quarantine(context.Context, string, []byte, string) error { return nil }

func (in *inbox) all() []bots.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]bots.Event(nil), in.events...)
}

// listenFor opens the bot's way in, as the program does, and says where it is.
func listenFor(t *testing.T, b *whatsappcloud.Bot, in *inbox) (url string) {
	t.Helper()
	h, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{b.Hook()}, Receive: in.receive, Log: slog.New(slog.DiscardHandler),
		Quarantine: func(_ context.Context, _ string, raw []byte, reason string) error {
			t.Errorf("quarantine: %s: %s", reason, raw)
			return nil
		},
	})
	must(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/in/whatsapp_cloud"
}

// of are the events of one kind, in the order in which they came.
func (in *inbox) of(kind bots.Kind) (all []bots.Event) {
	for _, e := range in.all() {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// levels are what was told about a message of ours.
func (in *inbox) levels(id string) map[string]int {
	all := map[string]int{}
	for _, e := range in.of(bots.Reported) {
		if r := e.Receipt; r.ID == id {
			name := r.Level.String()
			if r.Failed {
				name = "failed: " + r.Fault.String()
			}
			all[name]++
		}
	}
	return all
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// town is a simulator whose calls reach an adapter, and what arrived.
type town struct {
	*graph.Server
	bot *whatsappcloud.Bot
	in  *inbox
}

func newTown(t *testing.T, opt graph.Options) town {
	t.Helper()
	g := simulator(t, opt)
	w := town{g, newBot(t, g.URL()+version, whatsappcloud.Options{}), &inbox{}}
	must(t, g.Verify(listenFor(t, w.bot, w.in)))
	t.Cleanup(func() {
		for _, o := range g.Oddities() {
			t.Errorf("Meta wonders about %v", o)
		}
	})
	return w
}

func (w town) send(t *testing.T, out bots.Outgoing) bots.Receipt {
	t.Helper()
	if out.To.ID == "" {
		out.To = toOlena
	}
	got, err := w.bot.Send(t.Context(), out)
	must(t, err)
	return got
}

func (w town) settle(t *testing.T) {
	t.Helper()
	must(t, w.Flush(soon(t)))
}

func do(t *testing.T) func(string, error) string {
	return func(id string, err error) string {
		t.Helper()
		must(t, err)
		return id
	}
}

// A life with a number, over the wire: everything that a person can do arrives, once, in whatever order and however often Meta
// tells it.
func TestLife(t *testing.T) {
	for name, opt := range map[string]graph.Options{
		"one by one":          {},
		"in batches":          {Batch: 7, Gather: 5 * time.Millisecond},
		"without order":       {Shuffle: 10 * time.Millisecond, Twice: 2},
		"as before the names": {PlainPhones: true},
	} {
		t.Run(name, func(t *testing.T) { life(t, newTown(t, opt)) })
	}
}

func life(t *testing.T, w town) {
	id := do(t)
	text := w.send(t, bots.Outgoing{Step: step, Text: "120 points", Markup: "*120* points", Buttons: []bots.Button{{Text: "Так", Data: "yes"}, {Text: "Ні", Data: "no"}}})
	list := w.send(t, bots.Outgoing{Step: step + 1, Text: "How was it?", Buttons: []bots.Button{{Text: "1", Data: "1"}, {Text: "2", Data: "2"}, {Text: "3", Data: "3"}, {Text: "4", Data: "4"}}})
	bill := w.send(t, bots.Outgoing{Step: step + 2, Text: "bill", File: &bots.File{URL: "https://shop.example/7.pdf"}})
	w.send(t, bots.Outgoing{Step: step + 3, Text: "New tea", Buttons: []bots.Button{{Text: "Open", URL: "https://shop.example/l/1"}}})
	must(t, w.Read(olenaDigits))
	wrote := id(w.Reply(olenaDigits, text.ID, "Дякую 👍"))
	id(w.Say(olenaDigits, "Коли знижка?"))
	id(w.Press(olenaDigits, text.ID, 1))
	id(w.Pick(olenaDigits, list.ID, 3))
	id(w.React(olenaDigits, bill.ID, "❤️"))
	id(w.Unreact(olenaDigits, bill.ID))
	photo := id(w.SendMedia(olenaDigits, "image", "Taj Mahal"))
	id(w.SendPlace(olenaDigits, graph.Location{Latitude: 50.45, Longitude: 30.52, Name: "Київ"}))
	id(w.SendCards(olenaDigits, graph.Card{Name: graph.CardName{Formatted: "Таксі"}, Phones: []graph.CardPhone{{Phone: "+380 67 111 22 33"}}}))
	id(w.SendOdd(olenaDigits))
	w.send(t, bots.Outgoing{Step: step + 4, Text: "with a quote", ReplyTo: wrote})
	w.send(t, bots.Outgoing{Act: bots.ReactAct, On: wrote, Text: "👍"})
	must(t, w.bot.MarkRead(t.Context(), toOlena, []string{wrote}))
	w.settle(t)
	for _, p := range w.Posts() {
		_, err := w.Repeat(p)
		must(t, err)
	}

	for _, m := range []bots.Receipt{text, list, bill} {
		if got := w.in.levels(m.ID); got["accepted"] != 1 || got["delivered"] != 1 || got["read"] != 1 || len(got) != 3 {
			t.Errorf("of %s was told %v", m.ID, got)
		}
	}
	for _, e := range w.in.of(bots.Reported) {
		if e.Receipt.ID == text.ID && e.Receipt.Step != step {
			t.Errorf("the receipt %+v does not bring the step back", e.Receipt)
		}
	}
	heard(t, w, photo)
	if m, ok := w.Message(wrote); !ok || m.Read.IsZero() {
		t.Errorf("the message is not marked as read: %+v", m)
	}
	if got := len(w.Messages(olenaDigits)); got != 6 { // and what is seen of them
		t.Errorf("she was shown %d messages", got)
	}
	shown := w.Messages(olenaDigits)
	if m := shown[0]; m.Text != "*120* points" || len(m.Buttons) != 2 || m.Data != step.String() {
		t.Errorf("she was shown %+v", m)
	}
	if m := shown[3]; len(m.Buttons) != 1 || m.Buttons[0].URL != "https://shop.example/l/1" {
		t.Errorf("she was shown %+v", m)
	}
	if m := shown[4]; m.Quotes != wrote {
		t.Errorf("she was shown %+v", m)
	}
}

// heard checks what arrived of what she did.
func heard(t *testing.T, w town, photo string) {
	t.Helper()
	presses := map[string]bots.ID{}
	for _, e := range w.in.of(bots.Pressed) {
		presses[e.Data] = e.Step
	}
	if len(presses) != 2 || presses["no"] != step || presses["4"] != step+1 {
		t.Errorf("she pressed %v", presses)
	}
	emojis := map[string]int{}
	for _, e := range w.in.of(bots.Reacted) {
		emojis[e.Data]++
	}
	if len(emojis) != 2 || emojis["❤️"] != 1 || emojis[""] != 1 {
		t.Errorf("she reacted %v", emojis)
	}
	texts := map[string]bots.Event{}
	for _, e := range w.in.of(bots.Wrote) {
		texts[e.Text+kinds(e.Media)] = e
		if e.Chat != toOlena || e.Phone != olena || e.Name != "Олена Коваль" || e.At.IsZero() {
			t.Errorf("it came from %+v", e)
		}
	}
	for _, want := range []string{"Дякую 👍", "Коли знижка?", "Taj Mahal photo", " location", " contact"} {
		if _, ok := texts[want]; !ok {
			t.Errorf("%q did not arrive: %v", want, texts)
		}
	}
	if len(texts) != 6 {
		t.Errorf("%d messages arrived, want 6: %v", len(texts), texts)
	}
	picture, err := w.bot.Fetch(t.Context(), texts["Taj Mahal photo"].Media[0], 1<<20)
	must(t, err)
	defer picture.Close()
	if all, err := io.ReadAll(picture); err != nil || len(all) == 0 || texts["Taj Mahal photo"].MessageID != photo {
		t.Errorf("the picture has %d bytes, %v", len(all), err)
	}
}

func kinds(all []bots.Media) (s string) {
	for _, m := range all {
		s += " " + m.Type
	}
	return s
}

// Whom we know by the user id alone is written to, read, and heard; when the number changes, the new address is told.
func TestHiddenPhones(t *testing.T) {
	w := newTown(t, graph.Options{})
	must(t, w.AddPerson(graph.Person{Phone: "380672223344", Name: "Ігор", HidesPhone: true, Wrote: true}))
	was := bots.Address{Channel: bots.WhatsAppCloud, ID: w.UserIDOf("380672223344")}
	got := w.send(t, bots.Outgoing{To: was, Step: step, Text: "hi", Buttons: []bots.Button{{Text: "Так", Data: "yes"}}})
	must(t, w.Read("380672223344"))
	do(t)(w.Press("380672223344", got.ID, 0))
	do(t)(w.Say("380672223344", "вітаю"))
	must(t, w.ChangeUserID("380672223344"))
	must(t, w.ChangeNumber(olenaDigits, "380509998877"))
	w.settle(t)
	if levels := w.in.levels(got.ID); levels["read"] != 1 || levels["delivered"] != 1 {
		t.Errorf("of the message was told %v", levels)
	}
	for _, e := range append(w.in.of(bots.Pressed), w.in.of(bots.Wrote)...) {
		if e.Chat != was || e.Phone != "" || e.Also.ID != "" {
			t.Errorf("it came from %+v", e)
		}
	}
	moved := map[string]string{}
	for _, e := range w.in.of(bots.Moved) {
		moved[e.Chat.ID] = e.Data
	}
	if moved[was.ID] != w.UserIDOf("380672223344") || moved[olena] != "+380509998877" || len(moved) != 2 {
		t.Errorf("the addresses moved %v", moved)
	}
}

// What shows phone and user id is one person under the phone.
func TestBothAddresses(t *testing.T) {
	w := newTown(t, graph.Options{})
	do(t)(w.Say(olenaDigits, "вітаю"))
	w.settle(t)
	e := w.in.of(bots.Wrote)[0]
	if e.Chat.ID != olena || e.Also.ID != w.UserIDOf(olenaDigits) || e.Twin() != e.Also || e.Proves() != olena {
		t.Errorf("it came from %+v", e)
	}
}

// A message whose answer was lost is known again by the step that the statuses bring back, and was shown once.
func TestLostAnswerIsReconciled(t *testing.T) {
	for _, kind := range []graph.Kind{graph.HangAfterAccept, graph.CutAfter, graph.Garbage, graph.BadGateway, graph.InternalError} {
		t.Run(string(kind), func(t *testing.T) {
			w := newTown(t, graph.Options{})
			w.Fail(graph.Fault{Kind: kind, CarryOut: true})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { // until she sees it: then nobody waits for an answer any more
				_, _ = w.WaitMessage(ctx, olenaDigits, 1)
				if kind == graph.HangAfterAccept {
					cancel()
				}
			}()
			_, err := w.bot.Send(ctx, bots.Outgoing{To: toOlena, Step: step, Text: "once"})
			if bots.FaultOf(err).Fault != bots.Uncertain || err == nil {
				t.Errorf("Send = %v, want uncertain", err)
			}
			must(t, w.Read(olenaDigits))
			w.settle(t)
			known := map[bots.Level]bool{}
			for _, e := range w.in.of(bots.Reported) {
				if e.Receipt.Step == step && e.Receipt.ID != "" {
					known[e.Receipt.Level] = true
				}
			}
			if !known[bots.Accepted] || !known[bots.Delivered] || !known[bots.Read] {
				t.Errorf("the statuses tell of the step %v", known)
			}
			if got := w.ShownWith(step.String()); got != 1 {
				t.Errorf("it was shown %d times", got)
			}
		})
	}
}

// Text after the window: refused at once or later, under one word of ours, and an approved template goes.
func TestWindow(t *testing.T) {
	t.Run("told at once", func(t *testing.T) {
		w := newTown(t, graph.Options{Sync: []int{131047}})
		must(t, w.CloseWindow(olenaDigits))
		_, err := w.bot.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "hi"})
		if e := bots.FaultOf(err); err == nil || e.Fault != bots.Rejected || e.Code != whatsappcloud.WindowClosed {
			t.Errorf("Send = %v", err)
		}
	})
	t.Run("told later", func(t *testing.T) {
		w := newTown(t, graph.Options{})
		must(t, w.CloseWindow(olenaDigits))
		w.send(t, bots.Outgoing{Step: step, Text: "hi"})
		w.settle(t)
		events := w.in.of(bots.Reported)
		if last := events[len(events)-1].Receipt; !last.Failed || last.Fault != bots.Rejected || last.Reason != whatsappcloud.WindowClosed || last.Step != step {
			t.Errorf("the last receipt is %+v", last)
		}
	})
	t.Run("a template", func(t *testing.T) {
		w := newTown(t, graph.Options{Sync: []int{131047}})
		must(t, w.AddTemplate(graph.Template{
			Name: "bonus", Language: "uk", Category: "MARKETING", Header: "IMAGE", Body: "{{1}}, у вас {{2}} балів",
			Buttons: []graph.TemplateButton{{Text: "Так"}, {Type: "URL", Text: "Відкрити", URL: "https://shop.example/{{1}}"}},
		}))
		must(t, w.CloseWindow(olenaDigits))
		got := w.send(t, bots.Outgoing{Step: step, Approved: &bots.Approved{
			Name: "bonus", Language: "uk", Header: "https://shop.example/tea.jpg", Body: []bots.ApprovedField{{Text: "Олено"}, {Text: "120"}},
			Buttons: []bots.ApprovedButton{{Index: 0, Data: "yes"}, {Index: 1, URL: "l/1"}},
		}})
		m, err := w.WaitMessage(soon(t), olenaDigits, 1)
		must(t, err)
		if m.Text != "Олено, у вас 120 балів" || m.Template != "bonus" || m.Data != step.String() || m.Buttons[1].URL != "https://shop.example/l/1" {
			t.Errorf("she was shown %+v", m)
		}
		do(t)(w.Press(olenaDigits, got.ID, 0))
		w.settle(t)
		if e := w.in.of(bots.Pressed)[0]; e.Data != "yes" || e.Step != step || e.On != got.ID {
			t.Errorf("she pressed %+v", e)
		}
	})
	t.Run("a template with named places", func(t *testing.T) {
		w := newTown(t, graph.Options{})
		must(t, w.AddTemplate(graph.Template{Name: "hello", Language: "uk", Body: "Вітаємо, {{first_name}}"}))
		w.send(t, bots.Outgoing{Step: step, Approved: &bots.Approved{Name: "hello", Language: "uk", Body: []bots.ApprovedField{{Name: "first_name", Text: "Олено"}}}})
		if m, err := w.WaitMessage(soon(t), olenaDigits, 1); err != nil || m.Text != "Вітаємо, Олено" {
			t.Errorf("she was shown %+v, %v", m, err)
		}
	})
	t.Run("a template that is paused", func(t *testing.T) {
		w := newTown(t, graph.Options{})
		must(t, w.AddTemplate(graph.Template{Name: "hello", Language: "uk", Body: "Вітаємо", Status: "PAUSED"}))
		_, err := w.bot.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Approved: &bots.Approved{Name: "hello", Language: "uk"}})
		if e := bots.FaultOf(err); err == nil || e.Fault != bots.Rejected || e.Code != "132015" {
			t.Errorf("Send = %v", err)
		}
	})
}

// What Meta does to people and to us, with its own codes, at once or as a status.
func TestPeopleWhoAreNotReached(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*graph.Person)
		code   int
		want   bots.Fault
	}{
		"not on WhatsApp":      {func(p *graph.Person) { p.NoWhatsApp = true }, 131026, bots.Unreachable},
		"stopped marketing":    {func(p *graph.Person) { p.NoMarketing = true }, 131050, bots.Refused},
		"had enough of it":     {func(p *graph.Person) { p.Capped = true }, 131049, bots.Rejected},
		"in an experiment":     {func(p *graph.Person) { p.Experiment = true }, 130472, bots.Rejected},
		"fails after sent":     {func(p *graph.Person) { p.FailsLate = 131000 }, 0, bots.Temporary},
		"fails late for money": {func(p *graph.Person) { p.FailsLate = 131042 }, 0, bots.Misconfigured},
	} {
		for _, sync := range []bool{true, false} {
			if sync && c.code == 0 {
				continue
			}
			opt, way := graph.Options{}, " told later"
			if sync {
				opt.Sync, way = []int{c.code}, " told at once"
			}
			t.Run(name+way, func(t *testing.T) {
				w := newTown(t, opt)
				must(t, w.AddTemplate(graph.Template{Name: "promo", Language: "uk", Category: "MARKETING", Body: "Акція"}))
				must(t, w.Change(olenaDigits, c.change))
				_, err := w.bot.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Approved: &bots.Approved{Name: "promo", Language: "uk"}})
				if sync {
					if err == nil || bots.FaultOf(err).Fault != c.want {
						t.Errorf("Send = %v, want %v", err, c.want)
					}
					return
				}
				must(t, err)
				w.settle(t)
				events := w.in.of(bots.Reported)
				if last := events[len(events)-1].Receipt; !last.Failed || last.Fault != c.want || last.Step != step {
					t.Errorf("the last receipt is %+v, want %v", last, c.want)
				}
			})
		}
	}
}

// Limits that Meta really counts: of the number, and of one person.
func TestRates(t *testing.T) {
	w := newTown(t, graph.Options{Pair: 2})
	for range 2 {
		w.send(t, bots.Outgoing{Step: step, Text: "hi"})
	}
	_, err := w.bot.Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "hi"})
	if e := bots.FaultOf(err); err == nil || e.Fault != bots.Temporary || e.Code != "131056" || !e.ChatOnly || e.RetryAfter <= 0 {
		t.Errorf("Send = %v, of the chat only: %v", err, err != nil && e.ChatOnly)
	}
	w.Fail(graph.Fault{Kind: graph.AnswerError, Code: 80007, Regain: 17})
	_, err = w.bot.Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.WhatsAppCloud, ID: "+380671112233"}, Step: step, Text: "hi"})
	if e := bots.FaultOf(err); err == nil || e.Fault != bots.Temporary || e.RetryAfter != 17*time.Minute || e.ChatOnly {
		t.Errorf("Send = %v, a pause of %v", err, e.RetryAfter)
	}
}

// A forged call of a good form changes nothing.
func TestForgedOnTheWire(t *testing.T) {
	w := newTown(t, graph.Options{})
	body := recorded(t, "text")
	for name, signature := range map[string]string{"another secret": graph.Sign("guess", body), "none": ""} {
		if a, err := w.Deliver(body, signature); err != nil || a.HTTP != 403 {
			t.Errorf("%s: answered %v, %v", name, a, err)
		}
	}
	if a, err := w.Deliver(body, graph.Sign(secret, body)); err != nil || a.HTTP != 200 || len(w.in.all()) != 1 {
		t.Errorf("signed: answered %v, %v, %d events", a, err, len(w.in.all()))
	}
}

// What Check shows is the number's, and its quality.
func TestCheckOnTheWire(t *testing.T) {
	w := newTown(t, graph.Options{Name: "Крамниця"})
	if got, err := w.bot.Check(t.Context()); err != nil || !strings.HasPrefix(got.Name, "Крамниця ") || len(got.Warnings) != 0 {
		t.Errorf("Check = %+v, %v", got, err)
	}
	w.SetHealth("", "RED")
	if got, err := w.bot.Check(t.Context()); err != nil || len(got.Warnings) != 1 {
		t.Errorf("Check = %+v, %v", got, err)
	}
	w.ExpireToken()
	if _, err := w.bot.Check(t.Context()); bots.FaultOf(err).Fault != bots.Misconfigured {
		t.Errorf("Check = %v", err)
	}
}
