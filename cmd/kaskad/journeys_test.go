package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

const quick = `
[cascades.quick]
steps = [
  { channel = "telegram", wait = "2s", until = "read" },
  { channel = "sms" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`

// roomy is for stories in which something comes within the wait, however busy the machine is; then it is waited for that nothing follows.
const (
	roomyWait = 6 * time.Second
	roomy     = `
[cascades.roomy]
steps = [
  { channel = "telegram", wait = "6s", until = "read" },
  { channel = "sms" },
]
quiet_hours = { from = "00:00", to = "00:00" }
`
)

func roomyBonus() map[string]any {
	ask := bonus(120)
	ask["cascade"] = "roomy"
	return ask
}

// over waits until a roomy wait has run out that had begun by then.
func over(t *testing.T, begun time.Time) {
	t.Helper()
	waitFor(t, "the wait to run out", func() bool { return time.Since(begun) > roomyWait+500*time.Millisecond })
}

const phone = "+380501110001"

// hurried is a plant with one customer whose messenger does as told.
func hurried(t *testing.T, habits simtelegram.Habits) *plant {
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, quick+roomy)
	p.start()
	p.person("C-1", 42, phone, habits)
	return p
}

func bonus(n int) map[string]any {
	return map[string]any{"to": "ext:C-1", "text": fmt.Sprintf("Нараховано %d балів", n), "purpose": "service", "cascade": "quick"}
}

func (p *plant) got(telegrams, texts int) {
	p.t.Helper()
	if n := len(p.tg.Messages(42)); n != telegrams {
		p.t.Errorf("the customer got %d Telegram messages, want %d", n, telegrams)
	}
	if n := len(p.sms.Messages(phone)); n != texts {
		p.t.Errorf("the customer got %d SMS, want %d", n, texts)
	}
}

func TestNotReadInTimeFallsBackToSMS(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	id := p.mustSend(bonus(120))
	if d := p.await(id, "done"); d.ReachedBy != "sms" || d.Proof != "receipt" {
		t.Errorf("reached by %s with proof %s, want sms with receipt", d.ReachedBy, d.Proof)
	}
	p.got(1, 1)
	p.talks() // the person said nothing
	p.finish()
}

// talks compares the states of the listed conversations.
func (p *plant) talks(want ...string) {
	p.t.Helper()
	var list struct{ Items []struct{ State string } }
	if err := p.call("GET", "/v1/conversations", nil, &list); err != nil {
		p.t.Fatal(err)
	}
	var got []string
	for _, c := range list.Items {
		got = append(got, c.State)
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("the conversations are %q, want %q", got, want)
	}
}

