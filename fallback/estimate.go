package fallback

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"kaskad/bots"
)

// Estimate is what would become of an ask if it were accepted now, and what it could cost. Nothing of it is promised: people write
// and say no meanwhile.
type Estimate struct {
	Accepted          // without an ID, unless the ask was accepted before: Replay
	Channels []string // that could be tried, in their order; none: nothing would be sent
	// Least is the price of the first channel, if that is the proof; Most that of every paid step the cascade may take.
	Least, Most bots.Money
	// SMS is what it would cost as nothing but an SMS; without HasSMS it could not be one.
	SMS    bots.Money
	HasSMS bool
}

// EstimateResult is what is known of one ask of many.
type EstimateResult struct {
	Estimate
	Err error // it would be refused
}

// Estimates are those of many asks, and the money of the day they would be sent on.
type Estimates struct {
	Results []EstimateResult
	Limit   bots.Money // [spend] per_day; zero amount: none
	Spent   bots.Money // of it, today
}

// Reader gives a view of what is stored. Nothing of the view may be kept.
type Reader interface {
	Read(ctx context.Context, f func(View) error) error
}

// EstimateAll accepts asks in their order, each with those before it accepted, on a transaction that is thrown away: the answers are
// those that Accept would give. It writes nothing.
func (e *Engine) EstimateAll(ctx context.Context, store Reader, asks []Ask) (Estimates, error) {
	all := Estimates{Results: make([]EstimateResult, len(asks)), Limit: e.Rules.SpendPerDay}
	tried := make([]*Delivery, len(asks))
	people := make([]*bots.Contact, len(asks))
	gates := gateEstimate{e: e}
	err := store.Read(ctx, func(v View) error {
		all.Spent = v.Spent(day(v.Now(), e.Rules.Zone))
		gates.read(v)
		t := newTrial(v)
		for i := range asks {
			if err := ctx.Err(); err != nil {
				return err
			}
			all.Results[i], tried[i], people[i] = e.try(t, asks[i])
		}
		return nil
	})
	if err != nil {
		return Estimates{}, err
	}
	for i, d := range tried { // texts are written without the view: it must be short
		if d != nil {
			all.Results[i].Err = e.weigh(&all.Results[i].Estimate, d, people[i], &gates)
		}
	}
	return all, nil
}

// try is Accept without its end: the delivery that would go, with its route, and to whom; nil when nothing would.
func (e *Engine) try(t *trial, a Ask) (EstimateResult, *Delivery, *bots.Contact) {
	w := e.world()
	req, err := e.request(a)
	if err != nil {
		return EstimateResult{Err: err}, nil, nil
	}
	done, err := Accept(t, req, e.Rules, w)
	res := EstimateResult{Estimate: Estimate{Accepted: done}, Err: err}
	if err != nil || done.Replay {
		if t.trial(done.ID) {
			res.ID = 0 // of an ask before it, which is not accepted either
		}
		return res, nil, nil
	}
	res.ID = 0
	d := t.Delivery(done.ID)
	if d.State.Final() {
		return res, nil, nil
	}
	c := t.Contact(d.Contact)
	if len(d.Route) == 0 { // it is settled when the delivery starts
		copied := *d
		copied.Route = route(&d.Plan, env(t, e.Rules, w, c, d.Purpose))
		d = &copied
	}
	return res, d, c
}

// weigh fills in the channels that could be tried, and what they cost. A template that panics is the fault of this ask alone.
func (e *Engine) weigh(est *Estimate, d *Delivery, c *bots.Contact, gates *gateEstimate) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while the price of a message was asked: %T", p) // its value may hold what a person is to read
		}
	}()
	steps := map[int]bots.Money{} // the dearest of a step: of its messengers only one is paid
	for i := range d.Route {
		l := &d.Route[i]
		if d.Task(l) != "" {
			if unable(c, gates.room) == "" {
				est.Channels = append(est.Channels, l.Channel) // it costs no money, and nothing that a channel counts
			}
			continue
		}
		at, ok := c.At(l.Channel)
		if !ok || !at.Reachable() || !e.Rules.on(l.Channel) || slices.Contains(est.Channels, l.Channel) {
			continue
		}
		if d.Purpose.Heeds() && c.Wishes.Unwanted(l.Channel) {
			continue // it is passed over, and would cost nothing
		}
		if gates.keep(d, c, at, l) {
			continue // so is this one, as things stand
		}
		low, high, ok := e.prices(d, c, l)
		if !ok {
			continue
		}
		if len(est.Channels) == 0 {
			gates.take(d, l.Channel)
		}
		if est.Channels = append(est.Channels, l.Channel); len(est.Channels) == 1 {
			est.Least = low
		}
		if high.Amount > steps[l.Step].Amount {
			steps[l.Step] = high
		}
	}
	est.Most = dearest(steps, d.Cascade.PaidSteps)
	est.SMS, est.HasSMS = e.AsSMS(d, c)
	return nil
}

// dearest is the sum of the dearest steps; most 0 is all of them.
func dearest(steps map[int]bots.Money, most int) (sum bots.Money) {
	costs := slices.SortedFunc(maps.Values(steps), func(a, b bots.Money) int { return compare(b.Amount, a.Amount) })
	if most > 0 {
		costs = costs[:min(most, len(costs))]
	}
	for _, cost := range costs {
		sum = sum.Plus(cost)
	}
	return sum
}

// prices are what a leg costs with the sender whose turn it is, and with the dearest that may follow it. It is not ok when no sender
// would take the message.
func (e *Engine) prices(d *Delivery, c *bots.Contact, l *Leg) (now, most bots.Money, ok bool) {
	channel := e.Rules.Channels[l.Channel]
	written, err := e.words(d, c, l.Channel, channel.Formats)
	if err != nil {
		return now, most, false // it will be passed by, as unwritable
	}
	first := senderFor(l, channel.Senders, e.world().Avoid)
	for _, name := range channel.Senders {
		in := Intent{Sender: name, Parts: 1, Cost: channel.Price}
		if p, prices := e.Senders[name].(bots.Pricer); prices {
			in.Parts, in.Cost = p.Price(written.Text)
		}
		if e.tooLong(&in) {
			continue // it rejects the message, and takes nothing
		}
		if !ok || name == first {
			now = in.Cost
		}
		if !ok || in.Cost.Amount > most.Amount {
			most = in.Cost
		}
		ok = true
	}
	return now, most, ok
}
