package fallbacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const lvivCode = "1viv-1viv-1viv"

// groupStories are about several groups of staff: only the one that has a conversation acts in it, and each code binds the room that it was
// made for.
var groupStories = map[string]func(*script){
	"nothing is done in a topic from which the conversation went to another group": func(s *script) {
		who, thread := s.inGroups()
		s.transfers(who, "lviv")
		n := len(s.sends)
		s.writes(thread, "500", "I answer, too")
		s.audited(fallback.ActReply, fallback.RefusedElsewhere, 1)
		s.happens(bots.TopicClosed, thread)
		s.talkIs(who, bots.Open, "")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutTalk(tx, who, fallback.TalkChange{State: bots.Closed}.Apply))
		})
		s.happens(bots.TopicReopened, thread)
		s.talkIs(who, bots.Closed, "")
		s.writes(thread, "501", "/open")
		s.talkIs(who, bots.Closed, "")
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("it went out: %v", s.log[n:])
		}
	},
	"what did not fit is not sent by an edit when another group has the conversation": func(s *script) {
		who, thread := s.inGroups()
		s.writes(thread, "500", strings.Repeat("x", 70_000))
		s.audited(fallback.ActReply, fallback.RefusedTooLong, 1)
		s.transfers(who, "lviv")
		n := len(s.sends)
		s.writes(thread, "500", "shorter", func(e *bots.Event) { e.Kind = bots.Edited })
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("it went out: %v", s.log[n:])
		}
		s.audited(fallback.ActReply, fallback.RefusedElsewhere, 1)
	},
	"an answer that failed is not sent on another channel by the group that had the conversation": func(s *script) {
		who, thread := s.inGroups()
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Set(address("sms:+380501112233"), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		s.fail("telegram", bots.Rejected)
		s.writes(thread, "500", "On its way")
		s.run(time.Minute)
		failed := s.lastOf(who)
		s.is(failed.ID, "failed rejected")
		button := s.posted(fallback.Post{Contact: who, Of: failed.ID, On: "500", Group: "-100500", Thread: thread}, "did not arrive")
		s.transfers(who, "lviv")
		n := len(s.sends)
		for _, data := range []string{fallback.PressSMS, fallback.ActSend + ":" + bots.SMS} {
			s.happens(bots.Pressed, thread, func(e *bots.Event) { e.On, e.Step, e.Data, e.Query = button.ProviderID, button.Message, data, "q" })
		}
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("it went out: %v", s.log[n:])
		}
	},
	"nobody opens a conversation from a digest of the group that had it": func(s *script) {
		who, _ := s.inGroups()
		post := s.posted(fallback.Post{Contact: s.digest("bonus-nov"), Contacts: []bots.ID{who}}, "Where is my order?")
		s.transfers(who, "lviv")
		s.happens(bots.Pressed, "", func(e *bots.Event) {
			e.On, e.Step, e.Data, e.Query = post.ProviderID, post.Out.Step, "open_topic:"+who.String(), "q"
		})
		s.talkIs(who, bots.Open, "")
		s.audited(fallback.ActOpenTopic, fallback.RefusedElsewhere, 1)
	},
	"whoever takes back the last answer of theirs takes back that one, and not what has its number in another group": func(s *script) {
		who, thread := s.inGroups()
		other := s.says("viber:v43", "And mine?").Contact.ID
		theirs := s.opensIn("lviv", other)
		s.writes(thread, "500", "to Olena")
		mine := s.lastOf(who).ID
		lviv := func(e *bots.Event) { e.Chat = address(otherGroup) }
		s.writes(theirs, "500", "to Petro", lviv)
		s.writes(thread, "501", "/undo")
		s.is(mine, "cancelled")
		s.transfers(who, "lviv")
		again := s.opensIn("lviv", who)
		s.run(time.Minute)
		s.writes(theirs, "510", "more to Petro", lviv)
		s.transfers(who, "main")
		s.writes(thread, "510", "more to Olena")
		mine = s.lastOf(who).ID
		s.transfers(who, "lviv")
		s.writes(again, "511", "/undo", lviv)
		s.is(mine, "cancelled")
		s.run(time.Minute)
		if d := s.lastOf(other); d.Text != "more to Petro" || d.State != fallback.Done {
			s.t.Errorf("the other's answer is %s: %+v", d.State, d.Plan)
		}
	},
	"who was in many groups is erased with all of their topics": func(s *script) {
		who, thread := s.inGroups()
		for i := range 20 {
			name, group := fmt.Sprint("group", i), fmt.Sprint("-200", i)
			s.fixes(name, group)
			s.hear(bots.Event{Kind: bots.Wrote, Chat: address("staff:" + group), Sender: bots.Staff, Text: "hello", Forum: true})
			s.transfers(who, name)
			s.opensIn(name, who)
		}
		s.forget(who)
		s.settleDown()
		gone := 0
		for _, x := range s.sends {
			if p, _ := fallback.PostOf(s.delivery(x.Delivery)); p.Act == bots.DeleteTopicAct {
				gone++
			}
		}
		if gone != 21 {
			s.t.Errorf("%d topics were deleted, want 21", gone)
		}
		s.update(func(tx fallback.Tx) {
			if tx.TopicAt("-100500", thread) != 0 {
				s.t.Error("the first topic still leads to somebody")
			}
		})
	},
	"a topic in a group that the configuration names no longer is deleted with who is erased": func(s *script) {
		who, thread := s.inGroups()
		s.transfers(who, "lviv")
		theirs := s.opensIn("lviv", who)
		s.update(func(tx fallback.Tx) { s.must(fallback.SettleStaffGroups(tx, nil)) })
		s.opensTopic(who, "Olena")
		s.forget(who)
		s.settleDown()
		for _, at := range []fallback.Thread{{Group: "-100500", ID: thread}, {Group: "-100600", ID: theirs}} {
			if !slices.ContainsFunc(s.sends, func(x *sent) bool {
				p, _ := fallback.PostOf(s.delivery(x.Delivery))
				return p.Act == bots.DeleteTopicAct && x.Out.To.ID == at.Group && p.Thread == at.ID
			}) {
				s.t.Errorf("nobody deleted %v", at)
			}
		}
	},
	"a topic that was closed as its conversation went to another group is known to be": func(s *script) {
		who, thread := s.inGroups()
		s.transfers(who, "lviv")
		s.posted(fallback.Post{Act: bots.CloseTopicAct, Group: "-100500", Thread: thread}, "")
		if t := s.topicIs(who, fallback.TopicOpen); !t.Shut {
			s.t.Errorf("the topic is %+v", t)
		}
	},
	"a code binds the room that it was made for": func(s *script) {
		s.forum()
		s.codeFor("lviv", lvivCode)
		s.inRoom("staff:-100700", "/staff "+staffCode) // of the first, and used up
		s.roomNamed("lviv", "")
		s.inRoom(otherGroup, "/staff "+lvivCode)
		s.roomNamed("lviv", "-100600")
		s.roomIs("-100500")
	},
	"of two codes that somebody wrote in private the later one chooses": func(s *script) {
		s.offering()
		s.codeFor("lviv", lvivCode)
		s.says("telegram:70", "/staff "+staffCode)
		s.run(time.Minute)
		s.says("telegram:70", "/staff "+lvivCode)
		s.chose("70", otherGroup)
		s.roomIs("")
		s.roomNamed("lviv", "-100600")
		s.chose("70", staffGroup) // the first code chooses no more: nobody asked for it again
		s.roomIs("")
	},
	"a group that the configuration names for one room is taken by no code of another": func(s *script) {
		s.offering()
		s.fix("-100500")
		s.codeFor("lviv", lvivCode)
		s.inRoom(staffGroup, "/staff "+lvivCode)
		s.says("telegram:70", "/staff "+lvivCode)
		s.chose("70", staffGroup)
		s.roomIs("-100500")
		s.roomNamed("lviv", "")
		s.noted(fallback.StaffFixed+" -100500 lviv", 2)
		s.inRoom(otherGroup, "/staff "+lvivCode) // it is not used up
		s.roomNamed("lviv", "-100600")
	},
	"a room that comes back into the configuration takes no group that is another room by now": func(s *script) {
		s.inGroups()
		s.update(func(tx fallback.Tx) { s.must(fallback.SettleStaffGroups(tx, nil)) })
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(otherGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100600")
		s.update(func(tx fallback.Tx) { s.must(fallback.SettleStaffGroups(tx, s.rules.Staff.Groups)) })
		s.roomIs("-100600")
		s.roomNamed("lviv", "")
	},
	"a group that was bound before the configuration named another stays whose it is when that is taken out": func(s *script) {
		s.bound()
		s.fix("-100700")
		s.codeFor("lviv", lvivCode)
		s.inRoom(staffGroup, "/staff "+lvivCode)
		s.roomNamed("lviv", "-100500")
		s.fix("")
		s.roomNamed("lviv", "-100500")
		s.roomIs("")
	},
	"a conversation in which somebody waits stays in the first group when groups are written down": func(s *script) {
		s.bound()
		who := s.says("viber:v42", "Where is my order?").Contact.ID
		s.severalGroups()
		s.says("viber:v42", "Hello?")
		s.homeIs(who, "")
		fresh := s.says("viber:v43", "And mine?").Contact.ID
		s.homeIs(fresh, "lviv")
	},
	"of two who are one the group is told that has the conversation no longer, and after an undo that it has it again": func(s *script) {
		kept, _ := s.inGroups()
		gone := s.says("viber:v43", "And mine?").Contact.ID
		s.homeIs(gone, "lviv")
		s.merge(kept, gone)
		s.homeIs(gone, "")
		s.went(gone, "main", 1)
		s.unmerge(kept, gone)
		s.homeIs(gone, "lviv")
		s.went(gone, "lviv", 1)
		s.went(kept, "main", 0)
	},
}

