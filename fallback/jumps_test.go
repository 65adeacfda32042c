package fallback_test

import (
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestAJumpIsAGapOfEveryChannel: between two heartbeats the clock is set or the machine sleeps, and the wait loop is the first to
// see what seems overdue.
func TestAJumpIsAGapOfEveryChannel(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*fallback.Engine)
		gap     bool
	}{
		"the clock is set ahead":             {func(e *fallback.Engine) { e.SetClock(time.Hour) }, true},
		"the clock is set back":              {func(e *fallback.Engine) { e.SetClock(-time.Hour) }, true},
		"the machine sleeps":                 {func(e *fallback.Engine) { e.Suspend(time.Hour) }, true},
		"the clock is put right by a second": {func(e *fallback.Engine) { e.SetClock(time.Second) }, false},
		"nothing":                            {func(*fallback.Engine) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, beating)
				defer r.close()
				r.pass(2 * time.Second) // hearts beat every five seconds, and the wait ends between two beats
				chat := r.person()
				id := r.bonus(chat, 120)
				for range 14 {
					r.heard(true)
					r.pass(time.Minute)
				}
				r.heard(true)
				r.pass(59 * time.Second)
				c.happens(r.engine)
				r.pass(2 * time.Second)
				if n := len(r.sends()); (n == 1) != c.gap {
					t.Errorf("sends %v, a gap: %v", r.sends(), c.gap)
				}
				for _, channel := range []string{"telegram", "sms"} {
					if _, deaf := r.engine.Degraded()[channel]; deaf != c.gap {
						t.Errorf("%s is deaf: %v, want %v", channel, deaf, c.gap)
					}
				}
				if !c.gap {
					return
				}
				r.event(bots.Event{Kind: bots.Pressed, Chat: chat, Step: r.step(0), Data: "ok"}) // Telegram kept it
				r.heard(true)
				r.pass(time.Hour)
				r.state(id, "done")
				r.want("2s telegram 1")
			})
		})
	}
}
