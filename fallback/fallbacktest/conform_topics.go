package fallbacktest

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// topicStories are about the topics of the staff's group: there is one for a conversation, and nothing in it gets lost.
var topicStories = map[string]func(*script){
	"a topic is asked for once, however often there is something to say": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.opensTopic(who, "Olena")
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.opensTopic(who, "Olena")
		s.settleDown()
		t := s.topicIs(who, fallback.TopicOpen)
		if len(s.sends) != 1 || t.Thread != s.sends[0].ProviderID || t.Made != 1 || t.Opening != 0 {
			s.t.Errorf("%d sends, topic %+v", len(s.sends), t)
		}
		s.noted(fallback.StaffTopic+" "+who.String(), 1)
	},
	"a plain group gets no topics": func(s *script) {
		s.bound()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.NoTopic)
		s.sentSoFar()
	},
	"a topic that was refused can be asked for again": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.refuseRoom(bots.NoRights)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.NoTopic)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.TopicOpen)
	},
	"a group without topics is said once to have none, until one is seen": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.refuseRoom(bots.NoForum)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.NoTopic)
		s.noted(fallback.StaffForum+" off", 1)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.sentSoFar("0s staff d1/0")
		s.inForum("", "hello")
		s.noted(fallback.StaffForum+" on", 2)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.TopicOpen)
	},
	"a post that went astray means that the group has no topics": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		s.next(bots.Staff, func(x *sent) { x.Astray = true })
		s.inTopic(who, "Where is my order?")
		s.noted(fallback.StaffForum+" off", 1)
	},
	"topics that are switched on again are noticed by the next post": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		s.next(bots.Staff, func(x *sent) { x.Astray = true })
		s.inTopic(who, "Where is my order?")
		s.noted(fallback.StaffForum+" off", 1)
		s.next(bots.Staff, func(x *sent) { x.Forum = true })
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			_, err = fallback.PutPost(tx, room.Contact, "Olena: Where is my order?", fallback.Post{Contact: who}, s.rules, &fallback.World{})
			s.must(err)
		})
		s.settleDown()
		s.noted(fallback.StaffForum+" on", 2)
	},
	"a topic that somebody deleted is made again, and the old one leads nowhere": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		old := s.topicIs(who, fallback.TopicOpen).Thread
		s.refuseRoom(bots.NoTopic)
		post := s.inTopic(who, "Where is my order?")
		s.is(post, "failed rejected: no_topic") // the desk puts its lines back
		if t := s.topicIs(who, fallback.TopicGone); t.Thread != "" {
			s.t.Errorf("the topic is %+v", t)
		}
		s.noted(fallback.StaffTopic+" "+who.String(), 2)
		s.opensTopic(who, "Olena")
		s.settleDown()
		if t := s.topicIs(who, fallback.TopicOpen); t.Thread == old || t.Made != 2 {
			s.t.Errorf("the topic is %+v", t)
		}
		n := len(s.sends)
		s.writes(old, "500", "into the old one")
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("what was written into a topic that is nobody's went out: %v", s.log[n:])
		}
	},
	"a post into a closed topic tells so, and it stays": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		s.refuseRoom(bots.TopicShut)
		s.inTopic(who, "Where is my order?")
		if t := s.topicIs(who, fallback.TopicOpen); !t.Shut || t.Thread == "" {
			s.t.Errorf("the topic is %+v", t)
		}
		s.posted(fallback.Post{Contact: who, Act: bots.ReopenTopicAct, Group: "-100500", Thread: s.topicIs(who, fallback.TopicOpen).Thread}, "")
		if t := s.topicIs(who, fallback.TopicOpen); t.Shut {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"a topic whose answer was lost is adopted when the group tells of it": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.fail(bots.Staff, bots.Uncertain)
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.TopicOpening)
		s.opensTopic(who, "Olena") // it is still on its way
		s.settleDown()
		s.sentSoFar("0s staff d1/0")
		s.made("777", "Petro") // another one's
		s.topicIs(who, fallback.TopicOpening)
		s.made("778", "Olena")
		if t := s.topicIs(who, fallback.TopicOpen); t.Thread != "778" {
			s.t.Errorf("the topic is %+v", t)
		}
		s.is(s.ids[0], "done")
	},
	"of two topics with one name whose answers were lost none is guessed, and both are made again": func(s *script) {
		s.forum()
		one, _ := s.lineOf("telegram:42", "Where is my order?")
		two, _ := s.lineOf("telegram:43", "And mine?")
		for _, who := range []bots.ID{one, two} {
			s.fail(bots.Staff, bots.Uncertain)
			s.opensTopic(who, "Olena")
			s.settleDown()
		}
		s.made("778", "Olena")
		s.topicIs(one, fallback.TopicOpening)
		s.topicIs(two, fallback.TopicOpening)
		s.run(2 * time.Minute)
		s.topicIs(one, fallback.NoTopic)
		s.opensTopic(one, "Olena")
		s.opensTopic(two, "Olena")
		s.settleDown()
		if a, b := s.topicIs(one, fallback.TopicOpen), s.topicIs(two, fallback.TopicOpen); a.Thread == b.Thread {
			s.t.Errorf("both talk in %q", a.Thread)
		}
	},
	"a topic that the group told of while its call was under way is that of the call": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.next(bots.Staff, func(x *sent) {
			s.made("778", "Olena")
			x.Err = &bots.SendError{Fault: bots.Uncertain}
		})
		s.opensTopic(who, "Olena")
		s.settleDown()
		if t := s.topicIs(who, fallback.TopicOpen); t.Thread != "778" {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"a topic that the group told of before a crash cut its call off is that of the call": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.next(bots.Staff, func(x *sent) {
			s.made("778", "Olena")
			x.Lost = true
		})
		s.opensTopic(who, "Olena")
		s.settleDown()
		s.topicIs(who, fallback.TopicOpening)
		s.world.Boot = 2
		s.must(s.Come(s.ctx(), s.ids[0], s.rules, s.world))
		if t := s.topicIs(who, fallback.TopicOpen); t.Thread != "778" || t.Made != 1 {
			s.t.Errorf("the topic is %+v", t)
		}
		s.is(s.ids[0], "done")
	},
	"a topic that nobody told of is given up, and can be made again": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Where is my order?")
		s.fail(bots.Staff, bots.Uncertain)
		s.opensTopic(who, "Olena")
		s.run(2 * time.Minute)
		s.topicIs(who, fallback.NoTopic)
		s.made("778", "Olena") // late, and yet it is that
		if t := s.topicIs(who, fallback.TopicOpen); t.Thread != "778" || t.Made != 1 {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"another group gets topics of its own, and those of the old one mean nothing": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		old := s.topicIs(who, fallback.TopicOpen).Thread
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(otherGroup, "/staff aaaa-bbbb-cccc", func(e *bots.Event) { e.Forum = true })
		n := len(s.sends)
		s.writes(old, "500", "from the old group")
		s.writes(old, "501", "a thread of the same number there", func(e *bots.Event) { e.Chat = address(otherGroup) })
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("it went out: %v", s.log[n:])
		}
		s.opensTopic(who, "Olena")
		s.settleDown()
		if t := s.topicIs(who, fallback.TopicOpen); t.Group != "-100600" || t.Made != 2 {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"a group with another id keeps its topics": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(staffGroup), Sender: bots.Staff, Data: "-100777"})
		s.roomIs("-100777")
		s.writes(thread, "500", "On its way", func(e *bots.Event) { e.Chat = address("staff:-100777") })
		if d := s.lastOf(who); d.Text != "On its way" {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
		n := len(s.sends)
		s.opensTopic(who, "Olena")
		s.settleDown()
		if len(s.sends) != n {
			s.t.Errorf("it was made again: %v", s.log[n:])
		}
	},
	"a topic that is renamed, closed or opened in the group is known so": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.happens(bots.TopicNamed, thread, func(e *bots.Event) { e.Text = "Olena, the tall one" })
		s.happens(bots.TopicClosed, thread)
		if t := s.topicIs(who, fallback.TopicOpen); t.Name != "Olena, the tall one" || !t.Shut {
			s.t.Errorf("the topic is %+v", t)
		}
		s.talkIs(who, bots.Closed, "")
		s.audited(fallback.ActClose, "", 1)
		s.happens(bots.TopicReopened, thread)
		s.talkIs(who, bots.Open, "")
		s.happens(bots.TopicClosed, thread, func(e *bots.Event) { e.ByUs = true })
		s.talkIs(who, bots.Open, "") // the desk did that: the conversation had said so
	},
	"a card stands in the topic, and is pinned": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		card := s.posted(fallback.Post{Contact: who, Card: true, Group: "-100500", Thread: thread}, "Olena, +38050…33")
		if t := s.topicIs(who, fallback.TopicOpen); t.Card != card.Message || t.Pinned {
			s.t.Errorf("the topic is %+v", t)
		}
		s.posted(fallback.Post{Contact: who, Act: bots.PinAct, On: card.ProviderID, Group: "-100500", Thread: thread}, "")
		if t := s.topicIs(who, fallback.TopicOpen); !t.Pinned {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"the topic of who was absorbed leads to who absorbed them, and after an undo each has their own": func(s *script) {
		s.forum()
		kept := s.topicFor("telegram:42", "Where is my order?")
		gone := s.topicFor("viber:v43", "And mine?")
		mine, theirs := s.topicIs(kept, fallback.TopicOpen).Thread, s.topicIs(gone, fallback.TopicOpen).Thread
		s.merge(kept, gone)
		s.writes(theirs, "500", "to the one person")
		if d := s.lastOf(kept); d.Text != "to the one person" || d.Contact != kept {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			if t := room.Topic(tx, gone); t.Thread != mine {
				s.t.Errorf("the absorbed one is talked about in %q, want %q", t.Thread, mine)
			}
		})
		s.unmerge(kept, gone)
		s.writes(theirs, "501", "to the other")
		if d := s.lastOf(gone); d.Text != "to the other" || d.Contact != gone {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
	},
	"who is erased leaves no topic": func(s *script) {
		s.forum()
		who := s.topicFor("telegram:42", "Where is my order?")
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.forget(who)
		s.settleDown()
		i := slices.IndexFunc(s.sends, func(x *sent) bool {
			p, _ := fallback.PostOf(s.delivery(x.Delivery))
			return p.Act == bots.DeleteTopicAct && p.Thread == thread && p.Contact == 0
		})
		if i < 0 {
			s.t.Fatalf("nobody deleted the topic: %v", s.log)
		}
		if d := s.delivery(s.sends[i].Delivery); strings.Contains(d.Text+string(d.Data), "Olena") {
			s.t.Errorf("it was deleted by %+v", d.Plan)
		}
		s.update(func(tx fallback.Tx) {
			if t := tx.Topic(who); t.Contact != 0 {
				s.t.Errorf("what is left is %+v", t)
			}
			if tx.TopicAt("-100500", thread) != 0 {
				s.t.Error("the thread still leads to somebody")
			}
		})
		n := len(s.sends)
		s.writes(thread, "500", "too late")
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("it went out: %v", s.log[n:])
		}
	},
}

