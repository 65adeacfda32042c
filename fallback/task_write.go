package fallback

import (
	"errors"
	"fmt"
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// mostToSay bounds the words of the message in a task's post, in bytes: the post has to fit into one message of the room.
const mostToSay = 2400

// renderTask writes a task's post: whom to call, at which number, and what to say.
func (e *Engine) renderTask(have *Loaded, leg *Leg, to bots.Address) (*Intent, error) {
	d, channel := have.Delivery, e.Rules.Channels[leg.Channel]
	in := &Intent{Delivery: d.ID, Leg: d.Leg, Out: bots.Outgoing{To: to, Thread: have.Thread}, Parts: 1, Cost: channel.Price}
	in.Sender = senderFor(leg, channel.Senders, e.world().Avoid)
	head := e.set().Phrase(e.Locale, templates.TaskCall) + ": " + headOf(have.Contact) + "\n"
	if m := have.Sent; m != nil && m.To == to && strings.HasPrefix(m.Text, head) { // else the number is another one since
		again(&in.Out, m)
		return in, nil
	}
	say, err := e.toSay(d, have.Contact)
	if err != nil {
		return nil, err
	}
	if e.turned(d) {
		return nil, fmt.Errorf("template %s has become marketing since the delivery was accepted as %s", d.Template, d.Purpose)
	}
	written, err := templates.RenderText(templates.FormatOf(leg.Channel, channel.Formats), head+"\n"+say)
	if err != nil {
		return nil, err
	}
	in.Out.Text, in.Out.Markup = written.Text, written.Markup
	in.Out.Buttons = []bots.Button{
		{Text: e.set().Phrase(e.Locale, templates.TaskCalled), Data: TaskCalled},
		{Text: e.set().Phrase(e.Locale, templates.TaskNoAnswer), Data: TaskNoAnswer},
		{Text: e.set().Phrase(e.Locale, templates.TaskNotInterested), Data: TaskNotInterested},
	}
	return in, nil
}

// toSay are the words of the message as a text has them, in the person's language. Its links lead where they were written to lead, and
// nothing in it is the person's alone: what a colleague opens proves nothing, and a one-time code stays a mask.
func (e *Engine) toSay(d *Delivery, c *bots.Contact) (string, error) {
	text := d.Text
	if d.Template != "" {
		data, err := DecodeData(d.Data)
		if err != nil {
			return "", fmt.Errorf("data of delivery %s: %w", d.ID, err)
		}
		in := templates.Input{Template: d.Template, Locale: e.locale(c), Channel: bots.SMS, Format: templates.Plain, Data: data, Company: e.Company}
		written, err := e.set().Render(in)
		if _, unstoppable := errors.AsType[*templates.NoWayOut](err); unstoppable { // nobody answers what is said, and the button is the way out
			in.Channel = bots.Staff
			written, err = e.set().Render(in)
		}
		if err != nil {
			return "", err
		}
		text = written.Text
	}
	if short := cutBytes(text, mostToSay); short != text {
		text = short + "…"
	}
	return strings.TrimSpace(text), nil
}
