package whatsapp

import (
	"testing"
	"time"

	"kaskad/bots"
)

// An open breaker holds from the first moment of a process on, not only once the session stands.
func TestABreakerLimitsASessionOnItsWay(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	open := bots.Standing{State: "limited", Limited: true}
	r.bot.parts.limited = func(time.Time) (bots.Standing, bool) { return open, true }
	for state, want := range map[string]bots.Standing{
		Connecting: {State: Connecting, Limited: true},
		Syncing:    {State: Syncing, Limited: true},
		Connected:  open,
		Banned:     {State: Banned, Shut: true},
	} {
		r.bot.set(bots.Standing{State: state})
		got := r.bot.Standing()
		got.Since = time.Time{}
		if got != want {
			t.Errorf("%s stands as %+v, want %+v", state, got, want)
		}
	}
}
