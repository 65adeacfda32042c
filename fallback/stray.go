package fallback

import (
	"slices"

	"kaskad/bots"
)

// stray takes what went to a chat back from being proven there, once whoever has the chat says that they are somebody else: it did not
// reach the person whom it was for, and goes on to the next channel.
func stray(tx Tx, t *bots.Turn, r *Rules, w *World) {
	places := sides(tx, t.Event.Chat, t.Event.Twin())
	for i := range t.Lost {
		owner := tx.Contact(t.Lost[i].ID)
		if owner == nil {
			continue
		}
		tx.DeliveriesOf(owner.ID, func(id bots.ID, _ uint64) bool {
			if d := tx.Delivery(id); d != nil {
				strayed(tx, d, places, env(tx, r, w, owner, d.Purpose))
			}
			return true
		})
	}
}

// strayed fails the legs of one delivery that stand in these places.
func strayed(tx Tx, d *Delivery, places []bots.Address, e *Env) {
	if d.State.Final() && d.State != Unconfirmed {
		return
	}
	for leg := range d.Route {
		if m := tx.Message(d.Route[leg].Message); m != nil && slices.Contains(places, m.To) {
			d.Stray(leg, e, tx.Now())
		}
	}
	save(tx, d)
}
