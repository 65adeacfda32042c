package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// ownerStories are about what one of us writes from the phone itself, and about what people take back.
var ownerStories = map[string]func(*script){
	"what the owner writes is a message of ours, and answers the person": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "Where is my order?", also(lid)).Contact.ID
		s.says(phone, "старт")
		d := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Minute)
		turn := s.owner(phone, "стоп")
		m := turn.Ours
		if m == nil || m.In || m.Author != bots.OwnerAuthor || m.Delivery != 0 || m.Contact != who || m.Prev != s.sends[0].Message || m.Seq != 2 {
			s.t.Fatalf("the owner's message is %+v", m)
		}
		s.status(m.ID, "accepted")
		s.talk(who, func(c bots.Conversation) bool { return c.Unread == 0 && c.State == bots.Open && c.LastID == m.ID }, "answered, and open")
		s.is(d, "waiting")
		if c := s.contact(who).Marketing; c.State != bots.Given {
			s.t.Errorf("a word of ours made the consent %s", c.State)
		}
		s.noted("message.status accepted by_owner", 1)
		s.noted("message.received wrote", 2)
	},
	"receipts and answers find the owner's message": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "hello", also(lid)).Contact.ID
		d := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		m := s.owner(phone, "Good morning").Ours
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: m.ProviderID, Level: bots.Read, At: time.Now()}})
		s.status(m.ID, "read")
		s.is(d, "done")
		if turn := s.says(lid, "thanks", func(e *bots.Event) { e.On = m.ProviderID }); turn.Message.ReplyTo != m.ID {
			s.t.Errorf("the answer is to %v, want the owner's message", turn.Message.ReplyTo)
		}
		s.status(m.ID, "engaged")
	},
	"a receipt that came before the owner's message waits for it": func(s *script) {
		s.whatsapp()
		s.says(phone, "hello")
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: "OWN1", Level: bots.Read, At: time.Now()}})
		s.status(s.owner(phone, "Good morning").Ours.ID, "read")
	},
	"the owner quotes the person": func(s *script) {
		s.whatsapp()
		line := s.says(phone, "hello", func(e *bots.Event) { e.MessageID = "IN1" }).Message.ID
		if m := s.owner(phone, "Good morning", func(e *bots.Event) { e.On = "IN1" }).Ours; m.ReplyTo != line {
			s.t.Errorf("it answers %v, want the person's", m.ReplyTo)
		}
	},
	"what the program sent is not the owner's when it is told back": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "hello").Contact.ID
		s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		turn := s.owner(phone, "120 points", func(e *bots.Event) { e.MessageID = s.sends[0].ProviderID })
		if turn.Ours != nil || len(turn.Changes) > 0 {
			s.t.Errorf("it is told as %+v", turn.Ours)
		}
		s.talk(who, func(c bots.Conversation) bool { return c.Unread == 1 }, "unanswered")
	},
	"what the owner writes to nobody of ours is not kept": func(s *script) {
		s.whatsapp()
		if turn := s.owner(phone, "Hi, mum", also(lid), proven); turn.Ours != nil || turn.NewContact || len(turn.Changes) > 0 {
			s.t.Errorf("it is told as %+v, contact made %t", turn.Ours, turn.NewContact)
		}
		s.update(func(tx fallback.Tx) {
			for _, a := range []string{phone, lid, "phone:" + hers} {
				at := address(a)
				if id := tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}); id != 0 || tx.LastSent(at) != 0 {
					s.t.Errorf("%s is of %v now", a, id)
				}
			}
		})
	},
	"a contact who never wrote is one": func(s *script) {
		s.whatsapp()
		who := s.person("sms:" + hers)
		if m := s.owner(lid, "Your order is here", proven).Ours; m == nil || m.Contact != who {
			s.t.Errorf("it is told as %+v, want the contact's", m)
		}
		s.owns(who, lid, notThere) // they were not heard there
	},
	"what the owner wrote before the person's last message leaves that unanswered": func(s *script) {
		s.whatsapp()
		s.run(time.Minute)
		who := s.says(phone, "hello").Contact.ID
		s.owner(phone, "Good morning", func(e *bots.Event) { e.At = s.start })
		s.talk(who, func(c bots.Conversation) bool { return c.Unread == 1 }, "unanswered")
	},
	"a message that is taken back stays, and is marked": func(s *script) {
		s.whatsapp()
		first := s.says(phone, "стоп", also(lid), func(e *bots.Event) { e.MessageID = "IN1" })
		who := first.Contact.ID
		second := s.says(phone, "hello", func(e *bots.Event) { e.MessageID = "IN2" })
		d := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Minute)
		turn := s.hear(bots.Event{Kind: bots.Deleted, Chat: address(lid), MessageID: "IN1"})
		m := turn.Message
		if m == nil || !m.In || m.Kind != bots.DeleteMessage || m.Text != "" || m.ReplyTo != first.Message.ID || m.Contact != who {
			s.t.Fatalf("what was taken back is told as %+v", m)
		}
		s.update(func(tx fallback.Tx) {
			if got := tx.Message(first.Message.ID); got.Text != "стоп" {
				s.t.Errorf("the text is %q now", got.Text)
			}
			if at := tx.MessageState(first.Message.ID).DeletedAt; !at.Equal(m.At) {
				s.t.Errorf("it is marked as taken back at %v, want %v", at, m.At)
			}
			if at := tx.MessageState(second.Message.ID).DeletedAt; !at.IsZero() {
				s.t.Errorf("the other is marked, too: %v", at)
			}
		})
		s.denied(who, "keyword:стоп") // it was said
		s.is(d, "waiting")
		s.noted("message.deleted deleted", 1)
		s.talk(who, func(c bots.Conversation) bool { return c.Unread == 2 }, "as before")
	},
	"an edit names what it changes": func(s *script) {
		s.whatsapp()
		line := s.says(phone, "helo", func(e *bots.Event) { e.MessageID = "IN1" }).Message.ID
		if m := s.hear(bots.Event{Kind: bots.Edited, Chat: address(phone), MessageID: "IN1", Text: "hello"}).Message; m.ReplyTo != line {
			s.t.Errorf("the edit is of %v, want the message", m.ReplyTo)
		}
		if m := s.hear(bots.Event{Kind: bots.Deleted, Chat: address(phone), MessageID: "IN1"}).Message; m.ReplyTo != line {
			s.t.Errorf("what was taken back is %v, want the message", m.ReplyTo)
		}
	},
	"what nobody here knows is taken back": func(s *script) {
		s.whatsapp()
		if turn := s.hear(bots.Event{Kind: bots.Deleted, Chat: address(phone), MessageID: "IN1"}); turn.Message != nil || turn.NewContact || len(turn.Changes) > 0 {
			s.t.Errorf("a stranger's is told as %+v", turn.Message)
		}
		s.says(phone, "hello", func(e *bots.Event) { e.MessageID = "IN1" })
		s.says("whatsapp:+380671234567", "hello", func(e *bots.Event) { e.MessageID = "IN2" })
		if m := s.hear(bots.Event{Kind: bots.Deleted, Chat: address(phone), MessageID: "IN2"}).Message; m == nil || m.ReplyTo != 0 {
			s.t.Errorf("another's message is told as %+v, want one that names nothing", m)
		}
	},
	"a person's quote of their own message is no receipt of ours": func(s *script) {
		s.whatsapp()
		s.fail("whatsapp_cloud", bots.Uncertain)
		first := s.says("whatsapp_cloud:"+hers, "hello", func(e *bots.Event) { e.MessageID = "IN1" })
		d := s.ask(first.Contact.ID, fallback.Service, "whatsapp_cloud 1h read, sms")
		s.settleDown()
		turn := s.says("whatsapp_cloud:"+hers, "well?", func(e *bots.Event) { e.On, e.MessageID = "IN1", "IN2" })
		if turn.Message.ReplyTo != first.Message.ID {
			s.t.Errorf("it answers %v, want the person's own", turn.Message.ReplyTo)
		}
		s.is(d, "waiting")
	},
}

// owner is what one of us writes to a chat from the phone itself.
func (s *script) owner(chat, text string, more ...func(*bots.Event)) bots.Turn {
	s.t.Helper()
	e := bots.Event{Kind: bots.ByOwner, Chat: address(chat), Text: text, MessageID: "OWN1"}
	for _, f := range more {
		f(&e)
	}
	return s.hear(e)
}

func (s *script) talk(who bots.ID, is func(bots.Conversation) bool, want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		if c := tx.Conversation(who); !is(c) {
			s.t.Errorf("the conversation is %+v, want it %s", c, want)
		}
	})
}
