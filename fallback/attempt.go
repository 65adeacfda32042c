package fallback

import (
	"errors"
	"slices"
	"time"

	"kaskad/bots"
)

// ErrWithdrawn is a claim that came too late: proof, stop, cancel, a pause or a hold came first.
var ErrWithdrawn = errors.New("the step was withdrawn")

// Attempt is one try to hand one leg to its channel, as the claim made it durable.
type Attempt struct {
	Delivery bots.ID
	Leg      int
	Message  bots.ID
	Number   int
	Sender   string
	Boot     uint64
	At       time.Time
	Lease    time.Time
	Cost     bots.Money // reserved
	Out      bots.Outgoing
}

// Outcomes of an attempt, as the engine saw them.
type Result struct {
	Receipt bots.Receipt
	Err     *bots.SendError // nil: accepted
}

// Claim takes the current leg for one attempt. It re-reads everything that may have changed since the leg was queued. What it
// decides instead of sending stands in the delivery, and the error is ErrWithdrawn.
func (d *Delivery) Claim(leg int, cost bots.Money, e *Env, now time.Time) (Attempt, error) {
	if d.State != Queued && d.State != Held || d.Leg != leg || d.Due.After(now) {
		return Attempt{}, ErrWithdrawn
	}
	if !d.mayGo(cost, e, now) {
		return Attempt{}, ErrWithdrawn
	}
	l := d.leg()
	l.Attempts++
	l.Outcome, l.Reason, l.Cost = InFlight, "", cost
	if l.TriedAt.IsZero() {
		l.TriedAt = now
	}
	if l.Sender == "" {
		l.Sender = e.SenderFor(l)
	}
	if d.Purpose == Marketing {
		d.Counted = true
	}
	d.State, d.Reason = Sending, ""
	d.Boot, d.Lease = e.Boot, now.Add(e.Rules.Lease)
	d.Due = d.Lease
	return Attempt{Delivery: d.ID, Leg: leg, Message: l.Message, Number: l.Attempts, Sender: l.Sender, Boot: e.Boot, At: now, Lease: d.Lease, Cost: cost}, nil
}

// mayGo asks every question that can hold or end the delivery before its message leaves. Where the answer is no, the delivery
// has moved to where that answer puts it.
func (d *Delivery) mayGo(cost bots.Money, e *Env, now time.Time) bool {
	l := d.leg()
	switch {
	case d.over(e.World, now):
		d.finishTried(ReasonDeadline, now)
	case e.paused(d.Purpose, l.Channel, now):
		// It stays where it is: its lane is not read while the pause lasts.
	case d.Purpose == Marketing && !e.Contact.Allows(e.OptOut):
		d.finish(RefusedState, ReasonOptOut, now)
	case d.Purpose == Marketing && !d.Counted && e.tooOften(now):
		d.finish(Skipped, ReasonOften, now)
	case d.pass(l, e) != "" && l.Attempts == 0:
		l.Outcome, l.Reason = PassedBy, d.pass(l, e)
		d.next(e, now)
	case d.night(now):
		// held until the morning
	case cost.Amount > 0 && e.SpendPerDay.Amount > 0 && e.Spent.Amount+cost.Amount > e.SpendPerDay.Amount:
		d.State, d.Reason, d.Due = Held, ReasonSpend, nextMidnight(now, e.Zone)
	default:
		return true
	}
	return false
}

// night holds the leg when quiet hours began while it was queued.
func (d *Delivery) night(now time.Time) bool {
	if _, quiet := (Clock{Quiet: d.quiet(), Zone: d.zone()}).QuietUntil(now); !quiet {
		return false
	}
	d.queue(now, now)
	return true
}

func nextMidnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, day := now.In(zone).Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, zone)
}

// Settle takes the outcome of an attempt, in any state: the message is out whatever became of the delivery meanwhile.
func (d *Delivery) Settle(a Attempt, res Result, e *Env, now time.Time) {
	if a.Leg >= len(d.Route) {
		return
	}
	l := &d.Route[a.Leg]
	current := d.State == Sending && d.Leg == a.Leg && l.Attempts == a.Number
	if l.SentAt.IsZero() {
		l.SentAt = now
	}
	if res.Err == nil {
		d.taken(a.Leg, res.Receipt, current, e, now)
		return
	}
	if !current {
		d.lateFault(l, res.Err)
		return
	}
	d.Boot, d.Lease = 0, time.Time{}
	d.fault(res.Err, e, now)
}

// taken notes that the channel accepted a leg, and starts the wait for proof.
func (d *Delivery) taken(leg int, r bots.Receipt, current bool, e *Env, now time.Time) {
	l := &d.Route[leg]
	l.Outcome, l.Reason = Taken, ""
	if r.Parts > 0 {
		l.Cost = e.Channels[l.Channel].Price.Times(r.Parts)
	}
	d.note("step_sent", leg, "", now)
	if current {
		d.Boot, d.Lease = 0, time.Time{}
		d.await(e, now)
	}
	d.Prove(leg, Evidence{Level: bots.Accepted, Kind: "receipt", At: now}, now)
}

