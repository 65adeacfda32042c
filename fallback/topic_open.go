package fallback

import (
	"slices"

	"kaskad/bots"
)

// How a topic comes to be, and how it ends: the desk says when, what becomes of it is written here, in the transaction in which it is
// known. There is never more than one on its way for a contact: the delivery that asks for it is the lock.

// OpenTopic asks the group for a topic about a contact, unless there is one, or one is on its way. One that the group had before the
// conversation was given away is opened again.
func OpenTopic(tx Tx, room *StaffRoom, contact bots.ID, name string, post Poster) error {
	t := room.Topic(tx, contact)
	if !room.Forum || room.Group == "" || t.Stands(room.Group) || t.opening(tx, room.Group) {
		return nil
	}
	t.leave()
	if i := slices.IndexFunc(t.Before, func(x Thread) bool { return room.Now(x.Group) == room.Group }); i >= 0 {
		return room.returnTo(tx, t, i, post)
	}
	id, err := post(room.Contact, name, Post{Contact: contact, Act: bots.OpenTopicAct, Group: room.Group})
	if err != nil {
		return err
	}
	tx.PutTopic(Topic{Contact: contact, Group: room.Group, State: TopicOpening, Name: name, Since: tx.Now(), Opening: id, Made: t.Made, Before: t.Before})
	return nil
}

// leave remembers a thread that is not where the conversation goes on.
func (t *Topic) leave() {
	if t.Thread == "" {
		return
	}
	t.Before = append(slices.Clone(t.Before), Thread{t.Group, t.Thread})
	t.Before = t.Before[max(0, len(t.Before)-maxThreads):]
	t.Thread = ""
}

// returnTo makes a thread of before the one where the conversation goes on. It was closed when the conversation left.
func (room *StaffRoom) returnTo(tx Tx, t Topic, i int, post Poster) error {
	back := t.Before[i]
	t.Before = slices.Delete(slices.Clone(t.Before), i, i+1)
	t.Group, t.Thread, t.State, t.Since, t.Opening, t.Card, t.Pinned, t.Shut = room.Group, back.ID, TopicOpen, tx.Now(), 0, 0, false, true
	t.Made++
	tx.PutTopic(t)
	_, err := post(room.Contact, "🔓", Post{Contact: t.Contact, Act: bots.ReopenTopicAct, Group: t.Group, Thread: t.Thread})
	return err
}

// is reports whether the topic stands in a thread, also one of a group that had another id then: the numbers of threads are a group's own.
func (t *Topic) is(v View, group, thread string) bool {
	if t.Thread != thread || thread == "" {
		return false
	}
	if t.Group == group {
		return true
	}
	mine, _, err := roomHaving(v, t.Group)
	if err != nil {
		return false
	}
	its, ok, err := roomHaving(v, group)
	return ok && err == nil && its.Contact == mine.Contact
}

// opening reports whether the topic is on its way in a group: what asks for it has not come to an end.
func (t *Topic) opening(v View, group string) bool {
	if !t.Comes(group) {
		return false
	}
	d := v.Delivery(t.Opening)
	return d != nil && !d.State.Final()
}

// Topic is where a contact is talked about, its group under the id that it has now. Of an absorbed contact it is the kept one's.
func (room *StaffRoom) Topic(v View, contact bots.ID) Topic {
	return room.OwnTopic(v, v.Same(contact)[0])
}

// OwnTopic is the topic that was made for a contact, also while it is absorbed by another one.
func (room *StaffRoom) OwnTopic(v View, contact bots.ID) Topic {
	t := v.Topic(contact)
	t.Group = room.Now(t.Group)
	return t
}

// TopicOf is whom a topic of the room is about; 0: nobody. The topic of an absorbed contact is about whoever absorbed it.
func (room *StaffRoom) TopicOf(v View, thread string) bots.ID {
	contact := room.topicAt(v, thread)
	if contact == 0 || v.Contact(contact) == nil {
		return 0
	}
	return v.Same(contact)[0]
}

// topicAt is under whose id a topic of the room stands, also one that was made when the group had another id.
func (room *StaffRoom) topicAt(v View, thread string) bots.ID {
	contact := v.TopicAt(room.Group, thread)
	for was := range room.Moved {
		if contact == 0 && room.Now(was) == room.Group {
			contact = v.TopicAt(was, thread)
		}
	}
	return contact
}

// Now is a group under the id that it has now.
func (room *StaffRoom) Now(group string) string {
	for range maxStaffMoves {
		next, moved := room.Moved[group]
		if !moved {
			break
		}
		group = next
	}
	return group
}
