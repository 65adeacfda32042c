package tickets

import (
	"fmt"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// merged takes that a customer is one with another: most have no tickets. A book that cannot be read is told of by the next post.
func (k *keeper) merged(v fallback.View, contact bots.ID) {
	book, err := fallback.ReadTicketBook(v)
	if err != nil {
		return
	}
	if _, others := book.Joined(v, contact); len(others) > 0 {
		k.Joined = append(k.Joined, contact)
	}
}

// join leaves the first of those who are one with another a single ticket, and tells who had the other ones open; false: not now. Nobody is
// woken for that: until the team is at work both numbers mean the same person.
func (t *turn) join() (did bool, err error) {
	if len(t.notes.Joined) == 0 {
		return false, nil
	}
	contact := t.notes.Joined[0]
	stays, others := t.book.Joined(t.tx, contact)
	if slices.ContainsFunc(others, func(o *fallback.Ticket) bool { return o.Closed.IsZero() }) && t.asleep() {
		t.sooner(t.k.clerk.Rules.Staff.Times.Work.At(t.tx.Now()))
		return false, nil
	}
	t.notes.Joined = t.notes.Joined[1:]
	for _, other := range others {
		was, no := *other, stays.No
		t.book.End(t.tx, other)
		if !was.Closed.IsZero() {
			continue
		}
		if err := t.tellJoined(&was, no, stays.Contact); err != nil {
			return false, err
		}
	}
	return true, nil
}

// tellJoined tells those who had a ticket that its customer is the one of another.
func (t *turn) tellJoined(was *fallback.Ticket, no int, contact bots.ID) error {
	about := t.tx.Same(contact)[0]
	text := fmt.Sprintf(t.k.clerk.words.joined, number(was), fmt.Sprintf("№%d %s", no, t.k.clerk.Teller.Name(t.tx, about)))
	for i := range t.team.Members {
		m := &t.team.Members[i]
		if !slices.Contains(was.Shown, m.Place) || m.Away.After(t.tx.Now()) {
			continue
		}
		if _, err := t.post(m, text, fallback.Post{Contact: about}); err != nil {
			return err
		}
	}
	return nil
}
