package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What answers a broadcast comes first as a digest: a few people in one post, in the topic of the broadcast, with a button each that gives
// the conversation a topic of its own. So a broadcast that many answer does not bury the group under topics.

const (
	digestEvery  = 10 * time.Second // between two posts of one digest
	digestPeople = 8                // in one post
	digestLine   = 300              // characters of a message in it
	openWalk     = 100              // messages looked at for what a person wrote
	maxJoined    = 200              // broadcasts of which it is remembered when they were posted
)

// digestOf is the broadcast in whose digest a message comes first; empty: it opens a topic, as any other.
func (k *keeper) digestOf(v fallback.View, m *bots.Message) string {
	if !k.room.Forum || !joins(m) || !k.nobodys(v, m.Contact) {
		return ""
	}
	return fallback.AnswersBroadcast(v, m)
}

// joins reports whether a message is words of a customer: whoever presses a button for a person is shown at once.
func joins(m *bots.Message) bool {
	return m.Kind == bots.TextMessage || m.Kind == bots.EditMessage || m.Kind == bots.DeleteMessage
}

// nobodys reports whether a conversation has no topic, and nobody who leads it.
func (k *keeper) nobodys(v fallback.View, contact bots.ID) bool {
	topic := k.room.Topic(v, contact)
	return !topic.Stands(k.room.Group) && !topic.Comes(k.room.Group) && v.Conversation(v.Same(contact)[0]).Assignee == ""
}

// standsIn is in which digest a customer waits; empty: in none.
func (k *keeper) standsIn(v fallback.View, contact bots.ID) (of string) {
	if !k.room.Forum || !k.nobodys(v, contact) {
		return ""
	}
	looked := 0
	v.MessagesOf(contact, 0, func(id bots.ID) bool {
		looked++
		if m := v.Message(id); m != nil && m.In && joins(m) {
			of = fallback.AnswersBroadcast(v, m)
			return false
		}
		return looked < openWalk
	})
	return of
}

// digested reports whether lines that wait still go into a digest.
func (t *turn) digested(w *waiting, topic *fallback.Topic) bool {
	return w.Of != "" && !topic.Stands(t.room.Group) && !topic.Comes(t.room.Group) && t.tx.Conversation(t.tx.Same(w.Contact)[0]).Assignee == ""
}

// digest does the next thing for the digest in which a person's lines stand: asks for its topic, or posts there.
func (t *turn) digest(i int) (did bool, err error) {
	of := t.notes.Waiting[i].Of
	if t.now.Sub(t.k.joined[of]) < digestEvery {
		return false, nil
	}
	contact, err := fallback.DigestContact(t.tx, t.k.desk.Room, of)
	if err != nil || t.k.lane.of[contact] {
		return false, err
	}
	topic := t.room.Topic(t.tx, contact)
	if topic.Stands(t.room.Group) {
		// Ids of one moment are pushed forward; one that is far ahead tells of a clock that was set back.
		if at := t.notes.Waiting[i].Lines[0].Time().Add(gather); t.now.Before(at) && at.Sub(t.now) < 2*gather {
			t.later = soonest(t.later, at)
			return false, nil
		}
		text, p := t.join(of, contact, &topic)
		t.joins, t.with = of, p.Contacts
		return true, t.post(t.room.Contact, text, p)
	}
	asked := t.tx.Delivery(topic.Opening)
	if topic.Comes(t.room.Group) && asked != nil && !asked.State.Final() || t.k.lane.opening >= maxOpening {
		return false, nil
	}
	t.about, t.opens = contact, true
	return true, fallback.OpenTopic(t.tx, &t.room, contact, "📣 "+oneLine(of, maxTopic), t.put)
}

// join words one post of a digest, of those who wait, oldest first, and takes their lines out of the notes.
func (t *turn) join(of string, contact bots.ID, topic *fallback.Topic) (string, fallback.Post) {
	d := t.k.desk
	p := fallback.Post{Contact: contact, Group: t.room.Group, Thread: topic.Thread}
	var people []string
	size := 0
	t.notes.Waiting = slices.DeleteFunc(t.notes.Waiting, func(w waiting) bool {
		c := t.tx.Contact(w.Contact)
		theirs := t.room.Topic(t.tx, w.Contact)
		if w.Of != of || c == nil || len(p.Contacts) == digestPeople || t.k.lane.of[w.Contact] || slices.Contains(p.Contacts, w.Contact) || !t.digested(&w, &theirs) {
			return false
		}
		said := fmt.Sprintf("%d. %s", len(p.Contacts)+1, d.digestLine(t.tx, c, w.Lines))
		if size += units(said) + 1; size > maxPost && len(people) > 0 {
			return false
		}
		people = append(people, said)
		p.Contacts, p.Lines = append(p.Contacts, w.Contact), append(p.Lines, w.Lines...)
		p.Again, p.Tries = p.Again || w.Again, max(p.Tries, w.Tries)
		p.Buttons = append(p.Buttons, bots.Button{Text: fmt.Sprintf(d.words.open, len(p.Contacts)), Data: fallback.ActOpenTopic + ":" + w.Contact.String()})
		return true
	})
	head := "📣 " + d.words.digested(oneLine(of, maxName), len(people))
	if p.Again {
		head = d.words.again + "\n" + head
	}
	return head + "\n" + strings.Join(people, "\n"), p
}