// forum is a room whose group has topics.
func (s *script) forum() {
	s.t.Helper()
	s.bound()
	s.rules.Staff.Hold = 3 * time.Second
	s.inForum("", "hello")
	s.noted(fallback.StaffForum+" on", 1)
}

// opensTopic asks for a topic as the desk does.
func (s *script) opensTopic(who bots.ID, name string) {
	s.t.Helper()
	var made bots.ID
	s.update(func(tx fallback.Tx) {
		made = 0
		room, err := fallback.ReadStaffRoom(tx, "")
		s.must(err)
		s.must(fallback.OpenTopic(tx, &room, who, name, func(room bots.ID, text string, p fallback.Post) (bots.ID, error) {
			done, err := fallback.PutPost(tx, room, text, p, s.rules, s.world)
			made = done.ID
			return done.ID, err
		}))
	})
	if made != 0 {
		s.ids = append(s.ids, made)
	}
}

// topicFor is a customer who has written, and has a topic.
func (s *script) topicFor(chat, text string) bots.ID {
	s.t.Helper()
	turn := s.says(chat, text)
	s.opensTopic(turn.Contact.ID, "Olena")
	s.settleDown()
	s.topicIs(turn.Contact.ID, fallback.TopicOpen)
	return turn.Contact.ID
}

