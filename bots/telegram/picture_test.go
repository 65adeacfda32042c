package telegram_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/bottest"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

const cups = "https://shop.example/cups.jpg"

func TestSendPicture(t *testing.T) {
	tg := simulator(t, sim.Options{})
	out := bots.Outgoing{
		To: olena, Step: step, Text: "120 points", Markup: "<b>120</b> points", Image: cups,
		Buttons: []bots.Button{{Text: "Shop", URL: "https://shop.example"}, {Text: "OK", Data: "ok"}},
	}
	got, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), out)
	if err != nil || got.ID != "1" || got.SentAt.IsZero() || got.Bare {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	m := tg.Messages(42)[0]
	if m.Photo != cups || m.Text != "120 points" || len(m.Entities) != 1 || len(m.Buttons) != 2 {
		t.Errorf("she sees %+v", m)
	}
	call := tg.CallsOf("sendPhoto")[0].Params
	if _, given := call["text"]; given || call["link_preview_options"] != "" {
		t.Errorf("a photo was sent as %v", call)
	}
}

// A picture that Telegram cannot fetch costs the picture, not the message; markup besides costs the boldness.
func TestSendWithoutThePictureThatCannotBeFetched(t *testing.T) {
	tg := simulator(t, sim.Options{})
	tg.Fail(sim.Fault{Kind: sim.Unfetched, Times: -1})
	var log strings.Builder
	b := newBot(t, tg.URL(), telegram.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for i, markup := range []string{"<b>120</b> points", "<blink>120</blink> points"} {
		out := bots.Outgoing{To: olena, Step: step, Text: "120 points", Markup: markup, Image: cups, Buttons: []bots.Button{{Text: "OK", Data: "ok"}}}
		got, err := b.Send(t.Context(), out)
		if err != nil || !got.Bare {
			t.Fatalf("Send = %+v, %v; want it to say that the picture is left out", got, err)
		}
		m := tg.Messages(42)
		if len(m) != i+1 || m[i].Photo != "" || m[i].Text != "120 points" || len(m[i].Entities) != 1-i || len(m[i].Buttons) != 1 {
			t.Errorf("she reads %+v, want the text once more, with its button", m)
		}
	}
	if !strings.Contains(log.String(), "without it") || strings.Contains(log.String(), "120 points") {
		t.Errorf("the log says %s", log.String())
	}
}

// After any other error nothing is tried again: the picture may be there already.
func TestSendPictureIsNotRepeated(t *testing.T) {
	for _, kind := range []sim.Kind{sim.CutAfter, sim.BadGateway, sim.Garbage, sim.FloodWait} {
		tg := simulator(t, sim.Options{})
		tg.Fail(sim.Fault{Kind: kind, CarryOut: true})
		_, err := newBot(t, tg.URL(), telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Text: "hi", Markup: "<b>hi</b>", Image: cups})
		if n := len(tg.CallsOf("sendPhoto")) + len(tg.CallsOf("sendMessage")); err == nil || n != 1 {
			t.Errorf("%s: Send = %v after %d calls, want an error after one", kind, err, n)
		}
	}
}

// What Telegram says of a picture, and what it says of other things.
func TestPictureFaults(t *testing.T) {
	for said, calls := range map[string]int{
		"Bad Request: failed to get HTTP URL content":                           2,
		"Bad Request: wrong file identifier/HTTP URL specified":                 2,
		"Bad Request: wrong type of the web page content":                       2,
		"Bad Request: PHOTO_INVALID_DIMENSIONS":                                 2,
		"Bad Request: IMAGE_PROCESS_FAILED":                                     2,
		"Bad Request: WEBPAGE_MEDIA_EMPTY":                                      2,
		"Bad Request: chat not found":                                           1,
		"Bad Request: message caption is too long":                              1,
		"Bad Request: inline keyboard button URL 'x' is invalid: Wrong address": 1,
	} {
		seen := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen++
			bottest.Answer(400, "application/json", refusal(400, said, ""))(w, r)
		}))
		_, err := newBot(t, srv.URL, telegram.Options{}).Send(t.Context(), bots.Outgoing{To: olena, Text: "hi", Image: cups})
		srv.Close()
		if err == nil || seen != calls {
			t.Errorf("%s: Send = %v after %d calls, want %d", said, err, seen, calls)
		}
	}
}
