package fallback

import (
	"encoding/json"
	"slices"
	"time"

	"kaskad/bots"
)

// Ticket is a customer's conversation as the members know it who answer in their own chats: by a number.
type Ticket struct {
	No      int       `json:"no"`
	Contact bots.ID   `json:"contact"`
	Shown   []bots.ID `json:"shown,omitempty"` // the places of those who got something of it: nobody else can name it
	Since   time.Time `json:"since,omitzero"`  // when the number was given
	At      time.Time `json:"at"`              // when something of it was last shown
	Closed  time.Time `json:"closed,omitzero"` // since when the conversation is closed; zero: it is not
	Led     string    `json:"led,omitempty"`   // who answers, as the others were told
}

// TicketChoice is the ticket that a member chose: what they write without a number goes there.
type TicketChoice struct {
	Place   bots.ID   `json:"place"`
	Contact bots.ID   `json:"contact"`
	At      time.Time `json:"at"` // when it was chosen, or last used
}

// TicketBook has the tickets of the team. In the store it is a contact that nobody outside can name.
type TicketBook struct {
	Contact bots.ID         `json:"-"`
	Tickets []Ticket        `json:"tickets,omitempty"`
	Choices []TicketChoice  `json:"choices,omitempty"`
	Desk    json.RawMessage `json:"desk,omitempty"` // notes of whoever posts them
}

const (
	// MaxTickets is the highest number, so that one is easily written.
	MaxTickets = 999
	// TicketRest is how long a number rests after its conversation was closed: an answer that comes late must not go to another customer.
	TicketRest = 24 * time.Hour
	// ChoiceLife is how long a choice holds that is not used.
	ChoiceLife = 15 * time.Minute
)

var bookRef = bots.Ref{Kind: bots.Staff, Value: "tickets"}

// ReadTicketBook reads the book; before the first ticket it is empty.
func ReadTicketBook(v View) (book TicketBook, err error) {
	c := v.Contact(v.FindContact(bookRef))
	if c == nil {
		return book, nil
	}
	err = json.Unmarshal(c.Attributes, &book)
	book.Contact = c.ID
	return book, err
}

// Put writes the book.
func (b *TicketBook) Put(tx Tx) error {
	raw, err := json.Marshal(b)
	if err != nil {
		return err
	}
	c := tx.Contact(b.Contact)
	if c == nil {
		c = &bots.Contact{ID: tx.NewID(), Created: tx.Now()}
		c.Set(bots.Address{Channel: bots.Staff, ID: bookRef.Value}, bots.BlockedState, tx.Now())
		b.Contact = c.ID
	}
	c.Attributes, c.Updated = raw, tx.Now()
	tx.PutContact(c)
	return nil
}

// Of is the ticket of a customer; nil: there is none.
func (b *TicketBook) Of(v View, contact bots.ID) *Ticket {
	if contact == 0 {
		return nil
	}
	same := v.Same(contact)
	for i := range b.Tickets {
		if slices.Contains(same, b.Tickets[i].Contact) {
			return &b.Tickets[i]
		}
	}
	return nil
}

// Numbered is the ticket with a number, if it was shown at a place; nil: to them there is none.
func (b *TicketBook) Numbered(no int, place bots.ID) *Ticket {
	for i := range b.Tickets {
		if b.Tickets[i].No == no && slices.Contains(b.Tickets[i].Shown, place) {
			return &b.Tickets[i]
		}
	}
	return nil
}

// Open are the tickets of open conversations that were shown at a place, by number.
func (b *TicketBook) Open(v View, place bots.ID) (all []Ticket) {
	for _, t := range b.Tickets {
		if t.Closed.IsZero() && slices.Contains(t.Shown, place) && v.Contact(t.Contact) != nil {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, c Ticket) int { return a.No - c.No })
	return all
}

// Give is the ticket of a customer, with the smallest number that is free where they have none. Where all are in use it is the one that
// rests the longest, then the one of which nothing was shown for the longest. The number of somebody who is not there any more rests, too.
func (b *TicketBook) Give(tx Tx, contact bots.ID) *Ticket {
	contact = tx.Same(contact)[0]
	if t := b.Of(tx, contact); t != nil {
		t.Closed = time.Time{}
		return t
	}
	for i := range b.Tickets {
		if t := &b.Tickets[i]; t.Contact != 0 && tx.Contact(t.Contact) == nil {
			t.retire(tx.Now())
		}
	}
	b.Tickets = slices.DeleteFunc(b.Tickets, func(t Ticket) bool { return !t.Closed.IsZero() && tx.Now().Sub(t.Closed) >= TicketRest })
	no := 1
	for slices.ContainsFunc(b.Tickets, func(t Ticket) bool { return t.No == no }) {
		no++
	}
	if no > MaxTickets {
		no = b.dropStalest()
	}
	b.Tickets = append(b.Tickets, Ticket{No: no, Contact: contact, Since: tx.Now(), At: tx.Now()})
	return &b.Tickets[len(b.Tickets)-1]
}

