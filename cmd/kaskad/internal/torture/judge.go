package torture

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// grace is how long after an acknowledgement an attempt may still reach a channel that was claimed before it.
const grace = 1500 * time.Millisecond

// Judge compares the two sides of a book. It changes nothing.
func Judge(b *Book) ([]Fault, Tally) {
	j := newJudge(b)
	j.accepted()
	j.attempts()
	j.claims()
	j.proofs()
	j.noes()
	j.events()
	j.order()
	j.changes()
	j.told()
	return j.faults, j.tally
}

// spot is a message of ours: a delivery's on a channel.
type spot struct {
	number  int
	channel string
}

// judge looks things up in a book.
type judge struct {
	*Book
	asks       map[int]*Ask
	deliveries map[string]*Delivery
	byNumber   map[int]*Delivery
	steps      map[spot]*Step
	claimed    map[spot]time.Time // when the gateway says that it took the message in hand
	words      map[string][]int   // person and text: the places in Said
	calls      map[spot][]*Call
	states     map[string]*AddressState // person and channel
	faults     []Fault
	tally      Tally
}

func newJudge(b *Book) *judge {
	j := &judge{Book: b, asks: map[int]*Ask{}, deliveries: map[string]*Delivery{}, byNumber: map[int]*Delivery{}, steps: map[spot]*Step{}, claimed: map[spot]time.Time{},
		words: map[string][]int{}, calls: map[spot][]*Call{}, states: map[string]*AddressState{}}
	for i := range b.Asks {
		j.asks[b.Asks[i].Number] = &b.Asks[i]
	}
	for i := range b.Deliveries {
		d := &b.Deliveries[i]
		j.deliveries[d.ID] = d
	}
	for i := range b.Said {
		j.hear(i)
	}
	for _, d := range j.deliveries {
		if d.Number == 0 {
			continue
		}
		j.byNumber[d.Number] = d
		for k := range d.Steps {
			j.steps[spot{d.Number, d.Steps[k].Channel}] = &d.Steps[k]
		}
	}
	for i := range b.Calls {
		c := &b.Calls[i]
		at := spot{c.Number, c.Channel}
		j.calls[at] = append(j.calls[at], c)
	}
	for i := range b.States {
		s := &b.States[i]
		j.states[s.Person+" "+s.Channel] = s
	}
	return j
}

// hear takes a message of a conversation: one of ours tells whose number a delivery has.
func (j *judge) hear(i int) {
	m := &j.Said[i]
	if m.Direction == "in" {
		j.words[m.Person+" "+m.Text] = append(j.words[m.Person+" "+m.Text], i)
		return
	}
	d := j.deliveries[m.Delivery]
	if m.Number == 0 || d == nil {
		return
	}
	if d.Number != 0 && d.Number != m.Number {
		j.fault(RuleKept, "delivery %s says #%d# and #%d#", d.ID, d.Number, m.Number)
	}
	d.Number = m.Number
	if at := (spot{m.Number, m.Channel}); j.claimed[at].IsZero() {
		j.claimed[at] = m.At
	}
}

func (j *judge) fault(rule, format string, args ...any) {
	j.faults = append(j.faults, Fault{rule, fmt.Sprintf(format, args...)})
}

// accepted looks whether everything that was acknowledged is there, once.
func (j *judge) accepted() {
	owners := map[int]string{}
	for _, m := range j.Said {
		if m.Number == 0 || m.Direction == "in" || m.Delivery == "" {
			continue
		}
		if other := owners[m.Number]; other != "" && other != m.Delivery {
			j.fault(RuleOnce, "#%d# was asked for under one key, and is deliveries %s and %s", m.Number, other, m.Delivery)
		}
		owners[m.Number] = m.Delivery
	}
	for _, a := range j.Asks {
		j.tally.Asked++
		if len(a.IDs) > 1 {
			j.fault(RuleOnce, "#%d# was asked for under one key, and was answered with %d ids", a.Number, len(a.IDs))
		}
		for id := range a.IDs {
			j.tally.Accepted++
			d := j.deliveries[id]
			switch {
			case d == nil:
				j.fault(RuleKept, "#%d# was accepted as %s, which is not there", a.Number, id)
			case owners[a.Number] != "" && owners[a.Number] != id:
				j.fault(RuleOnce, "#%d# was accepted as %s, and went out as %s", a.Number, id, owners[a.Number])
			case j.Over && !final(d.State) && !(a.Talk && waitsLong(d)):
				j.fault(RuleEnd, "#%d# (%s) is still %s (%s), steps %v", a.Number, id, d.State, d.Reason, d.Steps)
			}
		}
	}
}