// lateFault notes what became of an attempt that the delivery no longer waits for.
func (d *Delivery) lateFault(l *Leg, err *bots.SendError) {
	if err.Fault == bots.Uncertain || l.Level > bots.None {
		return
	}
	if l.Outcome == InFlight || l.Outcome == Doubtful {
		l.Outcome, l.Fault, l.Reason, l.Cost = Fell, err.Fault, faultReason(err), bots.Money{}
	}
}

// await starts the wait for proof of the current leg.
func (d *Delivery) await(e *Env, now time.Time) {
	d.State, d.Reason, d.WaitFrom = Waiting, "", now
	d.Due = d.waitEnd(e.World, now)
}

// waitEnd is when the current wait is over: its own time, or the deadline.
func (d *Delivery) waitEnd(w *World, now time.Time) time.Time {
	end := d.end(w, now)
	wait := d.Cascade.Steps[d.leg().Step].Wait
	if wait == 0 {
		return end
	}
	own := d.waitClock(w, now).Add(d.WaitFrom, wait)
	if until, crossed := d.crossedNight(d.WaitFrom, own); crossed && own.Sub(until) < d.Cascade.Quiet.Ramp {
		own = own.Add(d.spread(d.Cascade.Quiet.Ramp)) // waits that slept through the night do not all end at nine
	}
	if end.Before(own) {
		return end
	}
	return own
}

// crossedNight reports whether quiet hours lie between two moments, and when the last of them ended.
func (d *Delivery) crossedNight(from, to time.Time) (time.Time, bool) {
	c := Clock{Quiet: d.quiet(), Zone: d.zone()}
	if !c.Quiet.On() || c.Passed(from, to) == to.Sub(from) {
		return time.Time{}, false
	}
	for _, day := range [...]int{0, -1} {
		if s := c.quietSpan(to, day); !s.To.After(to) && s.To.After(from) {
			return s.To, true
		}
	}
	return time.Time{}, false
}

// fault decides what a failed attempt of the current leg means.
func (d *Delivery) fault(err *bots.SendError, e *Env, now time.Time) {
	l := d.leg()
	switch err.Fault {
	case bots.Uncertain:
		l.Outcome, l.Reason = Doubtful, faultReason(err)
		d.await(e, now)
		return
	case bots.Temporary, bots.Misconfigured, bots.Rejected:
		if next, ok := nextSender(e.Channels[l.Channel].Senders, l.Sender); ok {
			l.Outcome, l.Cost, l.Sender = Untried, bots.Money{}, next
			d.queue(now, now)
			return
		}
	}
	l.Cost = bots.Money{}
	switch err.Fault {
	case bots.Temporary:
		if d.retry(err, e, now) {
			return
		}
	case bots.Misconfigured:
		l.Outcome, l.Sender = Untried, ""
		d.queue(now, now) // its lane is held by the engine until Check says that all is well
		return
	}
	d.fell(d.Leg, err.Fault, faultReason(err), now)
	if err.Fault == bots.Refused && d.Purpose == Marketing {
		d.finish(RefusedState, faultReason(err), now)
		return
	}
	d.next(e, now)
}

func (d *Delivery) fell(leg int, fault bots.Fault, reason string, now time.Time) {
	l := &d.Route[leg]
	l.Outcome, l.Fault, l.Reason, l.Cost = Fell, fault, reason, bots.Money{}
	d.note("step_failed", leg, reason, now)
}

// retry puts a temporary failure back into its lane, if that is still inside the leg's own time.
func (d *Delivery) retry(err *bots.SendError, e *Env, now time.Time) bool {
	l := d.leg()
	at := now.Add(max(err.RetryAfter, backoff(l.Attempts)))
	limit := d.end(e.World, now)
	if wait := d.Cascade.Steps[l.Step].Wait; wait > 0 {
		limit = earlier(limit, d.waitClock(e.World, now).Add(l.TriedAt, wait))
	}
	if !at.Before(limit) {
		return false
	}
	l.Outcome, l.Reason, l.Sender = Untried, faultReason(err), ""
	d.queue(at, now)
	return true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// backoff grows from two seconds to five minutes.
func backoff(attempts int) time.Duration {
	return min(2*time.Second<<min(max(attempts, 1)-1, 8), 5*time.Minute)
}

// nextSender is the provider after this one.
func nextSender(senders []string, used string) (string, bool) {
	i := slices.Index(senders, used)
	if i < 0 || i+1 >= len(senders) {
		return "", false
	}
	return senders[i+1], true
}

func faultReason(err *bots.SendError) string {
	if err.Code != "" {
		return err.Fault.String() + ": " + err.Code
	}
	return err.Fault.String()
}
