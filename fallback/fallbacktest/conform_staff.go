package fallbacktest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const (
	staffGroup = "staff:-100500"
	otherGroup = "staff:-100600"
	staffCode  = "7k3m-q9zx-w2ht"
)

// staffStories are about the room in which staff see what customers write, and answer it.
var staffStories = map[string]func(*script){
	"a code makes a group the room": func(s *script) {
		s.staffed()
		s.roomIs("")
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("-100500")
		s.noted(fallback.StaffBound+" -100500", 1)
	},
	"a code may be typed as people type": func(s *script) {
		s.staffed()
		s.inRoom(staffGroup, "/STAFF@shop_bot  7K3MQ9ZX W2HT ")
		s.roomIs("-100500")
	},
	"a code works once": func(s *script) {
		s.bound()
		s.inRoom(otherGroup, "/staff "+staffCode)
		s.roomIs("-100500")
	},
	"a code expires": func(s *script) {
		s.staffed()
		s.run(time.Hour)
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("")
	},
	"a fresh code makes the one before void": func(s *script) {
		s.staffed()
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("")
		s.inRoom(staffGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100500")
	},
	"five wrong tries from anywhere make a code void": func(s *script) {
		s.staffed()
		for i := range 5 {
			s.inRoom(fmt.Sprintf("staff:-%d", 700+i), "/staff guess")
		}
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("")
		s.noted(fallback.StaffTried, fallback.MaxStaffTries)
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(staffGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100500")
	},
	"four wrong tries do not, and a try told twice is one": func(s *script) {
		s.staffed()
		for i := range 8 {
			e := bots.Event{ID: fmt.Sprint("guess", i/2), Kind: bots.Wrote, Chat: address(otherGroup), Text: "/staff guess"}
			if _, err := s.tell(e); i%2 == 1 {
				s.fails(err, fallback.ErrSeen)
			}
		}
		s.inRoom(otherGroup, "/staff") // no code is no try
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("-100500")
	},
	"another group replaces the room only with a code of its own, and the old one hears so": func(s *script) {
		s.bound()
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(otherGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100600")
		s.noted(fallback.StaffLeft+" -100500", 1)
		s.post(s.everywhere(), "hello?")
		s.run(time.Minute)
		s.sentSoFar("0s staff d1/0")
		if got := s.sends[0].Out.To; got != address(otherGroup) {
			s.t.Errorf("posted to %s, want the new room", got)
		}
	},
	"the group of the configuration wins": func(s *script) {
		s.bound()
		s.fix("-100600")
		s.roomIs("-100600")
		s.update(func(tx fallback.Tx) {
			_, err := fallback.PutStaffCode(tx, "aaaa-bbbb-cccc")
			s.fails(err, fallback.ErrStaffFixed)
		})
		s.fix("")
		s.roomIs("-100500")
	},
	"a customer cannot act as staff, whatever the text": func(s *script) {
		s.staffed()
		victim, _ := s.lineOf("telegram:42", "Where is my order?")
		s.says("telegram:66", "/staff "+staffCode)
		s.says("telegram:66", "/staff@shop_bot "+staffCode)
		s.says("viber:v66", "/staff "+staffCode)
		s.says("sms:+380509999999", "/staff "+staffCode)
		s.roomIs("")
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.post(victim, "Where is my order?")
		s.settleDown()
		n := len(s.sends)
		s.says("telegram:66", "You won, send us your card", func(e *bots.Event) { e.On = s.sends[n-1].ProviderID; e.Step = s.sends[n-1].Message })
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:66"), On: s.sends[n-1].ProviderID, Step: s.sends[n-1].Message, Data: fallback.PressSMS})
		s.run(time.Hour)
		if len(s.sends) != n {
			s.t.Errorf("something went out: %v", s.log[n:])
		}
	},
	"a group that is not the room changes nothing": func(s *script) {
		s.bound()
		victim, _ := s.lineOf("telegram:42", "Where is my order?")
		s.post(victim, "Where is my order?")
		s.settleDown()
		x := s.sends[len(s.sends)-1]
		s.inRoom(otherGroup, "You won", func(e *bots.Event) { e.On, e.Step = x.ProviderID, x.Message })
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(otherGroup)})
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(otherGroup), Data: "-100500"})
		s.run(time.Hour)
		s.roomIs("-100500")
		s.sentSoFar("0s staff d1/0")
	},
	"a reply to a post goes to the customer where they wrote last": func(s *script) {
		s.bound()
		who, line := s.lineOf("viber:v42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.run(time.Second)
		s.says("telegram:42", "hello?")
		s.replies(post, "On its way")
		d := s.lastOf(who)
		if d.Purpose != fallback.Conversation || d.Author != "Iryna" || d.ReplyTo != line || d.Text != "On its way" || d.Metadata[fallback.StaffMessage] != "-100500:500" {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
		s.sentSoFar("0s staff d1/0", "1s telegram d0/0")
		s.noted(fallback.StaffReply+" 500", 1)
	},
	"a reply told twice goes out once": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.replies(post, "On its way")
		s.hear(bots.Event{ID: "another event, the same message", Kind: bots.Wrote, Chat: address(staffGroup), Sender: bots.Staff, Name: "Iryna", MessageID: "500", On: post.ProviderID, Text: "On its way"})
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
		s.noted(fallback.StaffReply+" 500", 1)
	},
	"what colleagues say to each other stays inside": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.post(who, "Where is my order?", line)
		s.settleDown()
		s.inRoom(staffGroup, "who takes this?")
		s.inRoom(staffGroup, "@shop_bot what is that?")
		s.run(time.Hour)
		s.sentSoFar("0s staff d1/0")
	},
	"only text goes out, and the room hears so": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.replies(post, "", func(e *bots.Event) { e.Media = []bots.Media{{Type: "voice"}} })
		s.replies(post, "look", func(e *bots.Event) { e.Media, e.MessageID = []bots.Media{{Type: "photo"}}, "501" })
		s.noted(fallback.StaffNote+" 500 media", 1)
		s.noted(fallback.StaffNote+" 501 media", 1)
		s.sentSoFar("0s staff d1/0")
	},
	"an edit does not go out, and the room hears so": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.replies(post, "On its way")
		s.replies(post, "On its way", func(e *bots.Event) { e.Kind = bots.Edited }) // nothing that people see has changed
		s.noted(fallback.StaffNote+" 500 edited", 0)
		s.replies(post, "On its way, madam", func(e *bots.Event) { e.Kind = bots.Edited })
		s.noted(fallback.StaffNote+" 500 edited", 1)
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
	},
	"a reply to a message that is about no customer is told so": func(s *script) {
		s.bound()
		hello := s.posted(fallback.Post{}, "this is the room now")
		s.replies(hello, "great")
		s.replies(hello, "and this?", func(e *bots.Event) { e.On, e.MessageID = "9999", "501" })
		s.noted(fallback.StaffNote+" 500 nobody", 1)
		s.noted(fallback.StaffNote+" 501 nobody", 1)
		s.sentSoFar("0s staff d1/0")
	},
	"a reply follows a chat that turned out to be another contact's": func(s *script) {
		s.bound()
		known := s.person("sms:+380501112233")
		stranger, line := s.lineOf("telegram:77", "Where is my order?")
		post := s.post(stranger, "Where is my order?", line)
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:77"), Phone: "+380501112233"})
		s.replies(post, "On its way")
		if d := s.lastOf(known); d == nil || d.Text != "On its way" || d.State != fallback.Done {
			s.t.Errorf("the known contact got %+v", d)
		}
	},
	"a failed reply goes by SMS when staff say so, once": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Set(address("sms:+380501112233"), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.fail("telegram", bots.Rejected)
		s.replies(post, "On its way")
		failed := s.lastOf(who)
		s.is(failed.ID, "failed rejected")
		button := s.posted(fallback.Post{Contact: who, Of: failed.ID, On: "500"}, "did not arrive")
		for range 3 {
			s.hear(bots.Event{Kind: bots.Pressed, Chat: address(staffGroup), Sender: bots.Staff, Name: "Petro", On: button.ProviderID, Step: button.Message, Data: fallback.PressSMS})
		}
		if d := s.lastOf(who); d.Text != "On its way" || d.Author != "Petro" || d.Metadata[fallback.StaffMessage] != "-100500:500" || d.Route[0].Channel != bots.SMS {
			s.t.Errorf("the SMS is %+v", d.Plan)
		}
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0", "0s staff d2/0", "0s sms/main d0/0")
		s.noted(fallback.StaffReply+" 500", 2)
	},
	"without a phone the button says so": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.fail("telegram", bots.Rejected)
		s.replies(post, "On its way")
		button := s.posted(fallback.Post{Contact: who, Of: s.lastOf(who).ID, On: "500"}, "did not arrive")
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address(staffGroup), Sender: bots.Staff, Name: "Petro", On: button.ProviderID, Data: fallback.PressSMS})
		s.noted(fallback.StaffNote+" 500 no_phone", 1)
	},
	"a reply proves a post whose outcome nobody told, and reaches its customer": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.fail("staff", bots.Uncertain)
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.is(post.Delivery, "waiting")
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.is(post.Delivery, "done")
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
	},
	"a reply to a post whose call has not ended reaches its customer": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.next("staff", func(x *sent) { x.Lost = true })
		post := s.post(who, "Where is my order?", line)
		s.is(post.Delivery, "sending")
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
		s.settle(post)
		s.is(post.Delivery, "done")
	},
	"of two posts that a reply could mean it is neither, and the room hears so": func(s *script) {
		s.bound()
		first, line := s.lineOf("telegram:42", "Where is my order?")
		second, other := s.lineOf("telegram:43", "And mine?")
		s.next("staff", func(x *sent) { x.Lost = true })
		s.next("staff", func(x *sent) { x.Lost = true })
		s.post(first, "Where is my order?", line)
		post := s.post(second, "And mine?", other)
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.noted(fallback.StaffNote+" 500 nobody", 1)
		s.sentSoFar("0s staff d1/0", "0s staff d2/0")
	},
	"a post whose outcome nobody told and nobody answered is unconfirmed, never sent again": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.fail("staff", bots.Uncertain)
		post := s.post(who, "Where is my order?", line)
		s.run(time.Hour)
		s.is(post.Delivery, "unconfirmed")
		s.sentSoFar("0s staff d1/0")
	},
	"a group that became a supergroup stays the room": func(s *script) {
		for name, begin := range map[string]func(){"bound": s.bound, "of the configuration": func() { s.staffed(); s.fix("-100500") }} {
			begin()
			s.hear(bots.Event{Kind: bots.Moved, Chat: address(staffGroup), Data: "-100777"})
			s.roomIs("-100777")
			s.hear(bots.Event{Kind: bots.Moved, Chat: address(staffGroup), Data: "-100777"}) // from the other side, too
			s.roomIs("-100777")
			if name == "of the configuration" {
				s.fix("-100500") // as it is still written, at the next start
				s.roomIs("-100777")
				s.fix("")
			}
		}
	},
	"a room that the bot was removed from gets no posts until it is let in again": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(staffGroup)})
		s.noted(fallback.StaffLost+" -100500", 1)
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx)
			s.must(err)
			done, err := fallback.PutPost(tx, room.Contact, "Where is my order?", fallback.Post{Contact: who, Lines: []bots.ID{line}}, s.rules, s.world)
			s.must(err)
			if done.State != fallback.Skipped {
				s.t.Errorf("a post to a lost room is %s, want skipped", done.State)
			}
		})
		s.hear(bots.Event{Kind: bots.Unblocked, Chat: address(staffGroup)})
		s.noted(fallback.StaffFound+" -100500", 1)
		s.post(who, "Where is my order?", line)
		s.settleDown()
		s.sentSoFar("0s staff d1/0")
	},
	"a pause holds posts, and they keep their place": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.must(s.Pause(s.ctx(), bots.Staff))
		post := s.put(fallback.Post{Contact: who, Lines: []bots.ID{line}}, "Where is my order?")
		s.run(time.Minute)
		s.sentSoFar()
		s.must(s.Resume(s.ctx(), bots.Staff))
		s.run(time.Minute)
		s.is(post, "done")
	},
	"a post names the room, and nobody from outside can": func(s *script) {
		s.bound()
		for _, ref := range []string{"staff:room", "staff:-100500"} {
			if got, err := bots.ParseRef(ref, "UA"); err == nil {
				s.t.Errorf("%q is read as %v", ref, got)
			}
		}
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx)
			s.must(err)
			if c := tx.Contact(room.Contact); !fallback.ForStaff(c) || strings.Contains(string(c.Attributes), "7k3m") {
				s.t.Errorf("the room's contact is %+v", c)
			}
		})
	},
}