func (s *script) topicIs(who bots.ID, want fallback.TopicState) (t fallback.Topic) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { t = tx.Topic(who) })
	if t.State != want {
		s.t.Fatalf("the topic is %s, want %s: %+v", t.State, want, t)
	}
	return t
}

// inTopic posts into a customer's topic.
func (s *script) inTopic(who bots.ID, text string) bots.ID {
	s.t.Helper()
	t := s.topicIs(who, fallback.TopicOpen)
	id := s.put(fallback.Post{Contact: who, Group: t.Group, Thread: t.Thread}, text)
	s.settleDown()
	return id
}

// refuseRoom says what the room answers to the next send.
func (s *script) refuseRoom(code string) {
	s.next(bots.Staff, func(x *sent) { x.Err = &bots.SendError{Fault: bots.Rejected, Code: code} })
}

// happens is an event of the group.
func (s *script) happens(kind bots.Kind, thread string, more ...func(*bots.Event)) bots.Turn {
	s.t.Helper()
	e := bots.Event{Kind: kind, Chat: address(staffGroup), Sender: bots.Staff, Channel: bots.Telegram, By: "777", Name: "Iryna", Thread: thread, Forum: true}
	for _, f := range more {
		f(&e)
	}
	return s.hear(e)
}

// made is what the group tells of a topic that we made.
func (s *script) made(thread, name string) {
	s.t.Helper()
	e := bots.Event{Kind: bots.TopicMade, Chat: address(staffGroup), Sender: bots.Staff, Channel: bots.Telegram, Thread: thread, Text: name, Forum: true, ByUs: true}
	_, err := s.tell(e)
	s.must(err)
}

