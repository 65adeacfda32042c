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
	By    string    // of a task: who says so
	At    time.Time // by the messenger's clock; zero: it did not say, and now is taken
}

// Prove takes evidence about a leg. It ends an open delivery when it is enough for that leg, and is kept as late proof when the
// delivery was over.
func (d *Delivery) Prove(leg int, p Evidence, now time.Time) {
	if leg >= len(d.Route) || p.Level == bots.None || d.Route[leg].Attempts == 0 {
		return
	}
	if p.At.IsZero() {
		p.At = now
	}
	l := &d.Route[leg]
	if d.Task(l) != "" && p.Kind != TaskProof {
		p.Level = min(p.Level, bots.Accepted) // what colleagues do with the post tells that it stands there
	}
	switch {
	case l.Outcome == Fell && p.Level <= bots.Accepted:
		return // failed, if nothing better: reports come in any order
	case l.Outcome == Fell && l.Reason == ReasonNotMe:
		return // whoever has read it is not whom it was for
	}
	grew := p.Level > l.Level
	l.Level = max(l.Level, p.Level)
	d.isOut(leg, now)
	if p.Kind == TaskProof {
		l.By, l.Reason = p.By, p.Data
	}
	if !l.Needs.met(p.Level, p.Kind, p.Data) {
		return
	}
	if d.laterOut(leg) && p.Level > bots.Accepted {
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
	case d.Reached-1 == leg || d.State == Done && p.Level <= bots.Accepted:
		// Known, or no more than that a later step, too, was taken by its channel.
	case d.State == Done && d.Reached > 0 && p.At.Before(d.ProofAt):
		d.reach(leg, p) // reached by the earliest, by the messengers' clocks
		d.late(leg, p, now)
	case grew || d.LateKind == "":
		d.late(leg, p, now)
	}
}

// isOut notes that a leg went out after all, whatever its attempt seemed to come to. One that stood in its lane for another
// attempt leaves it: never twice on one channel.
func (d *Delivery) isOut(leg int, now time.Time) {
	l := &d.Route[leg]
	switch l.Outcome {
	case Doubtful, InFlight, Withdrawn, Fell:
	case Untried:
		if d.Leg == leg && !d.State.Final() {
			d.State, d.Reason, d.WaitFrom, d.Due = Waiting, "", now, now // when it comes due, the wait's end is reckoned
		}
	default:
		return
	}
	l.Outcome, l.Fault, l.Reason = Taken, bots.Uncertain, ""
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

// laterOut reports whether a leg after this one went out: what its channel did not take cost nothing.
func (d *Delivery) laterOut(leg int) bool {
	for i := leg + 1; i < len(d.Route); i++ {
		if l := &d.Route[i]; l.out() || !l.SentAt.IsZero() {
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
	if l := &d.Route[leg]; l.Level <= bots.Accepted && l.out() { // failed only if nothing better is known
		d.lost(leg, fault, reason, e, now)
	}
}

// lost fails a leg that had gone out, and goes on when the delivery was waiting for it. While its call is still under way the
// next leg waits for the end of that: never two attempts in flight.
func (d *Delivery) lost(leg int, fault bots.Fault, reason string, e *Env, now time.Time) {
	d.fell(leg, fault, reason, now)
	switch {
	case d.State.Final() || d.Leg != leg:
	case fault == bots.Refused && d.Purpose == Marketing:
		d.finish(RefusedState, reason, now)
	case d.State == Waiting || d.State == Held && d.Reason == ReasonGap:
		d.next(e, now)
	}
}

// Stray fails a leg whose message stands in a chat that turned out to be somebody else's: whoever it was for has not got it, and it
// was paid for all the same. What is over stays as it is, but for what may still be proven.
func (d *Delivery) Stray(leg int, e *Env, now time.Time) {
	open := !d.State.Final() || d.State == Unconfirmed
	if open && leg < len(d.Route) && d.Route[leg].out() {
		cost := d.Route[leg].Cost
		d.lost(leg, bots.Unreachable, ReasonNotMe, e, now)
		d.Route[leg].Cost = cost
	}
}
