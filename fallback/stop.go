package fallback

import "kaskad/bots"

// sharers takes a stop from a number to everybody who has that number, and keeps it for those who will: whoever said it does not
// want it there again.
func sharers(tx Tx, t *bots.Turn) {
	for _, number := range numbers(tx, &t.Event) {
		tx.PutWord(number, t.Contact.Marketing)
		for _, id := range tx.Owners(bots.Ref{Kind: bots.SMS, Value: number}) {
			if id != t.Contact.ID {
				share(tx, id, t.Contact.Marketing, bots.SMS)
			}
		}
	}
}

// readers takes a stop of the page to everybody who may have read the link: whoever has a chat now that the delivery went to does not
// want it there, and whom it was for is not asked again elsewhere.
func readers(tx Tx, t *bots.Turn) {
	d := tx.Delivery(t.Event.Delivery)
	if t.Event.Kind != bots.WayOut || d == nil {
		return
	}
	for _, id := range holders(tx, d, NoLeg) {
		if id != t.Contact.ID {
			share(tx, id, t.Contact.Marketing, t.Event.Channel)
		}
	}
}

// numbers are those a no came from: the person's own, or of the texts whose link was opened.
func numbers(tx Tx, e *bots.Event) []string {
	if e.Chat.Channel == bots.SMS {
		return []string{e.Chat.ID}
	}
	d := tx.Delivery(e.Delivery)
	if e.Kind != bots.WayOut || d == nil {
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

// share makes somebody's no another person's, too; channel is what they have in common.
func share(tx Tx, id bots.ID, no bots.Consent, channel string) {
	c := tx.Contact(id)
	if c == nil || c.Marketing.State == bots.Denied && c.Marketing.ByPerson {
		return
	}
	c.Marketing, c.Updated = no, tx.Now()
	tx.PutContact(c)
	tx.Change(sharedNo(tx, c, channel))
	optOut(tx, id)
}

// OptOut ends a person's open marketing deliveries when a no was told otherwise than by an event.
func OptOut(tx Tx, contact bots.ID) { optOut(tx, contact) }

// optOut ends the person's open marketing deliveries: they said no.
func optOut(tx Tx, contact bots.ID) {
	tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		d := tx.Delivery(id)
		if d != nil && !d.State.Final() && d.Purpose == Marketing {
			d.OptOut(tx.Now())
			save(tx, d)
		}
		return true
	})
}
