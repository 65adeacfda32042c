package fallback

import (
	"time"

	"kaskad/bots"
)

// gateEstimate is what channels would let through if an estimate's asks were accepted now, one after the other.
type gateEstimate struct {
	e    *Engine
	now  time.Time
	left map[string]int // by channel: how many more it may write to first today; missing: no bound

	written map[string]Written // by channel
	room    bots.Address       // of staff; zero: none
}

func (g *gateEstimate) read(v View) {
	g.room = roomPlace(v, 0)
	g.now, g.left, g.written = v.Now(), map[string]int{}, map[string]Written{}
	for channel, c := range g.e.Rules.Channels {
		if c.WarmOnly {
			g.written[channel] = v.Written(channel)
		}
		if c.Daily == (bots.Daily{}) {
			continue
		}
		w := v.Written(channel).on(day(g.now, g.e.Rules.Zone))
		most, _ := allowed(c.Daily, w.Days)
		g.left[channel] = most - w.Count
	}
}

// take counts a delivery whose first channel it is.
func (g *gateEstimate) take(d *Delivery, channel string) {
	if _, bound := g.left[channel]; bound && d.Purpose.counts() {
		g.left[channel]--
	}
}

// keep reports whether a channel would not let a leg through.
func (g *gateEstimate) keep(d *Delivery, c *bots.Contact, at bots.ContactAddress, l *Leg) bool {
	env := &Env{Rules: g.e.Rules, World: g.e.world(), Contact: c, written: g.written}
	stands := env.Standing[l.Channel]
	left, bound := g.left[l.Channel]
	switch {
	case d.cold(l.Channel, at, env), stands.Shut, stands.Limited && d.Purpose != Conversation:
		return true
	case bound && left <= 0 && d.Purpose.counts():
		return true
	case env.takesText(l.Channel, g.now):
		return false
	}
	written, err := g.e.words(d, c, l.Channel, g.e.Rules.Channels[l.Channel].Formats)
	return err == nil && written.Approved == nil // what cannot be written is looked at by whoever asks its price
}
