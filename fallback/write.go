package fallback

import (
	"fmt"
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// render writes the current leg's message for its channel. A further attempt at the same place repeats the words of the one before,
// whatever the templates say by now: they are what is paid for.
func (e *Engine) render(have *Loaded) (*Intent, error) {
	d := have.Delivery
	leg := &d.Route[d.Leg]
	channel := e.Rules.Channels[leg.Channel]
	code, err := e.Rules.Codes.open(d.Sealed)
	if err != nil {
		return nil, err
	}
	place, _ := d.place(have.Contact, leg.Channel) // none: the claim passes the leg by
	in := &Intent{Delivery: d.ID, Leg: d.Leg, Out: bots.Outgoing{To: place.Address}, Parts: 1, Cost: channel.Price, Code: code, Way: wayOut(e.WayOut, d, d.Leg)}
	if m := have.Sent; m != nil && m.To == place.Address {
		in.Links, in.Way = again(&in.Out, m), wayOut(e.WayOut, d, m.Leg)
		if m.Masked {
			in.Token = e.Rules.Codes.token(d)
		}
	} else if err := e.compose(in, have, leg, channel); err != nil {
		return nil, err
	}
	if channel.Buttons && d.AskContact {
		in.Out.AskContact = e.set().Phrase(e.locale(have.Contact), templates.SharePhone)
	}
	dress(d, &in.Out)
	if d.Copy != nil {
		in.Out = bots.Outgoing{To: in.Out.To, Act: d.Act, On: d.Copy.On, From: d.Copy.From, Text: d.Text}
	}
	if d.Act != "" {
		in.Cost = bots.Money{} // no channel takes money for it
	}
	in.Sender = senderFor(leg, channel.Senders, e.world().Avoid)
	if n, ok := e.Senders[in.Sender].(bots.Namer); ok {
		in.NameOf = n.NameOf
	}
	if p, ok := e.Senders[in.Sender].(bots.Pricer); ok {
		in.Parts, in.Cost = p.Price(in.wire(in.Out).Text)
		e.invite(in, have, p.Price)
	}
	if e.tooLong(in) {
		in.Cost = bots.Money{} // the provider rejects it, and takes nothing: it must not wait for money, nor use up the day's limit
	}
	return in, nil
}

// compose writes the words, the buttons and the picture of a leg's first attempt.
func (e *Engine) compose(in *Intent, have *Loaded, leg *Leg, channel Channel) error {
	d := have.Delivery
	in.Out.Image, in.Out.File = d.Image, d.File
	if d.wordless() {
		in.Out.Text = d.Text
		return nil
	}
	written, err := e.words(d, have.Contact, leg.Channel, channel.Formats)
	if err != nil {
		return err
	}
	if d.attached() {
		in.Out.Text, in.Out.Markup = written.Text, written.Markup
		return d.underneath(&written, channel)
	}
	if e.turned(d) { // asked after the words: a reload in between must not hide it
		return fmt.Errorf("template %s has become marketing since the delivery was accepted as %s", d.Template, d.Purpose)
	}
	in.Links = written.Links
	in.Out.Text, in.Out.Markup, in.Out.Image = written.Text, written.Markup, picture(&written, channel)
	if channel.Window > 0 {
		in.Out.Approved = approved(written.Approved)
	}
	if !channel.Buttons {
		number(&in.Out, d.Choices)
		return nil
	}
	in.Out.Buttons = append(in.Out.Buttons, d.Choices...)
	for _, b := range written.Buttons {
		in.Out.Buttons = append(in.Out.Buttons, bots.Button{Text: b.Text, URL: b.URL, Data: b.Data})
	}
	if e.wantsConfirm(d, leg, channel) && !pressable(in.Out.Buttons, written.Links) {
		in.Out.Buttons = append(in.Out.Buttons, bots.Button{Text: e.set().Phrase(e.locale(have.Contact), templates.ConfirmRead), Data: "ok"})
	}
	return nil
}

// number writes choices below the text, each with the number that chooses it.
func number(out *bots.Outgoing, choices []bots.Button) {
	var lines strings.Builder
	for i, c := range choices {
		fmt.Fprintf(&lines, "\n%d. %s", i+1, c.Text)
	}
	if lines.Len() == 0 {
		return
	}
	out.Text += "\n" + lines.String()
	if out.Markup != "" {
		out.Markup += "\n" + lines.String()
	}
}

// turned reports whether a delivery's template has become marketing since it was accepted as something else: whoever said no to that
// must not get it.
func (e *Engine) turned(d *Delivery) bool {
	if d.Template == "" || d.Purpose == Marketing {
		return false
	}
	now, err := e.set().Purpose(d.Template)
	return err == nil && now == templates.Marketing
}

// approved is what the channel has approved of a message; nil: nothing.
func approved(a *templates.Approved) *bots.Approved {
	if a == nil {
		return nil
	}
	out := &bots.Approved{Name: a.Name, Language: a.Language, Header: a.Header}
	for _, f := range a.Body {
		out.Body = append(out.Body, bots.ApprovedField(f))
	}
	for _, b := range a.Buttons {
		out.Buttons = append(out.Buttons, bots.ApprovedButton(b))
	}
	return out
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
	way := wayOut(e.WayOut, d, d.Leg)
	if !e.WayOutKept {
		way = maskedWay(way)
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
