package fallbacktest

import (
	"reflect"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// namedStories are about a channel whose messages go out under ids of our making.
var namedStories = map[string]func(*script){
	"a receipt finds a send whose outcome nobody knows": func(s *script) {
		s.names()
		s.fail("whatsapp", bots.Uncertain)
		d := s.ask(s.person(phone), fallback.Service, "whatsapp 15m read, sms")
		s.run(10 * time.Minute) // long after its window
		s.hear(s.receiptOf(0, bots.Read))
		s.is(d, "done")
		s.reachedBy(d, bots.WhatsApp, "receipt")
	},
	"so does an answer": func(s *script) {
		s.names()
		s.fail("whatsapp", bots.Uncertain)
		d := s.ask(s.person(phone), fallback.Service, "whatsapp 15m engaged, sms")
		s.run(10 * time.Minute)
		if turn := s.says(phone, "thanks", s.on(0)); turn.Message.ReplyTo != s.sends[0].Message {
			s.t.Errorf("it answers %v, want what we sent", turn.Message.ReplyTo)
		}
		s.is(d, "done")
	},
	"a receipt finds a send that a crash cut off": func(s *script) {
		s.names()
		s.next("whatsapp", func(x *sent) { x.Lost = true })
		d := s.ask(s.person(phone, "sms:"+hers), fallback.Service, "whatsapp 15m read, sms")
		s.settleDown()
		s.world.Boot = 2
		s.must(s.Come(s.ctx(), d, s.rules, s.world))
		s.run(20 * time.Minute)
		s.sentSoFar("0s whatsapp d1/0", "15m0s sms/main d1/1")
		s.hear(s.receiptOf(0, bots.Read))
		s.is(d, "done")
		s.reachedBy(d, bots.WhatsApp, "receipt")
	},
	"a receipt that comes before the call ends": func(s *script) {
		s.names()
		s.next("whatsapp", func(x *sent) {
			e := receipt(x, bots.Read)
			e.Receipt.Chat = ""
			s.must2(s.tell(e))
		})
		d := s.ask(s.person(phone), fallback.Service, "whatsapp 15m read, sms")
		s.settleDown()
		s.is(d, "done")
		s.status(s.sends[0].Message, "read")
	},
	"of two uncertain sends each is found by its own": func(s *script) {
		s.names()
		who := s.person(phone)
		s.fail("whatsapp", bots.Uncertain)
		s.fail("whatsapp", bots.Uncertain)
		first := s.ask(who, fallback.Service, "whatsapp 15m read, sms")
		second := s.ask(who, fallback.Service, "whatsapp 15m read, sms")
		s.run(10 * time.Second)
		s.hear(s.receiptOf(1, bots.Delivered))
		s.is(first, "waiting")
		s.status(s.sends[0].Message, "uncertain")
		s.status(s.sends[1].Message, "delivered")
		s.hear(s.receiptOf(1, bots.Read))
		s.is(first, "waiting") // a watermark proves no uncertain attempt
		s.is(second, "done")
	},
	"a further try of a message goes under the same id": func(s *script) {
		s.names()
		s.fail("whatsapp", bots.Temporary)
		d := s.ask(s.person(phone), fallback.Service, "whatsapp 15m read, sms")
		s.run(time.Minute)
		if len(s.sends) != 2 || s.sends[0].ProviderID != s.sends[1].ProviderID {
			s.t.Fatalf("sent %d times", len(s.sends))
		}
		s.hear(s.receiptOf(0, bots.Read))
		s.is(d, "done")
	},
	"a receipt of nobody is nobody's, however uncertain a send is": func(s *script) {
		s.names()
		s.fail("whatsapp", bots.Uncertain)
		d := s.ask(s.person(phone), fallback.Service, "whatsapp 15m read, sms")
		s.run(time.Second)
		e := s.receiptOf(0, bots.Read)
		e.Receipt.ID, e.Receipt.Chat = "3EB0DEAD", hers // sent by hand, from the phone
		s.hear(e)
		s.is(d, "waiting")
	},
	"what was sent is found by its id, as it was sent": func(s *script) {
		s.names()
		s.next("whatsapp", func(x *sent) {
			got, found, err := s.SentAs(s.ctx(), bots.WhatsApp, x.ProviderID) // while the call is under way
			s.must(err)
			want := x.Out
			if !found || got.Step != want.Step || got.Text != "120 points" || got.To != address(phone) || !reflect.DeepEqual(got.File, want.File) {
				s.t.Errorf("it is %+v, found %t; want %+v", got, found, want)
			}
		})
		s.ask(s.person(phone), fallback.Service, "whatsapp 15m read, sms")
		s.settleDown()
		_, found, err := s.SentAs(s.ctx(), bots.WhatsApp, "3EB0DEAD")
		s.must(err)
		if found {
			s.t.Error("a message that nobody sent is found")
		}
		s.owner(phone, "by hand", func(e *bots.Event) { e.MessageID = "OWN1" })
		if _, found, err = s.SentAs(s.ctx(), bots.WhatsApp, "OWN1"); found || err != nil {
			s.t.Errorf("the owner's is found as ours: %t, %v", found, err)
		}
	},
}

// names makes messages go out under ids of our making.
func (s *script) names() {
	s.whatsapp()
	s.nameOf = func(step bots.ID) string { return "3EB0" + step.String() }
}

// receiptOf is what WhatsApp says about a send: it names no chat.
func (s *script) receiptOf(send int, level bots.Level) bots.Event {
	return bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: s.sends[send].ProviderID, Level: level, At: time.Now()}}
}
