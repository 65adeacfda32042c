package store

import (
	"bytes"
	"reflect"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// contacts checks names against records, both ways.
func (c *checker) contacts() {
	c.each(tContact, func(k, v []byte) {
		p, err := decodeContact(c.id(lastID(k)), v)
		if err != nil {
			c.bad(tContact, k, "%v", err)
			return
		}
		for _, e := range c.t.db.naming.places(p) {
			cur := c.t.bucket(tPlace).Cursor()
			if have, val := cur.Seek(e.key); !bytes.Equal(have, e.key) || !bytes.Equal(val, e.val) {
				c.bad(tContact, k, "is not found by %x", e.key)
			}
		}
		for _, e := range c.t.db.naming.newest(p) {
			if !c.t.has(tNewest, e.key) {
				c.bad(tContact, k, "what it said or did at a number is not found by %x", e.key)
			}
		}
	})
	c.each(tPlace, func(k, _ []byte) {
		if p := c.t.Contact(lastID(k)); (p == nil || find(c.t.db.naming.places(p), k) == nil) && !c.t.nameless(lastID(k)) {
			c.bad(tPlace, k, "contact %s does not have this name", lastID(k))
		}
	})
}

// newest checks who was last at a number against the records; the other way round is with them.
func (c *checker) newest() {
	c.each(tNewest, func(k, _ []byte) {
		if p := c.t.contact(lastID(k)); (p == nil || find(c.t.db.naming.newest(p), k) == nil) && !c.t.nameless(lastID(k)) {
			c.bad(tNewest, k, "contact %s did not say or do that there", lastID(k))
		}
	})
}

// merges checks how contacts were absorbed: both records of a merge, the mark of the absorbed one, and the list of the kept one.
func (c *checker) merges() {
	for _, e := range c.t.all(tRecord, name(mergeKind)) {
		id := lastID(e.key)
		m, err := decodeMerge(id, e.val)
		if err != nil {
			c.bad(tRecord, e.key, "%v", err)
			continue
		}
		gone, kept := c.t.contact(id), c.t.contact(m.Kept)
		switch {
		case bots.IDFromBytes(c.t.get(tRecord, intoKey(id))) != m.Kept:
			c.bad(tRecord, e.key, "contact %s does not lead to the one that absorbed it", id)
		case gone == nil || gone.Into != m.Kept:
			c.bad(tRecord, e.key, "contact %s does not say that it was absorbed", id)
		case kept == nil || !slices.Contains(kept.Merged, id):
			c.bad(tRecord, e.key, "contact %s does not know that it absorbed this one", m.Kept)
		}
	}
	for _, e := range c.t.all(tRecord, name(intoKind)) {
		if c.t.get(tRecord, mergeKey(lastID(e.key))) == nil {
			c.bad(tRecord, e.key, "nobody knows how it was absorbed")
		}
	}
	c.each(tContact, func(k, v []byte) {
		p, err := decodeContact(lastID(k), v)
		if err == nil && p.Into != 0 && c.t.get(tRecord, intoKey(p.ID)) == nil {
			c.bad(tContact, k, "says it was absorbed, and was not")
		}
		for _, id := range p.Merged {
			if err == nil && c.t.get(tRecord, intoKey(id)) == nil {
				c.bad(tContact, k, "says it absorbed contact %s, and nobody did", id)
			}
		}
	})
}

// messages checks conversations, chains of a chat, and the channel's ids.
func (c *checker) messages() {
	talk := c.pairs(tTalk, func(k, _ []byte) uint64 { return keyNumber(k) })
	c.each(tMessage, func(k, v []byte) {
		m, err := decodeMessage(c.id(lastID(k)), v)
		if err != nil {
			c.bad(tMessage, k, "%v", err)
			return
		}
		if m.Erased {
			c.emptied(k, m)
		}
		if m.Contact != 0 && !talk.has(m.ID, uint64(m.Contact)) {
			c.bad(tMessage, k, "is not in the conversation of contact %s", m.Contact)
		}
		if m.In {
			c.theirs(k, m)
		} else {
			c.ours(k, m)
		}
	})
}

// emptied checks that nothing of a message is left but that there was one.
func (c *checker) emptied(k []byte, m *bots.Message) {
	if !reflect.DeepEqual(m, fallback.Emptied(m)) {
		c.bad(tMessage, k, "its person was erased, and it says more than that there was a message")
	}
	if c.t.nameless(m.Contact) {
		return // erased after this copy was made
	}
	if x, ok := c.t.Erased(m.Contact); !ok || c.t.Contact(m.Contact) != nil {
		c.bad(tMessage, k, "is empty, and contact %s was not erased (%s)", m.Contact, x.At)
	}
}

// erased checks that nothing that names an erased person is left once all steps are done.
func (c *checker) erased() {
	c.each(tRecord, func(k, v []byte) {
		if !bytes.HasPrefix(k, name(erasedKind)) {
			return
		}
		id := lastID(k)
		x, err := decodeErased(id, v)
		if err != nil {
			c.bad(tRecord, k, "%v", err)
			return
		}
		if _, steps := c.t.Erasing(id); steps != x.Left {
			c.bad(tRecord, k, "contact %s: the erase is not over (%t), and its steps are kept (%t)", id, x.Left, steps)
		}
		if c.t.Contact(id) != nil || len(c.t.Statements(id)) > 0 || c.t.Conversation(id) != (bots.Conversation{}) {
			c.bad(tRecord, k, "contact %s was erased and is still there", id)
		}
		if !x.Left {
			c.left(k, id)
		}
	})
}

// left checks the records of an erased person.
func (c *checker) left(k []byte, id bots.ID) {
	c.t.MessagesOf(id, 0, func(m bots.ID) bool {
		if have := c.t.Message(m); have != nil && !have.Erased {
			c.bad(tRecord, k, "message %s of contact %s was not erased", m, id)
		}
		return !c.stop()
	})
	c.t.DeliveriesOf(id, func(d bots.ID, _ uint64) bool {
		if have := c.t.Delivery(d); have != nil && (have.To != "" || have.Text != "" || len(have.Data) > 0 || len(have.Metadata) > 0 || !have.State.Final()) {
			c.bad(tRecord, k, "delivery %s of contact %s was not erased", d, id)
		}
		return !c.stop()
	})
}

// theirs checks a message of a person: where it can be taken back, it is found by the channel's id. Of two with one id it is the newer.
func (c *checker) theirs(k []byte, m *bots.Message) {
	if m.Erased || c.goneFor(m.Contact) || !fallback.FoundByID(m) {
		return
	}
	id := c.t.ByProvider(fallback.HeardKey(m.To, m.ProviderID))
	if have := c.t.Message(id); have == nil && !c.dropped(id) || have != nil && (!have.In || have.ID < m.ID) {
		c.bad(tMessage, k, "is not found by the channel's id")
	}
}

func (c *checker) ours(k []byte, m *bots.Message) {
	if c.goneFor(m.Contact) {
		return // its names go before it does: those of all contacts that were one person at once
	}
	if m.Standing() {
		c.inChat(k, m)
	}
	s := c.t.MessageState(m.ID)
	if s.Approved && m.Approved == nil {
		c.bad(tStatus, k, "went out as an approved template, which its message does not have")
	}
	if s.ProviderID == "" || s.Sender == "" {
		return
	}
	for _, id := range append([]string{s.ProviderID}, strings.FieldsFunc(s.Rest, func(r rune) bool { return r == ',' })...) {
		whole, inChat := fallback.ProviderKey{Sender: s.Sender, ID: id}, fallback.ProviderKey{Sender: s.Sender, Chat: m.To.ID, ID: id}
		if c.t.ByProvider(whole) == 0 && c.t.ByProvider(inChat) == 0 {
			c.bad(tStatus, k, "is not found by the channel's id %q", id)
		}
	}
}

// inChat checks a message's place among ours in its chat.
func (c *checker) inChat(k []byte, m *bots.Message) {
	if newest := c.t.Message(c.t.LastSent(m.To)); newest == nil || newest.In || newest.To != m.To || newest.Seq < m.Seq {
		c.bad(tMessage, k, "the newest message of its chat is not known")
	}
	prev := c.t.Message(m.Prev)
	if m.Prev != 0 && !(prev == nil && c.dropped(m.Prev)) && (prev == nil || prev.In || !prev.Erased && prev.To != m.To || prev.Seq+1 != m.Seq) {
		c.bad(tMessage, k, "the message before it, %s, is not of this chat", m.Prev)
	}
}

func (c *checker) talk() {
	c.each(tTalk, func(k, _ []byte) {
		if m := c.t.Message(lastID(k)); m == nil && c.dropped(lastID(k)) {
			return
		} else if m == nil || standing(m.Contact, m.Under) != bots.IDFromBytes(k) {
			c.bad(tTalk, k, "message %s is not there, or of somebody else", lastID(k))
		}
	})
	c.each(tLastSent, func(k, v []byte) {
		if m := c.t.Message(bots.IDFromBytes(v)); m == nil && c.dropped(bots.IDFromBytes(v)) {
			return
		} else if m == nil || !m.Erased && (!m.Standing() || !bytes.Equal(c.t.db.naming.chatKey(m.To), k)) {
			c.bad(tLastSent, k, "message %x is no message of ours in this chat", v)
		}
	})
}

func (c *checker) providers() {
	c.each(tProvider, func(k, v []byte) {
		m := c.t.Message(bots.IDFromBytes(v))
		switch {
		case m == nil && c.dropped(bots.IDFromBytes(v)):
		case m == nil:
			c.bad(tProvider, k, "message %x is no message of ours, and of nobody else", v)
		case m.In && !m.Erased && !bytes.Equal(k, c.t.db.naming.providerKey(fallback.HeardKey(m.To, m.ProviderID))):
			c.bad(tProvider, k, "message %x of a person is not found by its own id", v)
		}
	})
}

// heads checks heads against the list by activity, both ways.
func (c *checker) heads() {
	c.each(tHead, func(k, v []byte) {
		h, err := decodeHead(lastID(k), v)
		if err != nil {
			c.bad(tHead, k, "%v", err)
		} else if !c.t.has(tActivity, activityKey(&h)) {
			c.bad(tHead, k, "is not in the list by activity")
		}
		c.waits(lastID(k))
	})
	c.each(tActivity, func(k, _ []byte) {
		at := idKey(nil, lastID(k))
		b := c.t.db.unseal(tHead, at, c.t.bucket(tHead).Get(at))
		h, err := decodeHead(lastID(k), b)
		if b == nil || err != nil || !bytes.Equal(activityKey(&h), k) {
			c.bad(tActivity, k, "the conversation does not stand there")
		}
	})
	c.each(tHeadLog, func(k, v []byte) {
		if len(v) < 8 {
			c.bad(tHeadLog, k, "no head")
		} else if _, err := decodeHead(bots.IDFromBytes(v), c.t.db.unseal(tHead, v[:8], v[8:])); err != nil { // empty: it was taken away
			c.bad(tHeadLog, k, "%v", err)
		}
	})
}

// dropped reports whether retention may have dropped a message.
func (c *checker) dropped(id bots.ID) bool { return id != 0 && id <= c.messages0 }
