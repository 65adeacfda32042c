package fallback

import (
	"time"

	"kaskad/bots"
)

// What a channel lets through at a moment. A leg that it does not let through is passed by: the cascade goes on to the next channel at
// once, and the address stays as it is. An answer to a person that has no other channel fails, so that whoever wrote it hears of it.

// gates reports whether a reason is one of a channel's gates.
func gates(reason string) bool {
	switch reason {
	case ReasonCold, ReasonWindow, ReasonDaily, ReasonShut, ReasonLimited:
		return true
	}
	return false
}

// cold reports whether a place is one where the person was never heard, on a channel where only who was heard may be written to.
// Whoever is answered was.
func (d *Delivery) cold(channel string, a bots.ContactAddress, e *Env) bool {
	if !e.Channels[channel].WarmOnly || d.Purpose == Conversation {
		return false
	}
	since := e.writtenOn(channel).Since
	return a.State != bots.Active || !since.IsZero() && e.heardAt(a.Address).Before(since)
}

// heardAt is when the person wrote last in the chat of an address.
func (e *Env) heardAt(at bots.Address) (last time.Time) {
	for _, a := range e.Contact.Chat(at) {
		if have := e.Contact.Address(a); have != nil {
			last = later(last, have.Heard)
		}
	}
	return last
}

// gate says why the current leg cannot go at this moment, though its person has a place there; empty: it can.
func (d *Delivery) gate(e *Env, now time.Time) string {
	l := d.leg()
	stands := e.Standing[l.Channel]
	switch {
	case stands.Shut:
		return ReasonShut
	case stands.Limited && d.Purpose != Conversation:
		return ReasonLimited
	case !e.Approved && !e.takesText(l.Channel, now):
		return ReasonWindow
	case d.Purpose.counts() && e.capped(l.Channel, now):
		return ReasonDaily
	}
	return ""
}

// PassBy passes by the current leg if it stands in its lane and its channel does not let it through, whatever words it has.
func (d *Delivery) PassBy(e *Env, now time.Time) {
	e.Approved = true // nothing is written yet
	if d.inLane(now) != nil && d.leg().Outcome == Untried && (d.gate(e, now) != "" || d.keptNow(e, now)) {
		d.mayGo(bots.Money{}, e, now)
	}
}

// windowMargin is how much earlier than it says a window is taken for closed: our clock and the channel's are not one.
const windowMargin = time.Minute

// takesText reports whether a channel takes free text for the person now: within a window after the person's own message, where the
// channel has one.
func (e *Env) takesText(channel string, now time.Time) bool {
	window := e.Channels[channel].Window
	if window == 0 {
		return true
	}
	place, ok := e.Contact.At(channel)
	if !ok {
		return false
	}
	heard := e.heardAt(place.Address)
	return !heard.IsZero() && now.Before(heard.Add(window-windowMargin))
}

// chosen is the approved template that a message goes out as; nil: it goes as free text.
func (e *Env) chosen(out *bots.Outgoing, now time.Time) *bots.Approved {
	if e.takesText(out.To.Channel, now) {
		return nil
	}
	return out.Approved
}

// heard notes when the person wrote, where that opens a window or makes us no strangers: by the messenger's clock, and now at the latest. An event without a
// time opens none: when it came to us says nothing.
func (r *Rules) heard(t *bots.Turn, now time.Time) {
	e := &t.Event
	if c := r.Channels[e.Chat.Channel]; c.Window == 0 && !c.WarmOnly || e.At.IsZero() || !opensWindow(e.Kind) {
		return
	}
	if a := t.Contact.Address(e.Chat); a != nil {
		a.Hears(earlier(e.At, now))
	}
}

// opensWindow reports whether an event is a message of the person's own. Reactions, edits and what is taken back are none.
func opensWindow(k bots.Kind) bool {
	switch k {
	case bots.Wrote, bots.Pressed, bots.Started, bots.Shared:
		return true
	}
	return false
}
