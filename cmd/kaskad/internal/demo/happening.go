package demo

import (
	"cmp"
	"slices"
	"time"
)

// happening is one thing that happened to a customer's message.
type happening struct {
	at       time.Time
	customer int // place in the list
	name     string
	channel  string // empty: the delivery as a whole
	what     string
	fell     bool   // the step came to nothing
	deed     bool   // the person did it; the messenger's receipts are none
	final    string // the state that it ended in with this
}

// happened is what lies between two readings of one delivery, in order. What came back came now: the steps have the messenger's
// own times, which Telegram gives in whole seconds, minutes here.
func happened(before, after *delivery, said string, now time.Time) []happening {
	var all []happening
	for i := range after.Steps {
		was := step{}
		if i < len(before.Steps) {
			was = before.Steps[i]
		}
		all = append(all, stepHappened(&was, &after.Steps[i], after, said, now)...)
		next := nextQueued(after, i)
		if silent(&after.Steps[i]) && !next.IsZero() && nextQueued(before, i).IsZero() {
			all = append(all, happening{at: next, channel: after.Steps[i].Channel, what: "no proof in time"})
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return a.at.Compare(b.at) })
	if after.final() && after.State != before.State {
		all = end(all, after, now)
	}
	return all
}

// stepHappened tells what is new about one step.
func stepHappened(was, is *step, d *delivery, said string, now time.Time) (all []happening) {
	add := func(at time.Time, what string) { all = append(all, happening{at: at, channel: is.Channel, what: what}) }
	late := ""
	if is.Late {
		late = ", late: the next message had gone"
	}
	if was.SentAt.IsZero() && !is.SentAt.IsZero() {
		add(earlier(is.SentAt, now), sentWords(is))
	}
	if was.DeliveredAt.IsZero() && !is.DeliveredAt.IsZero() {
		add(now, "delivered")
	}
	if was.ReadAt.IsZero() && !is.ReadAt.IsZero() {
		add(now, "read"+late)
	}
	if was.EngagedAt.IsZero() && !is.EngagedAt.IsZero() {
		all = append(all, happening{at: now, channel: is.Channel, what: deedOf(is, d) + quoted(said, 60) + late, deed: true})
	}
	if what, ok := fate(is); ok && was.State != is.State {
		all = append(all, happening{at: now, channel: is.Channel, what: what, fell: is.State != "uncertain"})
	}
	return all
}

// fate is what became of a step without an answer; false: nothing that had to be told.
func fate(s *step) (string, bool) {
	switch {
	case s.State == "failed":
		return "failed: " + cmp.Or(s.Reason, "no reason given"), true
	case s.State == "uncertain":
		return "may have arrived: it is not sent twice", true
	case s.State == "skipped" && s.Reason != noAddress:
		return "passed over: " + inWords(s.Reason), true
	}
	return "", false
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// inWords is a reason that its code does not explain to people who see it for the first time.
func inWords(reason string) string {
	if reason == "cold" {
		return "never wrote to us there"
	}
	return reason
}

// noAddress is the reason of a step for somebody who is not on its channel: nothing happened there.
const noAddress = "no_address"

func sentWords(s *step) string {
	if m := s.Cost.money(); m.Amount > 0 {
		return "sent for " + m.String()
	}
	return "sent"
}

// deedOf is what a person did, as far as the delivery tells.
func deedOf(s *step, d *delivery) string {
	switch {
	case d.ReachedBy == s.Channel && d.Proof != receipt:
		return d.Proof
	case d.LateProof != "" && d.LateProof != receipt:
		return d.LateProof
	}
	return "answered"
}

// silent is a step that went out and of which nothing was heard that could have ended the delivery.
func silent(s *step) bool { return s.out() && (s.State == "accepted" || s.State == "delivered") }

// nextQueued is when the step after this one was put into its lane.
func nextQueued(d *delivery, i int) time.Time {
	for j := i + 1; j < len(d.Steps); j++ {
		if at := d.Steps[j].QueuedAt; !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// end says with which of the happenings the delivery ended; with none of them when time ran out.
func end(all []happening, d *delivery, now time.Time) []happening {
	for i := len(all) - 1; i >= 0; i-- {
		proof := d.ReachedBy == all[i].channel && all[i].deed == (d.Proof != receipt)
		if proof || d.ReachedBy == "" && all[i].fell {
			all[i].final = d.State
			return all
		}
	}
	return append(all, happening{at: now, what: cmp.Or(d.Reason, d.Proof, "nothing more was heard"), final: d.State})
}