// severalGroups binds a second group, which has what is written on Viber.
func (s *script) severalGroups() {
	s.t.Helper()
	s.rules.Staff.Groups = []fallback.StaffGroup{{Name: "lviv", Channels: []string{bots.Viber}}}
	s.codeFor("lviv", lvivCode)
	s.inRoom(otherGroup, "/staff "+lvivCode, func(e *bots.Event) { e.Forum = true })
	s.roomNamed("lviv", "-100600")
}

// inGroups is a customer who has a topic in the first of two groups.
func (s *script) inGroups() (who bots.ID, thread string) {
	s.t.Helper()
	s.forum()
	s.severalGroups()
	who = s.topicFor("telegram:42", "Where is my order?")
	return who, s.topicIs(who, fallback.TopicOpen).Thread
}

func (s *script) codeFor(room, code string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		_, err := fallback.PutStaffCode(tx, room, code)
		s.must(err)
	})
}

func (s *script) fixes(room, group string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { s.must(fallback.FixStaffRoom(tx, room, group)) })
}

func (s *script) transfers(who bots.ID, group string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { s.must(fallback.PutTalk(tx, who, fallback.TalkChange{Group: &group}.Apply)) })
}

// opensIn asks for a topic as the desk of a room does.
func (s *script) opensIn(room string, who bots.ID) (thread string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		in, err := fallback.ReadStaffRoom(tx, room)
		s.must(err)
		s.must(fallback.OpenTopic(tx, &in, who, "Olena", func(to bots.ID, text string, p fallback.Post) (bots.ID, error) {
			done, err := fallback.PutPost(tx, to, text, p, s.rules, s.world)
			return done.ID, err
		}))
	})
	s.settleDown()
	return s.topicIs(who, fallback.TopicOpen).Thread
}

func (s *script) roomNamed(name, want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		room, err := fallback.ReadStaffRoom(tx, name)
		s.must(err)
		if room.Group != want {
			s.t.Errorf("the room %s is %q, want %q", name, room.Group, want)
		}
	})
}

func (s *script) homeIs(who bots.ID, want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if got := fallback.HomeOf(tx, who); got != want {
			s.t.Errorf("the conversation is of %q, want %q", got, want)
		}
	})
}

// went counts how often it was told that a conversation went to a group.
func (s *script) went(who bots.ID, group string, want int) {
	s.t.Helper()
	n := 0
	for _, c := range s.outbox() {
		if c.Type == fallback.Transferred && c.Contact == who && c.Reason == group {
			n++
		}
	}
	if n != want {
		s.t.Errorf("it was told %d times that %s went to %s, want %d", n, who, group, want)
	}
}
