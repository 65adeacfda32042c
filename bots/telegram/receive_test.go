package telegram_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

// inbox is what a core would be: it keeps batches, once its disk works.
type inbox struct {
	mu      sync.Mutex
	batches []bots.Batch
	calls   int
	fail    func(call int) error // nil: never
	came    chan struct{}
}

func (in *inbox) receive(_ context.Context, b bots.Batch) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.calls++
	if in.fail != nil {
		if err := in.fail(in.calls); err != nil {
			return err
		}
	}
	in.batches = append(in.batches, b)
	select {
	case in.came <- struct{}{}:
	default:
	}
	return nil
}

func (in *inbox) events() (all []bots.Event) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, b := range in.batches {
		all = append(all, b.Events...)
	}
	return all
}

// start runs a bot until the test ends.
func start(t *testing.T, b *telegram.Bot, in *inbox) (stop func()) {
	t.Helper()
	in.came = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, in.receive) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run = %v", err)
			}
		case <-time.After(time.Minute):
			t.Error("Run goes on after its context ended")
		}
	})
	t.Cleanup(stop)
	return stop
}

// wait returns when n events came.
func (in *inbox) wait(t *testing.T, n int) []bots.Event {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		if got := in.events(); len(got) >= n {
			return got
		}
		select {
		case <-in.came:
		case <-limit:
			t.Fatalf("%d events came, want %d: %+v", len(in.events()), n, in.events())
		}
	}
}

// A life with a bot: everything that a person can do arrives, in order, once.
func TestRun(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{Toast: func(locale string) string { return "Дякуємо (" + locale + ")" }})
	in := &inbox{}
	start(t, b, in)
	if _, err := tg.WaitCall(soon(t), "getUpdates", 1); err != nil {
		t.Fatal(err) // reactions come only to those who asked for them
	}
	out := bots.Outgoing{To: olena, Step: step, Text: "120 points", Buttons: []bots.Button{{Text: "OK", Data: "ok"}}, AskContact: ""}
	if _, err := b.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	said, err := tg.Say(42, "hello")
	must(t, err)
	_, err = tg.Reply(42, 1, "thank you")
	must(t, err)
	callback, err := tg.PressButton(42, 1, 0)
	must(t, err)
	must(t, tg.React(42, 1, "👍"))
	must(t, tg.React(42, 1, ""))
	must(t, tg.Edit(42, said, "hello!"))
	_, err = tg.ShareContact(42, sim.OwnContact)
	must(t, err)
	_, err = tg.ShareContact(42, sim.ForeignContact)
	must(t, err)
	must(t, tg.Block(42))
	_, err = tg.Start(42, "link-1")
	must(t, err)

	type seen struct {
		kind                    bots.Kind
		text, on, data, payload string
		step                    bots.ID
	}
	want := []seen{
		{kind: bots.Wrote, text: "hello"},
		{kind: bots.Wrote, text: "thank you", on: "1", step: step},
		{kind: bots.Pressed, on: "1", data: "ok", step: step},
		{kind: bots.Reacted, on: "1", data: "👍"},
		{kind: bots.Reacted, on: "1"},
		{kind: bots.Edited, text: "hello!"},
		{kind: bots.Shared},
		{kind: bots.Wrote},
		{kind: bots.Blocked},
		{kind: bots.Unblocked},
		{kind: bots.Started, text: "/start", payload: "link-1"},
	}
	got := in.wait(t, len(want))
	ids := map[string]bool{}
	for i, e := range got {
		if s := (seen{e.Kind, e.Text, e.On, e.Data, e.Payload, e.Step}); s != want[i] {
			t.Errorf("event %d is %+v, want %+v", i, s, want[i])
		}
		if ids[e.ID] || e.Chat != olena || e.At.IsZero() {
			t.Errorf("event %d has id %q of %v at %v", i, e.ID, e.Chat, e.At)
		}
		ids[e.ID] = true
	}
	if got[6].Phone != "+380501112233" {
		t.Errorf("she shared %q", got[6].Phone)
	}
	if c, err := tg.WaitAnswered(soon(t), callback); err != nil || c.Answer != "Дякуємо (uk)" {
		t.Errorf("she saw %q after her press, %v", c.Answer, err)
	}
	if err := tg.WaitIdle(soon(t)); err != nil {
		t.Errorf("Telegram was not told to forget: %v", err)
	}
}

