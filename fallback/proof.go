package fallback

import (
	"time"

	"kaskad/bots"
)

// Evidence is one proof about one leg.
type Evidence struct {
	Level bots.Level
	Kind  string
	Data  string
	At    time.Time // by the messenger's clock
}

// Prove takes evidence about a leg. It ends an open delivery when it is enough for that leg, and is kept as late proof when the
// delivery was over.
func (d *Delivery) Prove(leg int, p Evidence, now time.Time) {
	if leg >= len(d.Route) {
		return
	}
	l := &d.Route[leg]
	if l.Outcome == Doubtful || l.Outcome == InFlight && d.State != Sending || l.Outcome == Fell && p.Level >= bots.Delivered {
		l.Outcome, l.Reason = Taken, ""
	}
	grew := p.Level > l.Level
	if grew {
		l.Level = p.Level
	}
	if !l.Needs.met(p.Level, p.Kind, p.Data) {
		return
	}
	if d.laterOut(leg) && !l.Late && p.Level > bots.Accepted {
		l.Late = true
	}
	switch {
	case !d.State.Final():
		d.reach(leg, p)
		d.note("proof", leg, p.Kind, now)
		d.finish(Done, "", now)
	case d.State == Unconfirmed:
		d.reach(leg, p)
		d.late(leg, p, now)
		d.State, d.Reason = Done, ""
		d.note("done", leg, "late_proof", now)
	case d.State == Done && d.Reached > 0 && d.Reached-1 != leg && p.At.Before(d.ProofAt):
		d.reach(leg, p) // reached by the earliest, by the messengers' clocks
		d.late(leg, p, now)
	case grew && d.Reached-1 != leg:
		d.late(leg, p, now)
	}
}

func (d *Delivery) reach(leg int, p Evidence) {
	d.Reached, d.Proof, d.ProofAt = leg+1, p.Kind, p.At
}

func (d *Delivery) late(leg int, p Evidence, now time.Time) {
	if d.LateKind == "" || p.At.Before(d.LateAt) {
		d.LateKind, d.LateAt = p.Kind, p.At
	}
	d.note("late_proof", leg, p.Kind, now)
}

// laterOut reports whether a leg after this one went out.
func (d *Delivery) laterOut(leg int) bool {
	for i := leg + 1; i < len(d.Route); i++ {
		if d.Route[i].Attempts > 0 {
			return true
		}
	}
	return false
}

// Undelivered takes a channel's report that an accepted leg will not arrive: a fault that comes late.
func (d *Delivery) Undelivered(leg int, fault bots.Fault, reason string, e *Env, now time.Time) {
	if leg >= len(d.Route) {
		return
	}
	l := &d.Route[leg]
	if l.Level > bots.Accepted || l.Outcome == Fell {
		return // failed only if nothing better is known
	}
	inFlight := d.State == Sending && d.Leg == leg
	d.fell(leg, fault, reason, now)
	if d.State.Final() || d.Leg != leg {
		return
	}
	if fault == bots.Refused && d.Purpose == Marketing {
		d.finish(RefusedState, reason, now)
		return
	}
	if d.State == Waiting || inFlight {
		d.next(e, now)
	}
}
