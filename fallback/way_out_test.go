package fallback_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Whoever opens the way out speaks for the person: it stands whole on the wire, at each attempt, and in nothing that is kept.
func TestTheWayOutIsKeptNowhere(t *testing.T) {
	const code = "abcdefghijklmnopqrstuvwxyz234567"
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) {
			o.Rules.OptOut = true
			o.WayOut = func(d *fallback.Delivery) string { return "https://example.com/u/" + code }
		})
		defer r.stop()
		r.tg.answer = func(n int, _ bots.Outgoing) (bots.Receipt, error) {
			if n == 1 {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Second}
			}
			return bots.Receipt{}, nil
		}
		id := r.ask(fallback.Ask{To: r.person().String(), Text: "Знижки до неділі", Purpose: "marketing", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour)}}}})
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(r.sent) != 2 {
			t.Fatalf("%d attempts, want two", len(r.sent))
		}
		for i, out := range r.sent {
			if !strings.Contains(out.Text, "/u/"+code) {
				t.Errorf("attempt %d reads %q", i+1, out.Text)
			}
		}
		r.store.View(func(v fallback.View) {
			m := v.Message(v.Delivery(id).Route[0].Message)
			if strings.Contains(m.Text+m.Markup, code) || !strings.Contains(m.Text, "https://example.com/u/"+strings.Repeat("x", len(code))) {
				t.Errorf("what is kept is %q", m.Text)
			}
			// The address of the page was another one then, or a messenger's marks stand in it: the code is what has to be right.
			moved := fallback.ShowWayOut(v, bots.Outgoing{Step: m.ID, Text: m.Text}, func(*fallback.Delivery) string { return "https://bots_new.example.com/u/" + code })
			if !strings.Contains(moved.Text, "https://example.com/u/"+code) {
				t.Errorf("after the address changed it reads %q", moved.Text)
			}
			whole := fallback.ShowWayOut(v, bots.Outgoing{Step: m.ID, Text: m.Text}, func(*fallback.Delivery) string { return "https://example.com/u/" + code })
			if !strings.Contains(whole.Text, code) {
				t.Errorf("a device that asks again gets %q", whole.Text)
			}
		})
	})
}
