package fallback

import (
	"errors"
	"slices"
	"strings"

	"kaskad/bots"
)

// What somebody of the team does to a reply of theirs. While nothing of it has gone, it is withdrawn, or goes with other words in its
// place; what is out is changed or taken back where the channel can.

// changed gives a reply the words that its message in the room has now.
func (a *staffAnswer) changed() error {
	d := a.replyOf(a.e.MessageID)
	inside := a.e.Aside || strings.HasPrefix(strings.TrimSpace(a.e.Text), "/")
	switch {
	case d == nil && a.contact != 0 && !inside && len(a.e.Media) == 0:
		if a.elsewhere() {
			return a.refuseElsewhere(ActReply)
		}
		return a.answer() // it did not fit before
	case d == nil || d.State == Cancelled:
		return nil // it was taken back
	case blank(a.e.Text) && slices.ContainsFunc(a.e.Media, func(m bots.Media) bool { return m.Type == "location" }):
		return nil // a place that is shared live moves on by itself
	}
	text := a.signed(a.e.Text)
	if d.Act == bots.CopyAct {
		text = strings.TrimSpace(a.e.Text) // nothing was put under it
	}
	if inside {
		said, goes := a.sent(d)
		if !goes {
			return a.keepInside(d)
		}
		text = a.signed(said)
	}
	if text == a.words(d) {
		return nil // nothing that people see has changed
	}
	a.contact = d.Contact
	switch {
	case flying(d):
		return a.refuse(ActEdit, RefusedUnderWay, "")
	case waiting(d):
		return a.replace(d, text)
	}
	return a.alter(ActEdit, d, bots.EditAct, text)
}

// sent is what a command, as it is now, sends where the reply goes.
func (a *staffAnswer) sent(d *Delivery) (text string, ok bool) {
	c, ok := commandIn(a.e.Text)
	if !ok || a.e.Aside || c.act() != ActSend {
		return "", false
	}
	channel, text := c.channel()
	return text, a.way(channel, a.tx.Contact(d.Contact)) == d.Cascade.Steps[0].Channel
}

// keepInside takes a reply back whose message is meant for the team now, or is a command, which no customer ever reads.
func (a *staffAnswer) keepInside(d *Delivery) error {
	a.contact = d.Contact
	used, _ := a.tx.Key(a.keyOf(a.e.MessageID))
	switch {
	case used.Body == digest(strings.TrimSpace(a.e.Text)):
		return nil // nothing that people see has changed
	case flying(d):
		return a.refuse(ActEdit, RefusedUnderWay, "")
	case waiting(d):
		return a.withdraw(ActUndo, d)
	}
	return a.refuse(ActEdit, RefusedNotDone, "")
}

// words are those that a reply has now.
func (a *staffAnswer) words(d *Delivery) string {
	if s := a.tx.MessageState(sentAs(d)); s.Edit != 0 {
		if m := a.tx.Message(s.Edit); m != nil {
			return m.Text
		}
	}
	return d.Text
}

// replace withdraws a reply that waits, and puts one with other words in its place. Both is one transaction, so that neither none of them
// goes, nor both.
func (a *staffAnswer) replace(d *Delivery, text string) error {
	channel := d.Cascade.Steps[0].Channel
	req := &Request{Text: text, Cascade: a.oneStep(channel), SendAt: d.SendAt, ReplyTo: d.ReplyTo, Chat: d.Chat, Copy: d.Copy, Act: d.Act}
	if d.Copy == nil {
		if why := a.unfit(channel, text); why != "" {
			return a.refuse(ActEdit, why, "")
		}
	}
	if _, err := Cancel(a.tx, d.ID); err != nil {
		return err
	}
	done, err := a.accept(req, a.messagesOf(d))
	if err != nil || done == 0 {
		return err
	}
	a.noteReply(done, a.e.MessageID)
	a.audit(Audited{Act: ActEdit, Contact: d.Contact, Delivery: done})
	return nil
}

// messagesOf are the messages in the room that a reply is.
func (a *staffAnswer) messagesOf(d *Delivery) []string {
	if d.Copy != nil {
		return strings.Split(d.Copy.On, ",")
	}
	return []string{a.e.MessageID}
}