// inForum is a message in the group, or a topic of it.
func (s *script) inForum(thread, text string, more ...func(*bots.Event)) {
	s.t.Helper()
	s.happens(bots.Wrote, thread, append([]func(*bots.Event){func(e *bots.Event) { e.Text, e.MessageID = text, "400" }}, more...)...)
}

// writes is a message of somebody of the team in a topic.
func (s *script) writes(thread, id, text string, more ...func(*bots.Event)) {
	s.t.Helper()
	s.inForum(thread, text, append([]func(*bots.Event){func(e *bots.Event) { e.MessageID = id }}, more...)...)
}

func (s *script) talkIs(who bots.ID, state bots.ConversationState, assignee string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if talk := tx.Conversation(who); talk.State != state || talk.Assignee != assignee {
			s.t.Errorf("the conversation is %s of %q, want %s of %q", talk.State, talk.Assignee, state, assignee)
		}
	})
}

// audited counts the lines of the audit about an act, with why it was not done.
func (s *script) audited(act, refused string, times int) (last fallback.Audited) {
	s.t.Helper()
	n := 0
	for _, c := range s.outbox() {
		if c.Type != fallback.StaffAct {
			continue
		}
		a, ok := fallback.Audited{}, false
		s.update(func(tx fallback.Tx) { a, ok = tx.Audited(c.Audit) })
		if !ok || a.Act != c.Reason {
			s.t.Errorf("the line of the audit of %+v is %+v", c, a)
		}
		if a.Act == act && a.Refused == refused {
			n++
			last = a
		}
	}
	if n != times {
		s.t.Errorf("%q refused as %q was audited %d times, want %d", act, refused, n, times)
	}
	return last
}
