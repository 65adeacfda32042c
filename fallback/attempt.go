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
	Parts    int        // as counted before it was sent; 0: not counted
	Cost     bots.Money // reserved
	Out      bots.Outgoing
}

// Result is the outcome of an attempt, as the engine saw it.
type Result struct {
	Receipt bots.Receipt
	Err     *bots.SendError // nil: accepted
}

// Claim takes the current leg for one attempt. It re-reads everything that may have changed since the leg was queued. What it
// decides instead of sending stands in the delivery, and the error is ErrWithdrawn.
func (d *Delivery) Claim(leg int, cost bots.Money, e *Env, now time.Time) (Attempt, error) {
	if !d.ready(leg, now) || !d.mayGo(cost, e, now) {
		return Attempt{}, ErrWithdrawn
	}
	l := d.leg()
	l.Attempts++
	l.Outcome, l.Reason, l.Cost, l.Free = InFlight, "", cost, false
	if l.TriedAt.IsZero() {
		l.TriedAt = now
	}
	l.Sender = e.SenderFor(l)
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
	case d.over(e, now):
		d.finishTried(ReasonDeadline, now)
	case e.paused(d.Purpose, l.Channel, now):
		d.State, d.Reason = Held, ReasonPause // it keeps its place: the lane is not read while the pause lasts
		if d.Purpose.Priority() == First {
			d.Due = now.Add(pausedAgain) // but two purposes share the first lane, and a pause of one does not stop it
		}
	case e.skipped(l.Channel, now):
		d.State, d.Reason = Held, ReasonPause // the lane gives it up
	case d.Purpose.Heeds() && e.Contact.Silent():
		d.refuse(true, now)
	case d.hold(e, now): // it leaves the lane until the hold is over
	case d.Purpose == Marketing && !e.Contact.Allows(e.OptOut):
		d.finish(RefusedState, ReasonOptOut, now)
	case d.Purpose == Marketing && !d.Counted && e.tooOften(now):
		d.often(e, now)
	case d.pass(l, cost, e) != "":
		d.leave(d.pass(l, cost, e), now)
		d.next(e, now)
	case d.waitsToHear(e, now):
		// a proof of an earlier step may be waiting for us at its channel: receipts come before deadlines
	case d.gapHolds(later(l.QueuedAt, d.WaitFrom), e, now):
		// or be lost for good, while this one stood in its lane
	case d.night(e, now):
		d.queue(now, e, now) // held until the morning
	case d.gate(e, now) != "":
		d.leave(d.gate(e, now), now) // the address stays as it is
		d.next(e, now)
	case cost.Amount > 0 && e.SpendPerDay.Amount > 0 && e.spentToday(now).Amount+cost.Amount > e.SpendPerDay.Amount:
		d.State, d.Reason, d.Due = Held, ReasonSpend, earlier(nextMidnight(now, e.Zone), d.end(e, now))
	default:
		return true
	}
	return false
}

// leave gives up a leg that cannot be tried, or not once more.
func (d *Delivery) leave(reason string, now time.Time) {
	if l := d.leg(); l.Attempts == 0 {
		l.Outcome, l.Reason = PassedBy, reason
		return
	}
	d.fell(d.Leg, bots.Unreachable, reason, now)
}

// night reports whether quiet hours began while the leg was queued.
func (d *Delivery) night(e *Env, now time.Time) bool {
	_, quiet := d.nights(e.Contact, e.Zone).QuietUntil(now)
	return quiet
}

func nextMidnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, day := now.In(zone).Date()
	next := time.Date(y, m, day+1, 0, 0, 0, 0, zone)
	if next.Day() == day { // clocks are put on at midnight: there is none
		next = next.Add(time.Hour)
	}
	return next
}

// Settle takes the outcome of an attempt, in any state: the message is out whatever became of the delivery meanwhile.
func (d *Delivery) Settle(a Attempt, res Result, e *Env, now time.Time) {
	if a.Leg >= len(d.Route) {
		return
	}
	l := &d.Route[a.Leg]
	if l.Attempts != a.Number {
		return // an earlier attempt, told twice
	}
	current := d.State == Sending && d.Leg == a.Leg
	if current {
		d.Boot, d.Lease = 0, time.Time{}
	}
	switch {
	case l.Outcome == Fell: // reported undelivered while the call was under way
		if current {
			d.next(e, now)
		}
	case res.Err == nil:
		d.taken(&a, res.Receipt, current, e, now)
	case l.Level > bots.None: // the channel spoke of it before the call ended: it is out, whatever the call says
		if current {
			d.await(e, now)
		}
	case current:
		d.fault(res.Err, e, now)
	default:
		d.lateFault(a.Leg, res.Err, e, now)
	}
}