// undo takes back a reply that has not gone: that of a message, or (empty) the newest of whoever says so.
func (a *staffAnswer) undo(message string) error {
	d := a.replyOf(message)
	if message == "" {
		d = a.newest()
	}
	switch {
	case d == nil:
		return a.refuse(ActUndo, RefusedNothingHeld, "")
	case flying(d):
		return a.refuse(ActUndo, RefusedUnderWay, "")
	case !waiting(d):
		return a.refuse(ActUndo, RefusedNothingHeld, "")
	}
	return a.withdraw(ActUndo, d)
}

func (a *staffAnswer) withdraw(act string, d *Delivery) error {
	if _, err := Cancel(a.tx, d.ID); err != nil {
		return err
	}
	a.audit(Audited{Act: act, Contact: d.Contact, Delivery: d.ID})
	return nil
}

// undoWalk bounds how far back a reply is looked for that has not gone.
const undoWalk = 50

// newest is the newest reply of whoever acts, to the customer of the topic, that has not gone.
func (a *staffAnswer) newest() *Delivery {
	used, ok := a.tx.Key(a.lastKey(a.about()))
	for range undoWalk {
		d := a.tx.Delivery(used.Delivery)
		if !ok || d == nil {
			return nil
		}
		at := d.Metadata[StaffMessage] // it may be of another group, where other messages have these numbers
		used, ok = a.tx.Key(replyAt + at)
		if now := a.tx.Delivery(used.Delivery); ok && waiting(now) {
			return now
		}
		used, ok = a.tx.Key(writtenAt + at)
	}
	return nil
}

// takeBack takes back what the message that is answered went out as, or withdraws it while it waits.
func (a *staffAnswer) takeBack() error {
	on := a.e.On
	d := a.replyOf(on)
	switch {
	case on == "":
		return a.refuse(ActTakeBack, RefusedNoReply, "")
	case d == nil:
		return a.refuse(ActTakeBack, RefusedNothingHeld, "")
	case !a.mine(on) && !a.lead():
		return a.refuse(ActTakeBack, RefusedNotYours, "")
	case flying(d):
		return a.refuse(ActTakeBack, RefusedUnderWay, "")
	case waiting(d):
		return a.withdraw(ActTakeBack, d)
	}
	return a.alter(ActTakeBack, d, bots.DeleteAct, "")
}

func (a *staffAnswer) lead() bool {
	m := a.member()
	return m != nil && m.Role == Lead
}

// refusals are the words of the room for what can be wrong with an act.
var refusals = map[string]string{
	"channel_cannot": RefusedCannot, "not_editable": RefusedFixed, "too_late": RefusedTooLate, "text_empty": RefusedEmpty, "text_too_long": RefusedTooLong, "no_channel": RefusedNoPlace,
	"channel_off": RefusedOff, "nobody_wrote": RefusedNoTalk, "taken_back": RefusedNothingHeld,
}

// alter changes what is out, or takes it back.
func (a *staffAnswer) alter(act string, d *Delivery, do bots.Act, text string) error {
	contact, message := d.Contact, sentAs(d)
	if message == 0 {
		return a.refuse(act, RefusedNothingHeld, "")
	}
	done, err := PutAct(a.tx, Act{Contact: contact, Message: message, Do: do, Text: text, Author: a.name()}, a.rules.outside(), a.rules, a.world)
	if fault, ok := errors.AsType[*Invalid](err); ok {
		why, known := refusals[fault.Code]
		if !known {
			why = RefusedNotDone
		}
		a.audit(Audited{Act: act, Contact: contact, Delivery: d.ID, Message: message, Refused: why, Detail: fault.Code})
		return nil
	}
	if errors.Is(err, ErrUnknownContact) {
		return a.refuse(act, RefusedNobody, "")
	}
	if err != nil {
		return err
	}
	a.audit(Audited{Act: act, Contact: contact, Delivery: done.ID, Message: message})
	return nil
}

// outside are the channels by which people are reached: the room is none of them.
func (r *Rules) outside() map[string]Channel {
	all := make(map[string]Channel, len(r.Channels))
	for name, c := range r.Channels {
		if name != bots.Staff {
			all[name] = c
		}
	}
	return all
}
