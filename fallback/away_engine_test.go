package fallback_test

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// near brings a wait of a quarter of an hour to its last seconds, with the session well.
func (r *rig) near() {
	for range 29 {
		r.heard(true)
		r.pass(30 * time.Second)
	}
	r.heard(true)
	r.pass(25 * time.Second)
}

// A session that is away knows it at once: nothing goes on to another channel because of what could not be heard.
func TestSessionsThatAreAway(t *testing.T) {
	polls := held(func(c *fallback.Channel) { c.Polls, c.DeafCap = true, 10*time.Minute })
	scripts{
		"what falls due while it is away waits until it has caught up": {polls, func(r *rig) {
			r.bonus(r.person(), 120)
			r.near()
			r.session().stands(bots.Standing{State: "connecting"})
			r.pass(30 * time.Second)
			r.want("0s telegram 1")
			r.session().stands(bots.Standing{State: "connected"})
			r.heard(true)
			r.pass(3 * time.Second)
			r.want("0s telegram 1")
			r.pass(time.Minute)
			if got := r.sends(); len(got) != 2 {
				r.t.Errorf("sent %v, want the SMS when the rest of the wait is over", got)
			}
		}},
		"one that is turned away holds its waits no longer than its cap": {polls, func(r *rig) {
			r.bonus(r.person(), 120)
			r.near()
			r.session().stands(shut)
			r.pass(9 * time.Minute)
			r.want("0s telegram 1")
			r.pass(4 * time.Minute)
			if got := r.sends(); len(got) != 2 {
				r.t.Errorf("sent %v, want the SMS after the cap", got)
			}
		}},
		"one that stands hears": {polls, func(r *rig) {
			r.bonus(r.person(), 120)
			r.near()
			r.session().stands(bots.Standing{State: "limited", Limited: true})
			r.pass(10 * time.Second)
			r.want("0s telegram 1", "15m0s sms/main +380501110001")
		}},
	}.play(t)
}
