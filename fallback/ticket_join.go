package fallback

import (
	"slices"

	"kaskad/bots"
)

// Joined are the tickets of a customer who was several, but for the one that stays: that of an open conversation before one that was closed,
// the customer's own before that of whoever was absorbed. Nobody who was one person alone has any.
func (b *TicketBook) Joined(v View, contact bots.ID) (stays *Ticket, others []*Ticket) {
	same := v.Same(contact)
	for i := range b.Tickets {
		t := &b.Tickets[i]
		if t.Contact == 0 || !slices.Contains(same, t.Contact) {
			continue
		}
		switch {
		case stays == nil:
			stays = t
		case stays.Closed.IsZero() != t.Closed.IsZero() && t.Closed.IsZero(), stays.Closed.IsZero() == t.Closed.IsZero() && t.Contact == same[0]:
			stays, others = t, append(others, stays)
		default:
			others = append(others, t)
		}
	}
	return stays, others
}

// End lets the number of a ticket rest that means nobody any more; one that rests already goes on doing so.
func (b *TicketBook) End(v View, t *Ticket) {
	at := v.Now()
	if !t.Closed.IsZero() {
		at = t.Closed
	}
	t.retire(at)
}
