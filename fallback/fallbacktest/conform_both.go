package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// bothStories are about what is said and read under either of the two addresses of one chat.
var bothStories = map[string]func(*script){
	"a message without reference proves what went to either address": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) }) // told late: proves nothing
		s.is(first, "waiting")
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		if s.sends[0].Out.To != address(lid) || s.sends[1].Out.To != address(phone) {
			s.t.Fatalf("sent to %v and %v, want the LID, then the phone", s.sends[0].Out.To, s.sends[1].Out.To)
		}
		s.says(lid, "thanks")
		s.is(first, "done")
		s.reachedBy(first, bots.WhatsApp, "watermark")
		s.is(second, "done")
		s.reachedBy(second, bots.WhatsApp, "message")
	},
	"a read receipt that names no chat is a watermark in both addresses": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) })
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		third := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: s.sends[1].ProviderID, Level: bots.Read, At: s.start.Add(2 * time.Second)}})
		s.is(second, "done")
		s.reachedBy(second, bots.WhatsApp, "receipt")
		s.is(first, "done")
		s.reachedBy(first, bots.WhatsApp, "watermark")
		s.is(third, "waiting")
	},
	"a read receipt says nothing of what went to the other address later": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) })
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.hear(s.receiptOf(0, bots.Read))
		s.is(first, "done")
		s.is(second, "waiting")
	},
	"an answer from one address to what went to the other": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		d := s.ask(who, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		turn := s.says(phone, "thanks", also(lid), s.on(0))
		s.is(d, "done")
		s.reachedBy(d, bots.WhatsApp, "reply")
		if turn.Message.ReplyTo != s.sends[0].Message {
			s.t.Errorf("it answers %v, want what we sent", turn.Message.ReplyTo)
		}
		again := s.ask(who, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		s.hear(bots.Event{Kind: bots.Reacted, Chat: address(lid), On: s.sends[1].ProviderID, Data: "👍"}) // by the pair alone
		s.is(again, "done")
	},
	"an id from another's chat names nothing, whatever the two addresses": func(s *script) {
		s.whatsapp()
		d := s.ask(s.says(phone, "hello", also(lid)).Contact.ID, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		s.says("whatsapp:900002@lid", "hi", also("whatsapp:+380671234567"), s.on(0))
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("whatsapp:900002@lid"), Step: s.sends[0].Message, Data: "ok"})
		s.is(d, "waiting")
	},
}