func TestAButtonStopsTheCascade(t *testing.T) {
	t.Parallel()
	p := hurried(t, simtelegram.Always(simtelegram.Act{Do: simtelegram.PressButton, After: 200 * time.Millisecond}))
	id := p.mustSend(roomyBonus())
	if d := p.await(id, "done"); d.ReachedBy != "telegram" || d.Proof != "button" {
		t.Errorf("reached by %s with proof %s, want telegram with button", d.ReachedBy, d.Proof)
	}
	over(t, time.Now()) // nothing may follow
	p.got(1, 0)
	var talk struct {
		Items []struct{ Direction, Channel, Text string }
	}
	var contact struct{ ID string }
	if err := p.call("GET", "/v1/contacts/ext:C-1", nil, &contact); err != nil {
		t.Fatal(err)
	}
	if err := p.call("GET", "/v1/conversations/"+contact.ID+"/messages", nil, &talk); err != nil {
		t.Fatal(err)
	}
	if len(talk.Items) != 2 || talk.Items[0].Direction != "out" || talk.Items[1].Direction != "in" {
		t.Errorf("the conversation has %+v, want our message and the press", talk.Items)
	}
	p.talks("closed") // there is nothing to answer
	if _, err := p.tg.Say(42, "А коли згорять?"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the question", func() bool { return len(p.textsIn()) == 2 })
	p.talks("open")
	p.finish()
}

// textsIn are what the customer said, presses among them.
func (p *plant) textsIn() (all []string) {
	p.t.Helper()
	var talk struct {
		Items []struct{ Direction, Text string }
	}
	if err := p.call("GET", "/v1/conversations/ext:C-1/messages", nil, &talk); err != nil {
		p.t.Fatal(err)
	}
	for _, m := range talk.Items {
		if m.Direction == "in" {
			all = append(all, m.Text)
		}
	}
	return all
}

func TestKilledInAHangingSend(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	p.tg.Fail(simtelegram.Fault{Method: "sendMessage", Kind: simtelegram.HangAfterAccept})
	id := p.mustSend(bonus(120))
	p.await(id, "sending")
	waitFor(t, "the message to arrive", func() bool { return len(p.tg.Messages(42)) == 1 })
	p.kill() // claimed, handed over, not settled
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "sms" {
		t.Errorf("reached by %q, want sms", d.ReachedBy)
	}
	p.got(1, 1) // never a second message on Telegram
	p.finish()
}

func TestAPressOnAMessageWhoseSendWasNeverSettledProvesIt(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	p.tg.Fail(simtelegram.Fault{Method: "sendMessage", Kind: simtelegram.HangAfterAccept})
	id := p.mustSend(roomyBonus())
	waitFor(t, "the message to arrive", func() bool { return len(p.tg.Messages(42)) == 1 })
	begun := time.Now()
	p.kill()
	if _, err := p.tg.PressButton(42, p.tg.Messages(42)[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "telegram" {
		t.Errorf("reached by %q, want telegram", d.ReachedBy)
	}
	over(t, begun)
	p.got(1, 0)
	p.finish()
}

func TestProofThatCameWhileWeWereDead(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	id := p.mustSend(roomyBonus())
	p.await(id, "waiting")
	begun := time.Now()
	p.kill()
	if _, err := p.tg.PressButton(42, p.tg.Messages(42)[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	over(t, begun) // while nobody listens
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "telegram" {
		t.Errorf("reached by %q, want telegram: receipts come before deadlines", d.ReachedBy)
	}
	time.Sleep(time.Second)
	p.got(1, 0)
	p.finish()
}

func TestKilledWhileWaiting(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	id := p.mustSend(bonus(120))
	p.await(id, "waiting")
	p.kill()
	p.start()
	if d := p.await(id, "done"); d.ReachedBy != "sms" {
		t.Errorf("reached by %q, want sms", d.ReachedBy)
	}
	p.got(1, 1)
	p.finish()
}

func TestTheSameKeySendsOnceAcrossACrash(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	body := bonus(7)
	body["key"] = "order-7"
	first, err := p.send(body)
	if err != nil {
		t.Fatal(err)
	}
	p.await(first, "waiting") // a kill between claim and call would lose the message: the SMS is the remedy then
	p.kill()
	p.start()
	again, err := p.send(body)
	if err != nil || again != first {
		t.Errorf("the same key made %s, then %s (%v)", first, again, err)
	}
	body["text"] = "another"
	if _, err := p.send(body); err == nil || !strings.Contains(err.Error(), "422") {
		t.Errorf("the key with another body: %v, want 422", err)
	}
	p.await(first, "done")
	p.got(1, 1)
	p.finish()
}

func TestStopByKeywordEndsMarketing(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	consent := map[string]any{"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}
	if err := p.call("PUT", "/v1/contacts/ext:C-1", consent, nil); err != nil {
		t.Fatal(err)
	}
	promo := map[string]any{"to": "ext:C-1", "template": "promo", "data": map[string]any{"title": "Знижка", "text": "До неділі"},
		"cascade": map[string]any{"steps": []map[string]any{{"channel": "telegram", "wait": "1h", "until": "engaged"}, {"channel": "sms"}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}}
	id := p.mustSend(promo)
	p.await(id, "waiting")
	if _, err := p.tg.Say(42, "Стоп"); err != nil {
		t.Fatal(err)
	}
	p.await(id, "refused")
	waitFor(t, "the confirmation", func() bool { return len(p.tg.Messages(42)) == 2 })
	promo["data"] = map[string]any{"title": "Ще", "text": "одна"}
	id = p.mustSend(promo)
	if d := p.await(id, "skipped"); d.Reason != "opted_out" {
		t.Errorf("reason %q, want opted_out", d.Reason)
	}
	p.got(2, 0)
	p.finish()
}

func TestPauseHoldsEverything(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	p.run("pause")
	id := p.mustSend(bonus(1))
	time.Sleep(500 * time.Millisecond)
	p.got(0, 0)
	p.await(id, "held")
	p.run("resume")
	p.await(id, "done")
	p.got(1, 1)
	p.finish()
}

func TestCommandsFromOutside(t *testing.T) {
	t.Parallel()
	p := hurried(t, simtelegram.Always(simtelegram.Act{Do: simtelegram.PressButton, After: 100 * time.Millisecond}))
	out := p.run("send", "--to", "ext:C-1", "--template", "bonus", "--var", "points=120", "--purpose", "service", "--cascade", "quick", "--wait", "--json")
	var sent state
	if err := json.Unmarshal([]byte(out), &sent); err != nil || sent.State != "done" {
		t.Errorf("send --wait --json printed %q (%v), want a delivery that is done", out, err)
	}
	if keys := p.run("key", "list"); !strings.Contains(keys, "test") {
		t.Errorf("key list: %s", keys)
	}
	var out2, errs bytes.Buffer
	if code := run(t.Context(), []string{"-c", p.config, "send", "--to", "ext:C-1", "--template", "bonsu"}, app.Streams{Out: &out2, Err: &errs}); code != exitUsage || !strings.Contains(errs.String(), "Did you mean \"bonus\"") {
		t.Errorf("a typo in a template: exit %d, %s", code, errs.String())
	}
	if found := p.run("check", "--live"); !strings.Contains(found, "@kaskad_demo_bot") || !strings.Contains(found, "/in/sms/main/") {
		t.Errorf("check --live says neither who we are nor where reports come: %s", found)
	}
	p.stop()
	// Without a gateway keys are made in the file itself; sending says what to do.
	p.run("key", "list")
	errs.Reset()
	if code := run(t.Context(), []string{"-c", p.config, "send", "--to", "ext:C-1", "--template", "bonus"}, app.Streams{Out: &out2, Err: &errs}); code != exitFailed || !strings.Contains(errs.String(), "kaskad serve") {
		t.Errorf("send without a gateway: exit %d, %s", code, errs.String())
	}
}

// What no rule can take is seen and dropped by commands, while the gateway runs and when it does not.
func TestQuarantineFromOutside(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	if out := p.run("quarantine", "list"); !strings.Contains(out, "REASON") {
		t.Errorf("an empty quarantine is listed as %s", out)
	}
	p.poison("[" + strings.Repeat("{},", 100_000) + "{\"text\":\"\u009b31m\"}]") // more reports than a call may hold
	out := p.run("quarantine", "list", "--json")
	var list []struct{ ID, Kind, Reason string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 || list[0].Kind != "call" {
		t.Fatalf("quarantine list --json printed %s (%v)", out, err)
	}
	if out := p.run("quarantine", "show", list[0].ID); !strings.Contains(out, "\"text\": \" 31m\"") || strings.ContainsAny(out, "\u009b\x1b") {
		t.Errorf("quarantine show printed %d bytes that end with %q", len(out), out[max(0, len(out)-100):])
	}
	for _, path := range []string{"/readyz", "/metrics"} {
		if text := p.text(path); !strings.Contains(text, `"quarantined":1`) && !strings.Contains(text, "\nkaskad_quarantined 1\n") {
			t.Errorf("%s does not say that one is kept: %s", path, text)
		}
	}
	var out2, errs bytes.Buffer
	if code := run(t.Context(), []string{"-c", p.config, "quarantine", "replay", list[0].ID}, app.Streams{Out: &out2, Err: &errs}); code != exitFailed || !strings.Contains(errs.String(), "stays") {
		t.Errorf("replaying what is still wrong: exit %d, %s", code, errs.String())
	}
	p.stop()
	if out := p.run("quarantine", "show", list[0].ID, "--json"); !strings.Contains(out, `"hook":"sms/main"`) {
		t.Errorf("without a gateway it is shown as %.200s", out)
	}
	if out := p.run("check", "--store"); !strings.Contains(out, "kaskad quarantine list") {
		t.Errorf("check --store does not say that one is kept: %s", out)
	}
	p.run("quarantine", "drop", list[0].ID)
	if out := p.run("quarantine", "list", "--json"); out != "[]\n" {
		t.Errorf("after that the list is %s", out)
	}
}

// poison makes a provider's call that the adapter cannot take: it is acknowledged, and kept.
func (p *plant) poison(body string) {
	p.t.Helper()
	var doors struct{ Items []struct{ URL string } }
	if err := p.call("GET", "/v1/doors", nil, &doors); err != nil || len(doors.Items) == 0 {
		p.t.Fatalf("no door: %v", err)
	}
	for _, door := range doors.Items {
		if !strings.Contains(door.URL, "/in/sms/") {
			continue
		}
		answer, err := http.Post(door.URL, "application/json", strings.NewReader(body))
		if err != nil || answer.StatusCode != 200 {
			p.t.Fatalf("the call is answered %v (%v)", answer, err)
		}
		answer.Body.Close()
	}
}

// text reads a page of the admin listener.
func (p *plant) text(path string) string {
	p.t.Helper()
	answer, err := http.Get("http://" + p.admin + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(25 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// The way out of marketing, as a person goes it: the link in the message opens a page, which only its button makes true.
func TestTheStopPage(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	consent := map[string]any{"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}
	if err := p.call("PUT", "/v1/contacts/ext:C-1", consent, nil); err != nil {
		t.Fatal(err)
	}
	id := p.mustSend(map[string]any{"to": "ext:C-1", "template": "promo", "data": map[string]any{"title": "Знижка", "text": "До неділі"},
		"cascade": map[string]any{"steps": []map[string]any{{"channel": "telegram", "wait": "1h", "until": "engaged"}, {"channel": "sms"}}, "quiet_hours": map[string]string{"from": "00:00", "to": "00:00"}}})
	p.await(id, "waiting")
	link := regexp.MustCompile(`http://[^/]+/u/[a-z0-9]+`).FindString(p.tg.Messages(42)[0].Raw)
	if link == "" {
		t.Fatalf("no way out in %q", p.tg.Messages(42)[0].Raw)
	}
	page, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != 200 || !strings.Contains(string(text), "Крамниця") || !strings.Contains(string(text), "<button") {
		t.Fatalf("the page answers %d %s (%v)", page.StatusCode, text, err)
	}
	if file := os.Getenv("KASKAD_PAGES"); file != "" { // to look at it in a browser
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.await(id, "waiting") // scanners and previews open links
	done, err := http.PostForm(link, url.Values{"stop": {"yes"}})
	if err != nil || done.StatusCode != 200 {
		t.Fatalf("the button answers %v (%v)", done, err)
	}
	done.Body.Close()
	p.await(id, "refused")
	p.got(1, 0)
	p.finish()
}
