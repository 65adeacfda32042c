package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// TestRest: while the store is written anew, and a moment longer, no wait runs out; a proof that came in meanwhile is heeded.
func TestRest(t *testing.T) {
	for name, c := range map[string]struct {
		reply bool
		want  []string
	}{
		"without proof the next step goes after the rest": {false, []string{"0s telegram 1", "17m4s sms/main +380501110001"}},
		"a proof that was stored right after it stops it": {true, []string{"0s telegram 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				defer func() { r.stop() }()
				chat := r.person()
				r.bonus(chat, 120)
				r.pass(14*time.Minute + 59*time.Second)
				go r.engine.Rest(func() error { time.Sleep(2 * time.Minute); return nil })
				r.pass(2*time.Minute + time.Second)
				if c.reply {
					r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "thanks", MessageID: "900"})
				}
				r.pass(time.Hour)
				r.want(c.want...)
			})
		})
	}
}