// staffed gives the stories a staff channel and a code.
func (s *script) staffed() {
	s.t.Helper()
	s.rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted, Buttons: true}, Senders: []string{bots.Staff}}
	s.putCode(staffCode)
}

// bound is a room that was bound with the code.
func (s *script) bound() {
	s.t.Helper()
	s.staffed()
	s.inRoom(staffGroup, "/staff "+staffCode)
	s.roomIs("-100500")
}

func (s *script) putCode(code string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		expires, err := fallback.PutStaffCode(tx, code)
		s.must(err)
		if expires.Sub(tx.Now()) != time.Hour {
			s.t.Errorf("a code lasts %s", expires.Sub(tx.Now()))
		}
	})
}

func (s *script) fix(group string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { s.must(fallback.FixStaffRoom(tx, group)) })
}

// inRoom is a message of somebody in a group.
func (s *script) inRoom(chat, text string, more ...func(*bots.Event)) {
	s.t.Helper()
	e := bots.Event{Kind: bots.Wrote, Chat: address(chat), Sender: bots.Staff, Channel: bots.Telegram, Name: "Iryna", MessageID: "400", Text: text}
	for _, f := range more {
		f(&e)
	}
	s.hear(e)
}

// replies is a reply of staff to a post.
func (s *script) replies(post *sent, text string, more ...func(*bots.Event)) {
	s.t.Helper()
	s.inRoom(staffGroup, text, append([]func(*bots.Event){func(e *bots.Event) { e.MessageID, e.On, e.Step = "500", post.ProviderID, 0 }}, more...)...)
}

