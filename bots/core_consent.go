package bots

import "time"

// consent takes a message that is nothing but a keyword; it reports whether it is one.
func (c Core) consent(t *Turn, text string, now time.Time) (keyword bool) {
	said := c.Heard(text)
	switch said.Means {
	case MeansStop, MeansStopAll:
		t.deny("keyword:"+said.Word, said.Means == MeansStopAll, now)
	case MeansYes:
		t.give("keyword:"+said.Word, now)
	}
	return said.Means != MeansNothing
}

// word is what the person says by the event: of marketing, unless it is to everything.
func (t *Turn) word(state ConsentState, source string, at time.Time) Consent {
	e := &t.Event
	words := e.Words
	if words == "" {
		words = e.Text
	}
	if words == "" && e.Kind == Pressed {
		words = e.Data
	}
	return Consent{State: state, At: at, Source: source, ByPerson: true, Words: Bounded(words), Version: e.Version}
}

// deny takes the person's no: all marketing on all channels; everything: service messages, too. The times of SMS providers are of many
// clocks and zones: a no is not weighed against a yes by them.
func (t *Turn) deny(source string, everything bool, now time.Time) {
	at, c := t.saidAt(now), &t.Contact
	if t.Event.Chat.Channel == SMS {
		at = now
	}
	no := t.word(Denied, source, at)
	late := func(have Consent) bool { return have.own(Given) && have.At.After(at) }
	counts := false
	if everything && !late(c.All) {
		c.All, counts = no, true
	}
	if !late(c.Marketing) { // else it is an old no that came late: the person has said yes since
		c.Marketing, counts = no, true
	}
	if !counts {
		return
	}
	t.Stopped, c.Updated = true, now
	if everything {
		source = AllReason + source
	}
	t.Note(Change{Type: "contact.consent", Channel: t.Event.Chat.Channel, State: "denied", Reason: source})
}

// AllReason stands before the reason of a change contact.consent that is about everything, not about marketing alone.
const AllReason = "all:"

// give takes the person's yes, unless a later no is known. It lifts every no of before: to everything, and to the channel where it was
// said.
func (t *Turn) give(source string, now time.Time) {
	at, c := t.saidAt(now), &t.Contact
	if at.Before(c.Marketing.At) || c.Silent() && at.Before(c.All.At) {
		return
	}
	yes := t.word(Given, source, at)
	channel := t.Event.Chat.Channel
	if on := c.ConsentOn(channel); on.State == Denied && !at.Before(on.At) { // a yes that comes late lifts no later no
		c.putOn(channel, yes)
	}
	if c.Silent() {
		c.All = yes
	}
	c.Marketing, c.Updated = yes, now
	t.Note(Change{Type: "contact.consent", Channel: channel, State: "given", Reason: source})
}

// unsilence takes back a no to everything. What was said of marketing stays.
func (t *Turn) unsilence(source string, now time.Time) {
	at, c := t.saidAt(now), &t.Contact
	if !c.Silent() || at.Before(c.All.At) {
		return
	}
	c.All, c.Updated = t.word(Given, source, at), now
	t.Note(Change{Type: "contact.consent", Channel: t.Event.Chat.Channel, State: "given", Reason: AllReason + source})
}

// inherit takes what was said at the moved address: the strictest wins, and a person's own no stays their own.
func (t *Turn) inherit(from *Contact, now time.Time) {
	c, channel := &t.Contact, t.Event.Chat.Channel
	stricter := func(have, said Consent) bool {
		return said.State == Denied && (have.State != Denied || !have.ByPerson && said.ByPerson)
	}
	no, source := false, from.Marketing.Source
	if stricter(c.Marketing, from.Marketing) {
		c.Marketing, no = from.Marketing, true
	}
	if on := from.ConsentOn(channel); stricter(c.ConsentOn(channel), on) {
		c.putOn(channel, on)
		c.Updated, t.Moved = now, true
	}
	if stricter(c.All, from.All) {
		c.All, no, source = from.All, true, AllReason+from.All.Source
	}
	if !no {
		return
	}
	c.Updated, t.Stopped = now, true
	t.Note(Change{Type: "contact.consent", Channel: channel, State: "denied", Reason: "moved:" + source})
}
