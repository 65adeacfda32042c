package fallback

import "kaskad/bots"

// Whose a chat is, of several contacts that are one person for now. Every message stands with whoever has the chat it is in, whosever the
// delivery was that sent it: once they are two again, each has all that reached them, and nothing of the other's chats.

// under is the absorbed contact under whose id a message in a chat stands; 0: the contact's own.
func under(tx View, c *bots.Contact, chat bots.Address) bots.ID { return standsUnder(tx, c, chat, 0) }

// standsUnder is the same for a message of a delivery that was asked for by the name of an absorbed contact: a place that it and others had
// by themselves, and one that is nobody's, is its.
func standsUnder(tx View, c *bots.Contact, chat bots.Address, asked bots.ID) bots.ID {
	if len(c.Merged) == 0 {
		return 0
	}
	l := loadLineage(tx, c)
	for _, place := range c.Chat(chat) { // the other address of a chat may be the one that was known
		if id, ok := l.holder(place, asked); ok {
			return l.kept(id)
		}
	}
	if c.Has(chat) {
		return 0 // it came since
	}
	return asked
}

// lineage are the merges that made a contact what it is.
type lineage struct {
	c      *bots.Contact
	merges map[bots.ID]bots.Merge // by absorbed contact
}

func loadLineage(tx View, c *bots.Contact) *lineage {
	l := &lineage{c, map[bots.ID]bots.Merge{}}
	for _, id := range c.Merged {
		if m, ok := tx.Merge(id); ok {
			l.merges[id] = m
		}
	}
	return l
}

// kept writes the kept contact's own id as records do: 0.
func (l *lineage) kept(id bots.ID) bots.ID {
	if id == l.c.ID {
		return 0
	}
	return id
}

// holder is who had a place by itself: whom a delivery was asked for before all others, then those who absorbed that one, then whoever did.
// False: it is nobody's by itself.
func (l *lineage) holder(place bots.Address, asked bots.ID) (bots.ID, bool) {
	if asked == 0 {
		asked = l.c.ID
	}
	for id := asked; id != 0; id = l.merges[id].Kept {
		if l.itself(id, place) {
			return id, true
		}
	}
	for _, id := range l.c.Merged {
		if l.itself(id, place) {
			return id, true
		}
	}
	return l.renumbered(place)
}

// itself reports whether a contact had a place, and not by one that it absorbed.
func (l *lineage) itself(id bots.ID, place bots.Address) bool {
	if !l.had(id, place) {
		return false
	}
	for _, m := range l.merges {
		if m.Kept == id && m.Owned(bots.Ref{Kind: place.Channel, Value: place.ID}) {
			return false
		}
	}
	return true
}

// had reports whether a place stands in a contact's record: in that of the last merge but of the one that was not absorbed.
func (l *lineage) had(id bots.ID, place bots.Address) bool {
	if id != l.c.ID {
		m := l.merges[id]
		return m.AbsorbedWas.Has(place)
	}
	for _, m := range l.merges {
		if m.Kept == id && m.KeptWas.Has(place) {
			return true
		}
	}
	return false
}

// renumbered is whose phone it is that came in the place of another since: of the one who alone had a phone (see bots.Merge.Split).
func (l *lineage) renumbered(place bots.Address) (bots.ID, bool) {
	if place.Channel != bots.SMS || l.c.Phone != place.ID {
		return 0, false
	}
	for _, m := range l.merges {
		if m.Kept == l.c.ID && m.KeptWas.Phone == "" && m.AbsorbedWas.Phone != "" {
			return m.Absorbed, true
		}
	}
	return 0, false
}