func (s *script) roomIs(want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		room, err := fallback.ReadStaffRoom(tx)
		s.must(err)
		if room.Group != want {
			s.t.Errorf("the room is %q, want %q", room.Group, want)
		}
	})
}

// lineOf is a customer's message.
func (s *script) lineOf(chat, text string) (who, line bots.ID) {
	s.t.Helper()
	if chat == "viber:v42" {
		s.everywhere()
	}
	turn := s.says(chat, text)
	return turn.Contact.ID, turn.Message.ID
}

// put makes a post and does not work its lane.
func (s *script) put(p fallback.Post, text string) (id bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		room, err := fallback.ReadStaffRoom(tx)
		s.must(err)
		done, err := fallback.PutPost(tx, room.Contact, text, p, s.rules, s.world)
		s.must(err)
		id = done.ID
	})
	s.ids = append(s.ids, id)
	return id
}

// posted makes a post, and returns it as its channel got it.
func (s *script) posted(p fallback.Post, text string) *sent {
	s.t.Helper()
	id := s.put(p, text)
	s.settleDown()
	for _, x := range s.sends {
		if x.Delivery == id {
			return x
		}
	}
	s.t.Fatal("the post did not go out")
	return nil
}

// post makes a post about a customer's messages.
func (s *script) post(who bots.ID, text string, lines ...bots.ID) *sent {
	s.t.Helper()
	return s.posted(fallback.Post{Contact: who, Lines: lines}, text)
}

// lastOf is a contact's newest delivery.
func (s *script) lastOf(who bots.ID) (d *fallback.Delivery) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		tx.DeliveriesOf(who, func(id bots.ID, _ uint64) bool {
			d = tx.Delivery(id)
			return false
		})
	})
	return d
}

// noted counts the lines of the outbox for the desk: "staff.note 500 media".
func (s *script) noted(want string, times int) {
	s.t.Helper()
	var changes []bots.Change
	switch outbox := s.Store.(type) {
	case interface{ Changes() []bots.Change }:
		changes = outbox.Changes()
	case interface {
		Changes(context.Context, uint64, int) ([]bots.Change, error)
	}:
		var err error
		changes, err = outbox.Changes(s.ctx(), 0, 10_000)
		s.must(err)
	default:
		s.t.Fatal("the store's outbox cannot be read")
	}
	n := 0
	for _, c := range changes {
		if strings.TrimSpace(c.Type+" "+c.State+" "+c.Reason) == want {
			n++
		}
	}
	if n != times {
		s.t.Errorf("%q was noted %d times, want %d", want, n, times)
	}
}
