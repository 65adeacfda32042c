package fallback

import (
	"maps"
	"slices"

	"kaskad/bots"
)

// Erase forgets a person. One transaction takes the contact with every name it is found by, what was said about consent, the head of
// the conversation, and ends what is under way; from then on nothing is sent to the person and nobody can read anything of them. What
// there may be much of (messages, deliveries, posts about the person) is emptied after that in steps, EraseSome, which go on after a
// crash. A no of the person's stays at the keyed hashes of the names.
//
// Who absorbed others is erased with all of them, whoever of them was named, and with the strangers that the person was before (Formers):
// each id has a record of its own of what is left, so that whoever knows an old one learns of it.
func Erase(tx Tx, contact bots.ID, by string) (Erased, error) {
	c := tx.Contact(contact)
	if c == nil || ForStaff(c) {
		return Erased{}, &UnknownContact{Ref: bots.Ref{Kind: "id", Value: contact.String()}}
	}
	same, formers, names := tx.Same(c.ID), Formers(tx, c), NamesOf(tx, c)
	all := slices.Concat(same, formers)
	e := Erased{Contact: c.ID, At: tx.Now(), By: by, Left: true, Marks: keepNo(tx, c, names)}
	if len(all) > 1 {
		e.Same = all
	}
	cancelled := endAll(tx, c.ID)
	for _, id := range formers {
		maps.Copy(cancelled, endAll(tx, id))
	}
	dropWords(tx, names, all)
	dropFormers(tx, names, all)
	for _, id := range same[1:] { // before the contacts: each id means itself again
		tx.DropMerge(id)
	}
	for _, id := range all {
		tx.DropContact(id)
		tx.PutErasing(Erasing{Contact: id, Names: names})
		one := e
		one.Contact, one.Counts.Cancelled = id, cancelled[id]
		tx.PutErased(one)
		tx.Change(bots.Change{Type: "contact.erased", At: tx.Now(), Contact: id})
		e.Counts.Cancelled += cancelled[id]
	}
	return e, nil
}

// NamesOf are a contact's names, and those that it and the absorbed ones had before they were one.
func NamesOf(tx View, c *bots.Contact) []bots.Ref {
	all := namesOf(c)
	add := func(had *bots.Contact) {
		for _, name := range namesOf(had) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	for _, id := range c.Merged {
		if m, ok := tx.Merge(id); ok {
			add(&m.KeptWas)
			add(&m.AbsorbedWas)
		}
	}
	return all
}

// dropWords forgets the words said through numbers that nobody else has: each is kept as a keyed hash.
func dropWords(tx Tx, names []bots.Ref, all []bots.ID) {
	for _, n := range names {
		if n.Kind != "phone" {
			continue
		}
		if others := tx.Owners(n); !slices.ContainsFunc(others, func(id bots.ID) bool { return !slices.Contains(all, id) }) {
			tx.DropWord(n.Value)
		}
	}
}

// endAll ends a person's open deliveries, and says how many there were under each id.
func endAll(tx Tx, contact bots.ID) map[bots.ID]int {
	ended := map[bots.ID]int{}
	tx.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		if d := tx.Delivery(id); d != nil && !d.State.Final() {
			d.finish(Cancelled, ReasonErased, tx.Now())
			save(tx, d)
			ended[d.owner()]++
		}
		return true
	})
	return ended
}

// Erasing is what the steps after the first one need to know. It is gone with the last of them.
type Erasing struct {
	Contact bots.ID
	Names   []bots.Ref // of the person, for what is found by no index
	// How far the steps are: the last record looked at, of each kind; they go from the newest to the oldest.
	Message, Delivery, Post bots.ID
	Room                    bots.ID // of staff, the last one that was looked through
	// Stage is which of the steps is next.
	Stage EraseStage
}

// EraseStage is a part of what is done after the first transaction.
type EraseStage uint8

// The stages, in their order.
const (
	EraseMessages EraseStage = iota
	EraseDeliveries
	ErasePosts
	EraseRest // what only the store knows: links, quarantine, indexes
	EraseOver
)

// EraseBatch is how many records one step empties at most.
const EraseBatch = 500

// EraseSome does the next step: it reports what is left to do.
func EraseSome(tx Tx, contact bots.ID, r *Rules, w *World) (Erasing, error) {
	g, ok := tx.Erasing(contact)
	if !ok {
		return Erasing{Contact: contact, Stage: EraseOver}, nil
	}
	e, _ := tx.Erased(contact)
	switch g.Stage {
	case EraseMessages:
		emptyMessages(tx, &g, &e)
	case EraseDeliveries:
		if err := emptyDeliveries(tx, &g, &e, r, w); err != nil {
			return g, err
		}
	case ErasePosts:
		if err := emptyPosts(tx, &g, &e, r, w); err != nil {
			return g, err
		}
	default:
		return g, nil // the store's own
	}
	tx.PutErased(e)
	tx.PutErasing(g)
	return g, nil
}

