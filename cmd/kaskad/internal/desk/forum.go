package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// In a group with topics each conversation that needs a person has a topic of its own: it is asked for, then a card and the first lines
// stand in it as one post, then what comes after. Whoever waits longest comes first, and nobody has two posts in the lane at once, so that
// what is written meanwhile joins.

// gather is how long a topic stands before the first post in it: who writes one thing writes another, and who comes with others has a topic
// as soon as they have. A digest waits so long after the first line for it: who comes with others stands with them.
const gather = 200 * time.Millisecond

// barredFor is for how long no topic is asked for after the group did not let us make one.
const barredFor = 10 * time.Minute

// topics does the next thing for the first of those who wait for whom something can be done now.
func (t *turn) topics() (did bool, err error) {
	rush := t.k.rush(t.now)
	for i := range t.notes.Waiting {
		w := &t.notes.Waiting[i]
		if t.k.lane.of[w.Contact] {
			continue
		}
		c := t.tx.Contact(w.Contact)
		if c == nil || !t.k.serves(t.tx, w.Contact) { // erased since, or given to another group, which shows what there is
			t.notes.Waiting = slices.Delete(t.notes.Waiting, i, i+1)
			return true, nil
		}
		if t.early(w) {
			return false, nil // who wrote later comes later
		}
		topic := t.room.Topic(t.tx, w.Contact)
		if t.digested(w, &topic) {
			if did, err = t.digest(i); did || err != nil {
				return did, err
			}
			continue
		}
		if topic.Stands(t.room.Group) {
			if at := topic.Since.Add(gather); topic.Card == 0 && t.now.Before(at) {
				t.later = soonest(t.later, at)
				continue
			}
			if topic.Card == 0 && rush && t.unopened(i+1) {
				continue
			}
			return true, t.inTopic(i, c, &topic)
		}
		if t.k.asks(w.Contact, t.now) {
			continue
		}
		if asked := t.tx.Delivery(topic.Opening); topic.Comes(t.room.Group) && asked != nil && !asked.State.Final() || t.k.lane.opening >= maxOpening {
			continue
		}
		t.about, t.opens = w.Contact, true
		err := fallback.OpenTopic(t.tx, &t.room, c.ID, t.k.desk.topicName(t.tx, c, w), t.put)
		t.asked = t.room.Topic(t.tx, c.ID).Opening
		return true, err
	}
	return false, nil
}

// rush reports whether topics come before the first posts in them: for the first of a crowd, so that within a second staff see in the list of
// topics who writes, and how it begins. After that who has waited longest comes first.
func (k *keeper) rush(now time.Time) bool {
	opens := 0
	for _, m := range k.made {
		if m.opens && now.Sub(m.at) < time.Minute {
			opens++
		}
	}
	return opens < maxOpening && (len(k.made) == 0 || now.Sub(k.begun) < time.Minute)
}

// remember notes the posts of the last minute, and when there was none before.
func (k *keeper) remember(now time.Time, opens bool) {
	k.made = slices.DeleteFunc(k.made, func(m made) bool { return now.Sub(m.at) >= time.Minute })
	if len(k.made) == 0 {
		k.begun = now
	}
	k.made = append(k.made, made{now, opens})
}

// made is a post that was put into the lane.
type made struct {
	at    time.Time
	opens bool
}

// asked is a delivery that asks for a topic.
type asked struct {
	delivery bots.ID
	at       time.Time
}

// answerTime is how long the end of a delivery may take to be read: it stands in the changes as soon as it has ended.
const answerTime = 5 * time.Second

// asks reports whether a topic was asked for, and it was not read yet what became of that. The store may know already; why it was refused
// only the change tells, and asking again in the dark would be refused again.
func (k *keeper) asks(contact bots.ID, now time.Time) bool {
	a, ok := k.asked[contact]
	return ok && now.Sub(a.at) < answerTime
}

func soonest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// unopened reports whether somebody behind a place waits who has no topic, and can have one now.
func (t *turn) unopened(from int) bool {
	if t.k.lane.opening >= maxOpening {
		return false
	}
	for _, w := range t.notes.Waiting[from:] {
		topic := t.room.Topic(t.tx, w.Contact)
		if w.Of == "" && !t.k.lane.of[w.Contact] && !topic.Stands(t.room.Group) && !topic.Comes(t.room.Group) {
			return true
		}
	}
	return false
}

