package fallback

import (
	"math"
	"slices"
	"sync"
	"time"

	"kaskad/bots"
)

// route settles the order of the steps for this contact: legs in the order in which they will be tried. Channels that are
// off are left out; whether there is an address is looked at when a leg's turn comes.
func route(p *Plan, e *Env) []Leg {
	order := make([]int, len(p.Cascade.Steps))
	for i := range order {
		order[i] = i
	}
	switch p.Cascade.Order {
	case "preferred":
		slices.SortStableFunc(order, func(a, b int) int {
			return e.liking(p.Cascade.Steps[a].Channel) - e.liking(p.Cascade.Steps[b].Channel)
		})
	case "cheapest":
		prices := make([]int64, len(order))
		for i := range prices {
			prices[i] = e.price(p, p.Cascade.Steps[i].Channel)
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return compare(prices[a], prices[b])
		})
	}
	e.ownFirst(p, order)
	var legs []Leg
	for _, i := range order {
		step := p.Cascade.Steps[i]
		for n, channel := range e.expand(step.Channel) {
			legs = append(legs, Leg{Step: i, Channel: channel, Again: n > 0, Needs: e.needs(channel, step.proof())})
		}
	}
	return legs
}

// ownFirst puts the step of the channel that the person chose before the others, in whatever order the shop wants them, if the message
// may go there. What the shop says that a person prefers has no such weight, and what is urgent keeps the shop's order.
func (e *Env) ownFirst(p *Plan, order []int) {
	channel := e.Contact.Preferred
	if !e.Contact.Wishes.Chosen || !p.Purpose.Heeds() || !e.mayLead(p.Purpose, channel) {
		return
	}
	at := slices.IndexFunc(order, func(i int) bool {
		legs := e.expand(p.Cascade.Steps[i].Channel)
		return len(legs) > 0 && legs[0] == channel
	})
	if at > 0 {
		own := order[at]
		copy(order[1:at+1], order[:at])
		order[0] = own
	}
}

// mayLead reports whether a message of a purpose could go to the person's place on a channel. One that could not keeps its turn: it may
// be possible by then.
func (e *Env) mayLead(purpose Purpose, channel string) bool {
	place, ok := e.Contact.At(channel)
	switch {
	case !ok || !place.Reachable() || !e.on(channel) || e.Contact.Wishes.Unwanted(channel):
		return false
	case purpose == Marketing:
		return e.Contact.AllowsOn(channel, e.OptOut)
	}
	return true
}

// waitOf is how long a leg is waited for. The last step of a cascade may have no wait; where it came first because the person chose its
// channel, it waits as the step does in whose place it is.
func (d *Delivery) waitOf(l *Leg) time.Duration {
	wait := d.Cascade.Steps[l.Step].Wait
	if wait == 0 && d.Route[len(d.Route)-1].Step != l.Step {
		return d.Cascade.Steps[0].Wait
	}
	return wait
}

// expand turns the word "messenger" into the person's messengers, best first, and leaves out channels that are off. Places where
// the person was never heard come last: a retailer's list may be old.
func (e *Env) expand(channel string) []string {
	if channel != Messengers {
		if e.on(channel) {
			return []string{channel}
		}
		return nil
	}
	var found []string
	for _, state := range [...]bots.AddressState{bots.Active, bots.Unverified} {
		for _, channel := range append([]string{e.Contact.Preferred, e.lastUsed()}, bots.Channels()...) {
			a, ok := e.Contact.At(channel)
			if ok && a.State == state && bots.Messenger(channel) && e.on(channel) && !slices.Contains(found, channel) {
				found = append(found, channel)
			}
		}
	}
	return found
}

// liking ranks a channel for order "preferred": the person's choice, then the one used last, then the listed order with
// paid texts behind the messengers.
func (e *Env) liking(channel string) int {
	if channel == Messengers {
		if own := e.expand(channel); len(own) > 0 {
			channel = own[0]
		}
	}
	switch {
	case channel == bots.Staff:
		return 4 // a colleague's time is the dearest
	case channel == e.Contact.Preferred:
		return 0
	case channel == e.lastUsed() && channel != bots.SMS && channel != bots.Email:
		return 1
	case channel == bots.SMS || channel == bots.Email:
		return 3
	}
	return 2
}

// price of a plan's message on a channel, for order "cheapest". A "messenger" step counts as the dearest it may become.
func (e *Env) price(p *Plan, channel string) int64 {
	if channel == bots.Staff {
		return math.MaxInt64 // it costs no money, and a colleague's time
	}
	var most int64
	for _, c := range e.expand(channel) {
		cost := e.Channels[c].Price
		if e.Quote != nil && cost.Amount != 0 {
			cost = e.Quote(p, e.Contact, c)
		}
		most = max(most, cost.Amount)
	}
	return most
}

// needs is what the channel can show for a proof asked for: delivered is met by acceptance where no report comes.
func (e *Env) needs(channel string, asked Until) Until {
	if asked.Exact == "" && asked.Level == bots.Delivered && e.Channels[channel].Reports < bots.Delivered {
		return Until{Level: bots.Accepted}
	}
	return asked
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// LoadZone is time.LoadLocation with a memory: a zone is read at every transition of a delivery.
func LoadZone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, loc)
	}
	return loc, err
}

// zones caches what is on the machine; it holds no state of the program.
var zones sync.Map
