package store

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// PutProvider remembers which message a channel's id means.
func (t *tx) PutProvider(key fallback.ProviderKey, message bots.ID) {
	t.set.put(tProvider, t.db.naming.providerKey(key), t.set.id(message))
}

// ByProvider is the message a channel's id means; 0: none is known.
func (t *tx) ByProvider(key fallback.ProviderKey) bots.ID {
	return bots.IDFromBytes(t.get(tProvider, t.db.naming.providerKey(key)))
}

func (n naming) providerKey(k fallback.ProviderKey) []byte { return n.name(k.Sender, k.Chat, k.ID) }

func encodeOrphan(b []byte, o *fallback.Orphan) []byte {
	return encode(b, func(e *encoder) {
		e.str(1, o.Key.Sender)
		e.str(2, o.Key.Chat)
		e.str(3, o.Key.ID)
		e.str(4, o.Chat.Channel)
		e.str(5, o.Chat.ID)
		e.msg(6, func(e *encoder) { encodeProof(e, &o.Proof) })
		e.time(7, o.At)
	})
}

func encodeProof(e *encoder, p *bots.Proof) {
	e.str(1, p.Kind)
	e.uint(2, uint64(p.Level))
	e.bool(3, p.Failed)
	e.uint(4, uint64(p.Fault))
	e.str(5, p.Reason)
	e.time(6, p.At)
	e.str(7, p.Chat.Channel)
	e.str(8, p.Chat.ID)
	e.str(9, p.Sender)
	e.id(10, p.Step)
	e.str(11, p.ProviderID)
	e.time(12, p.SentAt)
	e.str(13, p.Below)
	e.time(14, p.Before)
	e.bool(15, p.Watermark)
	e.str(16, p.Data)
	e.id(17, p.Delivery)
	e.str(18, p.Also.Channel)
	e.str(19, p.Also.ID)
	e.bool(20, p.AdsOnly)
	e.bool(21, p.Free)
	e.str(22, p.To.Channel)
	e.str(23, p.To.ID)
}

func decodeOrphan(b []byte) (fallback.Orphan, error) {
	var o fallback.Orphan
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			o.Key.Sender = f.str()
		case 2:
			o.Key.Chat = f.str()
		case 3:
			o.Key.ID = f.str()
		case 4:
			o.Chat.Channel = f.str()
		case 5:
			o.Chat.ID = f.str()
		case 6:
			f.nested(func(f *fields) { decodeProof(f, &o.Proof) })
		case 7:
			o.At = f.time()
		}
	})
	return o, err
}

func decodeProof(f *fields, p *bots.Proof) {
	switch f.num {
	case 1:
		p.Kind = f.str()
	case 2:
		p.Level = bots.Level(f.small(uint64(bots.Engaged)))
	case 3:
		p.Failed = f.bool()
	case 4:
		p.Fault = bots.Fault(f.small(uint64(bots.Misconfigured)))
	case 5:
		p.Reason = f.str()
	case 6:
		p.At = f.time()
	case 7:
		p.Chat.Channel = f.str()
	case 8:
		p.Chat.ID = f.str()
	case 9:
		p.Sender = f.str()
	case 10:
		p.Step = f.id()
	case 11:
		p.ProviderID = f.str()
	case 12:
		p.SentAt = f.time()
	case 13:
		p.Below = f.str()
	case 14:
		p.Before = f.time()
	case 15:
		p.Watermark = f.bool()
	case 16:
		p.Data = f.str()
	case 17:
		p.Delivery = f.id()
	case 18:
		p.Also.Channel = f.str()
	case 19:
		p.Also.ID = f.str()
	case 20:
		p.AdsOnly = f.bool()
	case 21:
		p.Free = f.bool()
	case 22:
		p.To.Channel = f.str()
	case 23:
		p.To.ID = f.str()
	}
}

func orphanByID(k fallback.ProviderKey) hash { return digest("id", k.Sender, k.Chat, k.ID) }
func orphanByChat(sender, chat string) hash  { return digest("chat", sender, chat) }

// PutOrphan keeps a proof for a message that is not known yet: it is found by the channel's id, and by the chat.
func (t *tx) PutOrphan(o fallback.Orphan) {
	val, id := encodeOrphan(nil, &o), t.NewID()
	if o.Key.ID != "" {
		t.set.put(tOrphan, idKey(orphanByID(o.Key).key(), id), val)
	}
	if o.Chat.ID != "" {
		t.set.put(tOrphan, idKey(orphanByChat(o.Key.Sender, o.Chat.ID).key(), id), val)
	}
}

// Orphans are those kept for a channel's id or for a chat, oldest first.
func (t *tx) Orphans(key fallback.ProviderKey) []fallback.Orphan {
	group := orphanByID(key)
	if key.ID == "" {
		group = orphanByChat(key.Sender, key.Chat)
	}
	var list []fallback.Orphan
	t.walk(tOrphan, group[:], func(key, val []byte) bool {
		o, err := decodeOrphan(val)
		must(tOrphan, key, err)
		if t.now.Sub(o.At) < fallback.OrphanLife {
			list = append(list, o)
		}
		return true
	})
	slices.Reverse(list)
	return list
}
