package fallback

import (
	"slices"

	"kaskad/bots"
)

// putLost writes who lost an address by an event. Whoever the person turned out not to be loses every yes that was said in the chat as
// well: somebody else may have said it. What holds then is what was known before. A no stays: it hurts nobody.
func putLost(tx Tx, t *bots.Turn) {
	for _, l := range t.Left {
		keepFormers(tx, []bots.ContactAddress{{Address: l.Address}}, l.Contact)
	}
	for i := range t.Lost {
		c := &t.Lost[i]
		if t.Intent == bots.SaysNotMe {
			keepFormers(tx, t.Contact.Addresses, c.ID)
		}
		if t.Intent != bots.SaysNotMe || !taken(tx, t, c) {
			putContact(tx, c, bots.Scene{})
			continue
		}
		putContact(tx, c, bots.Scene{Channel: t.Event.Channel, Chat: t.Event.Chat, Via: bots.ViaNotMe})
		t.Note(bots.Change{Type: "contact.consent", Contact: c.ID, Channel: t.Event.Chat.Channel, State: c.Marketing.State.String(), Reason: bots.ReasonNotMe})
		if c.Marketing.State == bots.Denied {
			optOut(tx, c.ID)
		}
	}
}

// taken gives a contact the consents of before any yes that was said in the chat of the turn; it reports whether that changed one.
func taken(tx View, t *bots.Turn, c *bots.Contact) (changed bool) {
	lines := tx.Statements(c.ID)
	here := func(said bots.Consent) bool {
		l := line(lines, said.Line)
		return said.State == bots.Given && said.ByPerson && l != nil && t.Contact.Address(l.Chat) != nil
	}
	restore := func(said *bots.Consent) {
		for here(*said) {
			*said, changed = beneath(lines, line(lines, said.Line)), true
		}
	}
	restore(&c.Marketing)
	restore(&c.All)
	c.On = slices.Clone(c.On)
	for i := range c.On {
		restore(&c.On[i].Consent)
	}
	c.On = slices.DeleteFunc(c.On, func(on bots.ConsentOn) bool { return on.State == bots.Unknown })
	return changed
}

// line finds a line by its number; nil: it is not kept.
func line(lines []bots.Statement, number int) *bots.Statement {
	i := slices.IndexFunc(lines, func(s bots.Statement) bool { return number != 0 && s.Number == number })
	if i < 0 {
		return nil
	}
	return &lines[i]
}

// beneath is the consent that a line took the place of. Of one whose own line made room for others its state is known: a no stands.
func beneath(lines []bots.Statement, l *bots.Statement) bots.Consent {
	if was := line(lines, l.WasLine); was != nil {
		c := was.Consent
		c.Line = was.Number
		return c
	}
	if l.Was == bots.Denied {
		return bots.Consent{State: bots.Denied, At: l.At, Source: bots.ReasonNotMe, ByPerson: true}
	}
	return bots.Consent{}
}
