package viber_test

import (
	"log/slog"
	"strings"
	"testing"

	"kaskad/bots"
	sim "kaskad/bots/simulator/viber"
	"kaskad/bots/viber"
)

const cups = "https://shop.example/cups.jpg?v=2"

// A picture with a keyboard, as Viber's documents write it.
func TestPictureRequest(t *testing.T) {
	h, url := listen(t, accepted)
	out := bots.Outgoing{To: toOlena, Step: step, Text: "120 points", Markup: "*120* points", Image: cups, Buttons: []bots.Button{{Text: "Shop", URL: "https://shop.example"}}}
	if r, err := newBot(t, url, viber.Options{}).Send(t.Context(), out); err != nil || r.Bare {
		t.Fatalf("Send = %+v, %v", r, err)
	}
	got := asJSON(t, h.bodies[0]).(map[string]any)
	if got["type"] != "picture" || got["media"] != cups || got["text"] != "*120* points" || got["keyboard"] == nil || got["min_api_version"] != 6.0 {
		t.Errorf("Viber was asked %s", h.bodies[0])
	}
}

// The text goes alone when Viber could not take the picture, and when it refuses the message for its form.
func TestSendWithoutThePicture(t *testing.T) {
	var log strings.Builder
	opt := viber.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	for name, c := range map[string]struct {
		image  string
		answer []string
		calls  int
	}{
		"an ending that Viber does not take": {"https://shop.example/cups.webp", []string{accepted}, 1},
		"no https":                           {"http://shop.example/cups.jpg", []string{accepted}, 1},
		"no address":                         {"cups.jpg", []string{accepted}, 1},
		"refused as bad data":                {cups, []string{refusal(3, "badData"), accepted}, 2},
		"refused as missing data":            {cups, []string{refusal(4, "missingData"), accepted}, 2},
	} {
		h, url := listen(t, c.answer...)
		got, err := newBot(t, url, opt).Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "120 points", Image: c.image})
		if err != nil || got.ID == "" || !got.Bare || len(h.bodies) != c.calls {
			t.Errorf("%s: Send = %+v, %v after %d calls, want %d", name, got, err, len(h.bodies), c.calls)
			continue
		}
		last := asJSON(t, h.bodies[len(h.bodies)-1]).(map[string]any)
		if last["type"] != "text" || last["text"] != "120 points" || last["media"] != nil {
			t.Errorf("%s: Viber was asked %v", name, last)
		}
	}
	if n := strings.Count(log.String(), "without it"); n != 5 || strings.Contains(log.String(), "120 points") {
		t.Errorf("the log says %s", log.String())
	}
}

// After any other refusal, and after an unknown outcome, nothing is tried again.
func TestPictureIsNotRepeated(t *testing.T) {
	for name, fault := range map[string]sim.Fault{
		"cut":          {Kind: sim.CutAfter, CarryOut: true},
		"bad gateway":  {Kind: sim.BadGateway, CarryOut: true},
		"unsubscribed": {Kind: sim.AnswerStatus, Status: 6},
		"flooded":      {Kind: sim.AnswerStatus},
	} {
		v := simulator(t, sim.Options{})
		withWebhook(t, v)
		v.Fail(fault)
		_, err := newBot(t, v.URL(), viber.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Text: "hi", Image: cups})
		if n := len(v.CallsOf("send_message")); err == nil || n != 1 {
			t.Errorf("%s: Send = %v after %d calls, want an error after one", name, err, n)
		}
	}
}
