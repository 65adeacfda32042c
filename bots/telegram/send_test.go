package telegram_test

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

var olena = bots.Address{Channel: bots.Telegram, ID: "42"}

func TestSend(t *testing.T) {
	tg := simulator(t, sim.Options{})
	got, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Step: step, Text: "120 <b>points</b>"})
	if err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got.Sender != "telegram" || got.Chat != "42" || got.ID != "1" || got.Step != step || got.Level != bots.Accepted {
		t.Errorf("the receipt is %+v", got)
	}
	if age := time.Since(got.SentAt); got.SentAt.IsZero() || age > 5*time.Second || got.At.IsZero() {
		t.Errorf("sent at %v, answered at %v; want now", got.SentAt, got.At)
	}
	call := tg.CallsOf("sendMessage")[0].Params
	if _, given := call["parse_mode"]; given || call["reply_markup"] != "" || call["reply_parameters"] != "" {
		t.Errorf("plain text was sent as %v", call)
	}
	if m := tg.Messages(42)[0]; m.Text != "120 <b>points</b>" || !m.NoPreview {
		t.Errorf("she reads %q, preview off %v", m.Text, m.NoPreview)
	}
}

func TestSendMarkup(t *testing.T) {
	tg := simulator(t, sim.Options{})
	out := bots.Outgoing{To: olena, Step: step, Text: "120 points & more", Markup: "<b>120</b> points &amp; more"}
	if _, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), out); err != nil {
		t.Fatalf("Send = %v", err)
	}
	m := tg.Messages(42)[0]
	if m.Text != "120 points & more" || len(m.Entities) != 1 || m.Entities[0].Type != "bold" || !m.NoPreview {
		t.Errorf("she reads %+v", m)
	}
}

// A markup that Telegram cannot read costs the boldness, not the message.
func TestSendBadMarkup(t *testing.T) {
	tg := simulator(t, sim.Options{})
	var log strings.Builder
	b := newBot(t, tg.URL(), telegram.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	out := bots.Outgoing{To: olena, Step: step, Text: "120 points", Markup: "<blink>120</blink> points", Buttons: []bots.Button{{Text: "OK", Data: "ok"}}}
	got, err := b.Send(t.Context(), out)
	if err != nil || got.ID != "1" {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	if m := tg.Messages(42); len(m) != 1 || m[0].Text != "120 points" || len(m[0].Buttons) != 1 {
		t.Errorf("she reads %+v, want the plain text once, with its button", m)
	}
	if !strings.Contains(log.String(), "plain text") || strings.Contains(log.String(), "120") {
		t.Errorf("the log says %s", log.String())
	}
	out.Text = ""
	if _, err := b.Send(t.Context(), out); bots.FaultOf(err).Fault != bots.Rejected {
		t.Errorf("without a plain text: Send = %v, want rejected", err)
	}
}

// After any other error the plain text is not tried: the message may be there already.
func TestSendMarkupIsNotRepeated(t *testing.T) {
	for _, kind := range []sim.Kind{sim.CutAfter, sim.BadGateway, sim.Garbage, sim.FloodWait} {
		tg := simulator(t, sim.Options{})
		tg.Fail(sim.Fault{Kind: kind, CarryOut: true})
		_, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Text: "hi", Markup: "<b>hi</b>"})
		if n := len(tg.CallsOf("sendMessage")); err == nil || n != 1 {
			t.Errorf("%s: Send = %v after %d calls, want an error after one", kind, err, n)
		}
	}
}

func TestSendButtons(t *testing.T) {
	tg := simulator(t, sim.Options{})
	out := bots.Outgoing{To: olena, Step: step, Text: "hi", Buttons: []bots.Button{
		{Text: "Прочитано", Data: "ok"}, {Text: "Shop", URL: "https://shop.example/?a=1&b=2"}, {Text: "bare"},
	}}
	if _, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), out); err != nil {
		t.Fatalf("Send = %v", err)
	}
	want := []sim.Button{
		{Text: "Прочитано", CallbackData: step.String() + ":ok"},
		{Text: "Shop", URL: "https://shop.example/?a=1&b=2"},
		{Text: "bare", CallbackData: step.String() + ":"},
	}
	m := tg.Messages(42)[0]
	for i, w := range want {
		if got, _ := m.Button(i); got != w {
			t.Errorf("button %d is %+v, want %+v", i, got, w)
		}
	}
}

