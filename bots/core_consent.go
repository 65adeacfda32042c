package bots

import "time"

// consent takes a message that is nothing but a keyword.
func (c Core) consent(t *Turn, text string, now time.Time) {
	said := keyword(text)
	if word := match(said, c.StopWords); word != "" {
		t.deny("keyword:"+word, now)
	} else if word := match(said, c.YesWords); word != "" {
		t.give("keyword:"+word, now)
	}
}

// deny takes the person's no: all marketing on all channels. The times of SMS providers are of many clocks and zones: a no is not
// weighed against a yes by them.
func (t *Turn) deny(source string, now time.Time) {
	at := t.saidAt(now)
	if t.Event.Chat.Channel == SMS {
		at = now
	}
	if have := t.Contact.Marketing; have.State == Given && have.ByPerson && have.At.After(at) {
		return // an old no that came late: the person has said yes since
	}
	t.Stopped = true
	t.Contact.Marketing = Consent{State: Denied, At: at, Source: source, ByPerson: true}
	t.Contact.Updated = now
	t.Note(Change{Type: "contact.consent", Channel: t.Event.Chat.Channel, State: "denied", Reason: source})
}

// give takes the person's yes, unless a later no is known.
func (t *Turn) give(source string, now time.Time) {
	at := t.saidAt(now)
	if at.Before(t.Contact.Marketing.At) {
		return
	}
	t.Contact.Marketing = Consent{State: Given, At: at, Source: source, ByPerson: true}
	t.Contact.Updated = now
	t.Note(Change{Type: "contact.consent", Channel: t.Event.Chat.Channel, State: "given", Reason: source})
}

// inherit takes the consent that was said at the moved address: the strictest wins, and a person's own no stays their own.
func (t *Turn) inherit(said Consent, now time.Time) {
	have := t.Contact.Marketing
	if said.State != Denied || have.State == Denied && (have.ByPerson || !said.ByPerson) {
		return
	}
	t.Contact.Marketing, t.Contact.Updated = said, now
	t.Stopped = true
	t.Note(Change{Type: "contact.consent", Channel: t.Event.Chat.Channel, State: "denied", Reason: "moved:" + said.Source})
}