// inTopic posts lines into the topic of whoever wrote them, below the card where none stands there yet. Files follow as they are.
func (t *turn) inTopic(i int, c *bots.Contact, topic *fallback.Topic) error {
	w := &t.notes.Waiting[i]
	card := topic.Card == 0
	text, used := t.k.desk.inTopic(t.tx, c, w, topic, card, maxPost, t.now)
	p := fallback.Post{Contact: c.ID, Lines: slices.Clone(w.Lines[:used]), Again: w.Again, Tries: w.Tries, Group: t.room.Group, Thread: topic.Thread, Card: card}
	if card {
		p.Buttons = t.k.desk.cardButtons(t.tx, c, t.now)
	} else if on := t.changes(p.Lines, topic.Thread); on != "" {
		p.On, p.Changes = on, true
	}
	t.rests(p.Contact, p.Lines)
	t.notes.Acts = append(t.notes.Acts, files(t.tx, c.ID, p.Lines)...)
	if w.Lines = w.Lines[used:]; len(w.Lines) == 0 {
		t.notes.Waiting = slices.Delete(t.notes.Waiting, i, i+1)
	}
	return t.post(t.room.Contact, text, p)
}

// files are the posts that bring what stands in lines as a file: as it is, where the messenger can hand it on.
func files(v fallback.View, contact bots.ID, lines []bots.ID) (all []doing) {
	var sent []*bots.Message
	for _, id := range lines {
		if m := v.Message(id); m != nil && m.Kind == bots.TextMessage && m.Contact == contact {
			sent = append(sent, m)
		}
	}
	for _, p := range fallback.MediaPosts(sent...) {
		all = append(all, doing{Contact: contact, File: &p})
	}
	return all
}

// do does the first of what is to be done in topics, if it still is.
func (t *turn) do() error {
	x := t.notes.Acts[0]
	t.notes.Acts = t.notes.Acts[1:]
	if x.Thread != "" {
		return t.post(t.room.Contact, "🔒", fallback.Post{Act: x.Do, Group: t.room.Group, Thread: x.Thread})
	}
	if x.Joined {
		return t.leave(&x)
	}
	topic := t.room.Topic(t.tx, x.Contact)
	if !t.room.Forum || !topic.Stands(t.room.Group) {
		return nil
	}
	p := fallback.Post{Contact: topic.Contact, Act: x.Do, On: x.On, Group: t.room.Group, Thread: topic.Thread}
	text := "📌" // what is done has no words; the road wants some
	if x.File != nil {
		p, text = *x.File, "📎"
		p.Group, p.Thread = t.room.Group, topic.Thread
	}
	switch x.Do {
	case bots.CloseTopicAct:
		if topic.Shut || t.state(x.Contact) != bots.Closed {
			return nil
		}
	case bots.ReopenTopicAct:
		if !topic.Shut || t.state(x.Contact) == bots.Closed {
			return nil
		}
	case bots.PinAct:
		if topic.Pinned {
			return nil
		}
	}
	return t.post(t.room.Contact, text, p)
}

func (t *turn) state(contact bots.ID) bots.ConversationState {
	talk := t.tx.Conversation(contact)
	return fallback.TalkState(&talk, t.now)
}

// topic takes that a topic stands otherwise than before: a card that is new is pinned.
func (k *keeper) topic(v fallback.View, c *bots.Change) {
	contact, err := bots.ParseID(c.State)
	if err != nil {
		return
	}
	if c.Reason == fallback.TopicLeft && k.serves(v, contact) && k.state(v, contact) != bots.Closed {
		k.reopens(v, contact) // it came back while its topic was being closed
	}
	topic := k.room.Topic(v, contact)
	if !topic.Stands(k.room.Group) || topic.Card == 0 || topic.Pinned {
		return
	}
	k.joins(v, contact, true)
	if on := v.MessageState(topic.Card).ProviderID; on != "" {
		k.Acts = append(k.Acts, doing{Contact: contact, Do: bots.PinAct, On: on})
	}
}

// talked takes what became of a conversation, whoever did it: its topic is closed and opened with it, and its card says so.
func (k *keeper) talked(v fallback.View, c *bots.Change) {
	topic := k.room.Topic(v, c.Contact)
	if !k.room.Forum || !topic.Stands(k.room.Group) || c.Type == "conversation.answered" { // how soon is nothing that a card tells
		return
	}
	switch {
	case c.Type == "conversation.closed" && !topic.Shut:
		k.Acts = append(k.Acts, doing{Contact: c.Contact, Do: bots.CloseTopicAct})
	case c.Type == "conversation.opened" && topic.Shut:
		k.Acts = slices.Insert(k.Acts, 0, doing{Contact: c.Contact, Do: bots.ReopenTopicAct})
	}
	k.stale(c.Contact)
}

