package fallback

import (
	"bytes"
	"slices"

	"kaskad/bots"
)

// moved makes what a hold keeps from a person due now, when the person is told to be somewhere else than before: the loop asks whether the
// hold still is about them. Without it they would wait for the end of a hold of a place in which they are no more.
func moved(tx Tx, before, c *bots.Contact) { movedFrom(tx, c, before) }

// movedFrom is the same of somebody who was several contacts, or one of several.
func movedFrom(tx Tx, c *bots.Contact, were ...*bots.Contact) {
	same := !slices.ContainsFunc(were, func(before *bots.Contact) bool {
		return before.Zone != c.Zone || phoneOf(before) != phoneOf(c) || !bytes.Equal(before.Attributes, c.Attributes)
	})
	if same || len(tx.Holds().All()) == 0 {
		return
	}
	looked := 0
	tx.DeliveriesOf(c.ID, func(id bots.ID, _ uint64) bool {
		if d := tx.Delivery(id); d != nil && d.aside() && d.Due.After(tx.Now()) {
			d.Due = tx.Now()
			save(tx, d)
		}
		looked++
		return looked < mostLooked
	})
}