// digestLine is who wrote, and what, in one line: all of it stands in the topic once it is opened.
func (d *Desk) digestLine(v fallback.View, c *bots.Contact, lines []bots.ID) string {
	var all []string
	for _, id := range lines {
		if m := v.Message(id); m != nil {
			text, _ := d.line(v, m, lastOf(v, m))
			all = append(all, oneLine(text, digestLine))
		}
	}
	return oneLine(d.topicPerson(c), maxName) + ": " + oneLine(strings.Join(all, " / "), 2*digestLine)
}

// lastOf is the message that a line of a digest answers, which its head says for all.
func lastOf(v fallback.View, m *bots.Message) bots.ID {
	if ours := v.Message(m.ReplyTo); ours != nil && !ours.In {
		return ours.ID
	}
	if ours := lastBefore(v, m); ours != nil {
		return ours.ID
	}
	return 0
}

// linesOf are those of lines that a person wrote.
func linesOf(v fallback.View, contact bots.ID, lines []bots.ID) (all []bots.ID) {
	for _, id := range lines {
		if m := v.Message(id); m != nil && v.Same(m.Contact)[0] == v.Same(contact)[0] {
			all = append(all, id)
		}
	}
	return all
}

// opened takes that somebody opened a conversation that stands in a digest: what the person wrote since they wait comes into their topic.
func (k *keeper) opened(v fallback.View, contact bots.ID) {
	if topic := k.room.Topic(v, contact); topic.Stands(k.room.Group) || topic.Comes(k.room.Group) {
		return
	}
	k.showAll(v, contact)
}

// showAll lets all that a person wrote since they wait be posted, before what others wrote.
func (k *keeper) showAll(v fallback.View, contact bots.ID) {
	lines := k.unansweredOf(v, contact)
	k.Waiting = slices.DeleteFunc(k.Waiting, func(w waiting) bool {
		if w.Contact == contact {
			lines = append(lines, w.Lines...)
		}
		return w.Contact == contact
	})
	slices.Sort(lines)
	if lines = slices.Compact(lines); len(lines) > 0 {
		k.Waiting = slices.Insert(k.Waiting, 0, waiting{Contact: contact, Lines: lines})
	}
}

// unansweredOf is what a person wrote since they wait for an answer; where they do not, what they wrote last.
func (k *keeper) unansweredOf(v fallback.View, contact bots.ID) (lines []bots.ID) {
	since, looked := v.Conversation(contact).Wait.Since, 0
	v.MessagesOf(contact, 0, func(id bots.ID) bool {
		looked++
		m := v.Message(id)
		if m == nil || !m.In || m.Erased || !joins(m) || k.desk.quiet(m) {
			return looked < openWalk
		}
		if m.At.Before(since) && len(lines) > 0 {
			return false
		}
		lines = append(lines, id)
		return !since.IsZero() && looked < openWalk
	})
	return lines
}

// again takes that a post of a digest is not there any more, because of somebody else who stood in it.
func (k *keeper) again(v fallback.View, c *bots.Change) {
	m := v.Message(c.Message)
	if m == nil || m.Erased || v.Contact(m.Contact) == nil {
		return
	}
	if talk := v.Conversation(v.Same(m.Contact)[0]); !talk.Wait.Since.IsZero() && k.nobodys(v, m.Contact) {
		k.show(v, m)
	}
}

// inDigest words that people wait in a digest; nothing where it has no topic.
func (t *turn) inDigest(s *saying) (string, fallback.Post, error) {
	contact, err := fallback.DigestContact(t.tx, t.k.desk.Room, s.Text)
	if topic := t.room.Topic(t.tx, contact); err != nil || !topic.Stands(t.room.Group) {
		return "", fallback.Post{}, err
	}
	d := t.k.desk
	team, err := fallback.ReadTeam(t.tx)
	return "⏰ " + d.called(&team, s.Reason, "") + ": " + d.words.inDigest, fallback.Post{Contact: contact}, err
}

// joinedNow remembers when a digest was posted, and who stands there.
func (k *keeper) joinedNow(done *turn) {
	for _, id := range done.with {
		k.lane.of[id] = true
	}
	if done.joins == "" {
		return
	}
	if k.joined == nil || len(k.joined) > maxJoined {
		k.joined = map[string]time.Time{}
	}
	k.joined[done.joins] = done.now
}