// waitsLong tells whether a delivery still waits for its one step, of unknown outcome, and when it will be looked at.
func waitsLong(d *Delivery) bool {
	return d.State == "waiting" && len(d.Steps) == 1 && d.Steps[0].State == "uncertain" && !d.Steps[0].Next.IsZero()
}

func final(state string) bool {
	return !slices.Contains([]string{"scheduled", "held", "queued", "sending", "waiting"}, state)
}

// attempts looks whether anybody got anything twice, or nearly.
func (j *judge) attempts() {
	for at, calls := range j.calls {
		if j.asks[at.number] == nil {
			j.fault(RuleOnce, "#%d# went out on %s, and nobody asked for it", at.number, at.channel)
		}
		slices.SortStableFunc(calls, func(a, b *Call) int { return a.At.Compare(b.At) })
		carried := 0
		var open *Call // whose outcome nobody can know, or is good
		for _, c := range calls {
			if open != nil {
				j.fault(RuleNoRepeat, "#%d# was sent again on %s at %s, though what became of the attempt of %s was unknown, or good (%s)", at.number, at.channel, clock(c.At), clock(open.At), open.Answer)
			}
			if !c.Refused {
				open = c
			}
			if c.Carried {
				carried++
			}
		}
		j.tally.Messages += min(carried, 1)
		if i := slices.Index(Channels(), at.channel); i >= 0 {
			j.tally.By[i] += min(carried, 1)
		}
		if carried > 1 {
			j.fault(RuleOnce, "%s got #%d# %d times on %s", calls[0].Person, at.number, carried, at.channel)
		}
	}
}

// claims looks, at the end, whether everything that the gateway calls sent reached its channel. Earlier, something may have been sent since
// the outside was looked at.
func (j *judge) claims() {
	if !j.Over {
		return
	}
	for at, step := range j.steps {
		if levels[step.State] > 0 && !slices.ContainsFunc(j.calls[at], func(c *Call) bool { return c.Carried }) {
			j.fault(RuleTrue, "#%d# is %s on %s, which never got it", at.number, step.State, at.channel)
		}
	}
}

// since is why an attempt should not have been made after a moment; empty: it was under way already.
func (j *judge) since(c *Call, moment time.Time) string {
	claimed := j.claimed[spot{c.Number, c.Channel}]
	switch {
	case moment.IsZero():
		return ""
	case claimed.After(moment):
		return "was taken in hand at " + clock(claimed)
	case c.At.After(moment.Add(grace)):
		return "was sent at " + clock(c.At)
	}
	return ""
}

// proofs looks whether a step began after an acknowledged proof of an earlier one.
func (j *judge) proofs() {
	for i := range j.Signs {
		s := &j.Signs[i]
		a := j.asks[s.Number]
		if s.Number == 0 || a == nil || !slices.Contains([]Kind{Replied, Pressed, Reacted, Saw}, s.Kind) || j.unnamed(s) {
			continue
		}
		from := slices.Index(a.Channels, s.Channel)
		if from < 0 {
			continue
		}
		for _, channel := range a.Channels[from+1:] {
			for _, c := range j.calls[spot{s.Number, channel}] {
				if why := j.since(c, s.Acked); why != "" {
					j.fault(RuleProof, "#%d# on %s %s, after %s", s.Number, channel, why, s)
				} else {
					j.tally.Late++
				}
			}
		}
	}
}

