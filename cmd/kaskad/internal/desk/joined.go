package desk

import (
	"cmp"
	"fmt"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// Of two contacts that are one person each may have a topic. The conversation goes on in that of the kept one; the other is closed with a
// word, and of use again when the two are apart.

// joins lets the topics of whoever was absorbed by a contact be closed, once the contact has one where the conversation goes on,
// or another group has the conversation. Whatever else is on its way into such a topic keeps nothing from that; where the word may be on its way
// itself, it is not said twice.
func (k *keeper) joins(v fallback.View, kept bots.ID, said bool) {
	for _, id := range v.Same(kept)[1:] {
		own := k.room.OwnTopic(v, id)
		if own.Stands(k.room.Group) && !own.Shut && !(said && k.lane.of[id]) && !slices.ContainsFunc(k.Acts, func(x doing) bool { return x.Joined && x.Contact == id }) {
			k.Acts = append(k.Acts, doing{Contact: id, Joined: true})
		}
	}
}

// leave says in the topic of an absorbed contact where the conversation goes on, or closes it.
func (t *turn) leave(x *doing) error {
	own, topic, kept := t.room.OwnTopic(t.tx, x.Contact), t.room.Topic(t.tx, x.Contact), t.tx.Contact(x.Contact)
	if kept == nil || kept.ID == x.Contact || !t.room.Forum || own.Shut || !own.Stands(t.room.Group) {
		return nil
	}
	here := t.k.serves(t.tx, kept.ID)
	if here && !topic.Stands(t.room.Group) {
		return nil
	}
	// The word belongs there and nowhere else: it is not tried again.
	p := fallback.Post{Contact: x.Contact, Act: x.Do, Group: t.room.Group, Thread: own.Thread, Tries: maxTries + 1}
	text := "📌"
	switch {
	case x.Do != "":
	case !here:
		text = fmt.Sprintf(t.k.desk.words.gone, cmp.Or(fallback.HomeOf(t.tx, kept.ID), fallback.MainGroup))
	default:
		p.Contacts = []bots.ID{kept.ID} // who is erased takes it along, also when they are two by then
		text = fmt.Sprintf(t.k.desk.words.joined, oneLine(t.k.desk.topicPerson(kept), maxName))
	}
	return t.post(t.room.Contact, text, p)
}

// left takes that the word stands in the topic of an absorbed contact: it can be closed.
func (k *keeper) left(v fallback.View, c *bots.Change) {
	p, ok := fallback.PostOf(v.Delivery(c.Delivery))
	if !ok || p.Act != "" || len(p.Lines) > 0 || p.Contact == 0 || v.Same(p.Contact)[0] == p.Contact {
		return
	}
	if own := k.room.OwnTopic(v, p.Contact); own.Stands(k.room.Group) && own.Thread == p.Thread {
		k.Acts = append(k.Acts, doing{Contact: p.Contact, Do: bots.CloseTopicAct, Joined: true})
	}
}
