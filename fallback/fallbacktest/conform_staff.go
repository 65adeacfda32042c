package fallbacktest

import (
	"context"
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
		expires, err := fallback.PutStaffCode(tx, "", code)
		s.must(err)
		if expires.Sub(tx.Now()) != time.Hour {
			s.t.Errorf("a code lasts %s", expires.Sub(tx.Now()))
		}
	})
}

func (s *script) fix(group string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { s.must(fallback.FixStaffRoom(tx, "", group)) })
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
		room, err := fallback.ReadStaffRoom(tx, "")
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
		room, err := fallback.ReadStaffRoom(tx, "")
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
	n := 0
	for _, c := range s.outbox() {
		if strings.TrimSpace(c.Type+" "+c.State+" "+c.Reason) == want {
			n++
		}
	}
	if n != times {
		s.t.Errorf("%q was noted %d times, want %d", want, n, times)
	}
}

func (s *script) outbox() (changes []bots.Change) {
	s.t.Helper()
	switch outbox := s.Store.(type) {
	case interface{ Changes() []bots.Change }:
		return outbox.Changes()
	case interface {
		Changes(context.Context, uint64, int) ([]bots.Change, error)
	}:
		var err error
		changes, err = outbox.Changes(s.ctx(), 0, 10_000)
		s.must(err)
	default:
		s.t.Fatal("the store's outbox cannot be read")
	}
	return changes
}
