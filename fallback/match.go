package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// find looks for the message that a proof means: by its name, else as the one uncertain attempt that fits. Known: the name is
// known and means something else, so there is nothing to wait for.
func find(tx View, p *bots.Proof) (m *bots.Message, known bool) {
	key := providerKey(p.Sender, p.Chat.ID, p.ProviderID)
	if m := named(tx, toldStep(tx, p, key), p.Chat, p.Also, key); m != nil {
		return m, true
	}
	if p.ProviderID == "" || tx.ByProvider(key) != 0 || own(tx, p) || p.Step != 0 && tx.Message(p.Step) == nil {
		return nil, true // an attempt that is not known to have a name has a step that is: another step is not it
	}
	return doubted(tx, p), false
}

// own reports whether a proof names a message of the person's own, be it one that was dropped since.
func own(tx View, p *bots.Proof) bool {
	if !bots.TwoAddresses(p.Chat.Channel) {
		return false
	}
	return slices.ContainsFunc(sides(tx, p.Chat, p.Also), func(chat bots.Address) bool {
		id := tx.ByProvider(HeardKey(chat, p.ProviderID))
		m := tx.Message(id)
		return id != 0 && (m == nil || m.In)
	})
}

// dropped reports whether a proof names a message of ours that is not kept any more. Of a chat the oldest go first, so that nothing
// that is kept stands before it: the proof says nothing about any other.
func dropped(tx View, p *bots.Proof) bool {
	if p.ProviderID == "" {
		return false
	}
	id := tx.ByProvider(providerKey(p.Sender, p.Chat.ID, p.ProviderID))
	return id != 0 && tx.Message(id) == nil
}

// named finds the message of ours that an event or receipt names: by our id or by the channel's. Ids come back from people's own
// devices: one that belongs to another chat names nothing.
func named(tx View, step bots.ID, chat, also bots.Address, key ProviderKey) *bots.Message {
	if m := ours(tx, step, chat, also); m != nil {
		return m
	}
	if key.ID == "" {
		return nil
	}
	return ours(tx, tx.ByProvider(key), chat, also)
}

// ours is a message of ours in a chat, under either of the two addresses that the chat may have, or nil. A report of a provider may
// name no chat, only its channel.
func ours(tx View, id bots.ID, chat, also bots.Address) *bots.Message {
	if id == 0 {
		return nil
	}
	m := tx.Message(id)
	if m == nil || m.In || m.To.Channel != chat.Channel {
		return nil
	}
	if chat.ID == "" || m.To == chat || slices.Contains(sides(tx, chat, also), m.To) {
		return m
	}
	return nil
}

// sides are the addresses of one chat: as the event says, else as its owner's contact has it.
func sides(tx View, chat, also bots.Address) []bots.Address {
	all := append(make([]bots.Address, 0, 3), chat)
	if chat.ID == "" || !bots.TwoAddresses(chat.Channel) {
		return all
	}
	if also.ID != "" {
		all = append(all, also)
	}
	if c := tx.Contact(at(tx, chat)); c != nil {
		for _, a := range c.Chat(chat)[1:] {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	return all
}

// doubted finds the one uncertain attempt of the chat whose send window covers the moment the channel took the message. While an
// attempt is under way that it may mean as well, it waits until that one knows its own id. Where only the moment of the receipt is told,
// any attempt of before may be meant, however long ago its window closed.
func doubted(tx View, p *bots.Proof) *bots.Message {
	at := p.SentAt
	if at.IsZero() {
		at = p.At
	}
	var found *bots.Message
	for _, chat := range sides(tx, p.Chat, p.Also) {
		id := tx.LastSent(chat)
		for range orphanWalk {
			m := tx.Message(id)
			if m == nil || tx.Now().Sub(m.At) > OrphanLife {
				break
			}
			s := tx.MessageState(id)
			switch {
			case !nameless(&s, p.Sender):
			case covers(&s, at):
				if found != nil || s.Sending {
					return nil // two could be meant: neither is proven
				}
				found = m
			case p.SentAt.IsZero() && s.ClaimedAt.Before(at):
				return nil // this one, too
			}
			id = m.Prev
		}
	}
	return found
}

// orphanWalk bounds how many messages of a chat are looked at for an uncertain one.
const orphanWalk = 64

// nameless reports whether a message may have gone out by this sender under an id that we were never told: its outcome is not known, or
// is known from what named it by our own id alone.
func nameless(s *bots.MessageState, sender string) bool {
	return (s.Uncertain || s.Sending || s.Level > bots.None && s.SentAt.IsZero()) && s.ProviderID == "" && s.Sender == sender
}

// covers reports whether the send window of an attempt covers a moment; the channel's clock may differ a little from ours.
func covers(s *bots.MessageState, at time.Time) bool {
	const skew = 2 * time.Second
	return !at.Before(s.ClaimedAt.Add(-skew)) && !at.After(s.LeaseEnd.Add(skew))
}

// joinOrphans applies what arrived about a message before its attempt ended: by the channel's id, or, for the one attempt of the
// chat whose outcome is not known, by the send window. An end settles what an orphan of another attempt can mean, too.
func joinOrphans(tx Tx, message bots.ID, s bots.MessageState, r *Rules, w *World) error {
	m := tx.Message(message)
	if m == nil {
		return nil
	}
	if s.ProviderID != "" {
		for _, o := range tx.Orphans(providerKey(s.Sender, m.To.ID, s.ProviderID)) {
			if ours(tx, m.ID, o.Chat, o.Proof.Also) == nil || tx.Now().Sub(o.At) >= OrphanLife {
				continue
			}
			if err := proveMessage(tx, m, &o.Proof, r, w); err != nil {
				return err
			}
		}
	}
	for _, chat := range sides(tx, m.To, bots.Address{}) {
		if err := joinDoubted(tx, chat, s.Sender, r, w); err != nil {
			return err
		}
	}
	return nil
}

// joinDoubted applies what arrived in a chat about the one attempt whose outcome is not known. The first that means it tells its id, and
// all others under that id mean it, too.
func joinDoubted(tx Tx, chat bots.Address, sender string, r *Rules, w *World) error {
	met := map[ProviderKey]*bots.Message{}
	for _, o := range tx.Orphans(ProviderKey{Sender: sender, Chat: chat.ID}) {
		if o.Chat != chat || tx.Now().Sub(o.At) >= OrphanLife || tx.ByProvider(o.Key) != 0 && met[o.Key] == nil {
			continue
		}
		meant := met[o.Key]
		if meant == nil {
			if meant = doubted(tx, &o.Proof); meant == nil {
				continue
			}
			met[o.Key] = meant
		}
		if err := proveMessage(tx, meant, &o.Proof, r, w); err != nil {
			return err
		}
	}
	return nil
}

// learnID remembers the channel's id of a message whose send never told it.
func learnID(tx Tx, m *bots.Message, p *bots.Proof) {
	s := tx.MessageState(m.ID)
	if s.ProviderID == "" && p.ProviderID != "" && p.Sender == s.Sender {
		s.ProviderID = p.ProviderID
		tx.PutMessageState(m.ID, s)
		tx.PutProvider(providerKey(p.Sender, m.To.ID, p.ProviderID), m.ID)
	}
}
