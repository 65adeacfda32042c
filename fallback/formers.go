package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// Whoever writes first is a stranger, with a contact of their own. When the chat turns out to be that of somebody who is known, by a link or
// by the phone that is shared, it goes to that contact, and what was said before stays where it was written. Then the stranger has no name
// any more by which anybody could ask for what is kept of it. So it is remembered at the chat who stood behind it before: whoever has the
// chat is that person, too. An export and the evidence have what is kept of both, and an erase takes both.
//
// The stranger is then called a former of the person, and nothing else: not absorbed. A merge is somebody's word that two contacts are one,
// and can be undone: the absorbed one's id means the kept one, and lists are over both. That a chat is somebody's is the messenger's word,
// and it holds for the chat: where that goes, its formers go. So a former's id means itself, its lists are its own, and there is nothing
// to undo. OnePerson knows both.

// putFormers remembers who had the event's addresses until now, if they have no name any more.
func putFormers(tx Tx, t *bots.Turn) {
	for _, id := range t.Formers {
		c := tx.Contact(id)
		if c == nil || c.ID != id || id == t.Contact.ID || !c.Nameless() {
			continue
		}
		for _, chat := range []bots.Address{t.Event.Chat, t.Event.Twin(), t.Event.Next()} {
			if chat.ID != "" && bots.Messenger(chat.Channel) {
				tx.PutFormer(NameOf(chat), id)
			}
		}
	}
}

// keepFormers leaves to a contact that loses a number, because somebody else has it now, who stood behind it before. An account is one
// person's for good: who stood behind it before is whoever has it.
func keepFormers(tx Tx, chats []bots.ContactAddress, loser bots.ID) {
	for _, chat := range chats {
		if !strings.HasPrefix(chat.ID, "+") {
			continue
		}
		name := NameOf(chat.Address)
		for _, id := range tx.Formers(name) {
			tx.DropFormer(name, id)
			if id != loser {
				tx.PutFormer(idRef(loser), id)
			}
		}
	}
}

// OnePerson are all contacts that are one person with an id: whom it means and all that this one absorbed (View.Same), and then its formers.
// Nobody: there is no such contact. Who reads or takes everything of a person asks it, and nobody puts the two together by themselves.
func OnePerson(v View, id bots.ID) []bots.ID {
	c := v.Contact(id)
	if c == nil {
		return nil
	}
	return append(slices.Clip(v.Same(c.ID)), Formers(v, c)...)
}

// Formers are the strangers that a person was before: contacts that nobody could name any more.
func Formers(v View, c *bots.Contact) (all []bots.ID) {
	same := v.Same(c.ID)
	names := NamesOf(v, c)
	for _, id := range same {
		names = append(names, idRef(id))
	}
	for len(names) > 0 {
		found := v.Formers(names[0])
		names = names[1:]
		for _, id := range found {
			f := v.Contact(id)
			if f == nil || f.ID != id || !f.Nameless() || slices.Contains(same, id) || slices.Contains(all, id) {
				continue // it has a name again, or was merged into somebody
			}
			all, names = append(all, id), append(names, idRef(id))
		}
	}
	return all
}

// partFormers forgets those formers of a person that are other people now.
func partFormers(tx Tx, c *bots.Contact, other func(bots.ID) bool) {
	names := NamesOf(tx, c)
	for _, id := range OnePerson(tx, c.ID) {
		names = append(names, idRef(id))
	}
	for _, name := range names {
		for _, id := range tx.Formers(name) {
			if other(id) {
				tx.DropFormer(name, id)
			}
		}
	}
}

// dropFormers forgets the formers of somebody who is erased.
func dropFormers(tx Tx, names []bots.Ref, all []bots.ID) {
	for _, id := range all {
		names = append(names, idRef(id))
	}
	for _, name := range names {
		for _, id := range tx.Formers(name) {
			tx.DropFormer(name, id)
		}
	}
}
