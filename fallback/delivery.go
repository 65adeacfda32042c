package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// Delivery is one message to one contact on its way through the steps: what was accepted, and where it stands.
type Delivery struct {
	Plan
	Status
	changes []bots.Change
}

// Status is the part of a delivery that moves. It is small: it is rewritten at every transition.
type Status struct {
	State    State
	Reason   string
	Leg      int // the current one in Route
	Route    []Leg
	Due      time.Time // final: zero
	Started  time.Time // first moment it could be sent; the deadline counts from here
	WaitFrom time.Time // Waiting: since when proof is awaited
	Boot     uint64    // Sending: which process has it
	Lease    time.Time // Sending: until when
	Reached  int       // 1 + the leg whose proof ended it; 0: none
	Proof    string    // its kind
	ProofAt  time.Time // by the messenger's clock
	LateKind string    // proof that came after the end
	LateAt   time.Time
	Counted  bool    // it counts for the frequency limits
	LostTo   bots.ID // skipped for frequency: the delivery that has taken the place; zero: nobody knows any more
}

// ReachedBy is the channel whose proof ended the delivery; empty: none did.
func (d *Delivery) ReachedBy() string {
	if d.Reached == 0 || d.Reached > len(d.Route) {
		return ""
	}
	return d.Route[d.Reached-1].Channel
}

// Cost is the sum over the legs.
func (d *Delivery) Cost() bots.Money {
	var sum bots.Money
	for i := range d.Route {
		sum = sum.Plus(d.Route[i].Cost)
	}
	return sum
}

// Changes hands over what the transitions noted since the last call.
func (d *Delivery) Changes() []bots.Change {
	c := d.changes
	d.changes = nil
	return c
}

func (d *Delivery) leg() *Leg { return &d.Route[d.Leg] }

func (d *Delivery) note(kind string, leg int, reason string, now time.Time) {
	c := bots.Change{Type: "delivery." + kind, At: now, Contact: d.Contact, Delivery: d.ID, State: d.State.String(), Reason: reason, Leg: leg}
	if leg >= 0 && leg < len(d.Route) {
		c.Channel, c.Message = d.Route[leg].Channel, d.Route[leg].Message
	}
	if d.changes == nil {
		d.changes = make([]bots.Change, 0, 2) // most transitions note two
	}
	d.changes = append(d.changes, c)
}

// Accept decides what becomes of a fresh plan: skipped with a reason, scheduled, or started at once.
func (d *Delivery) Accept(e *Env, now time.Time) {
	d.Created = now
	d.note("accepted", -1, "", now)
	switch {
	case d.Purpose.Heeds() && e.Contact.Silent():
		d.finish(Skipped, ReasonSilent, now)
	case d.Purpose == Marketing && !e.Contact.Allows(e.OptOut):
		reason := ReasonConsent
		if e.Contact.Marketing.State == bots.Denied {
			reason = ReasonOptOut
		}
		d.finish(Skipped, reason, now)
	case d.SendAt.After(now):
		d.State, d.Due = Scheduled, d.SendAt // how often is asked when it goes out
	case d.Purpose == Marketing && e.tooOften(now):
		d.often(e, now)
	default:
		d.Start(e, now)
	}
}

// Start settles the route and queues its first leg.
func (d *Delivery) Start(e *Env, now time.Time) {
	d.Started = now
	d.Route = route(&d.Plan, e)
	d.Leg = 0
	d.enqueue(e, now)
}

// enqueue puts the current leg into its lane, or the first after it that can be tried.
func (d *Delivery) enqueue(e *Env, now time.Time) {
	for ; d.Leg < len(d.Route); d.Leg++ {
		leg := d.leg()
		if reason := d.pass(leg, bots.Money{}, e); reason != "" {
			leg.Outcome, leg.Reason = PassedBy, reason
			continue
		}
		leg.QueuedAt = now
		d.queue(now, e, now)
		return
	}
	d.finishTried("", now)
}

// pass says why a leg cannot be tried at all; empty: it can. Cost is known once it is written and its provider chosen.
func (d *Delivery) pass(leg *Leg, cost bots.Money, e *Env) string {
	if leg.Again && !d.unreachedBefore() {
		return ReasonOther
	}
	if d.triedOn(leg.Channel) {
		return ReasonTried // a message goes out on a channel once, whatever two steps say
	}
	if !e.on(leg.Channel) {
		return ReasonOff
	}
	if d.Purpose.Heeds() && e.Contact.Wishes.Unwanted(leg.Channel) {
		return ReasonUnwanted
	}
	if d.Purpose == Marketing && e.Contact.Allows(e.OptOut) && !e.Contact.AllowsOn(leg.Channel, e.OptOut) { // a no to all ends it elsewhere
		return unpermitted(e.Contact, leg.Channel)
	}
	if d.Task(leg) != "" {
		return unable(e.Contact, e.roomPlace())
	}
	a, ok := d.place(e.Contact, leg.Channel)
	if !ok || !a.Reachable() {
		return ReasonNoPlace
	}
	if d.cold(leg.Channel, a, e) {
		return ReasonCold
	}
	if max(cost.Amount, e.Channels[leg.Channel].Price.Amount) > 0 && d.Cascade.PaidSteps > 0 && d.paid(e.Rules) >= d.Cascade.PaidSteps {
		return ReasonPaid
	}
	return ""
}

