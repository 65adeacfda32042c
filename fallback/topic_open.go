package fallback

import "kaskad/bots"

// How a topic comes to be, and how it ends: the desk says when, what becomes of it is written here, in the transaction in which it is
// known. There is never more than one on its way for a contact: the delivery that asks for it is the lock.

// OpenTopic asks the group for a topic about a contact, unless there is one, or one is on its way.
func OpenTopic(tx Tx, room *StaffRoom, contact bots.ID, name string, post Poster) error {
	t := room.Topic(tx, contact)
	if !room.Forum || room.Group == "" || t.Stands(room.Group) || t.opening(tx, room.Group) {
		return nil
	}
	id, err := post(room.Contact, name, Post{Contact: contact, Act: bots.OpenTopicAct, Group: room.Group})
	if err != nil {
		return err
	}
	tx.PutTopic(Topic{Contact: contact, Group: room.Group, State: TopicOpening, Name: name, Since: tx.Now(), Opening: id, Made: t.Made})
	return nil
}

// opening reports whether the topic is on its way in a group: what asks for it has not come to an end.
func (t *Topic) opening(v View, group string) bool {
	if t.State != TopicOpening || t.Group != group {
		return false
	}
	d := v.Delivery(t.Opening)
	return d != nil && !d.State.Final()
}

// Topic is where a contact is talked about, its group under the id that it has now. Of an absorbed contact it is the kept one's.
func (room *StaffRoom) Topic(v View, contact bots.ID) Topic {
	t := v.Topic(v.Same(contact)[0])
	t.Group = room.now(t.Group)
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
		if contact == 0 && room.now(was) == room.Group {
			contact = v.TopicAt(was, thread)
		}
	}
	return contact
}

// now is a group under the id that it has now.
func (room *StaffRoom) now(group string) string {
	for range maxStaffMoves {
		next, moved := room.Moved[group]
		if !moved {
			break
		}
		group = next
	}
	return group
}
