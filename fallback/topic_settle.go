package fallback

import "kaskad/bots"

// followTopic writes what became of a post into the topic that it was about. It is called wherever a delivery is written that may have
// ended, so that no way to an end forgets it.
func followTopic(tx Tx, d *Delivery) {
	p, ok := PostOf(d)
	if !ok || !d.State.Final() {
		return
	}
	if p.Contact == 0 {
		closedAfter(tx, d, &p)
		return
	}
	t := tx.Topic(p.Contact)
	switch {
	case p.Act == bots.OpenTopicAct:
		if t.Opening == d.ID {
			opened(tx, d, t)
		}
	case d.State != Done || !t.is(tx, p.Group, p.Thread):
	case p.Act == bots.DeleteTopicAct:
		tx.DropTopic(p.Contact)
	case p.Act == bots.CloseTopicAct || p.Act == bots.ReopenTopicAct:
		shutTopic(tx, t, p.Act == bots.CloseTopicAct)
	case p.Act == bots.NameTopicAct:
		t.Name = d.Text
		tx.PutTopic(t)
	case p.Act == bots.PinAct:
		if s := tx.MessageState(t.Card); s.ProviderID == p.On {
			t.Pinned = true
			tx.PutTopic(t)
		}
	case p.Card && p.Act == "" && d.Reached > 0 && t.Card != d.Route[d.Reached-1].Message:
		t.Card, t.Pinned = d.Route[d.Reached-1].Message, false
		tx.PutTopic(t)
		tellTopic(tx, p.Contact, "")
	}
}

// closedAfter notes that the topic is closed which a conversation left for another group, and which is still where it would go on in this one. It
// tells so also where the group was quicker to say that the topic is closed: the group does not say why.
func closedAfter(tx Tx, d *Delivery, p *Post) {
	if d.State != Done || p.Act != bots.CloseTopicAct {
		return
	}
	if t := tx.Topic(tx.TopicAt(p.Group, p.Thread)); t.is(tx, p.Group, p.Thread) {
		t.Shut = true
		tx.PutTopic(t)
		tellTopic(tx, t.Contact, TopicLeft)
	}
}

// opened takes the end of the delivery that asked for a topic. One that nobody proved may stand in the group all the same: it is adopted
// when the group tells of it, as long as nothing else was made.
func opened(tx Tx, d *Delivery, t Topic) {
	thread := t.Thread
	if d.State == Done && d.Reached > 0 {
		if s := tx.MessageState(d.Route[d.Reached-1].Message); s.ProviderID != "" {
			thread = s.ProviderID
		}
	}
	t.Opening, t.Since, t.State, t.Thread = 0, tx.Now(), NoTopic, ""
	if d.State == Done && thread != "" {
		t.State, t.Thread, t.Made, t.Card, t.Pinned, t.Shut = TopicOpen, thread, t.Made+1, 0, false, false
	}
	tx.PutTopic(t)
	tellTopic(tx, t.Contact, "")
}

func tellTopic(tx Tx, contact bots.ID, why string) {
	if room, ok, err := roomHaving(tx, tx.Topic(contact).Group); ok && err == nil {
		room.note(tx, bots.Change{Type: StaffTopic, State: contact.String(), Reason: why})
	}
}

func shutTopic(tx Tx, t Topic, is bool) {
	if t.Shut == is {
		return
	}
	t.Shut = is
	tx.PutTopic(t)
	tellTopic(tx, t.Contact, "")
}

// topicAnswer takes what the room said to a post about its topics: that one is gone, or closed, or that there are none.
func topicAnswer(tx Tx, d *Delivery, a *Attempt, res Result, r *Rules, w *World) error {
	p, ok := PostOf(d)
	if !ok {
		return nil
	}
	if res.Err == nil {
		switch {
		case res.Receipt.Astray:
			return forum(tx, p.Group, false)
		case res.Receipt.Forum: // nobody tells when topics are switched on
			return forum(tx, a.Out.To.ID, true)
		}
		return nil
	}
	t := tx.Topic(p.Contact)
	switch {
	case res.Err.Fault == bots.Uncertain && p.Act == bots.OpenTopicAct:
		return toldBefore(tx, d, r, w)
	case res.Err.Code == bots.NoForum:
		return forum(tx, p.Group, false)
	case res.Err.Code == bots.NoTopic && p.Act == bots.DeleteTopicAct && t.is(tx, p.Group, p.Thread):
		tx.DropTopic(p.Contact)
	default:
		leaveTopic(tx, p.Contact, p.Group, p.Thread, res.Err.Code)
	}
	return nil
}

// leaveTopic takes that nothing can be written into a thread, if the topic still stands there: it is gone, or closed.
func leaveTopic(tx Tx, contact bots.ID, group, thread, code string) {
	t := tx.Topic(contact)
	switch {
	case !t.is(tx, group, thread): // it was made again since
	case code == bots.TopicShut:
		shutTopic(tx, t, true)
	case code == bots.NoTopic:
		t.State, t.Thread, t.Since, t.Card, t.Pinned, t.Shut = TopicGone, "", tx.Now(), 0, false, false
		tx.PutTopic(t)
		tellTopic(tx, t.Contact, "")
	}
}

// toldBefore takes the end, which nobody knows, of a call that asked for a topic: where the group told of that topic while the call was under
// way, the topic is there. Waiting for more would make another one.
func toldBefore(tx Tx, d *Delivery, r *Rules, w *World) error {
	p, ok := PostOf(d)
	if !ok || p.Act != bots.OpenTopicAct || len(d.Route) == 0 {
		return nil
	}
	t, m := tx.Topic(p.Contact), tx.Message(d.Route[0].Message)
	if t.Opening != d.ID || t.Thread == "" || m == nil {
		return nil
	}
	proof := bots.Proof{Kind: "receipt", Level: bots.Accepted, At: tx.Now(), Chat: m.To, Sender: bots.Staff, ProviderID: t.Thread}
	return proveMessage(tx, m, &proof, r, w)
}

// forum notes whether a group has topics, as long as it is a room.
func forum(tx Tx, group string, is bool) error {
	room, ok, err := roomHaving(tx, group)
	if err != nil || !ok {
		return err
	}
	return room.setForum(tx, is)
}

func (room *StaffRoom) setForum(tx Tx, is bool) error {
	if room.Forum == is {
		return nil
	}
	room.Forum = is
	state := "on"
	if !is {
		state = "off"
	}
	room.note(tx, bots.Change{Type: StaffForum, State: state})
	return room.put(tx)
}
