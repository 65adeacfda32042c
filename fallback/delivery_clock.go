package fallback

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// where is the place of the person: as it was known when the delivery was accepted, and, while it is open, as it is known now of a person
// who was changed since, or whose zone of then this machine does not know. Of a person of whom nothing is known any more the zone of the
// acceptance stays.
func (d *Delivery) where(c *bots.Contact, company *time.Location) string {
	name, _, _ := strings.Cut(d.Zone, zoneList)
	_, err := LoadZone(name)
	if d.State.Final() || c == nil || err == nil && (!c.Updated.After(d.Created) || c.Zone == "" && phoneOf(c) == "") {
		return d.Zone
	}
	return Where(c, &Rules{Zone: company}).String()
}

// zones are those of the person's place, the likeliest first.
func (d *Delivery) zones(c *bots.Contact, company *time.Location) (first *time.Location, also []*time.Location) {
	name, rest, several := strings.Cut(d.where(c, company), zoneList)
	first, err := LoadZone(name)
	if err != nil && company != nil {
		first = company // refused when it was set; an old name must not stop a delivery
	} else if err != nil {
		first = time.UTC
	}
	for several {
		name, rest, several = strings.Cut(rest, zoneList)
		if loc, err := LoadZone(name); err == nil {
			also = append(also, loc)
		}
	}
	return first, also
}

// nights is the clock of the quiet hours alone: the cascade's and the person's own. Both leave alone what answers a person or is
// urgent. Company is the company's zone.
func (d *Delivery) nights(c *bots.Contact, company *time.Location) Clock {
	if !d.Purpose.Quiet() {
		return Clock{}
	}
	zone, also := d.zones(c, company)
	return Clock{Quiet: d.Cascade.Quiet, Days: d.Cascade.Days, Own: Owns(c), Zone: zone, Also: also}
}

// clock counts for a deadline: quiet hours, pauses and holds stop it.
func (d *Delivery) clock(e *Env, now time.Time) Clock {
	c := d.nights(e.Contact, e.Zone)
	c.Stops = append(d.pauses(e.World, now), d.holdSpans(e, now)...)
	return c
}

// pauses are the stretches up to now in which a pause held this delivery. A pause of one channel holds it only while that
// channel's leg is the current one.
func (d *Delivery) pauses(w *World, now time.Time) []Span {
	var spans []Span
	for _, p := range w.Pauses {
		if p.Skip {
			continue // it stops nothing
		}
		held := Span{p.From, p.To}
		if p.To.IsZero() {
			held.To = now
		}
		if p.covers(d.Purpose, "") {
			spans = append(spans, held)
			continue
		}
		for i := range d.Route {
			if turn, ok := d.turn(i, held.To); ok && d.Route[i].Channel == p.Scope {
				spans = append(spans, Span{later(held.From, turn.From), earlier(held.To, turn.To)})
			}
		}
	}
	return spans
}

// turn is the time in which a leg was the current one; it lasts until at least when it still is.
func (d *Delivery) turn(leg int, until time.Time) (Span, bool) {
	if leg > d.Leg || d.Route[leg].QueuedAt.IsZero() {
		return Span{}, false
	}
	for i := leg + 1; i < len(d.Route) && i <= d.Leg; i++ {
		if next := d.Route[i].QueuedAt; !next.IsZero() {
			return Span{d.Route[leg].QueuedAt, next}, true
		}
	}
	return Span{d.Route[leg].QueuedAt, until}, true
}

// waitClock counts for a wait: deaf gaps of the awaited channel stop it too, but never for those that answer a person or are
// urgent.
func (d *Delivery) waitClock(e *Env, now time.Time) Clock {
	c := d.clock(e, now)
	if d.Purpose.Priority() != First {
		c.Stops = append(slices.Clip(c.Stops), e.ear(d.leg().Channel).Gaps...)
	}
	return c
}

// end is when the deadline is over if nothing more stops the clock.
func (d *Delivery) end(e *Env, now time.Time) time.Time {
	if len(d.Sealed) > 0 {
		return d.Started.Add(d.Cascade.Deadline) // nothing stops the clock of a code
	}
	return d.clock(e, now).Add(d.Started, d.Cascade.Deadline)
}

// Deadline is when a delivery to a person ends at the latest if no pause stops its clock; company is the company's zone.
func (d *Delivery) Deadline(c *bots.Contact, company *time.Location) time.Time {
	from := d.Started
	if from.IsZero() {
		from = d.SendAt
	}
	if from.IsZero() {
		from = d.Created
	}
	return d.nights(c, company).Add(from, d.Cascade.Deadline)
}

// over reports whether the deadline has passed.
func (d *Delivery) over(e *Env, now time.Time) bool {
	return !d.Started.IsZero() && !now.Before(d.end(e, now))
}

// spread is this delivery's own place in a ramp: the same at every call, even over all deliveries.
func (d *Delivery) spread(ramp time.Duration) time.Duration {
	if ramp <= 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write(d.ID.Bytes())
	return time.Duration(h.Sum64() % uint64(ramp)).Truncate(time.Millisecond)
}

// ramp is how much later than at something starts again that the night held: at most half of what is left until the end, and of
// the hours until the next night, so that there is time for it.
func (d *Delivery) ramp(e *Env, at, end time.Time) time.Duration {
	room := end.Sub(at)
	if night, ok := d.nights(e.Contact, e.Zone).nextStop(at); ok {
		room = min(room, night.Sub(at))
	}
	return d.spread(min(d.Cascade.Quiet.Ramp, room/2))
}
