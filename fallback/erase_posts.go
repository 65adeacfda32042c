package fallback

import (
	"slices"

	"kaskad/bots"
)

// erasePosts is how many posts of a room one step looks at.
const erasePosts = 2000

// emptyPosts looks for posts about the person in the rooms of staff: their words go, and one that Telegram may still let us take back is
// taken back there, by a delivery like any other.
func emptyPosts(tx Tx, g *Erasing, e *Erased, r *Rules, w *World) error {
	if waits, err := eraseTopic(tx, g, e, r, w); waits || err != nil {
		return err
	}
	n, err := g.posts(tx, func(d *Delivery) (bool, error) {
		if underCall(tx, d) {
			return false, nil // what has no name yet cannot be taken back
		}
		if err := othersAgain(tx, d, g.Contact); err != nil {
			return true, err
		}
		asked, err := emptyPost(tx, d, r, w)
		e.TakeBacks = append(e.TakeBacks, asked...)
		return true, err
	})
	e.Counts.Posts += n
	return err
}

// underCall reports whether a post is being handed to the room just now: nobody knows yet under which name it is there.
func underCall(v View, d *Delivery) bool {
	for i := range d.Route {
		if s := v.MessageState(d.Route[i].Message); s.Sending && v.Now().Before(s.LeaseEnd) {
			return true
		}
	}
	return false
}

// PostsAbout are those of the next posts of a room that are about a person, newest first: below is where it goes on (zero: from the
// newest), last where it came to. None is older than the person.
func PostsAbout(v View, room, contact, below bots.ID) (found []*Delivery, last bots.ID, more bool) {
	n, last := 0, below
	v.DeliveriesOf(room, func(id bots.ID, _ uint64) bool {
		if below != 0 && id >= below {
			return true
		}
		if id < contact {
			return false
		}
		if n++; n > erasePosts {
			more = true
			return false
		}
		last = id
		d := v.Delivery(id)
		if p, ok := PostOf(d); ok && (p.about(contact) || p.shows(v, contact)) {
			found = append(found, d)
		}
		return true
	})
	return found, last, more
}

// emptyPost takes the words out of a post. Its place in the room stays, so that it can be taken back there: by the deliveries it returns.
func emptyPost(tx Tx, d *Delivery, r *Rules, w *World) (asked []bots.ID, err error) {
	if !d.State.Final() {
		d.finish(Cancelled, ReasonErased, tx.Now())
		save(tx, d)
	}
	p, _ := PostOf(d)
	onTopic := p.Act != "" && p.Act != bots.CopyAct // nothing of it stands in the group
	tx.ReplacePlan(EmptiedPlan(&d.Plan))
	for i := range d.Route {
		id, err := emptyWords(tx, d.Route[i].Message, onTopic, r, w)
		if err != nil {
			return asked, err
		}
		if id != 0 {
			asked = append(asked, id)
		}
	}
	return asked, nil
}

// emptyWords takes the words out of a message in the room, and asks for it to be taken back there, unless nothing of it stands there: by the
// delivery it returns; 0: none.
func emptyWords(tx Tx, message bots.ID, nowhere bool, r *Rules, w *World) (bots.ID, error) {
	m := tx.Message(message)
	if m == nil {
		return 0, nil
	}
	words := *m
	words.Text, words.Markup, words.Buttons, words.Links, words.Media = "", "", nil, nil, nil
	tx.ReplaceMessage(&words)
	if nowhere {
		return 0, nil
	}
	return takeBack(tx, &words, r, w)
}

// takeBack asks the channel to take a message of ours back, where it may still be able to; 0: it is not.
func takeBack(tx Tx, m *bots.Message, r *Rules, w *World) (bots.ID, error) {
	s, on := tx.MessageState(m.ID), r.Channels[m.To.Channel]
	room := tx.Contact(m.Contact)
	can := m.To.Channel == bots.Staff || on.Edits // a member's chat may be where nothing is taken back
	if !can || room == nil || room.Address(m.To) == nil || nameIn(m, &s) == "" || !s.DeletedAt.IsZero() {
		return 0, nil
	}
	if sent := later(s.SentAt, s.ChannelAt); on.DeleteFor > 0 && !tx.Now().Before(sent.Add(on.DeleteFor)) {
		return 0, nil
	}
	to := bots.Ref{Kind: "id", Value: m.Contact.String()}
	step := Step{Channel: m.To.Channel, Until: Until{Level: bots.Accepted}, Wait: postWait}
	done, err := Accept(tx, &Request{
		To: to, Given: to.String(), Purpose: Conversation, ReplyTo: m.ID, Act: bots.DeleteAct, Chat: m.To, Post: true,
		Cascade: Cascade{Name: m.To.Channel, Steps: []Step{step}, Order: "listed", Deadline: postDeadline},
	}, r, w)
	return done.ID, err
}

// about reports whether a post says something of a customer.
func (p *Post) about(contact bots.ID) bool {
	return p.Contact == contact || slices.Contains(p.Contacts, contact)
}

// aboutErased reports whether a post says something of somebody who was erased. The steps that empty posts come to it later: what they had
// not seen, or what was made meanwhile, would stand in the room after the topic was deleted.
func aboutErased(v View, d *Delivery) bool {
	p, ok := PostOf(d)
	if !ok {
		return false
	}
	gone := func(id bots.ID) bool { _, gone := v.Erased(id); return gone }
	return gone(p.Contact) || slices.ContainsFunc(p.Contacts, gone) || slices.ContainsFunc(p.Lines, func(id bots.ID) bool {
		m := v.Message(id)
		return m != nil && gone(m.Contact)
	})
}

// shows reports whether something that a customer wrote stands in a post about somebody else: they were one person when it was posted.
func (p *Post) shows(v View, contact bots.ID) bool {
	return slices.ContainsFunc(p.Lines, func(id bots.ID) bool {
		m := v.Message(id)
		return m != nil && m.Contact == contact
	})
}

// othersAgain lets the desk show once more what others wrote who stand in a post together with somebody who is erased: in a digest, or in
// one about both, who were one person then.
func othersAgain(tx Tx, d *Delivery, erased bots.ID) error {
	p, _ := PostOf(d)
	if len(p.Lines) == 0 {
		return nil
	}
	for _, id := range p.Lines {
		m := tx.Message(id)
		if m == nil || m.Contact == erased {
			continue
		}
		room, err := ReadStaffRoom(tx, HomeOf(tx, m.Contact))
		if err != nil {
			return err
		}
		if room.Contact != 0 {
			room.note(tx, bots.Change{Type: StaffDigest, Message: id})
		}
	}
	return nil
}