// triedOn reports whether a leg before the current one was tried on a channel.
func (d *Delivery) triedOn(channel string) bool {
	for i := range d.Leg {
		if d.Route[i].Channel == channel && d.Route[i].Attempts > 0 {
			return true
		}
	}
	return false
}

// unreachedBefore reports whether every earlier leg of the same step was not taken because nobody can be reached there, or was left because its
// channel takes nothing: nothing of it is out.
func (d *Delivery) unreachedBefore() bool {
	for i := range d.Leg {
		l := &d.Route[i]
		if l.Step != d.leg().Step || l.Outcome == PassedBy {
			continue
		}
		if l.Outcome != Fell || l.Fault != bots.Unreachable && l.Reason != ReasonLane {
			return false
		}
	}
	return true
}

// paid counts the legs that cost money, or may have.
func (d *Delivery) paid(r *Rules) int {
	n := 0
	for i := range d.Route {
		if l := &d.Route[i]; l.out() && !l.Free && (l.Cost.Amount > 0 || r.Channels[l.Channel].Price.Amount > 0) {
			n++
		}
	}
	return n
}

// queue puts the current leg into its lane for at, or for the end of the quiet hours that at falls into. In a pause it keeps
// its place in the lane, which is not read meanwhile.
func (d *Delivery) queue(at time.Time, e *Env, now time.Time) {
	d.State, d.Reason, d.Due = Queued, "", at
	if d.hold(e, later(at, now)) {
		return
	}
	if until, quiet := d.nights(e.Contact, e.Zone).QuietUntil(at); quiet {
		d.State, d.Reason, d.Due = Held, ReasonQuiet, until.Add(d.ramp(e, until, d.end(e, now)))
	} else if e.paused(d.Purpose, d.leg().Channel, now) || e.skipped(d.leg().Channel, now) {
		d.State, d.Reason = Held, ReasonPause
	}
}

// inQueue reports whether the current leg stands in the lane of its channel.
func (d *Delivery) inQueue() bool {
	return d.State == Queued || d.State == Held && d.Reason != ReasonGap && !d.aside() && d.CatchingUp() == ""
}

// ready reports whether a leg stands in its lane, untried or to be tried again, and its time has come.
func (d *Delivery) ready(leg int, now time.Time) bool {
	return d.inQueue() && d.Leg == leg && d.leg().Outcome == Untried && !d.Due.After(now)
}

// next leaves the current leg and goes on with the one after it.
func (d *Delivery) next(e *Env, now time.Time) {
	d.Leg++
	d.enqueue(e, now)
}

// finishTried ends a delivery that has nothing more to try, by what became of its legs.
func (d *Delivery) finishTried(reason string, now time.Time) {
	tried, out := false, false
	last := reason
	for i := range d.Route {
		l := &d.Route[i]
		tried = tried || l.Attempts > 0
		out = out || l.out()
		if last == "" || l.Outcome == Fell {
			last = l.Reason
		}
	}
	switch {
	case out:
		d.finish(Unconfirmed, reason, now)
	case tried:
		d.finish(Failed, last, now)
	case reason == ReasonDeadline:
		d.finish(Expired, reason, now)
	case len(d.Route) == 0:
		d.finish(Skipped, ReasonNoPlace, now)
	case d.Purpose == Conversation && gates(last):
		d.finish(Failed, last, now) // whoever answers a person must hear of it
	case slices.ContainsFunc(d.Route, func(l Leg) bool { return l.Reason == ReasonUnwanted }):
		d.finish(Skipped, ReasonUnwanted, now) // says more than that the person has no place elsewhere
	default:
		d.finish(Skipped, last, now)
	}
}

// finish makes the delivery final. A leg that was waiting for its token is withdrawn.
func (d *Delivery) finish(s State, reason string, now time.Time) {
	if d.Leg < len(d.Route) && (d.State == Queued || d.State == Held) && d.leg().Outcome == Untried && !d.leg().QueuedAt.IsZero() {
		d.leg().Outcome = Withdrawn
	}
	d.State, d.Reason, d.Due, d.Boot, d.Lease = s, reason, time.Time{}, 0, time.Time{}
	d.note(s.String(), d.Reached-1, reason, now)
}

// Cancel stops a delivery; it reports whether nothing of it reached a channel.
func (d *Delivery) Cancel(now time.Time) (withdrawn bool) {
	if d.State.Final() {
		return false
	}
	withdrawn = !d.wentOut()
	d.finish(Cancelled, "", now)
	return withdrawn
}

// wentOut reports whether any leg reached its channel, or may have.
func (d *Delivery) wentOut() bool {
	for i := range d.Route {
		if d.Route[i].out() {
			return true
		}
	}
	return false
}

// OptOut ends open marketing: the person said no.
func (d *Delivery) OptOut(now time.Time) { d.refuse(false, now) }

// forbidden reports whether a person's no is about the delivery: one to everything leaves what is urgent, and answers.
func (d *Delivery) forbidden(silent bool) bool {
	return d.Purpose == Marketing || silent && d.Purpose.Heeds()
}

// refuse ends the delivery if a no is about it.
func (d *Delivery) refuse(silent bool, now time.Time) {
	if d.State.Final() || !d.forbidden(silent) {
		return
	}
	reason := ReasonOptOut
	if silent {
		reason = ReasonSilent
	}
	d.finish(RefusedState, reason, now)
}

// unpermitted is why marketing may not go on a channel by itself.
func unpermitted(c *bots.Contact, channel string) string {
	if c.ConsentOn(channel).State == bots.Denied {
		return ReasonOptOut
	}
	return ReasonConsent
}
