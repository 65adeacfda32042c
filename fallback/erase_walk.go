package fallback

import (
	"maps"
	"slices"

	"kaskad/bots"
)

// What an erase takes of a person is found by the walks below, each a bounded step, whether it is taken or only counted beforehand: what is
// promised cannot differ from what is done.

// CountErase does what EraseSome would do next, and takes nothing away: it says how much that is, and moves g on. Nobody keeps g.
func CountErase(v View, g *Erasing) (n ErasedCounts, err error) {
	switch g.Stage {
	case EraseMessages:
		n = g.messages(v, func(*bots.Message) {})
	case EraseDeliveries:
		n = g.deliveries(v, func(d *Delivery) {
			if !d.State.Final() {
				n.Cancelled++ // endAll has ended it before, of a person who is erased
			}
		}).Plus(n)
	case ErasePosts:
		n.Posts, err = g.posts(v, func(*Delivery) (bool, error) { return true, nil })
	}
	return n, err
}

// messages goes through the next messages, of which it takes those that have something left, and learns the names that the person had in
// them.
func (g *Erasing) messages(v View, take func(*bots.Message)) (n ErasedCounts) {
	g.walk(EraseDeliveries, func(f func(bots.ID) bool) { v.MessagesOf(g.Contact, g.Message, f) }, func(id bots.ID) {
		if m := v.Message(id); m != nil && !m.Erased {
			g.name(m.To)
			n.Messages++
			n.Files += len(m.Media)
			take(m)
		}
		g.Message = id
	})
	return n
}

// deliveries goes through the next deliveries under the very id; those of contacts who are one are in one list.
func (g *Erasing) deliveries(v View, take func(*Delivery)) (n ErasedCounts) {
	after := g.Delivery
	list := func(f func(bots.ID) bool) {
		v.DeliveriesOf(g.Contact, func(id bots.ID, _ uint64) bool { return after != 0 && id >= after || f(id) })
	}
	g.walk(ErasePosts, list, func(id bots.ID) {
		if d := v.Delivery(id); d != nil && d.owner() == g.Contact {
			n.Deliveries++
			take(d)
		}
		g.Delivery = id
	})
	return n
}

// walk takes what is next in a list, a batch at most. Where there was less, the stage is over.
func (g *Erasing) walk(over EraseStage, list func(func(bots.ID) bool), take func(bots.ID)) {
	seen := 0
	list(func(id bots.ID) bool {
		take(id)
		seen++
		return seen < EraseBatch
	})
	if seen < EraseBatch {
		g.Stage = over
	}
}

// posts goes through the next posts of the next room. One that take does not take yet (false) is met again.
func (g *Erasing) posts(v View, take func(*Delivery) (bool, error)) (n int, err error) {
	rooms, err := StaffContacts(v)
	if err != nil {
		return 0, err
	}
	room := bots.ID(0)
	for _, id := range slices.Sorted(maps.Keys(rooms)) {
		if room == 0 && id > g.Room {
			room = id
		}
	}
	if room == 0 {
		g.Stage = EraseRest
		return 0, nil
	}
	found, last, more := PostsAbout(v, room, g.Contact, g.Post)
	g.Post = last
	for _, d := range found {
		taken, err := take(d)
		if err != nil {
			return n, err
		}
		if !taken {
			g.Post = d.ID + 1
			return n, nil
		}
		n++
	}
	if !more {
		g.Room, g.Post = room, 0
	}
	return n, nil
}
