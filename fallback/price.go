package fallback

import "kaskad/bots"

// quote is what a plan's message to a contact would cost on a channel, in the words it would have there and the parts they take.
// A message that cannot be written there counts as one part: it will be passed by when its turn comes. It is pure.
func (e *Engine) quote(p *Plan, c *bots.Contact, channel string) bots.Money {
	on := e.Rules.Channels[channel]
	if len(on.Senders) == 0 {
		return on.Price
	}
	pricer, ok := e.Senders[on.Senders[0]].(bots.Pricer)
	if !ok {
		return on.Price
	}
	written, err := e.words(&Delivery{Plan: *p}, c, channel, on.Formats)
	if err != nil {
		return on.Price
	}
	_, cost := pricer.Price(written.Text)
	return cost
}

// AsSMS is what a delivery would have cost as nothing but an SMS, at today's price; false: no SMS provider is on, or the person
// has no number.
func (e *Engine) AsSMS(d *Delivery, c *bots.Contact) (bots.Money, bool) {
	if _, ok := c.At(bots.SMS); !ok || !e.Rules.on(bots.SMS) {
		return bots.Money{}, false
	}
	return e.quote(&d.Plan, c, bots.SMS), true
}
