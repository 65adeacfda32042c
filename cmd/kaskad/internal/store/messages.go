package store

import (
	"kaskad/bots"
)

func encodeMessage(b []byte, m *bots.Message) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, standing(m.Contact, m.Under))
		e.bool(2, m.In)
		e.uint(3, uint64(m.Kind))
		e.str(4, m.To.Channel)
		e.str(5, m.To.ID)
		e.str(6, m.Text)
		for _, x := range m.Media {
			e.msg(7, func(e *encoder) { encodeMedia(e, &x) })
		}
		e.str(8, m.ProviderID)
		e.id(9, m.ReplyTo)
		e.time(10, m.At)
		if !m.Came.IsZero() {
			e.late(23, m.Came.UnixMicro()-m.At.UnixMicro())
		}
		e.id(11, m.Delivery)
		e.int(12, int64(m.Leg))
		e.str(13, m.Markup)
		for _, b := range m.Buttons {
			e.msg(14, func(e *encoder) { encodeButton(e, b) })
		}
		e.id(15, m.Prev)
		e.uint(16, m.Seq)
		e.str(17, m.Author)
		if m.Channel != m.To.Channel {
			e.msg(18, func(e *encoder) { e.str(1, m.Channel) })
		}
		for _, target := range m.Links {
			e.msg(19, func(e *encoder) { e.str(1, target) })
		}
		e.bool(21, m.Erased)
		e.bool(22, m.Masked)
		if m.Approved != nil {
			e.msg(20, func(e *encoder) { encodeApproved(e, m.Approved) })
		}
	})
}

func encodeButton(e *encoder, b bots.Button) {
	e.str(1, b.Text)
	e.str(2, b.URL)
	e.str(3, b.Data)
}

func decodeMessage(id bots.ID, b []byte) (*bots.Message, error) {
	m := &bots.Message{ID: id}
	same, came, late := true, false, int64(0)
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			m.Contact = f.id()
		case 2:
			m.In = f.bool()
		case 3:
			m.Kind = bots.MessageKind(f.small(uint64(bots.DeleteMessage)))
		case 4:
			m.To.Channel = f.str()
		case 5:
			m.To.ID = f.str()
		case 6:
			m.Text = f.str()
		case 7:
			var x bots.Media
			f.nested(func(f *fields) { decodeMedia(f, &x) })
			m.Media = append(m.Media, x)
		case 8:
			m.ProviderID = f.str()
		case 9:
			m.ReplyTo = f.id()
		case 10:
			m.At = f.time()
		case 11:
			m.Delivery = f.id()
		case 12:
			m.Leg = f.count()
		case 13:
			m.Markup = f.str()
		case 14:
			m.Buttons = append(m.Buttons, decodeButton(f))
		case 15:
			m.Prev = f.id()
		case 16:
			m.Seq = f.uint()
		case 17:
			m.Author = f.str()
		case 18:
			same = false
			f.nested(func(f *fields) {
				if f.num == 1 {
					m.Channel = f.str()
				}
			})
		case 19:
			target := ""
			f.nested(func(f *fields) {
				if f.num == 1 {
					target = f.str()
				}
			})
			m.Links = append(m.Links, target)
		case 21:
			m.Erased = f.bool()
		case 23:
			late, came = f.int(), true
		case 22:
			m.Masked = f.bool()
		case 20:
			m.Approved = &bots.Approved{}
			f.nested(func(f *fields) { decodeApproved(f, m.Approved) })
		}
	})
	if same {
		m.Channel = m.To.Channel
	}
	if came {
		m.Came = fromMicro(m.At.UnixMicro() + late)
	}
	return m, err
}

func encodeMedia(e *encoder, x *bots.Media) {
	e.str(1, x.Type)
	e.str(2, x.ID)
	e.str(3, x.Name)
	e.int(4, x.Size)
	e.str(5, x.Text)
	e.str(6, x.From)
}

func decodeMedia(f *fields, x *bots.Media) {
	switch f.num {
	case 1:
		x.Type = f.str()
	case 2:
		x.ID = f.str()
	case 3:
		x.Name = f.str()
	case 4:
		x.Size = f.int()
	case 5:
		x.Text = f.str()
	case 6:
		x.From = f.str()
	}
}

func decodeButton(f *fields) (b bots.Button) {
	f.nested(func(f *fields) {
		switch f.num {
		case 1:
			b.Text = f.str()
		case 2:
			b.URL = f.str()
		case 3:
			b.Data = f.str()
		}
	})
	return b
}

// Message reads a message, or nil.
func (t *tx) Message(id bots.ID) *bots.Message {
	if id == 0 {
		return nil
	}
	b := t.record(tMessage, id)
	if b == nil {
		return nil
	}
	m, err := decodeMessage(id, b)
	mustRecord(tMessage, id, err)
	m.Contact, m.Under = t.whose(m.Contact)
	return m
}

// PutMessage appends a message to its conversation; one of ours becomes the last of its chat.
func (t *tx) PutMessage(m *bots.Message) {
	t.putMessage(m)
	if m.Contact != 0 {
		t.set.put(tTalk, t.set.ids(standing(m.Contact, m.Under), m.ID), nil)
	}
	if m.Standing() {
		t.set.put(tLastSent, t.db.naming.chatKey(m.To), t.set.id(m.ID))
	}
}

func (t *tx) putMessage(m *bots.Message) {
	val := t.set.encode(func(b []byte) []byte { return encodeMessage(b, m) })
	t.putOf(t.ownerOfMessage(m), tMessage, t.set.id(m.ID), val, func() []byte { return bareMessage(m) })
}

func (n naming) chatKey(chat bots.Address) []byte { return n.name(chat.Channel, chat.ID) }

// LastSent is the newest message of ours in a chat.
func (t *tx) LastSent(chat bots.Address) bots.ID {
	return bots.IDFromBytes(t.get(tLastSent, t.db.naming.chatKey(chat)))
}