// forumChanged takes that the group has topics, or has none any more.
func (k *keeper) forumChanged(c *bots.Change) {
	why := sayTopicsOn
	if c.State == "off" {
		why = sayTopicsOff
		k.Acts, k.Stale = nil, nil
	}
	if slices.ContainsFunc(k.Says, func(s saying) bool { return s.Why == sayBound || s.Why == sayForum }) {
		return // it was bound just now, and is greeted
	}
	k.Says = slices.DeleteFunc(k.Says, func(s saying) bool { return s.Why == sayTopicsOn || s.Why == sayTopicsOff })
	k.Says = append(k.Says, saying{Why: why})
	k.Barred = time.Time{}
}

// unposted takes the end of a post among topics that was not taken; false: it is one as everywhere.
func (k *keeper) unposted(v fallback.View, c *bots.Change, d *fallback.Delivery, p *fallback.Post) bool {
	_, word, _ := strings.Cut(d.Reason, ": ")
	if p.File != nil { // its line stands there, and says what it is
		k.desk.Log.Warn("a customer's file did not reach the staff's group", "delivery", d.ID.String(), "reason", d.Reason)
		return true
	}
	again := true // its lines wait once more, and nothing else waits for that
	switch word {
	case bots.NoTopic, bots.NoForum: // the engine knows
	case bots.TopicShut:
		k.Acts = slices.Insert(k.Acts, 0, doing{Contact: p.Contact, Do: bots.ReopenTopicAct})
	case bots.NoRights:
		if p.Act == "" {
			k.muted(v, c, d, p)
			return true
		}
		k.barred(c, p)
	case bots.GeneralShut:
		k.desk.Log.Warn("the staff's group takes nothing outside its topics: open General there, or let the bot manage topics", "delivery", d.ID.String())
	default:
		again = p.Act != ""
	}
	if !again {
		return false
	}
	if p.Act != "" {
		if p.Act == bots.OpenTopicAct && word == "" && c.Type == "delivery.failed" {
			k.failed(c, d, p)
		}
		k.desk.Log.Warn("something was not done in the staff's group", "act", string(p.Act), "delivery", d.ID.String(), "reason", d.Reason)
		return true
	}
	if len(p.Lines) > 0 && p.Tries <= maxTries {
		k.back(v, p, p.Again, p.Tries+1)
	} else if p.Act == "" && len(p.Lines) == 0 && word != bots.GeneralShut && p.Tries <= maxTries {
		kept := *p
		kept.Thread, kept.On, kept.Tries = "", "", p.Tries+1
		k.Says = append(k.Says, saying{Why: sayAgain, Text: d.Text, Kept: kept})
	}
	return true
}

// barred notes that the group did not let us do something, and tells it there, once until it does.
func (k *keeper) barred(c *bots.Change, p *fallback.Post) {
	if p.Act != bots.OpenTopicAct {
		return
	}
	told := c.At.Before(k.Barred.Add(barredFor))
	k.Barred = c.At.Add(barredFor)
	k.desk.Log.Error("the bot may make no topics in the staff's group: let it manage topics there; posts stand in the group itself meanwhile", "group", p.Group)
	if !told {
		k.Says = append(k.Says, saying{Why: sayRights})
	}
}

// maxTopic is how many characters the name of a topic has at most.
const maxTopic = 120

// topicName is what staff read in the list of topics: who it is, and how what they write begins.
func (d *Desk) topicName(v fallback.View, c *bots.Contact, w *waiting) string {
	name := oneLine(d.topicPerson(c), maxName)
	for _, id := range w.Lines {
		if m := v.Message(id); m != nil {
			if said := oneLine(d.said(m), maxTopic); said != "" {
				name += " · " + said
				break
			}
		}
	}
	if runes := []rune(name); len(runes) > maxTopic {
		name = string(runes[:maxTopic]) + "…"
	}
	return name
}

// topicPerson is how staff know a person where others may read along: a phone does not stand there whole.
func (d *Desk) topicPerson(c *bots.Contact) string {
	for _, name := range []string{c.Name, c.ExternalID} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return cmp.Or(maskedPhone(c.Phone), d.words.customer)
}