// soon ends long before the test run does.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What was not received is neither confirmed nor answered, and comes again.
func TestRunReceivesAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for three seconds, as Telegram wants it")
	}
	t.Parallel()
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	if _, err := b.Send(t.Context(), bots.Outgoing{To: olena, Step: step, Text: "hi", Buttons: []bots.Button{{Text: "OK", Data: "ok"}}}); err != nil {
		t.Fatal(err)
	}
	pressed, err := tg.PressButton(42, 1, 0)
	must(t, err)
	var answeredEarly, forgottenEarly bool
	in := &inbox{fail: func(call int) error {
		answeredEarly = answeredEarly || len(tg.CallsOf("answerCallbackQuery")) > 0
		forgottenEarly = forgottenEarly || tg.PendingUpdates() != 1
		if call == 1 {
			return errors.New("the disk is full")
		}
		return nil
	}}
	start(t, b, in)
	if got := in.wait(t, 1); len(got) != 1 || got[0].Kind != bots.Pressed {
		t.Errorf("came: %+v", got)
	}
	if _, err := tg.WaitAnswered(soon(t), pressed); err != nil {
		t.Error(err)
	}
	if answeredEarly || forgottenEarly {
		t.Errorf("before it was received the press was answered (%v) or confirmed (%v)", answeredEarly, forgottenEarly)
	}
	polls := tg.CallsOf("getUpdates")
	if gap := polls[1].At.Sub(polls[0].At); gap < 3*time.Second || polls[1].Params["offset"] != polls[0].Params["offset"] {
		t.Errorf("asked again after %v with offset %q, want the same offset after 3 s", gap, polls[1].Params["offset"])
	}
}

// A process that dies between receiving and confirming hears the same again, under the same id.
func TestRunAfterRestart(t *testing.T) {
	tg := simulator(t, sim.Options{})
	_, err := tg.Say(42, "hello")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var ids []string
	for range 2 {
		b := newBot(t, tg.URL(), telegram.Options{})
		_ = b.Run(ctx, func(_ context.Context, batch bots.Batch) error {
			for _, e := range batch.Events {
				ids = append(ids, e.ID)
			}
			cancel()
			return nil
		})
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
	if len(ids) != 2 || ids[0] != ids[1] || !strings.HasPrefix(ids[0], "telegram:123:") {
		t.Errorf("heard %q, want the same event twice", ids)
	}
}

func TestRunRemovesWebhook(t *testing.T) {
	tg := simulator(t, sim.Options{})
	_, err := tg.Say(42, "before")
	must(t, err)
	setWebhook(t, tg)
	in := &inbox{}
	start(t, newBot(t, tg.URL(), telegram.Options{}), in)
	if got := in.wait(t, 1); got[0].Text != "before" {
		t.Errorf("came: %+v", got)
	}
	removed := tg.CallsOf("deleteWebhook")
	if len(removed) != 1 || removed[0].Params["drop_pending_updates"] != "" {
		t.Errorf("the webhook was removed with %+v, want once and nothing dropped", removed)
	}
}

func TestRunWithoutWebhookRemovesNone(t *testing.T) {
	tg := simulator(t, sim.Options{})
	start(t, newBot(t, tg.URL(), telegram.Options{}), &inbox{})
	if _, err := tg.WaitCall(soon(t), "getUpdates", 1); err != nil {
		t.Fatal(err)
	}
	if n := len(tg.CallsOf("deleteWebhook")); n != 0 {
		t.Errorf("deleteWebhook was called %d times", n)
	}
}

// A quiet Telegram is heard too: empty answers say until when nothing happened.
func TestRunHearsSilence(t *testing.T) {
	t.Parallel()
	tg := simulator(t, sim.Options{Speed: 100}) // so fast that it does not slow down who asks again after a second
	begun := time.Now()
	in := &inbox{}
	stop := start(t, newBot(t, tg.URL(), telegram.Options{PollWait: time.Second}), in)
	for range 3 {
		<-in.came
	}
	stop()
	in.mu.Lock()
	defer in.mu.Unlock()
	first, second, third := in.batches[0], in.batches[1], in.batches[2]
	if len(first.Events) != 0 || !first.CaughtUp || first.Heard.Before(begun) || first.Heard.After(begun.Add(time.Second)) {
		t.Errorf("the first batch is %+v, want silence until its poll was sent, at about %v", first, begun)
	}
	if gap := third.Heard.Sub(second.Heard); gap < 900*time.Millisecond {
		t.Errorf("the third poll was sent %v after the second, which was long", gap)
	}
	// Whoever has just come back wants to know at once that there is nothing more, not after a long poll.
	if p := tg.CallsOf("getUpdates")[0].Params; p["timeout"] != "0" {
		t.Errorf("the first poll asked with %v, want no waiting", p)
	}
	if p := tg.CallsOf("getUpdates")[1].Params; !strings.Contains(p["allowed_updates"], `"message_reaction"`) || p["timeout"] != "1" || p["limit"] != "100" {
		t.Errorf("asked with %v", p)
	}
}

// A full answer means that there is more.
func TestRunCatchesUp(t *testing.T) {
	tg := simulator(t, sim.Options{})
	for range 130 {
		_, err := tg.Say(42, "hello")
		must(t, err)
	}
	in := &inbox{}
	start(t, newBot(t, tg.URL(), telegram.Options{}), in)
	in.wait(t, 130)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.batches[0].CaughtUp || !in.batches[1].CaughtUp {
		t.Errorf("caught up: %v after 100, %v after 130", in.batches[0].CaughtUp, in.batches[1].CaughtUp)
	}
}
