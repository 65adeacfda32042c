package fallback

import (
	"slices"

	"kaskad/bots"
)

// UnmergedReason stands before the reason of a change contact.consent of one of two who were one contact: what holds by itself.
const UnmergedReason = "unmerged:"

// Unmerge makes two contacts of one again: as they were, and each with what concerned it since. What it returns has both as they are now,
// and in Ended the deliveries that they do not allow by themselves.
func Unmerge(tx Tx, a MergeAsk, r *Rules) (bots.Merge, error) {
	m, c, err := undoable(tx, a.Keep, a.From)
	if err != nil {
		return m, err
	}
	from, by := m.Absorbed, a.By
	lines := since(tx, c, &m)
	k, f := m.Split(c, lines, func(s *bots.Statement) bots.Side { return sideOf(tx, s, &m) }, tx.Now())
	tx.DropMerge(from)
	recall(tx, c, &m, &k)
	tx.PutContact(&k) // first: names go back to the other one
	was := m.AbsorbedWas
	witness(tx, &was, &f, bots.Scene{Via: bots.ViaMerged, With: k.ID}, "")
	if f.Said != was.Said || len(m.Ended) > 0 {
		addLine(tx, &f, mergeLine("unmerged", k.ID, nil))
	}
	tx.PutContact(&f)
	talk := tx.Conversation(k.ID)
	partTalks(tx, &m, slices.Concat(k.Merged, f.Merged))
	if err := partTickets(tx, &m, slices.Concat([]bots.ID{k.ID, f.ID}, k.Merged, f.Merged)); err != nil {
		return m, err
	}
	m.Ended = nil
	for _, one := range []*bots.Contact{&k, &f} {
		m.Ended = append(m.Ended, forbid(tx, one.ID, one, r)...)
		movedFrom(tx, one, c)
		if talk.AdsTo.After(tx.Now()) {
			freeAds(tx, one.ID) // it may be the other one who is talked with
		}
	}
	tx.Change(bots.Change{Type: "contact.unmerged", At: tx.Now(), Contact: k.ID, State: f.ID.String(), Reason: by})
	tx.Change(bots.Change{Type: "contact.unmerged", At: tx.Now(), Contact: f.ID, State: k.ID.String(), Reason: by})
	tellConsents(tx, &k, UnmergedReason, c)
	tellConsents(tx, &f, UnmergedReason, c, &was) // whoever follows took it for the kept one since, or did not
	for _, one := range []bots.ID{k.ID, f.ID} {
		tellHome(tx, one, groupHaving(tx, &talk))
	}
	m.Became = *c
	m.KeptWas, m.AbsorbedWas = k, f
	return m, nil
}

// partTalks makes two conversations of one.
func partTalks(tx Tx, m *bots.Merge, absorbed []bots.ID) {
	apart(tx, absorbed, func() {
		if talk := m.AbsorbedTalkWas; talk != (bots.Conversation{}) {
			talk.Contact = m.Absorbed
			tx.PutConversation(talk)
		}
		if talk := m.KeptTalkWas; talk != (bots.Conversation{}) || tx.Conversation(m.Kept) != (bots.Conversation{}) {
			talk.Contact = m.Kept
			tx.PutConversation(talk)
		}
	})
}

// undoable is the merge that is to be undone: of an id, or of what else named the absorbed one alone.
func undoable(tx View, keep, absorbed bots.Ref) (bots.Merge, *bots.Contact, error) {
	c := tx.Contact(tx.FindContact(keep))
	if c == nil {
		return bots.Merge{}, nil, nobody(tx, keep)
	}
	from := addressee(tx, c, absorbed)
	m, ok := tx.Merge(from)
	if !ok || !slices.Contains(c.Merged, from) {
		return m, c, ErrNotMerged
	}
	if last := lastMerge(tx, c); last.Absorbed != from {
		return m, c, &LaterMerge{Kept: last.Kept, Absorbed: last.Absorbed}
	}
	return m, c, nil
}

// lastMerge is the newest merge that stands of a contact.
func lastMerge(tx View, c *bots.Contact) (last bots.Merge) {
	for _, id := range c.Merged {
		if m, ok := tx.Merge(id); ok && m.After > last.After {
			last = m
		}
	}
	return last
}

// since are the lines of what was said after the merge.
func since(tx View, c *bots.Contact, m *bots.Merge) []bots.Statement {
	return slices.DeleteFunc(tx.Statements(c.ID), func(s bots.Statement) bool { return s.Number <= m.Became.Said })
}

// recall takes back the lines of the merge where nothing was said since and nothing ended by it; else it adds that it was undone.
func recall(tx Tx, c *bots.Contact, m *bots.Merge, k *bots.Contact) {
	if c.Said != m.Became.Said || len(m.Ended) > 0 {
		k.Said = c.Said
		addLine(tx, k, mergeLine("unmerged", m.Absorbed, nil))
		return
	}
	for n := m.KeptWas.Said + 1; n <= c.Said; n++ {
		tx.DropStatement(c.ID, n)
	}
	k.Said = m.KeptWas.Said
}

// sideOf is who of the two said a line, or was told of by it. Of a link it is who had the places its delivery went to.
func sideOf(tx View, s *bots.Statement, m *bots.Merge) bots.Side {
	switch {
	case m.Said(s):
		return bots.AbsorbedSide
	case s.Delivery == 0:
		return bots.KeptSide
	}
	d := tx.Delivery(s.Delivery)
	if d == nil {
		return bots.UnsureSide // it is no longer kept
	}
	theirs, ours := 0, 0
	for i := range d.Route {
		to := tx.Message(d.Route[i].Message)
		switch {
		case to == nil || to.To.Channel == bots.Staff || tx.MessageState(to.ID).Failed: // a task tells of neither
		case m.Owned(bots.Ref{Kind: to.To.Channel, Value: to.To.ID}), m.Shared(to.To) && absorbed(&d.Plan, m):
			theirs++
		default:
			ours++
		}
	}
	switch {
	case theirs > 0 && ours > 0:
		return bots.UnsureSide
	case theirs > 0, ours == 0 && absorbed(&d.Plan, m):
		return bots.AbsorbedSide
	}
	return bots.KeptSide
}

// absorbed reports whether a delivery was asked for by a name of the absorbed one.
func absorbed(p *Plan, m *bots.Merge) bool {
	return p.Under != 0 && (p.Under == m.Absorbed || slices.Contains(m.AbsorbedWas.Merged, p.Under))
}
