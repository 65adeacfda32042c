package fallback

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
)

// How a hold stops a delivery. One that would go out, or whose wait is over, leaves its lane for that of holds when it is met, and not
// when the hold begins: a hold of a hundred thousand people is one small record. It comes back when the hold ends, spread over the
// ramp of its cascade, or is looked at again now and then while nobody knows the end.

// holdAgain is how often what is held is looked at while nobody knows when the hold ends. Its end is not waited for so long: see
// waitLoop.freed.
const holdAgain = time.Hour

// covers reports whether the hold is about a purpose.
func (h *RegionHold) covers(p Purpose) bool { return slices.Contains(h.Purposes, p) }

// heldNow reports whether a hold stands that keeps a purpose from the person at a time, and when the last of them ends (zero: nobody
// knows).
func (e *Env) heldNow(p Purpose, at time.Time) (until time.Time, on bool) {
	open := false
	for i := range e.Holds {
		if h := &e.Holds[i]; h.covers(p) && h.On(at) {
			on = true
			open = open || h.over().IsZero()
			until = later(until, h.over())
		}
	}
	if open {
		return time.Time{}, on
	}
	return until, on
}

// holdSpans are the stretches up to now in which holds kept the delivery, in order, none of them twice.
func (d *Delivery) holdSpans(e *Env, now time.Time) []Span {
	var spans []Span
	for i := range e.Holds {
		h := &e.Holds[i]
		to := h.over()
		if to.IsZero() || to.After(now) {
			to = now
		}
		if h.covers(d.Purpose) && to.After(h.From) && to.After(d.Created) {
			spans = append(spans, Span{h.From, to})
		}
	}
	return joined(spans)
}

// joined are spans in order, those that touch as one.
func joined(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.From.Compare(b.From) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			out[n-1].To = later(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// freedAt is when the last hold ended that kept the delivery, up to now; zero: none did.
func (d *Delivery) freedAt(e *Env, now time.Time) (last time.Time) {
	for _, s := range d.holdSpans(e, now) {
		last = later(last, s.To)
	}
	return last
}

// hold puts the delivery aside while a hold keeps it; it reports whether one does.
func (d *Delivery) hold(e *Env, now time.Time) bool {
	until, on := e.heldNow(d.Purpose, now)
	if !on {
		return false
	}
	if d.State != Waiting {
		d.State = Held
	}
	d.Reason = ReasonHold
	if e.talking(d.Purpose, now) {
		d.Reason = ReasonTalk
	}
	if until.IsZero() {
		d.Due = now.Add(holdAgain + d.spread(holdAgain))
	} else {
		d.Due = until.Add(d.spread(d.Cascade.Quiet.Ramp))
	}
	return true
}

// unhold looks at a delivery that was put aside: it goes on, or stays where it is.
func (d *Delivery) unhold(e *Env, now time.Time) {
	if until, on := e.heldNow(d.Purpose, now); on {
		if sooner := !until.IsZero() && until.Before(d.Due.Add(-d.Cascade.Quiet.Ramp)); sooner || !d.Due.After(now) {
			d.hold(e, now)
		}
		return
	}
	freed := d.freedAt(e, now)
	if d.Reason == ReasonTalk {
		freed = now.Add(-d.Cascade.Quiet.Ramp) // one person is no crowd
	}
	if d.State == Waiting {
		d.Reason = ""
		d.Due = d.waitEnd(e, now)
		if !d.Due.After(now) {
			d.waitOver(e, now)
		}
		return
	}
	if d.over(e, now) {
		d.finishTried(ReasonDeadline, now)
		return
	}
	if freed.IsZero() {
		freed = now
	}
	d.queue(later(now, freed.Add(d.ramp(e, freed, d.end(e, now)))), e, now)
}

// keptNow reports whether a hold keeps the delivery now.
func (d *Delivery) keptNow(e *Env, now time.Time) bool {
	_, on := e.heldNow(d.Purpose, now)
	return on
}

// putAside moves what a hold keeps out of a lane, without a token of it: those behind it have their turn. It reports whether there was
// any.
func (l *sendLoop) putAside(ctx context.Context, kept []Entry) (moved bool, err error) {
	if len(kept) == 0 {
		return false, nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(comeAtOnce)
	for _, entry := range kept {
		g.Go(func() error {
			if err := l.e.Store.PassBy(gctx, entry.ID, l.e.Rules, l.e.world()); err != nil {
				return l.setAside(gctx, entry.ID, err)
			}
			return nil
		})
	}
	return true, g.Wait()
}

// aside reports whether a delivery stands in the lane of holds.
func (d *Delivery) aside() bool {
	return (d.Reason == ReasonHold || d.Reason == ReasonTalk) && (d.State == Held || d.State == Waiting)
}

// holdsOf are the holds that may matter to a delivery of a person.
func holdsOf(v View, c *bots.Contact, r *Rules) []RegionHold {
	if c == nil {
		return nil
	}
	return v.Holds().Of(c, r, v.Now().Add(-holdLife))
}