// unnamed tells whether the gateway cannot know which message a sign is about: the outcome of that message never came, and the sign
// names it by the id that would have come with it. A button carries our own id, and so do an SMS provider's report and Meta's statuses.
func (j *judge) unnamed(s *Sign) bool {
	if s.Channel == cloudChannel && (s.Kind == Saw || s.Kind == Got) {
		return false
	}
	step := j.steps[spot{s.Number, s.Channel}]
	return slices.Contains([]Kind{Replied, Reacted, Saw, Got}, s.Kind) && step != nil && step.ProviderID == "" && step.State != "accepted"
}

// noes looks whether marketing began after an acknowledged no, or anything after a cancel.
func (j *judge) noes() {
	no := map[string]*Sign{}
	for i := range j.Signs {
		s := &j.Signs[i]
		if first := no[s.Person]; (s.Kind == SaidStop || s.Kind == Blocked) && !s.Acked.IsZero() && (first == nil || s.Acked.Before(first.Acked)) {
			no[s.Person] = s
		}
	}
	for i := range j.Calls {
		c := &j.Calls[i]
		a := j.asks[c.Number]
		if a == nil {
			continue
		}
		if why := j.since(c, a.Cancelled); why != "" {
			j.fault(RuleNo, "#%d# on %s %s, after it was cancelled at %s", c.Number, c.Channel, why, clock(a.Cancelled))
		}
		if s := no[a.Person]; a.Marketing && s != nil {
			if why := j.since(c, s.Acked); why != "" {
				j.fault(RuleNo, "marketing #%d# on %s %s, after %s", c.Number, c.Channel, why, s)
			}
		}
	}
}

// levels are what a step's state proves.
var levels = map[string]int{"accepted": 1, "delivered": 2, "read": 3, "engaged": 4}

// needs is what an acknowledged sign must have made of its message.
var needs = map[Kind]string{Replied: "engaged", Pressed: "engaged", Reacted: "engaged", Saw: "read", Got: "delivered", Arrived: "delivered"}

// events looks whether everything that was acknowledged can be found.
func (j *judge) events() {
	arrived := map[spot]bool{}
	for _, s := range j.Signs {
		if s.Kind == Arrived {
			arrived[spot{s.Number, s.Channel}] = true
		}
	}
	for i := range j.Signs {
		s := &j.Signs[i]
		if s.Acked.IsZero() {
			if j.Over {
				j.fault(RuleEvents, "%s: it was never taken", s)
			}
			continue
		}
		j.tally.Signs++
		if s.Text != "" {
			j.tally.Words++
			if n := len(j.words[s.Person+" "+s.Text]); n != 1 {
				j.fault(RuleEvents, "%s stands %d times in the conversation", s, n)
			}
		}
		j.effect(s, arrived[spot{s.Number, s.Channel}])
	}
}

// effect looks for what one sign must have changed.
func (j *judge) effect(s *Sign, arrived bool) {
	if need, ok := needs[s.Kind]; ok && s.Number != 0 {
		step := j.steps[spot{s.Number, s.Channel}]
		switch {
		case step == nil:
			j.fault(RuleEvents, "%s is about #%d#, which is in no delivery", s, s.Number)
		case j.unnamed(s):
			j.tally.Unnamed++
		case levels[step.State] < levels[need]:
			j.fault(RuleEvents, "%s: the step of #%d# is %s (%s), not %s", s, s.Number, step.State, step.Reason, need)
		default:
			j.tally.Proofs++
		}
	}
	switch s.Kind {
	case NotArrived:
		if step := j.steps[spot{s.Number, s.Channel}]; !arrived && (step == nil || step.State != "failed") {
			j.fault(RuleEvents, "%s: the step of #%d# is %+v, not failed", s, s.Number, step)
		}
	case Blocked:
		if j.cameBack(s) {
			break
		}
		if at := j.states[s.Person+" "+s.Channel]; at == nil || at.State != "blocked" {
			j.fault(RuleEvents, "%s: the address is %+v, not blocked", s, at)
		}
	case SaidStop:
		if at := j.states[s.Person+" "+s.Channel]; at == nil || at.Marketing != "denied" {
			j.fault(RuleEvents, "%s: marketing is %+v, not denied", s, at)
		}
	}
}

