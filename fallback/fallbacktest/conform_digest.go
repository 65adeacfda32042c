package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// digestStories are about answers to one broadcast, which stand together until somebody opens the conversation of one person.
var digestStories = map[string]func(*script){
	"who is erased leaves the posts in which several stand, and the others are shown again": func(s *script) {
		s.forum()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		other, line2 := s.lineOf("telegram:43", "And mine?")
		p := fallback.Post{Contact: s.digest("bonus-nov"), Contacts: []bots.ID{other, who}, Lines: []bots.ID{line2, line}}
		post := s.posted(p, "And mine? Where is my order?")
		alone := s.posted(fallback.Post{Contact: p.Contact, Contacts: []bots.ID{other}, Lines: []bots.ID{line2}}, "And mine?")
		waits := s.put(p, "And mine? Where is my order?")
		if e := s.forget(who); e.Counts.Posts != 2 || len(e.TakeBacks) != 1 {
			s.t.Errorf("posts: %+v, taken back by %v, want 2 and 1", e.Counts, e.TakeBacks)
		}
		s.is(waits, "cancelled erased")
		s.settleDown()
		if x := s.sends[len(s.sends)-1]; x.Out.Act != bots.DeleteAct || x.Out.On != post.ProviderID {
			s.t.Errorf("the room was handed %+v", x.Out)
		}
		for _, id := range []bots.ID{post.Delivery, waits} {
			if d := s.delivery(id); d.Text != "" || len(d.Data) > 0 {
				s.t.Errorf("of the post there is %+v", d.Plan)
			}
		}
		s.about(post.Message, func(m *bots.Message, st bots.MessageState) bool {
			return m.Text == "" && len(m.Buttons) == 0 && !st.DeletedAt.IsZero()
		})
		s.about(alone.Message, func(m *bots.Message, _ bots.MessageState) bool { return strings.Contains(m.Text, "And mine?") })
		shown := 0
		for _, c := range s.outbox() {
			if c.Type == fallback.StaffDigest {
				if shown++; c.Message != line2 {
					s.t.Errorf("%s is shown again, want %s", c.Message, line2)
				}
			}
		}
		if shown != 2 {
			s.t.Errorf("it is said %d times, want once for each post", shown)
		}
	},
	"whoever opens a conversation has it, and nobody opens another's, or one that does not stand there": func(s *script) {
		s.forum()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		stranger, _ := s.lineOf("telegram:44", "Hello?")
		post := s.posted(fallback.Post{Contact: s.digest("bonus-nov"), Contacts: []bots.ID{who}, Lines: []bots.ID{line}}, "Where is my order?")
		press := func(by, name, data string) {
			s.happens(bots.Pressed, "", func(e *bots.Event) {
				e.By, e.Name, e.On, e.Step, e.Data, e.Query = by, name, post.ProviderID, post.Out.Step, data, "q"
			})
		}
		press("777", "Iryna", "open_topic:"+stranger.String())
		press("777", "Iryna", "open_topic:x")
		s.audited(fallback.ActOpenTopic, fallback.RefusedNobody, 2)
		press("777", "Iryna", "open_topic:"+who.String())
		press("777", "Iryna", "open_topic:"+who.String())
		press("778", "Petro", "open_topic:"+who.String())
		if a := s.audited(fallback.ActOpenTopic, "", 2); a.Contact != who || a.By != "Iryna" {
			s.t.Errorf("the audit has %+v", a)
		}
		if a := s.audited(fallback.ActOpenTopic, fallback.RefusedTaken, 1); a.Detail != "Iryna" || a.By != "Petro" {
			s.t.Errorf("the audit has %+v", a)
		}
		s.talkIs(who, bots.Open, "Iryna")
		s.talkIs(stranger, bots.Open, "")
	},
	"only the team opens conversations, where the operator wants that": func(s *script) {
		s.forum()
		s.rules.Staff.Listed = true
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.posted(fallback.Post{Contact: s.digest("bonus-nov"), Contacts: []bots.ID{who}, Lines: []bots.ID{line}}, "Where is my order?")
		s.happens(bots.Pressed, "", func(e *bots.Event) { e.On, e.Step, e.Data = post.ProviderID, post.Out.Step, "open_topic:"+who.String() })
		s.audited(fallback.ActOpenTopic, fallback.RefusedNotStaff, 1)
		s.talkIs(who, bots.Open, "")
	},
	"what is written in a digest, or as a reply to a post of it, goes to nobody": func(s *script) {
		s.forum()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		of := s.digest("bonus-nov")
		s.opensTopic(of, "bonus-nov")
		s.settleDown()
		thread := s.topicIs(of, fallback.TopicOpen).Thread
		post := s.posted(fallback.Post{Contact: of, Contacts: []bots.ID{who}, Lines: []bots.ID{line}, Group: s.topicIs(of, fallback.TopicOpen).Group, Thread: thread}, "Where is my order?")
		n := len(s.sends)
		s.writes(thread, "500", "On its way")
		s.writes(thread, "501", "On its way", func(e *bots.Event) { e.On, e.Step = post.ProviderID, post.Out.Step })
		s.writes(thread, "502", "/take", func(e *bots.Event) { e.On, e.Step = post.ProviderID, post.Out.Step })
		s.happens(bots.TopicClosed, thread)
		s.happens(bots.TopicReopened, thread)
		s.run(time.Minute)
		if len(s.sends) != n {
			s.t.Errorf("went: %+v", s.sends[n].Out)
		}
		s.audited(fallback.ActReply, fallback.RefusedDigest, 2)
		s.audited(fallback.ActTake, fallback.RefusedNoTopic, 1)
		s.audited(fallback.ActClose, fallback.RefusedNoTalk, 0) // a digest is no conversation
		s.talkIs(who, bots.Open, "")
		s.talkIs(of, bots.NoConversation, "")
	},
	"a message answers the broadcast that it names, or that was sent last, within a day and before people answered": func(s *script) {
		s.forum()
		who, _ := s.lineOf("telegram:42", "Hello?")
		s.ask(who, fallback.Service, "telegram", func(r *fallback.Request) { r.Metadata = map[string]string{fallback.Broadcast: "bonus-nov"} })
		s.settleDown()
		first := s.sends[len(s.sends)-1]
		s.answersOf("When?", "bonus-nov")
		s.ask(who, fallback.Conversation, "telegram", func(r *fallback.Request) { r.Text = "We are open" }) // the bot
		s.settleDown()
		s.answersOf("Until when?", "bonus-nov")
		s.ask(who, fallback.Service, "telegram", func(r *fallback.Request) { r.Text = "Your order is here" })
		s.settleDown()
		s.answersOf("Where?", "")
		s.answersOf("And this?", "bonus-nov", func(e *bots.Event) { e.On, e.Step = first.ProviderID, first.Out.Step })
		s.ask(who, fallback.Service, "telegram", func(r *fallback.Request) {
			r.Text, r.Metadata = "More points", map[string]string{fallback.Broadcast: "bonus-dec"}
		})
		s.settleDown()
		s.answersOf("More?", "bonus-dec")
		s.ask(who, fallback.Conversation, "telegram", func(r *fallback.Request) { r.Text, r.Author = "Yes", "Iryna" })
		s.settleDown()
		s.answersOf("Thanks, and when?", "")
		s.ask(who, fallback.Service, "telegram", func(r *fallback.Request) {
			r.Text, r.Metadata = "Even more", map[string]string{fallback.Broadcast: "bonus-jan"}
		})
		s.run(25 * time.Hour)
		s.answersOf("Is there delivery?", "")
	},
	"a broadcast has one contact, which is no person": func(s *script) {
		s.forum()
		of := s.digest("bonus-nov")
		if s.digest("bonus-nov") != of || s.digest("bonus-dec") == of {
			s.t.Error("two broadcasts, or two contacts")
		}
		long := strings.Repeat("b", 64)
		if s.digest(long+"1") == s.digest(long+"2") {
			s.t.Error("long names are one")
		}
		s.update(func(tx fallback.Tx) {
			if c := tx.Contact(of); !fallback.ForStaff(c) || fallback.DigestOf(tx, of) != "bonus-nov" {
				s.t.Errorf("it is %+v", c)
			}
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			if fallback.DigestOf(tx, room.Contact) != "" {
				s.t.Error("the room is taken for a digest")
			}
		})
		s.fails(s.Update(s.ctx(), func(tx fallback.Tx) error { _, err := fallback.Erase(tx, of, "crm"); return err }), fallback.ErrUnknownContact)
	},
}

func (s *script) digest(broadcast string) (id bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		var err error
		id, err = fallback.DigestContact(tx, "", broadcast)
		s.must(err)
	})
	return id
}

// answersOf has the customer write, and checks which broadcast that answers.
func (s *script) answersOf(text, want string, more ...func(*bots.Event)) {
	s.t.Helper()
	turn := s.says("telegram:42", text, more...)
	s.update(func(tx fallback.Tx) {
		if got := fallback.AnswersBroadcast(tx, tx.Message(turn.Message.ID)); got != want {
			s.t.Errorf("%q answers %q, want %q", text, got, want)
		}
	})
}
