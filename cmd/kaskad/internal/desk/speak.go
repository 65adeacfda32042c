package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What a saying is about, besides the notes of package fallback.
const (
	sayBound     = "bound"
	sayLeft      = "left"
	sayFixed     = "fixed" // a code bound nothing, as the configuration names the group
	sayFailed    = "failed"
	sayUncertain = "uncertain"
	sayAgain     = "again"
	sayBare      = "bare"
	sayBot       = "bot"
	sayForum     = "forum" // a group with topics is the room now
	sayTopicsOn  = "topics_on"
	sayTopicsOff = "topics_off"
	sayRights    = "no_rights" // Reason: what we were not let do
	sayAct       = "act"       // Audit: what somebody did, or asked for
	sayDigest    = "digest"    // Text: a broadcast in whose digest people wait; Reason: who is to be told
	sayTask      = "task"      // that a task waits for nobody any more: its post is changed
	sayGone      = "gone"      // Text: the group to which a conversation went
	sayRest      = "rest"      // Who wrote more than one post takes; Post: a customer's message that was cut; More: which part of what was left out
	sayWaits     = "waits"     // Who: a customer who waits; Reason: who is to be told
)

// speak posts while the lane has room. Each post takes its lines out of the notes in its own transaction.
func (k *keeper) speak(ctx context.Context) error {
	if k.gone {
		if err := k.lose(ctx); err != nil {
			return err
		}
	}
	for k.ready() {
		if _, err := k.post(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ready reports whether something may be posted now.
func (k *keeper) ready() bool {
	if k.room.Group == "" || !k.room.Lost.IsZero() || time.Now().Before(k.hold) || time.Now().Before(k.still) || k.lane.posts >= k.most() {
		return false
	}
	return len(k.Waiting) > 0 || len(k.Acts) > 0 || k.sayable(time.Now(), k.lane.of) >= 0 || len(k.Stale) > 0 && k.lane.posts == 0
}

// most is how many posts may stand in the lane. Among topics each person has one at most, so that lines join all the same.
func (k *keeper) most() int {
	if k.room.Forum {
		return laneFull
	}
	return maxOpen
}

// lose notes that the room cannot be written to. The change tells us as well.
func (k *keeper) lose(ctx context.Context) error {
	err := k.desk.Road.Staff(ctx, func(tx fallback.Tx, _ fallback.Poster) error {
		return fallback.LoseStaffRoom(tx, k.desk.Room)
	})
	if err == nil {
		k.gone = false
		k.room.Lost = time.Now()
	}
	return err
}

// turn is one look for what to post: in the transaction of the post, which may run more than once.
type turn struct {
	k     *keeper
	tx    fallback.Tx
	room  fallback.StaffRoom
	notes *notes // as they are afterwards
	now   time.Time
	put   fallback.Poster

	about bots.ID   // whom it was about
	opens bool      // it asks for a topic
	asked bots.ID   // the delivery that asks for it
	drew  bool      // it changed a card
	later time.Time // when to look again at the latest
	waits bool      // lines wait for others that were stored with them: nothing comes before them
	joins string    // the broadcast whose digest it posted
	with  []bots.ID // whose lines stand there
}

// post makes one post of what comes first; false: there is nothing to be posted now.
func (k *keeper) post(ctx context.Context) (did bool, err error) {
	var after notes
	var done turn
	now := time.Now()
	err = k.desk.Road.Staff(ctx, func(tx fallback.Tx, post fallback.Poster) error {
		after = k.notes.clone() // it may run more than once
		room, err := fallback.ReadStaffRoom(tx, k.desk.Room)
		if err != nil {
			return err
		}
		done = turn{k: k, tx: tx, room: room, notes: &after, now: now, put: post}
		if did, err = done.next(); err != nil || !did {
			return err
		}
		raw, err := json.Marshal(after)
		if err != nil {
			return err
		}
		return fallback.PutStaffDesk(tx, k.desk.Room, raw)
	})
	if err != nil {
		return false, err
	}
	if !did { // what there is waits for something that a change will tell of, or for a time
		k.still = soonest(done.later, now.Add(redrawLook))
		return false, nil
	}
	k.notes, k.kept, k.saved = after, after.Place, time.Now()
	k.lane.add(done.about, done.opens)
	k.remember(now, done.opens)
	if done.asked != 0 {
		k.asked[done.about] = asked{done.asked, now}
	}
	k.joinedNow(&done)
	if done.drew {
		k.redrew(done.about, now)
	}
	return true, nil
}

// next does what comes first: short posts, what is to be done in topics, lines, and cards while nothing else is to be said.
func (t *turn) next() (did bool, err error) {
	if i := t.notes.sayable(t.now, t.k.lane.of); i >= 0 {
		return true, t.say(i)
	}
	if len(t.notes.Acts) > 0 {
		return true, t.do()
	}
	if t.room.Forum && !t.now.Before(t.notes.Barred) {
		if did, err = t.topics(); did || err != nil {
			return did, err
		}
	} else if t.first() && !t.early(&t.notes.Waiting[0]) {
		text, p := t.k.desk.lines(t.tx, t.notes)
		return true, t.post(t.room.Contact, text, p)
	}
	if t.waits {
		return false, nil
	}
	return t.redraw()
}

// first reports whether somebody waits, who then comes first: what another group has by now it shows itself.
func (t *turn) first() bool {
	for len(t.notes.Waiting) > 0 && !t.k.serves(t.tx, t.notes.Waiting[0].Contact) {
		t.notes.Waiting = t.notes.Waiting[1:]
	}
	return len(t.notes.Waiting) > 0
}

// post puts a text into the lane; an empty one is about somebody who is not there any more.
func (t *turn) post(room bots.ID, text string, p fallback.Post) error {
	if text == "" && (p.Act == "" || p.Act == bots.EditAct) {
		return nil
	}
	t.about, t.opens = p.Contact, p.Act == bots.OpenTopicAct
	_, err := t.put(room, text, p)
	return err
}

// say posts a short post.
func (t *turn) say(i int) error {
	s := t.notes.Says[i]
	t.notes.Says = slices.Delete(t.notes.Says, i, i+1)
	if all := t.notes.crowd(&s); len(all) > 0 {
		t.notes.Called = t.now
		text, p := t.k.desk.manyWait(t.tx, all)
		return t.post(t.room.Contact, text, p)
	}
	if s.Why == sayRest && !t.room.Forum {
		return nil // topics were switched off: outside of one nobody would know whose it is
	}
	text, p := t.k.desk.saying(t.tx, &s)
	if s.Why == sayDigest {
		var err error
		if text, p, err = t.inDigest(&s); err != nil {
			return err
		}
	}
	if s.Why == sayBound && t.room.Forum {
		text = t.k.desk.words.say[sayForum]
	} else if s.Why == sayBound {
		text += "\n\n" + t.k.desk.words.plainHint
	}
	if s.Why == sayBare && text != "" {
		t.notes.Told = t.now
	}
	to := t.room.Contact
	if s.Group != "" {
		former, err := fallback.FormerStaffRoom(t.tx, s.Group)
		if err != nil {
			return err
		}
		to = former
	} else if t.room.Forum && p.Thread == "" {
		p.Group, p.Thread = t.room.Group, s.Thread
		if topic := t.room.Topic(t.tx, p.Contact); s.Thread == "" && p.Contact != 0 && topic.Stands(t.room.Group) {
			p.Thread = topic.Thread
		}
	}
	return t.post(to, text, p)
}

// lines words a post of the lines of whoever waits longest, and takes them out of the notes.
func (d *Desk) lines(v fallback.View, n *notes) (string, fallback.Post) {
	w := &n.Waiting[0]
	text, used := d.compose(v, w, d.nameOf)
	p := fallback.Post{Contact: w.Contact, Lines: slices.Clone(w.Lines[:used]), Again: w.Again, Tries: w.Tries}
	if w.Lines = w.Lines[used:]; len(w.Lines) == 0 {
		n.Waiting = n.Waiting[1:]
	}
	return text, p
}

// saying words a short post.
func (d *Desk) saying(v fallback.View, s *saying) (string, fallback.Post) {
	switch s.Why {
	case sayAgain:
		return s.Text, s.Kept
	case sayFailed, sayUncertain, sayBot:
		return d.failure(v, s)
	case sayBare:
		return d.without(v, s)
	case sayAct:
		return d.answer(v, s)
	case sayWaits:
		return d.waits(v, s)
	case sayGone:
		return fmt.Sprintf(d.words.gone, s.Text), fallback.Post{}
	case sayRest:
		return d.rest(v, s)
	case sayDigest: // see turn.inDigest
		return "", fallback.Post{}
	case sayTask:
		text, p, _ := fallback.TaskDone(v, s.Post, d.words.say[s.Why])
		return text, p
	}
	p := fallback.Post{On: s.On}
	if m := v.Message(s.Post); m != nil {
		about, _ := fallback.PostOf(v.Delivery(m.Delivery))
		p.Contact, p.Lines = about.Contact, about.Lines // an answer to this post reaches the customer, too
	}
	return d.words.say[s.Why], p
}

// otherWays are the buttons that send an answer on another channel than the one where it failed: the person's messengers, then SMS.
func (d *Desk) otherWays(c *bots.Contact, sent *fallback.Delivery) (all []bots.Button) {
	tried := sent.Cascade.Steps[0].Channel
	if n := len(sent.Route); n > 0 {
		tried = sent.Route[n-1].Channel
	}
	for _, channel := range d.Channels {
		place, ok := c.At(channel)
		switch {
		case !ok || !place.Reachable() || channel == tried || channel == bots.Email:
		case channel == bots.SMS:
			all = append(all, bots.Button{Text: d.words.smsButton, Data: fallback.PressSMS})
		default:
			all = append(all, bots.Button{Text: fmt.Sprintf(d.words.sendBy, d.words.channel(channel)), Data: fallback.ActSend + ":" + channel})
		}
	}
	return all
}

// failure words why an answer did not arrive, with the button that sends it by SMS where that would help.
func (d *Desk) failure(v fallback.View, s *saying) (string, fallback.Post) {
	sent := v.Delivery(s.Of)
	if sent == nil {
		return "", fallback.Post{}
	}
	p := fallback.Post{Contact: sent.Contact, Of: sent.ID, On: s.On}
	if sent.ReplyTo != 0 {
		p.Lines = []bots.ID{sent.ReplyTo}
	}
	text := d.words.say[s.Why]
	if s.Why == sayFailed || s.Why == sayBot {
		text += " " + d.words.reason(s.Reason)
	}
	c := v.Contact(sent.Contact)
	if c == nil {
		return text, p
	}
	if s.Why != sayBot && strings.TrimSpace(sent.Text) != "" {
		p.Buttons = d.otherWays(c, sent)
	}
	return oneLine(d.topicPerson(c), maxName) + ": " + text, p
}
