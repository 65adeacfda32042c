package fallback

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// Answers to one broadcast come together first: as a digest, in a topic of its own, until somebody opens the conversation of one of the
// people who stand there. The topic is that of a contact which stands for the broadcast.

// Broadcast is the metadata by which the deliveries of one broadcast are told from others.
const Broadcast = "broadcast"

// digestWithin is for how long what people write without a reference counts as an answer to what we sent last.
const (
	digestWithin = 24 * time.Hour
	digestWalk   = 30
)

// AnswersBroadcast is the broadcast that a message of a customer answers: what it names, or what we sent to the chat last. What the bot said
// meanwhile is passed over; an answer of people ends it. Empty: none.
func AnswersBroadcast(v View, m *bots.Message) (broadcast string) {
	if named := v.Message(m.ReplyTo); named != nil && !named.In {
		broadcast, _ = sentFor(v, named)
		return broadcast
	}
	looked := 0
	v.MessagesOf(m.Contact, m.ID, func(id bots.ID) bool {
		looked++
		o, ends := v.Message(id), false
		switch {
		case o == nil || o.To != m.To || o.In:
		case m.At.Sub(o.At) > digestWithin:
			return false
		default:
			broadcast, ends = sentFor(v, o)
		}
		return !ends && looked < digestWalk
	})
	return broadcast
}

// sentFor is for which broadcast a message of ours went, and whether it is what people answer: what the bot says by itself is not.
func sentFor(v View, m *bots.Message) (broadcast string, answered bool) {
	d := v.Delivery(m.Delivery)
	if d == nil {
		return "", m.ByOwner()
	}
	return d.Metadata[Broadcast], d.Purpose != Conversation || d.Author != ""
}

// digestMark is kept with the contact of a digest.
type digestMark struct {
	Broadcast string `json:"broadcast"`
}

// DigestContact is the contact whose topic the digest of a broadcast in a room is; nobody outside can name it, and nothing can be sent to it.
func DigestContact(tx Tx, room, broadcast string) (bots.ID, error) {
	at := digestAt(room, broadcast)
	if id := tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}); id != 0 {
		return id, nil
	}
	raw, err := json.Marshal(digestMark{broadcast})
	if err != nil {
		return 0, err
	}
	c := &bots.Contact{ID: tx.NewID(), Attributes: raw, Created: tx.Now(), Updated: tx.Now()}
	c.Set(at, bots.BlockedState, tx.Now())
	tx.PutContact(c)
	return c.ID, nil
}

func digestAt(room, broadcast string) bots.Address {
	mark := "digest:"
	if room != "" {
		mark = "digest@" + room + ":"
	}
	name := mark + broadcast
	if len(broadcast) > 64 {
		name = mark + fmt.Sprintf("%s:%016x", cutBytes(broadcast, 40), digest(broadcast))
	}
	return bots.Address{Channel: bots.Staff, ID: name}
}

// DigestOf is the broadcast that a contact stands for; empty: none.
func DigestOf(v View, contact bots.ID) string {
	c := v.Contact(contact)
	if c == nil || !ForStaff(c) {
		return ""
	}
	var mark digestMark
	if json.Unmarshal(c.Attributes, &mark) != nil {
		return ""
	}
	return mark.Broadcast
}

// inDigest notes that something was done in a digest: it is about nobody, but for who is named by a button.
func (a *staffAnswer) inDigest() {
	if a.contact != 0 && DigestOf(a.tx, a.contact) != "" {
		a.contact, a.digest = 0, true
	}
	if len(a.post.Contacts) > 0 || a.post.Contact != 0 && DigestOf(a.tx, a.post.Contact) != "" {
		a.post.Contact, a.digest = 0, true
	}
}

// openTopic gives a conversation that stands in a digest to whoever pressed. The desk makes its topic.
func (a *staffAnswer) openTopic(argument string) error {
	named, err := bots.ParseID(argument)
	if err != nil || !slices.Contains(a.post.Contacts, named) || a.tx.Contact(named) == nil {
		return a.refuse(ActOpenTopic, RefusedNobody, "")
	}
	contact, me := a.tx.Same(named)[0], a.name()
	a.contact = contact
	if a.elsewhere() {
		return a.refuseElsewhere(ActOpenTopic)
	}
	if whose := a.tx.Conversation(contact).Assignee; whose != "" && whose != me {
		return a.refuse(ActOpenTopic, RefusedTaken, whose)
	}
	return a.talk(ActOpenTopic, "", TalkChange{Assignee: &me})
}
