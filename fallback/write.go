package fallback

import (
	"fmt"

	"kaskad/bots"
	"kaskad/templates"
)

// render writes the current leg's message for its channel.
func (e *Engine) render(have *Loaded) (*Intent, error) {
	d := have.Delivery
	leg := &d.Route[d.Leg]
	channel := e.Rules.Channels[leg.Channel]
	place, _ := have.Contact.At(leg.Channel) // none: the claim passes the leg by
	out := bots.Outgoing{To: place.Address}
	written, err := e.words(d, have.Contact, leg.Channel, channel.Formats)
	if err != nil {
		return nil, err
	}
	out.Text, out.Markup, out.Image = written.Text, written.Markup, picture(&written, channel)
	if channel.Buttons {
		for _, b := range written.Buttons {
			out.Buttons = append(out.Buttons, bots.Button{Text: b.Text, URL: b.URL, Data: b.Data})
		}
		if e.wantsConfirm(d, leg, channel) && !pressable(out.Buttons, written.Links) {
			out.Buttons = append(out.Buttons, bots.Button{Text: e.set().Phrase(e.locale(have.Contact), templates.ConfirmRead), Data: "ok"})
		}
		if d.AskContact {
			out.AskContact = e.set().Phrase(e.locale(have.Contact), templates.SharePhone)
		}
	}
	dress(d, &out)
	in := &Intent{Delivery: d.ID, Leg: d.Leg, Out: out, Links: written.Links, Parts: 1, Cost: channel.Price}
	in.Sender = senderFor(leg, channel.Senders, e.world().Avoid)
	if p, ok := e.Senders[in.Sender].(bots.Pricer); ok {
		in.Parts, in.Cost = p.Price(out.Text)
	}
	if e.tooLong(in) {
		in.Cost = bots.Money{} // the provider rejects it, and takes nothing: it must not wait for money, nor use up the day's limit
	}
	return in, nil
}

// picture is the picture of a message, where the channel shows one and the text fits under it. A text that its data makes longer
// goes alone: it is what counts, and a second message would be one too many.
func picture(w *templates.Rendered, c Channel) string {
	if w.Units > c.MaxCaption {
		return ""
	}
	return w.Image
}

// tooLong reports whether the sender of a message rejects it for the parts it takes.
func (e *Engine) tooLong(in *Intent) bool {
	s, ok := e.Senders[in.Sender]
	if !ok {
		return false
	}
	most := s.Limits().MaxParts
	return most > 0 && in.Parts > most
}

func (e *Engine) words(d *Delivery, c *bots.Contact, channel, formats string) (templates.Rendered, error) {
	format := templates.FormatOf(channel, formats)
	way := ""
	if d.Purpose == Marketing && e.WayOut != nil {
		way = e.WayOut(d)
	}
	if d.Template == "" {
		return templates.RenderText(format, e.free(d, c, way))
	}
	data, err := DecodeData(d.Data)
	if err != nil {
		return templates.Rendered{}, fmt.Errorf("data of delivery %s: %w", d.ID, err)
	}
	in := templates.Input{Template: d.Template, Locale: e.locale(c), Channel: channel, Format: format, Data: data, Company: e.Company, WayOut: way}
	if e.Link != nil {
		in.Link = func(n int) string { return e.Link(d, n) }
	}
	return e.set().Render(in)
}

// free is a caller's own text; marketing among it gets the way out that a template would have had.
func (e *Engine) free(d *Delivery, c *bots.Contact, way string) string {
	switch {
	case d.Purpose != Marketing:
		return d.Text
	case way != "":
		return d.Text + "\n\n" + e.set().Phrase(e.locale(c), templates.Unsubscribe) + ": " + way
	}
	return d.Text + "\n\n" + e.set().Phrase(e.locale(c), templates.ReplyStop)
}

func (e *Engine) locale(c *bots.Contact) string {
	if c.Locale != "" {
		return c.Locale
	}
	return e.Locale
}

// wantsConfirm: where a channel reports no reads and the message offers nothing to press, a button is the only way to tell.
func (e *Engine) wantsConfirm(d *Delivery, leg *Leg, c Channel) bool {
	return d.Purpose != Conversation && leg.Needs.Exact == "" && leg.Needs.Level >= bots.Read && c.Reports < bots.Read
}
