package fallback

import "kaskad/bots"

// sharers takes a stop from a number to everybody who has that number, and keeps it for those who will: whoever said it does not
// want it there again.
func sharers(tx Tx, t *bots.Turn) {
	for _, number := range numbers(tx, &t.Event) {
		word := wordOf(&t.Contact)
		tx.PutWord(number, word)
		for _, id := range tx.Owners(bots.Ref{Kind: bots.SMS, Value: number}) {
			if id != t.Contact.ID {
				share(tx, t, id, word, bots.SMS)
			}
		}
	}
}

// readers takes a stop of the page to everybody who may have read the link: whoever has a chat now that the delivery went to does not
// want it there, and whom it was for is not asked again elsewhere.
func readers(tx Tx, t *bots.Turn) {
	d := tx.Delivery(t.Event.Delivery)
	if !ofPage(&t.Event) || d == nil {
		return
	}
	for _, id := range holders(tx, d, NoLeg) {
		if id != t.Contact.ID {
			share(tx, t, id, wordOf(&t.Contact), t.Event.Channel)
		}
	}
}

// numbers are those a no came from: the person's own, or of the texts whose link was opened.
func numbers(tx Tx, e *bots.Event) []string {
	if e.Chat.Channel == bots.SMS {
		return []string{e.Chat.ID}
	}
	d := tx.Delivery(e.Delivery)
	if !ofPage(e) || d == nil {
		return nil
	}
	var all []string
	for i := range d.Route {
		if l := &d.Route[i]; l.Channel == bots.SMS && l.Attempts > 0 {
			if m := tx.Message(l.Message); m != nil {
				all = append(all, m.To.ID)
			}
		}
	}
	return all
}

// ofPage reports whether an event is a no that was said on the page.
func ofPage(e *bots.Event) bool { return e.Kind == bots.WayOut || e.Kind == bots.Silenced }

// sceneHere is sceneOf an event that came in. A no on the page of a text to somebody else came through the number, which is this person's
// now: nobody knows which of the two pressed.
func sceneHere(tx View, t *bots.Turn) bots.Scene {
	at := sceneOf(t)
	if passedTo(tx, t) && at.Via == "" {
		at.Via = bots.ViaShared
	}
	return at
}

// passedTo reports whether the page of an event was of a text to a number that was somebody else's then.
func passedTo(v View, t *bots.Turn) bool {
	d := v.Delivery(t.Event.Delivery)
	if !ofPage(&t.Event) || d == nil || t.Contact.ID == 0 {
		return false
	}
	c := v.Contact(d.Contact)
	return c != nil && c.ID != t.Contact.ID && byNumber(v, d, t.Contact.ID)
}

// share makes somebody's no another person's, too; channel is what they have in common.
func share(tx Tx, t *bots.Turn, id bots.ID, no bots.Consent, channel string) {
	c := tx.Contact(id)
	if c == nil {
		return
	}
	before := *c
	if said(c.Marketing, bots.Given) { // whoever said no has the place in common: a yes of before does not stand against it
		c.Marketing.ByPerson = false
	}
	changed := obey(c, no)
	if !changed {
		return
	}
	at := sceneOf(t)
	at.Via, at.Chat = bots.ViaShared, bots.Address{}
	if d := tx.Delivery(t.Event.Delivery); passedTo(tx, t) && tx.Same(d.Contact)[0] == id { // the link stood in a text to this one
		at.Via = ""
	}
	Testify(tx, &before, c, at, "")
	c.Updated = tx.Now()
	tx.PutContact(c)
	tx.Change(sharedNo(tx, c, channel))
	optOut(tx, id)
}

// OptOut ends a person's open deliveries that a no forbids, when it was told otherwise than by an event.
func OptOut(tx Tx, contact bots.ID) { optOut(tx, contact) }

// optOut ends the person's open deliveries that the person's no forbids: marketing, or all but what is urgent and answers.
func optOut(tx Tx, contact bots.ID) {
	c := tx.Contact(contact)
	silent := c != nil && c.Silent()
	var over []bots.ID
	tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		d := tx.Delivery(id)
		if d == nil || d.State.Final() || !d.forbidden(silent) {
			return true
		}
		d.refuse(silent, tx.Now())
		save(tx, d)
		over = append(over, id)
		return true
	})
	ended(tx, contact, over)
}
