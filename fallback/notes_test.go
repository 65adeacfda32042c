package fallback_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// told compares what the outbox says of channels.
func (r *rig) told(want ...string) {
	r.t.Helper()
	var got []string
	for _, c := range r.store.Changes() {
		if strings.HasPrefix(c.Type, "channel.") {
			got = append(got, c.Type+" "+c.Channel+" "+c.Reason)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		r.t.Errorf("told\n%q\nwant\n%q", got, want)
	}
}

func TestWhatIsToldOfChannels(t *testing.T) {
	scripts{
		"a channel that stays unheard is told of once, restarts or not, and so is its recovery": {beating, func(r *rig) {
			r.heard(true)
			r.pass(11 * time.Minute)
			r.told() // silent: noticed after a minute and a half, the cap is not over
			r.pass(2 * time.Minute)
			r.told("channel.degraded telegram unheard")
			r.stop()
			r.pass(time.Minute)
			r.begin(beating)
			r.pass(20 * time.Minute) // deaf beyond the cap once more: nothing new
			r.told("channel.degraded telegram unheard")
			r.stop()
			r.begin(beating)
			r.heard(true)
			r.told("channel.degraded telegram unheard", "channel.recovered telegram unheard")
			r.pass(15 * time.Second)
			r.heard(true)
			r.told("channel.degraded telegram unheard", "channel.recovered telegram unheard")
		}},
		"a short silence is not told of": {beating, func(r *rig) {
			r.heard(true)
			r.pass(8 * time.Minute)
			r.heard(true)
			r.pass(10 * time.Second)
			r.told()
		}},
		"what happened to a channel is told when the store can write again": {beating, func(r *rig) {
			r.heard(true)
			r.with(func() {
				r.fail = func(op string) error {
					if op == "Note" {
						return fmt.Errorf("no room: %w", fallback.ErrUnavailable)
					}
					return nil
				}
			})
			r.pass(15 * time.Minute)
			r.told()
			r.with(func() { r.fail = nil })
			r.pass(10 * time.Second)
			r.told("channel.degraded telegram unheard")
		}},
		"a sender that refuses our account is told of, and its end after a restart with the right token": {plain, func(r *rig) {
			r.tg.answer = func(int, bots.Outgoing) (bots.Receipt, error) {
				return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Code: "401"}
			}
			r.bonus(r.person(), 1)
			r.told("channel.degraded telegram misconfigured")
			r.stop()
			r.begin()
			r.told("channel.degraded telegram misconfigured") // its message is tried again, and refused again
			r.stop()
			r.tg.answer = nil
			r.begin()
			r.pass(time.Second)
			r.told("channel.degraded telegram misconfigured", "channel.recovered telegram misconfigured")
		}},
	}.play(t)
}
