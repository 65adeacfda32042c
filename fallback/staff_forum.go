package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// hearForum takes from an event of the room whether it has topics. That it has none any more only a message says for sure.
func (room *StaffRoom) hearForum(tx Tx, e *bots.Event) error {
	plain := e.Kind == bots.Wrote && !e.Forum && e.Thread == ""
	if room.Forum == e.Forum || !e.Forum && !plain {
		return nil
	}
	return room.setForum(tx, e.Forum)
}

// onTopics takes what happened to a topic in the group; it reports whether the event is about nothing else.
func (a *staffAnswer) onTopics() (bool, error) {
	e := a.e
	switch e.Kind {
	case bots.TopicMade:
		if e.ByUs {
			return true, a.adopt()
		}
		return true, nil
	case bots.TopicNamed:
		if t := a.topic(); t.Thread != "" && e.Text != "" {
			t.Name = e.Text
			a.tx.PutTopic(t)
		}
		return true, nil
	case bots.TopicClosed, bots.TopicReopened:
		return true, a.shutTopic(e.Kind == bots.TopicClosed)
	}
	return false, nil
}

// topic is the topic in which something happened, under the id of whom it was made for; the zero value: it is none of ours.
func (a *staffAnswer) topic() Topic {
	if id := a.room.topicAt(a.tx, a.e.Thread); id != 0 {
		if t := a.tx.Topic(id); t.is(a.tx, a.room.Group, a.e.Thread) {
			return t
		}
	}
	return Topic{}
}

// shutTopic takes that a topic was closed in the group, or opened again. When one of the team did it, that is meant for the conversation.
func (a *staffAnswer) shutTopic(closed bool) error {
	t := a.topic()
	if t.Thread == "" {
		return nil
	}
	shutTopic(a.tx, t, closed)
	if a.e.ByUs || a.barred() != "" {
		return nil
	}
	a.contact = a.room.TopicOf(a.tx, a.e.Thread)
	if a.inDigest(); a.digest || a.elsewhere() {
		return nil
	}
	if closed {
		return a.talk(ActClose, "", TalkChange{State: bots.Closed})
	}
	return a.talk(ActOpen, "", TalkChange{State: bots.Open})
}

// adoptWalk bounds how many posts are looked through for the one that asked for a topic.
const adoptWalk = 500

// adopt takes a topic of ours that the group tells of. The answer of the call says the same, and names it for sure; this is for the call
// whose answer was lost: the one with that name of which nobody knows what became. Of two it is neither.
func (a *staffAnswer) adopt() error {
	if a.e.Thread == "" || a.tx.TopicAt(a.room.Group, a.e.Thread) != 0 {
		return nil
	}
	var asked []*Delivery
	seen := 0
	a.tx.DeliveriesOf(a.room.Contact, func(id bots.ID, _ uint64) bool {
		seen++
		if d := a.tx.Delivery(id); a.awaits(d) {
			asked = append(asked, d)
		}
		return seen < adoptWalk
	})
	doubtful := slices.DeleteFunc(slices.Clone(asked), func(d *Delivery) bool { return d.Route[0].Outcome != Doubtful })
	switch {
	case len(doubtful) == 1 && len(asked) == 1:
		return a.adopted(doubtful[0])
	case len(asked) == 1: // its call is under way: should that tell nothing, it was this
		p, _ := PostOf(asked[0])
		t := a.tx.Topic(p.Contact)
		t.Thread = a.e.Thread
		a.tx.PutTopic(t)
	}
	return nil
}

// awaits reports whether a delivery asked this group for a topic of this name, and has no answer.
func (a *staffAnswer) awaits(d *Delivery) bool {
	p, ok := PostOf(d)
	if !ok || p.Act != bots.OpenTopicAct || p.Group != a.room.Group || strings.TrimSpace(d.Text) != strings.TrimSpace(a.e.Text) || len(d.Route) == 0 {
		return false
	}
	l, t := &d.Route[0], a.tx.Topic(p.Contact)
	return (l.Outcome == Doubtful || l.Outcome == InFlight) && (t.Opening == d.ID || t.Opening == 0 && t.State == NoTopic && !t.Since.IsZero())
}

// adopted makes the topic that of the delivery which asked for it, and proves that one.
func (a *staffAnswer) adopted(d *Delivery) error {
	p, _ := PostOf(d)
	t := a.tx.Topic(p.Contact)
	t.Opening, t.Thread, t.Group = d.ID, a.e.Thread, a.room.Group
	a.tx.PutTopic(t)
	m := a.tx.Message(d.Route[0].Message)
	if m == nil {
		return nil
	}
	proof := bots.Proof{Kind: "receipt", Level: bots.Accepted, At: a.e.At, Chat: a.e.Chat, Sender: bots.Staff, ProviderID: a.e.Thread}
	if err := proveMessage(a.tx, m, &proof, a.rules, a.world); err != nil {
		return err
	}
	if t = a.tx.Topic(p.Contact); t.State == TopicOpen {
		return nil
	}
	t.State, t.Opening, t.Since, t.Made, t.Card, t.Pinned, t.Shut = TopicOpen, 0, a.tx.Now(), t.Made+1, 0, false, false
	a.tx.PutTopic(t)
	tellTopic(a.tx, t.Contact, "")
	return nil
}