// taken notes that the channel accepted a leg, and starts the wait for proof.
func (d *Delivery) taken(a *Attempt, r bots.Receipt, current bool, e *Env, now time.Time) {
	l := &d.Route[a.Leg]
	if l.Outcome == Taken && !l.SentAt.IsZero() {
		return // told twice
	}
	l.Outcome, l.SentAt, l.Cost = Taken, now, a.Cost
	if l.By == "" { // else it is what a colleague has answered before the call ended
		l.Reason = shortOf(r)
	}
	if r.Parts > 0 && a.Parts > 0 { // what the provider counted is what it bills
		l.Cost.Amount = a.Cost.Amount / int64(a.Parts) * int64(r.Parts)
	}
	if l.Free {
		l.Cost.Amount = 0 // told before the call ended
	}
	d.note("step_sent", a.Leg, l.Reason, now)
	if current {
		d.await(e, now)
	}
	d.Prove(a.Leg, Evidence{Level: bots.Accepted, Kind: "receipt", At: now}, now)
}

// shortOf is what a channel that took a message left out of it; empty: nothing.
func shortOf(r bots.Receipt) string {
	if r.Bare {
		return ReasonBare
	}
	return ""
}

// Unbilled notes that the channel bills nothing for a leg, whenever it says so; it reports whether that is news.
func (d *Delivery) Unbilled(leg int) bool {
	if leg >= len(d.Route) || d.Route[leg].Free || d.Route[leg].Attempts == 0 {
		return false
	}
	d.Route[leg].Free, d.Route[leg].Cost.Amount = true, 0
	return true
}

// lateFault takes the exact end of an attempt that was given up as uncertain: it did not go, so nothing is left to wait for.
func (d *Delivery) lateFault(leg int, err *bots.SendError, e *Env, now time.Time) {
	l := &d.Route[leg]
	if err.Fault != bots.Uncertain && (l.Outcome == InFlight || l.Outcome == Doubtful) {
		d.lost(leg, err.Fault, faultReason(err), e, now)
	}
}

// await starts the wait for proof of the current leg.
func (d *Delivery) await(e *Env, now time.Time) {
	d.State, d.Reason, d.WaitFrom = Waiting, "", now
	d.Due = d.waitEnd(e, now)
}

// waitEnd is when the current wait is over: its own time, or the deadline.
func (d *Delivery) waitEnd(e *Env, now time.Time) time.Time {
	end := d.end(e, now)
	wait := d.waitOf(d.leg())
	if wait == 0 {
		return end
	}
	own := d.waitClock(e, now).Add(d.WaitFrom, wait)
	until, crossed := d.crossedNight(e, d.WaitFrom, own)
	if freed := d.freedAt(e, now); freed.After(d.WaitFrom) && !freed.After(own) {
		until, crossed = later(until, freed), true
	}
	if crossed && own.Sub(until) < d.Cascade.Quiet.Ramp {
		own = own.Add(d.ramp(e, own, end)) // waits that slept through the night do not all end at nine
	}
	if end.Before(own) {
		return end
	}
	return own
}

// crossedNight reports whether quiet hours lie between two moments, and when the last of them ended.
func (d *Delivery) crossedNight(e *Env, from, to time.Time) (last time.Time, crossed bool) {
	c := d.nights(e.Contact, e.Zone)
	if !c.Quiet.On() && c.Own == nil && c.Days == nil || c.Passed(from, to) == to.Sub(from) {
		return time.Time{}, false
	}
	nights, _, whose := c.nights(to)
	c.spans(nights, whose, to, -1, 0, func(s Span) {
		if !s.To.After(to) && s.To.After(from) {
			last = later(last, s.To)
		}
	})
	return last, !last.IsZero()
}

// fault decides what a failed attempt of the current leg means.
func (d *Delivery) fault(err *bots.SendError, e *Env, now time.Time) {
	l := d.leg()
	switch err.Fault {
	case bots.Uncertain:
		l.Outcome, l.Reason, l.SentAt = Doubtful, faultReason(err), now
		d.await(e, now)
		return
	case bots.Temporary, bots.Misconfigured, bots.Rejected:
		if next, ok := nextSender(e.Channels[l.Channel].Senders, l.Sender); ok {
			l.Outcome, l.Cost, l.Sender = Untried, bots.Money{}, next
			d.queue(now, e, now)
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
		l.Outcome, l.Reason, l.Sender = Untried, faultReason(err), ""
		d.queue(now, e, now) // its lane is held by the engine until Check says that all is well
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
	limit := d.end(e, now)
	if wait := d.waitOf(l); wait > 0 {
		limit = earlier(limit, d.waitClock(e, now).Add(l.TriedAt, wait))
	}
	if !at.Before(limit) {
		return false
	}
	l.Outcome, l.Reason, l.Sender = Untried, faultReason(err), ""
	d.queue(at, e, now)
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