// cameBack tells whether somebody wrote on the channel that they had left: Viber subscribes them again. They may have done so while the gateway
// was being asked.
func (j *judge) cameBack(left *Sign) bool {
	return slices.ContainsFunc(slices.Concat(j.Signs, j.Later), func(s Sign) bool {
		return s.Person == left.Person && s.Channel == left.Channel && s.Text != "" && s.Begun.After(left.Begun)
	})
}

// order looks whether a conversation has the order in which it was acknowledged, and on Telegram, which numbers what it tells, that order.
func (j *judge) order() {
	texts := map[string][]*Sign{}
	for i := range j.Signs {
		if s := &j.Signs[i]; s.Text != "" && !s.Acked.IsZero() {
			texts[s.Person] = append(texts[s.Person], s)
		}
	}
	for person, signs := range texts {
		for i, a := range signs {
			for _, b := range signs[i+1:] {
				first, second := a, b
				sure := a.Channel == telegramChannel && b.Channel == telegramChannel
				if b.Acked.Before(a.Begun) {
					first, second, sure = b, a, true
				}
				if !sure && !first.Acked.Before(second.Begun) {
					continue // both were under way
				}
				x, y := j.words[person+" "+first.Text], j.words[person+" "+second.Text]
				if len(x) == 1 && len(y) == 1 && x[0] > y[0] {
					j.fault(RuleOrder, "%s stands behind %s", first, second)
				}
			}
		}
	}
}

// changes looks whether each change is there once, and is what it was.
func (j *judge) changes() {
	j.tally.Changes = len(j.Changes)
	now, last := map[uint64]string{}, uint64(0)
	accepted, ended, received := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range j.Changes {
		if c.ID <= last {
			j.fault(RuleChanges, "change %d stands behind %d", c.ID, last)
		}
		last = c.ID
		now[c.ID] = c.Line
		switch c.Type {
		case "delivery.accepted":
			accepted[c.Delivery]++
		case "message.received":
			received[c.Message]++
		default:
			ended[c.Delivery+" "+c.Type]++
		}
	}
	for _, c := range j.Before {
		if now[c.ID] != c.Line {
			j.fault(RuleChanges, "change %d was told as %s, and now is %q", c.ID, c.Line, now[c.ID])
		}
	}
	for _, d := range j.deliveries {
		if n := accepted[d.ID]; n != 1 {
			j.fault(RuleChanges, "delivery %s has %d changes delivery.accepted", d.ID, n)
		}
		if final(d.State) && ended[d.ID+" delivery."+d.State] != 1 {
			j.fault(RuleChanges, "delivery %s is %s, and has %d such changes", d.ID, d.State, ended[d.ID+" delivery."+d.State])
		}
	}
	for _, m := range j.Said {
		if m.Direction == "in" && m.Kind == "text" && received[m.ID] != 1 {
			j.fault(RuleChanges, "message %s of %s has %d changes message.received", m.ID, m.Person, received[m.ID])
		}
	}
}

// told looks whether the program was told each change, those of one person in their order.
func (j *judge) told() {
	sums, last := map[uint64]string{}, map[string]uint64{}
	for _, t := range j.Told {
		j.tally.Told++
		if !t.Genuine {
			j.fault(RuleTold, "change %d was told with a signature that does not fit", t.Change)
		}
		if sum, again := sums[t.Change]; again {
			if sum != t.ID+t.Sum {
				j.fault(RuleTold, "change %d was told twice, and not the same", t.Change)
			}
			continue
		}
		sums[t.Change] = t.ID + t.Sum
		who := cmp.Or(t.Contact, "nobody")
		if t.Change < last[who] {
			j.fault(RuleTold, "change %d of %s was told behind %d", t.Change, who, last[who])
		}
		last[who] = t.Change
	}
	if !j.Over {
		return
	}
	for _, c := range j.Changes {
		if _, told := sums[c.ID]; !told {
			j.fault(RuleTold, "change %d (%s) was never told", c.ID, c.Type)
		}
	}
}