// retire lets a number rest that means nobody any more.
func (t *Ticket) retire(now time.Time) { *t = Ticket{No: t.No, Since: t.Since, At: t.At, Closed: now} }

// partTickets ends the tickets of one person who is two again, but for those of which nothing was shown while they were one: their numbers
// could mean either.
func partTickets(tx Tx, m *bots.Merge, both []bots.ID) error {
	book, err := ReadTicketBook(tx)
	if err != nil {
		return err
	}
	parted := false
	for i := range book.Tickets {
		t := &book.Tickets[i]
		if !slices.Contains(both, t.Contact) || t.At.Before(m.At) {
			continue
		}
		book.Choices = slices.DeleteFunc(book.Choices, func(c TicketChoice) bool { return slices.Contains(both, c.Contact) })
		t.retire(tx.Now())
		parted = true
	}
	if !parted {
		return nil
	}
	return book.Put(tx)
}

// dropStalest frees a number where none is free.
func (b *TicketBook) dropStalest() (no int) {
	stalest := 0
	for i, t := range b.Tickets {
		s := b.Tickets[stalest]
		switch {
		case t.Closed.IsZero() != s.Closed.IsZero():
			if !t.Closed.IsZero() {
				stalest = i
			}
		case !t.Closed.IsZero() && t.Closed.Before(s.Closed), t.Closed.IsZero() && t.At.Before(s.At):
			stalest = i
		}
	}
	no = b.Tickets[stalest].No
	b.Tickets = slices.Delete(b.Tickets, stalest, stalest+1)
	return no
}

// Follow brings a ticket up to how its conversation stands; it reports whether that changed it.
func (b *TicketBook) Follow(v View, contact bots.ID) (changed bool) {
	t := b.Of(v, contact)
	if t == nil {
		return false
	}
	talk := v.Conversation(t.Contact)
	switch closed := talk.State == bots.Closed; {
	case closed && t.Closed.IsZero():
		t.Closed, t.Led, changed = v.Now(), "", true
		b.Choices = slices.DeleteFunc(b.Choices, func(c TicketChoice) bool { return c.Contact == t.Contact })
	case !closed && !t.Closed.IsZero():
		t.Closed, changed = time.Time{}, true
	}
	return changed
}

// chosen is the ticket that a member chose, while that holds; nil: none.
func (b *TicketBook) chosen(v View, place bots.ID) *Ticket {
	for _, c := range b.Choices {
		if c.Place == place && v.Now().Sub(c.At) < ChoiceLife {
			if t := b.Of(v, c.Contact); t != nil && t.Closed.IsZero() && slices.Contains(t.Shown, place) && !b.otherCame(v, &c) {
				return t
			}
		}
	}
	return nil
}

// cameWalk bounds how many of a member's posts are looked at for another ticket that came.
const cameWalk = 32

// otherCame reports whether a member got lines of another ticket after they had chosen theirs: a post may stand in its lane when they choose.
func (b *TicketBook) otherCame(v View, c *TicketChoice) (came bool) {
	same, looked := v.Same(c.Contact), 0
	v.DeliveriesOf(c.Place, func(id bots.ID, _ uint64) bool {
		looked++
		d := v.Delivery(id)
		if p, ok := PostOf(d); ok && len(p.Lines) > 0 && !slices.Contains(same, p.Contact) {
			came = slices.ContainsFunc(d.Route, func(l Leg) bool { return l.out() && v.MessageState(l.Message).SentAt.After(c.At) })
		}
		return !came && looked < cameWalk
	})
	return came
}

// choose makes a ticket a member's choice, or ends the one they had (nil).
func (b *TicketBook) choose(place bots.ID, t *Ticket, now time.Time) {
	b.Choices = slices.DeleteFunc(b.Choices, func(c TicketChoice) bool { return c.Place == place })
	if t != nil {
		b.Choices = append(b.Choices, TicketChoice{place, t.Contact, now})
	}
}

// show notes that something of a ticket is shown at a place. A choice of another one ends with it: who writes after that may mean the new one.
func (b *TicketBook) show(t *Ticket, place bots.ID, now time.Time) {
	t.At = now
	if !slices.Contains(t.Shown, place) {
		t.Shown = append(t.Shown, place)
	}
	b.Choices = slices.DeleteFunc(b.Choices, func(c TicketChoice) bool { return c.Place == place && c.Contact != t.Contact })
}
