package fallback_test

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// A check that succeeds does not prove that messages are taken: an account without money is known by its name, too.
func TestACheckThatSucceedsForNothing(t *testing.T) {
	scripts{
		"the step goes on after its wait all the same, is tried seldom, and the channel does not flap": {beating, func(r *rig) {
			r.heard(true)
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Code: "24"}
			}
			r.bonus(r.person(), 1)
			for range 20 {
				r.pass(time.Minute)
				r.heard(true)
			}
			tries, texts := 0, []string{}
			for _, s := range r.sends() {
				if strings.Contains(s, "telegram") {
					tries++
				} else {
					texts = append(texts, s)
				}
			}
			if len(texts) != 1 || !strings.HasPrefix(texts[0], "15m") && !strings.HasPrefix(texts[0], "16m") {
				t.Errorf("texts %q, want one after the step's fifteen minutes", texts)
			}
			if tries > 8 {
				t.Errorf("tried %d times in a quarter of an hour", tries)
			}
			r.told("channel.degraded telegram misconfigured", "channel.recovered telegram misconfigured", "channel.degraded telegram misconfigured")
			r.tg.answer = nil
			r.bonus(r.person(), 2)
			r.pass(11 * time.Minute)
			r.told("channel.degraded telegram misconfigured", "channel.recovered telegram misconfigured", "channel.degraded telegram misconfigured", "channel.recovered telegram misconfigured")
		}},
	}.play(t)
}
