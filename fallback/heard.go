package fallback

import "kaskad/bots"

// putHeard appends what the person said or did. Where people can take messages back, theirs are found by the channel's id: by chat,
// as that id is of their own making.
func putHeard(tx Tx, t *bots.Turn) {
	m, e := t.Message, &t.Event
	m.ID, m.Contact, m.Under = tx.NewID(), t.Contact.ID, under(tx, &t.Contact, m.To)
	changes := m.Kind == bots.EditMessage || m.Kind == bots.DeleteMessage
	if changes {
		m.ReplyTo = theirs(tx, e, m.ProviderID)
	} else {
		m.ReplyTo = answered(tx, e)
	}
	tx.PutMessage(m)
	t.Conversation.LastID = m.ID
	switch {
	case m.Kind == bots.DeleteMessage && m.ReplyTo != 0:
		if s := tx.MessageState(m.ReplyTo); s.DeletedAt.IsZero() {
			s.DeletedAt = m.At
			tx.PutMessageState(m.ReplyTo, s)
		}
	case m.Kind == bots.EditMessage && m.ReplyTo != 0:
		newest(tx, m)
	case FoundByID(m):
		tx.PutProvider(HeardKey(m.To, m.ProviderID), m.ID)
	}
}

// FoundByID reports whether a message of a person's is found by the channel's id: where it can be taken back, or be quoted by the
// person, under that id.
func FoundByID(m *bots.Message) bool {
	changes := m.Kind == bots.EditMessage || m.Kind == bots.DeleteMessage
	return m.In && !changes && m.ProviderID != "" && bots.TwoAddresses(m.Channel)
}

// answered is the message that an event's own one answers, of ours or of the person's; 0: none that is known.
func answered(tx View, e *bots.Event) bots.ID {
	if m := named(tx, e.Step, e.Chat, e.Twin(), providerKey(senderOf(e), e.Chat.ID, e.On)); m != nil {
		return m.ID
	}
	return theirs(tx, e, e.On)
}

// theirs finds a message of the person's own by the channel's id, in the chat's two addresses; 0: none is known.
func theirs(tx View, e *bots.Event, id string) bots.ID {
	if id == "" || !bots.TwoAddresses(e.Chat.Channel) {
		return 0
	}
	for _, chat := range sides(tx, e.Chat, e.Twin()) {
		if m := tx.Message(tx.ByProvider(HeardKey(chat, id))); m != nil && m.In {
			return m.ID
		}
	}
	return 0
}

// HeardKey is where a person's own message is found. No key of a message of ours on these channels names a chat.
func HeardKey(chat bots.Address, id string) ProviderKey {
	return ProviderKey{Sender: chat.Channel, Chat: chat.ID, ID: id}
}

// senderOf is whose provider ids an event speaks of: a messenger's are its own.
func senderOf(e *bots.Event) string {
	if e.Sender == "" && bots.Messenger(e.Chat.Channel) {
		return e.Chat.Channel
	}
	return e.Sender
}

// putOwners appends what one of us wrote from the phone itself. The channel has it, so receipts and quotes find it as any other.
func putOwners(tx Tx, t *bots.Turn) {
	m, e := t.Ours, &t.Event
	m.ID, m.Contact, m.Prev, m.Seq, m.ReplyTo = tx.NewID(), t.Contact.ID, tx.LastSent(m.To), 1, answered(tx, e)
	m.Under = under(tx, &t.Contact, m.To)
	if p := tx.Message(m.Prev); p != nil {
		m.Seq = p.Seq + 1
	}
	tx.PutMessage(m)
	tx.PutMessageState(m.ID, bots.MessageState{Level: bots.Accepted, Sender: senderOf(e), ProviderID: m.ProviderID, SentAt: m.At, ChannelAt: m.At})
	if m.ProviderID != "" {
		tx.PutProvider(providerKey(senderOf(e), m.To.ID, m.ProviderID), m.ID)
	}
	t.Conversation.LastID = m.ID
}

// appended is the message that an event added to the conversation; nil: none.
func appended(t *bots.Turn) *bots.Message {
	if t.Message != nil {
		return t.Message
	}
	return t.Ours
}
