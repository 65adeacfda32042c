package fallback

import (
	"strings"
	"time"
)

// waitsToHear puts a delivery into the lane of a deaf channel that still owes it a proof: that lane is worked off at the moment in
// which the channel is heard again, or is given up as gone. It reports whether there is such a channel.
func (d *Delivery) waitsToHear(e *Env, now time.Time) bool {
	channel := d.deafest(e)
	if channel == "" {
		return false
	}
	d.Due = now
	if d.State == Waiting && d.leg().Channel == channel {
		return true // it stands there
	}
	if d.State != Waiting {
		d.State = Held
	}
	d.Reason = ReasonCatchUp + catchUpOf + channel
	return true
}

// catchUpOf stands between the reason and the channel.
const catchUpOf = ": "

// CatchingUp is the channel that has to be heard before the delivery goes on; empty: none.
func (d *Delivery) CatchingUp() string {
	if d.State != Held && d.State != Waiting {
		return ""
	}
	channel, ok := strings.CutPrefix(d.Reason, ReasonCatchUp+catchUpOf)
	if !ok {
		return ""
	}
	return channel
}

// hears goes on with a delivery whose channel is heard again, or gone, unless there is another one to wait for.
func (d *Delivery) hears(e *Env, now time.Time) {
	switch {
	case d.over(e, now):
		d.finishTried(ReasonDeadline, now)
	case d.State == Waiting:
		d.Reason = ""
		d.waitOver(e, now)
	case !d.waitsToHear(e, now):
		d.queue(now, e, now)
	}
}

// deafest is the channel that still owes this delivery a proof and stays deaf for longest, as far as is known; empty: all are heard.
func (d *Delivery) deafest(e *Env) (channel string) {
	if d.Purpose.Priority() == First {
		return ""
	}
	var until time.Time
	for i := range d.Leg + 1 {
		l := &d.Route[i]
		if ear := e.ear(l.Channel); l.out() && ear.Deaf && !ear.Gone && (channel == "" || ear.Until.After(until)) {
			channel, until = l.Channel, ear.Until
		}
	}
	return channel
}
