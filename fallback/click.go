package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// Followed is where a tracked link leads, and what opening it means.
type Followed struct {
	Target  string  // as it was made durable with the message, before it was sent
	Message bots.ID // whose link it is
	Void    string  // why opening it now proves nothing: VoidSending or VoidEarly; empty: it does
}

// Why a click proves nothing.
const (
	VoidSending = "sending" // the channel has not accepted the message yet: somebody on the way looked at it
	VoidEarly   = "early"   // within previewTime of the acceptance
)

// Follow finds tracked link n of a leg's message, by the words that went out; false when there is none.
func Follow(v View, delivery bots.ID, leg, n int, at time.Time) (Followed, bool) {
	d := v.Delivery(delivery)
	if d == nil || leg < 0 || leg >= len(d.Route) {
		return Followed{}, false
	}
	m := v.Message(d.Route[leg].Message)
	if m == nil || m.In || m.Delivery != delivery || n < 0 || n >= len(m.Links) {
		return Followed{}, false
	}
	s := v.MessageState(m.ID)
	return Followed{Target: m.Links[n], Message: m.ID, Void: void(d, m, &s, at)}, true
}

// previewTime is how long after the channel's acceptance a click is taken for the messenger's own look at the link.
const previewTime = 3 * time.Second

// void says why a click proves nothing; empty when it does.
func void(d *Delivery, m *bots.Message, s *bots.MessageState, at time.Time) string {
	if s.Sending {
		return VoidSending
	}
	sent := s.SentAt
	if sent.IsZero() { // never accepted, for all we know: the attempt's end is the latest that it can have been
		sent = s.ClaimedAt
		if m.Leg < len(d.Route) && d.Route[m.Leg].Message == m.ID {
			sent = later(sent, d.Route[m.Leg].SentAt)
		}
	}
	if at.Before(sent.Add(previewTime)) {
		return VoidEarly
	}
	return ""
}

// clicked proves the message whose tracked link was opened, alone. The link is ours and cannot be guessed; it still must be of
// that delivery.
func clicked(tx Tx, p *bots.Proof) {
	m := tx.Message(p.Step)
	if m == nil || m.In || m.Delivery != p.Delivery || absent(tx, m.Contact) {
		return
	}
	d := tx.Delivery(m.Delivery)
	s := tx.MessageState(m.ID)
	if d != nil && void(d, m, &s, p.At) == "" {
		grow(tx, m, s, Evidence{Level: p.Level, Kind: p.Kind, At: p.At}, false)
	}
}

// ClickStep is a place of a cascade whose proof only a click on a tracked link gives.
type ClickStep struct {
	Step    int
	Channel string
}

// ByClick lists the places of a cascade whose proof only a click can give: the text must have a tracked link.
func (c *Cascade) ByClick(channels map[string]Channel) []ClickStep {
	var list []ClickStep
	for i, s := range c.Steps {
		for _, channel := range bots.Channels() {
			on, is := channels[channel]
			named := s.Channel == channel || s.Channel == Messengers && bots.Messenger(channel)
			if is && named && s.Until.byClick(on.Limits) {
				list = append(list, ClickStep{i, channel})
			}
		}
	}
	return list
}

// byClick reports whether on a channel nothing but a click gives this proof.
func (u Until) byClick(l bots.Limits) bool {
	if u.Exact != "" {
		return u.Exact == "clicked"
	}
	return u.Level > bots.Delivered && u.Level > l.Reports && !l.CanEngage
}

// clickable refuses a step that only a click can prove where the message has no link to click.
func (in *Intake) clickable(a *Ask, c Cascade) error {
	for _, s := range c.ByClick(in.Channels) {
		u := c.Steps[s.Step].Until
		switch {
		case !in.Channels[s.Channel].Clicks:
			return invalid("invalid_cascade", "cascade", "On %s only a click gives %q, and links cannot be tracked without [server] public_url: set it, or ask for a weaker proof.", s.Channel, u)
		case a.Template == "":
			return invalid("invalid_cascade", "cascade", "On %s only a click gives %q, and free text has no tracked links: send a template with [links] track = true, or ask for a weaker proof.", s.Channel, u)
		case !in.Templates.Tracks(a.Template, s.Channel, a.Data):
			return invalid("invalid_cascade", "cascade", "On %s only a click gives %q, and template %q has no tracked link there with this data: give it one ([links] track = true), or ask for a weaker proof.", s.Channel, u, a.Template)
		}
	}
	return nil
}

// pressable reports whether a message offers something to press that comes back to us.
func pressable(buttons []bots.Button, links []string) bool {
	return len(links) > 0 || slices.ContainsFunc(buttons, func(b bots.Button) bool { return b.Data != "" })
}
