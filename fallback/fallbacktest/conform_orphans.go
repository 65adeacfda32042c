package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var orphanStories = map[string]func(*script){
	"an uncertain send is waited for and never repeated": func(s *script) {
		s.fail("telegram", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(60 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s sms/main d1/1")
		s.is(d, "unconfirmed deadline")
	},
	"a crash in mid-send is uncertain at the next start": func(s *script) {
		s.next("telegram", func(x *sent) { x.Lost = true })
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.settleDown()
		s.world.Boot = 2
		s.must(s.Come(s.ctx(), d, s.rules, s.world))
		s.is(d, "waiting")
		s.run(20 * time.Minute)
		s.sentSoFar("0s telegram d1/0", "15m0s sms/main d1/1")
	},
	"a call of this process is left alone until its lease is over": func(s *script) {
		s.next("telegram", func(x *sent) { x.Lost = true })
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(59 * time.Second)
		s.must(s.Come(s.ctx(), d, s.rules, s.world))
		s.is(d, "sending")
		s.run(2 * time.Second)
		s.is(d, "waiting")
		s.sends[0].Lost = false
		s.settle(s.sends[0]) // it comes back after all
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
	},
	"an uncertain send is proven by our own id": func(s *script) {
		s.fail("telegram", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Step: s.sends[0].Message, On: "777", Data: "ok"})
		s.is(d, "done")
	},
	"a receipt before the settle waits for it": func(s *script) {
		s.next("viber", func(x *sent) { s.must2(s.tell(receipt(x, bots.Read))) })
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.is(d, "done")
	},
	"a receipt before the settle, of a send that stays uncertain": func(s *script) {
		s.next("viber", func(x *sent) {
			s.must2(s.tell(receipt(x, bots.Read)))
			x.Err = &bots.SendError{Fault: bots.Uncertain}
		})
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.is(d, "done")
	},
	"all receipts before the settle, of a send that stays uncertain": func(s *script) {
		s.next("viber", func(x *sent) {
			s.must2(s.tell(receipt(x, bots.Delivered))) // the first one names it, and the second is about the same
			s.must2(s.tell(receipt(x, bots.Read)))
			x.Err = &bots.SendError{Fault: bots.Uncertain}
		})
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.is(d, "done")
	},
	"a receipt of nobody is the one uncertain send of its chat": func(s *script) {
		s.fail("viber", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.report(s.sends[0], bots.Delivered)
		s.is(d, "waiting")
		s.run(time.Minute)
		s.report(s.sends[0], bots.Read) // by its id: that one is known now
		s.is(d, "done")
	},
	"of two uncertain sends neither is meant": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		s.fail("viber", bots.Uncertain)
		first := s.ask(who, fallback.Service, "viber 15m read, sms")
		second := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.report(s.sends[0], bots.Read)
		s.is(first, "waiting")
		s.is(second, "waiting")
	},
	"of two uncertain sends the earlier may be read while the later could just have gone": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		s.fail("viber", bots.Uncertain)
		first := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Minute)
		second := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.report(s.sends[0], bots.Read) // told are its id, which is not known, and this moment
		s.is(first, "waiting")
		s.is(second, "waiting")
	},
	"of two uncertain sends one is proven by our own id, and is still the one that may be meant": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		s.fail("viber", bots.Uncertain)
		lost := s.ask(who, fallback.Service, "viber 15m read, sms")
		found := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Second)
		s.report(s.sends[1], bots.Read)
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("viber:v42"), Step: s.sends[1].Message, Data: "ok"}) // names it, and not as Viber does
		s.is(found, "done")
		s.ask(who, fallback.Service, "viber 15m read, sms") // its answer makes what was kept be looked at again
		s.settleDown()
		s.is(lost, "waiting")
	},
	"a send under way may be the one that is meant": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		lost := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Second)
		s.next("viber", func(x *sent) { s.must2(s.tell(receipt(x, bots.Read))) })
		found := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.is(lost, "waiting")
		s.is(found, "done")
	},
	"a receipt of another message while a send is under way": func(s *script) {
		s.next("viber", func(x *sent) {
			e := receipt(x, bots.Read)
			e.Receipt.ID = "of a message that staff sent by hand"
			s.must2(s.tell(e))
		})
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.is(d, "waiting")
	},
	"a receipt outside the send's window is not about it": func(s *script) {
		s.fail("viber", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(5 * time.Minute)
		s.report(s.sends[0], bots.Read)
		s.is(d, "waiting")
	},
	"a message of the person names no uncertain send": func(s *script) {
		s.fail("telegram", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(time.Second)
		s.says("telegram:42", "hello")
		s.is(d, "waiting")
	},
	"nor does one without a number": func(s *script) {
		s.fail("telegram", bots.Uncertain)
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(time.Second)
		s.says("telegram:42", "hello", func(e *bots.Event) { e.MessageID = "" })
		s.is(d, "waiting")
	},
	"an orphan is kept for two days and no longer": func(s *script) {
		s.next("sms", func(x *sent) {
			e := receipt(x, bots.Delivered)
			e.Receipt.Chat = "" // as SMS providers do: only the id can tell
			s.must2(s.tell(e))
			x.Lost = true
		})
		d := s.ask(s.everywhere(), fallback.Service, "sms 15m delivered")
		s.run(49 * time.Hour)
		s.sends[0].Lost = false
		s.settle(s.sends[0])
		if got := s.delivery(d).Route[0].Level; got != bots.Accepted {
			s.t.Errorf("level %s, want accepted: the receipt is 49 hours old", got)
		}
	},
}

// receipt is what a channel says about a send, by its own id.
func receipt(x *sent, level bots.Level) bots.Event {
	return bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Level: level, At: time.Now()}}
}

func (s *script) must2(_ bots.Turn, err error) {
	s.t.Helper()
	s.must(err)
}
