package fallback

import (
	"time"

	"kaskad/bots"
)

// Come is what happens when a delivery's entry comes due in a lane that is not for sending: it starts, its lease is over, its
// wait is over, or it was held by a gap. It may also come early (a lease of another boot) or late.
func (d *Delivery) Come(e *Env, now time.Time) {
	if d.Due.After(now) && d.State != Sending && !d.aside() { // the end of a hold comes when it comes
		return // an entry that the delivery has left
	}
	if d.aside() {
		d.unhold(e, now)
		return
	}
	if d.CatchingUp() != "" {
		d.hears(e, now)
		return
	}
	switch d.State {
	case Scheduled:
		if !d.SendAt.After(now) {
			d.Start(e, now)
			d.inTurn()
		}
	case Sending:
		d.leaseOver(e, now)
	case Waiting:
		d.waitOver(e, now)
	case Queued:
		d.leaveOff(e, now)
	case Held:
		if d.Reason != ReasonGap {
			d.leaveOff(e, now)
			return
		}
		if d.over(e, now) {
			d.finishTried(ReasonDeadline, now)
			return
		}
		d.Due = d.end(e, now) // a pause moved the deadline
	}
}

// inTurn puts an answer that was held where it would stand had it come to the moment: among others it goes by when it was to go.
func (d *Delivery) inTurn() {
	if d.State == Queued && d.Purpose == Conversation && d.SendAt.Before(d.Due) {
		d.Due = d.SendAt
	}
}

// leaveOff passes a leg by whose channel was switched off while it was queued: nobody works its lane any more.
func (d *Delivery) leaveOff(e *Env, now time.Time) {
	l := d.leg()
	if e.on(l.Channel) {
		return
	}
	if l.Attempts == 0 {
		l.Outcome = PassedBy
	}
	l.Reason = ReasonOff
	d.next(e, now)
}

// leaseOver gives up an attempt whose outcome nobody will tell.
func (d *Delivery) leaseOver(e *Env, now time.Time) {
	switch {
	case d.Boot != e.Boot: // the process died in mid-send: it may have arrived
	case !now.Before(d.Lease): // its time is over
	default:
		return
	}
	d.Boot, d.Lease = 0, time.Time{}
	l := d.leg()
	if l.Outcome == Fell { // reported undelivered meanwhile
		d.next(e, now)
		return
	}
	if l.Level == bots.None {
		l.Outcome, l.Reason = Doubtful, bots.Uncertain.String()
	}
	d.await(e, now)
}

// waitOver looks whether the wait is really over: pauses, quiet hours and deaf time stop its clock, and no channel that still
// owes a proof may be deaf.
func (d *Delivery) waitOver(e *Env, now time.Time) {
	if d.over(e, now) {
		d.finishTried(ReasonDeadline, now)
		return
	}
	if e.paused(d.Purpose, d.leg().Channel, now) {
		d.Due = now.Add(pausedAgain)
		return
	}
	if d.hold(e, now) {
		return
	}
	if d.waitsToHear(e, now) {
		return
	}
	if end := d.waitEnd(e, now); end.After(now) {
		d.Due = end
		return
	}
	if d.gapHolds(d.leg().TriedAt, e, now) {
		return
	}
	d.next(e, now)
}

// gapHolds does what the operator said about proofs that may be lost for good: those of stretches that ended after since, because
// about the others it was asked before. It reports whether nothing more is to be sent for now.
func (d *Delivery) gapHolds(since time.Time, e *Env, now time.Time) bool {
	policy := e.AfterGap[d.Purpose]
	if policy != GapHold && policy != GapAssumeRead || !d.missed(since, e) {
		return false
	}
	if policy == GapAssumeRead {
		d.finishTried(ReasonGap, now)
		return true
	}
	d.State, d.Reason, d.Due = Held, ReasonGap, d.end(e, now)
	return true
}

// pausedAgain is how long a wait that came due in a pause is put back.
const pausedAgain = time.Minute

