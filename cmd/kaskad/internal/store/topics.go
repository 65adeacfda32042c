package store

import (
	"fmt"

	"kaskad/bots"
	"kaskad/fallback"
)

// Kinds of records about the staff's topics: where a contact is talked about, and whom a thread is about.
const (
	topicKind  = "topic"
	threadKind = "thread"
)

func topicKey(contact bots.ID) []byte { return idKey(name(topicKind), contact) }

func threadKey(group, thread string) []byte { return append(name(threadKind, group), thread...) }

func encodeTopic(b []byte, x *fallback.Topic) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, x.Group)
		e.str(2, x.Thread)
		e.uint(3, uint64(x.State))
		e.str(4, x.Name)
		e.time(5, x.Since)
		e.id(6, x.Opening)
		e.id(7, x.Card)
		e.bool(8, x.Pinned)
		e.bool(9, x.Shut)
		e.int(10, int64(x.Made))
		for i := range x.Before {
			e.msg(11, func(e *encoder) {
				e.str(1, x.Before[i].Group)
				e.str(2, x.Before[i].ID)
			})
		}
		e.bool(15, true) // a record is never empty
	})
}

func decodeTopic(contact bots.ID, b []byte) (fallback.Topic, error) {
	x := fallback.Topic{Contact: contact}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			x.Group = f.str()
		case 2:
			x.Thread = f.str()
		case 3:
			x.State = fallback.TopicState(f.small(uint64(fallback.TopicGone)))
		case 4:
			x.Name = f.str()
		case 5:
			x.Since = f.time()
		case 6:
			x.Opening = f.id()
		case 7:
			x.Card = f.id()
		case 8:
			x.Pinned = f.bool()
		case 9:
			x.Shut = f.bool()
		case 10:
			x.Made = f.count()
		case 11:
			var at fallback.Thread
			f.nested(func(f *fields) {
				switch f.num {
				case 1:
					at.Group = f.str()
				case 2:
					at.ID = f.str()
				}
			})
			x.Before = append(x.Before, at)
		}
	})
	return x, err
}

// PutTopic writes where staff talk about a contact. A thread leads to whose it is now, and to nobody once it is nobody's.
func (t *tx) PutTopic(x fallback.Topic) {
	t.leaveThreads(x.Contact)
	t.putOf(x.Contact, tRecord, topicKey(x.Contact), encodeTopic(nil, &x), func() []byte { // its name has theirs, and their first words
		bare := x
		bare.Name = ""
		return encodeTopic(nil, &bare)
	})
	for _, at := range x.Threads() {
		t.set.put(tRecord, threadKey(at.Group, at.ID), idKey(nil, x.Contact))
	}
}

// DropTopic forgets it.
func (t *tx) DropTopic(contact bots.ID) {
	t.leaveThreads(contact)
	t.set.delete(tRecord, topicKey(contact))
}

// leaveThreads takes away what leads from the threads that a contact has to the contact.
func (t *tx) leaveThreads(contact bots.ID) {
	was := t.Topic(contact)
	for _, at := range was.Threads() {
		if t.TopicAt(at.Group, at.ID) == contact {
			t.set.delete(tRecord, threadKey(at.Group, at.ID))
		}
	}
}

// Topic is where staff talk about a contact; the zero value: nowhere.
func (t *tx) Topic(contact bots.ID) fallback.Topic {
	key := topicKey(contact)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Topic{}
	}
	x, err := decodeTopic(contact, b)
	must(tRecord, key, err)
	return x
}

// TopicAt is whose a thread is; 0: nobody's.
func (t *tx) TopicAt(group, thread string) bots.ID {
	if thread == "" {
		return 0
	}
	return bots.IDFromBytes(t.get(tRecord, threadKey(group, thread)))
}

// topic checks that a topic is found by its thread.
func (c *checker) topic(id, val []byte) error {
	contact := lastID(id)
	x, err := decodeTopic(contact, val)
	if err != nil {
		return err
	}
	for _, at := range x.Threads() {
		if c.t.TopicAt(at.Group, at.ID) != contact {
			return fmt.Errorf("the topic of contact %s is not found by its thread", contact)
		}
	}
	return nil
}

// thread checks that a thread leads to the contact whose it is.
func (c *checker) thread(_, val []byte) error {
	contact := bots.IDFromBytes(val)
	if x := c.t.Topic(contact); len(x.Threads()) == 0 {
		return fmt.Errorf("a thread leads to contact %s, who has none", contact)
	}
	return nil
}