func TestSendAskContact(t *testing.T) {
	tg := simulator(t, sim.Options{})
	if _, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Text: "Your phone?", AskContact: "Share"}); err != nil {
		t.Fatalf("Send = %v", err)
	}
	k := tg.Messages(42)[0].Keyboard
	if k == nil || len(k.Rows) != 1 || k.Rows[0][0] != (sim.Key{Text: "Share", RequestContact: true}) || !k.OneTime {
		t.Errorf("the keyboard is %+v", k)
	}
}

func TestSendReply(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	asked, err := tg.Say(42, "when?")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		replyTo string
		want    int
	}{{strconv.Itoa(asked), asked}, {"999", 0}, {"no number", 0}} {
		if _, err := b.Send(t.Context(), bots.Outgoing{To: olena, Text: "today", ReplyTo: c.replyTo}); err != nil {
			t.Fatalf("an answer to %q: Send = %v", c.replyTo, err)
		}
		if got := tg.Messages(42)[i].ReplyTo; got != c.want {
			t.Errorf("an answer to %q quotes %d, want %d", c.replyTo, got, c.want)
		}
	}
}

// What Telegram would surely refuse is refused without asking it.
func TestSendRefusesByItself(t *testing.T) {
	tg := simulator(t, sim.Options{})
	b := newBot(t, tg.URL(), telegram.Options{})
	for name, c := range map[string]struct {
		out  bots.Outgoing
		want bots.Fault
	}{
		"empty":                    {bots.Outgoing{To: olena}, bots.Rejected},
		"only spaces":              {bots.Outgoing{To: olena, Text: " \n"}, bots.Rejected},
		"only markup":              {bots.Outgoing{To: olena, Text: "x", Markup: "<b> </b>"}, bots.Rejected},
		"too long":                 {bots.Outgoing{To: olena, Text: strings.Repeat("я", 4097)}, bots.Rejected},
		"too long in UTF-16":       {bots.Outgoing{To: olena, Text: strings.Repeat("👍", 2049)}, bots.Rejected},
		"too much markup":          {bots.Outgoing{To: olena, Text: "x", Markup: strings.Repeat("<b>x</b>", 4095) + strings.Repeat("&amp;", 2)}, bots.Rejected},
		"a button's answer":        {bots.Outgoing{To: olena, Step: step, Text: "x", Buttons: []bots.Button{{Text: "x", Data: strings.Repeat("x", telegram.MaxButtonData+1)}}}, bots.Rejected},
		"an address without an id": {bots.Outgoing{To: bots.Address{Channel: bots.Telegram}, Text: "x"}, bots.Unreachable},
		"an address of words":      {bots.Outgoing{To: bots.Address{Channel: bots.Telegram, ID: "@olena"}, Text: "x"}, bots.Unreachable},
	} {
		if _, err := b.Send(t.Context(), c.out); bots.FaultOf(err).Fault != c.want || err == nil {
			t.Errorf("%s: Send = %v, want %v", name, err, c.want)
		}
	}
	if calls := tg.Calls(); len(calls) != 0 {
		t.Errorf("Telegram was asked: %v", calls)
	}
}

// The length is that of what a person sees.
func TestSendLongMarkup(t *testing.T) {
	tg := simulator(t, sim.Options{})
	out := bots.Outgoing{To: olena, Text: "x", Markup: "<b>" + strings.Repeat("&lt;", 4096) + "</b>"}
	if _, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), out); err != nil {
		t.Errorf("Send = %v", err)
	}
}

func TestSendRepairsText(t *testing.T) {
	tg := simulator(t, sim.Options{})
	if _, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Text: "a\xffb"}); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got := tg.Messages(42)[0].Text; got != "a\uFFFDb" {
		t.Errorf("she reads %q", got)
	}
}