// EraseCounts adds to what was erased of somebody.
func EraseCounts(tx Tx, contact bots.ID, more ErasedCounts) {
	if e, ok := tx.Erased(contact); ok {
		e.Counts = e.Counts.Plus(more)
		tx.PutErased(e)
	}
}

// EraseDone ends the steps.
func EraseDone(tx Tx, contact bots.ID) {
	e, ok := tx.Erased(contact)
	if !ok {
		return
	}
	e.Left, e.Ended = false, tx.Now()
	tx.PutErased(e)
	tx.PutErasing(Erasing{Contact: contact, Stage: EraseOver})
}

func emptyMessages(tx Tx, g *Erasing, e *Erased) {
	known := len(g.Names)
	e.Counts = e.Counts.Plus(g.messages(tx, func(m *bots.Message) { emptyMessage(tx, m) }))
	leaveWords(tx, e, g.Names[known:])
}

// leaveWords forgets the words at numbers that the person had before, and that nobody has now: a no stays there as a keyed hash. Whoever
// keeps the noes beside the store hears of it.
func leaveWords(tx Tx, e *Erased, names []bots.Ref) {
	left := false
	for _, name := range names {
		if name.Kind != "phone" || len(tx.Owners(name)) > 0 {
			continue
		}
		if word := tx.Word(name.Value); word.State == bots.Denied {
			mark := tx.Mark(name)
			tx.PutKeptNo(mark, KeptNo{At: word.At, Marketing: true, All: word.Everything}.With(tx.KeptNo(mark)))
			left = e.leaves(mark) || left
		}
		tx.DropWord(name.Value)
	}
	if left {
		tx.Change(bots.Change{Type: ChangeNoKept, At: tx.Now(), Contact: e.Contact})
	}
}

// ChangeNoKept is the type of the change that says of an erased person that a no stays at a number the person had before.
const ChangeNoKept = "contact.no_kept"

func emptyMessage(tx Tx, m *bots.Message) {
	tx.ReplaceMessage(Emptied(m))
	tx.EmptyAttempts(m.ID)
	if s := tx.MessageState(m.ID); s != (bots.MessageState{}) {
		tx.PutMessageState(m.ID, EmptiedState(s))
	}
	emptyLeg(tx, m)
}

// emptyLeg takes what a channel wrote about a message out of its delivery, which may be somebody else's: of one who was one person with the
// erased one.
func emptyLeg(tx Tx, m *bots.Message) {
	d := tx.Delivery(m.Delivery)
	if d == nil || m.Leg >= len(d.Route) || d.Route[m.Leg].Message != m.ID {
		return
	}
	l := &d.Route[m.Leg]
	if reason := plainReason(l.Reason); reason != l.Reason {
		l.Reason, d.Reason = reason, plainReason(d.Reason)
		tx.PutStatus(d)
	}
}

// NameOf is an address as a name: the number of a text is a phone.
func NameOf(a bots.Address) bots.Ref {
	if a.Channel == bots.SMS {
		return bots.Ref{Kind: "phone", Value: a.ID}
	}
	return bots.Ref{Kind: a.Channel, Value: a.ID}
}

// name adds an address to the names: the person may have had others before.
func (g *Erasing) name(a bots.Address) {
	ref := NameOf(a)
	if a.ID != "" && len(g.Names) < 64 && !slices.Contains(g.Names, ref) {
		g.Names = append(g.Names, ref)
	}
}

func emptyDeliveries(tx Tx, g *Erasing, e *Erased, r *Rules, w *World) (err error) {
	e.Counts = e.Counts.Plus(g.deliveries(tx, func(d *Delivery) {
		if err == nil {
			err = emptyTasks(tx, d, e, r, w)
		}
		tx.ReplacePlan(EmptiedPlan(&d.Plan))
		d.emptyStatus()
		tx.PutStatus(d)
	}))
	return err
}

// emptyTasks takes the words out of what colleagues were asked about the person, and takes it back in the room.
func emptyTasks(tx Tx, d *Delivery, e *Erased, r *Rules, w *World) error {
	for i := range d.Route {
		if d.Task(&d.Route[i]) == "" {
			continue
		}
		asked, err := emptyWords(tx, d.Route[i].Message, false, r, w)
		if err != nil {
			return err
		}
		if asked != 0 {
			e.TakeBacks = append(e.TakeBacks, asked)
		}
	}
	return nil
}