// missed reports whether a gap that ended after since was longer than the channel of a leg that is out keeps what the person did.
func (d *Delivery) missed(since time.Time, e *Env) bool {
	for i := range d.Leg + 1 {
		l := &d.Route[i]
		if !l.out() {
			continue
		}
		limits := e.Channels[heardOn(l.Channel)].Limits
		keeps := limits.Keeps
		if limits.KeepsPress > 0 && l.Needs.Level >= bots.Read {
			keeps = limits.KeepsPress // the proof asked for may have been a button press
		}
		sent := l.SentAt
		if sent.IsZero() {
			sent = l.TriedAt // nobody told when
		}
		for _, gap := range e.ear(l.Channel).Gaps {
			if keeps > 0 && gap.To.After(since) && gap.To.After(sent) && gap.To.Sub(later(gap.From, sent)) > keeps {
				return true
			}
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// GiveUpLane is for a step whose channel takes nothing, or was switched off by hand: it goes on to the next channel when its policy
// says so. It reports whether anything changed.
func (d *Delivery) GiveUpLane(e *Env, now time.Time) bool {
	l := d.inLane(now)
	if l == nil || e.paused(d.Purpose, l.Channel, now) {
		return false
	}
	if d.over(e, now) {
		d.finishTried(ReasonDeadline, now)
		return true
	}
	if by := e.skipped(l.Channel, now); by && !d.elsewhere(e, now) || !by && !d.outwaits(l, e, now) {
		return false
	}
	d.fell(d.Leg, bots.Misconfigured, ReasonLane, now)
	d.next(e, now)
	return true
}

// outwaits reports whether a fault has held the lane of a leg for longer than its policy wants it to wait.
func (d *Delivery) outwaits(l *Leg, e *Env, now time.Time) bool {
	since, isHeld := e.Held[l.Channel]
	if !isHeld {
		return false // time behind the lane's own rate never advances a step
	}
	policy := e.WhenDown[d.Cascade.Name]
	if policy == "" && d.Purpose != Marketing {
		policy = DownWait
	}
	switch wait := d.waitOf(l); policy {
	case DownWait:
		return wait > 0 && d.clock(e, now).Passed(later(l.QueuedAt, since), now) >= wait
	case DownSkip:
		return now.Sub(since) >= skipAfter && d.elsewhere(e, now)
	}
	return false
}

// elsewhere reports whether a later leg could go now: its channel is not known to take nothing, and the person is there. At night none can,
// and by the morning the channel may be back.
func (d *Delivery) elsewhere(e *Env, now time.Time) bool {
	if d.night(e, now) {
		return false
	}
	for i := d.Leg + 1; i < len(d.Route); i++ {
		l := &d.Route[i]
		if _, held := e.Held[l.Channel]; held || e.skipped(l.Channel, now) || e.paused(d.Purpose, l.Channel, now) {
			continue
		}
		if d.Task(l) != "" && e.on(l.Channel) || d.Task(l) == "" && d.pass(l, bots.Money{}, e) == "" {
			return true
		}
	}
	return false
}

// inLane is the leg that stands in its lane and would go now, but for the lane; nil: none does.
func (d *Delivery) inLane(now time.Time) *Leg {
	if d.inQueue() && !d.Due.After(now) {
		return d.leg()
	}
	return nil
}

// ResumeGap lets a delivery that a gap held go on: with the leg that stood in its lane, or with the next.
func (d *Delivery) ResumeGap(e *Env, now time.Time) {
	if d.State != Held || d.Reason != ReasonGap {
		return
	}
	if d.leg().Outcome == Untried {
		d.WaitFrom = now // what was lost until now is decided
		d.queue(now, e, now)
		return
	}
	d.next(e, now)
}

// Reject fails the current leg before anything was sent: its message cannot be written.
func (d *Delivery) Reject(leg int, reason string, e *Env, now time.Time) {
	if !d.ready(leg, now) {
		return
	}
	d.leg().Attempts++ // it was tried, and no channel will ever take it
	d.leg().TriedAt = now
	d.fell(leg, bots.Rejected, reason, now)
	d.next(e, now)
}
