package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// keptStories are about what happens to messages that are not kept any more.
var keptStories = map[string]func(*script){
	"a receipt of a message that was dropped proves no uncertain send": func(s *script) {
		who, old := s.longAgo()
		s.fail("viber", bots.Uncertain)
		d := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.report(old, bots.Read)
		s.is(d, "waiting")
		s.bounce(old, bots.Rejected)
		s.is(d, "waiting")
		s.report(s.sends[len(s.sends)-1], bots.Read) // of nobody, and so of this one
		s.is(d, "done")
	},
	"nor does it wait for a send that is under way": func(s *script) {
		who, old := s.longAgo()
		s.next("viber", func(x *sent) {
			s.must2(s.tell(receipt(old, bots.Read)))
			x.Err = &bots.SendError{Fault: bots.Uncertain}
		})
		d := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(time.Second)
		s.is(d, "waiting")
	},
	"an answer to a message that was dropped proves none that came after it": func(s *script) {
		who := s.everywhere()
		s.ask(who, fallback.Service, "telegram 15m read")
		s.settleDown()
		old := s.sends[0]
		s.says("telegram:42", "thanks")
		s.run(time.Hour)
		s.closeAndForget(who)
		d := s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.run(time.Second)
		s.says("telegram:42", "still valid?", on(old.ProviderID))
		s.is(d, "waiting")
		s.fail("telegram", bots.Uncertain)
		lost := s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.run(time.Second)
		s.says("telegram:42", "and this?", on(old.ProviderID))
		s.is(d, "waiting")
		s.is(lost, "waiting")
	},
	"an answer of a person to a message of their own that was dropped names no uncertain send": func(s *script) {
		s.acts()
		who := s.says(phone, "when?", func(e *bots.Event) { e.MessageID = "IN1" }, also(lid)).Contact.ID
		s.run(time.Hour)
		s.closeAndForget(who)
		s.fail(bots.WhatsApp, bots.Uncertain)
		d := s.ask(who, fallback.Service, "whatsapp 15m read, sms")
		s.run(time.Second)
		s.says(phone, "I meant this", func(e *bots.Event) { e.MessageID = "IN2" }, on("IN1"), also(lid))
		s.is(d, "waiting")
	},
	"a press that bears the step of a message that was dropped names no uncertain send": func(s *script) {
		who, old := s.longAgo()
		s.fail("viber", bots.Uncertain)
		d := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(time.Second)
		s.hear(bots.Event{Kind: bots.Pressed, Chat: old.Out.To, Step: old.Message, On: "an id that we never had", Data: "ok"})
		s.is(d, "waiting")
	},
	"an uncertain send stays for as long as a receipt may mean it": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		s.fail("viber", bots.Uncertain)
		first := s.ask(who, fallback.Service, "viber 15m read, sms")
		second := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		_, err := s.Cancel(s.ctx(), first)
		s.must(err)
		s.must(s.Forget(s.ctx()))
		s.report(s.sends[0], bots.Read)
		s.is(second, "waiting") // two could be meant
	},
	"what was to be done to a message that was dropped fails": func(s *script) {
		for _, do := range []bots.Act{bots.EditAct, bots.DeleteAct, bots.ReactAct} {
			s.forgotten(do)
		}
	},
	"what is being done to a message while it is dropped is done": func(s *script) {
		who, answer := s.answered()
		s.next(bots.WhatsApp, func(*sent) { s.closeAndForget(who) })
		d := s.act(who, answer.Message, bots.EditAct, "at nine")
		s.run(time.Second)
		if x := s.sends[len(s.sends)-1]; x.Out.On != answer.ProviderID {
			s.t.Errorf("the channel was handed %+v", x.Out)
		}
		s.is(d, "done")
	},
}

// closeAndForget closes a person's conversation, so that nothing keeps its texts, and drops all that may go.
func (s *script) closeAndForget(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Conversation(who)
		c.State = bots.Closed
		tx.PutConversation(c)
	})
	s.must(s.Forget(s.ctx()))
}

// forgotten asks for an act that waits in its lane while its message is dropped.
func (s *script) forgotten(do bots.Act) {
	s.t.Helper()
	who, answer := s.answered()
	about, text := answer.Message, "at nine"
	switch do {
	case bots.ReactAct:
		about, text = s.says(phone, "fine", func(e *bots.Event) { e.MessageID = "IN of " + string(do) }, also(lid)).Message.ID, "👍"
	case bots.DeleteAct:
		text = ""
	}
	s.next(bots.WhatsApp, func(x *sent) { x.Err = &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Minute} })
	d := s.act(who, about, do, text)
	s.settleDown()
	s.run(time.Second)
	s.closeAndForget(who)
	before := len(s.sends)
	s.run(5 * time.Minute)
	s.is(d, "failed message_gone")
	if n := len(s.sends) - before; n != 0 {
		s.t.Errorf("%s of a message that is gone: the channel was handed %+v", do, s.sends[len(s.sends)-1].Out)
	}
}

// longAgo is a person who read what we sent, which is gone; and the oldest of that. It is so much that lists of it are full.
func (s *script) longAgo() (who bots.ID, old *sent) {
	s.t.Helper()
	who = s.everywhere()
	for range 20 {
		d := s.ask(who, fallback.Service, "viber 15m read")
		s.settleDown()
		s.report(s.sends[len(s.sends)-1], bots.Read)
		s.is(d, "done")
		s.run(24 * time.Hour)
	}
	s.must(s.Forget(s.ctx()))
	s.update(func(tx fallback.Tx) {
		if m := tx.Message(s.sends[0].Message); m != nil {
			s.t.Errorf("message %s was not dropped", m.ID)
		}
	})
	return who, s.sends[0]
}

func on(id string) func(*bots.Event) { return func(e *bots.Event) { e.On = id } }
