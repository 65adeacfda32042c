package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var proofStories = map[string]func(*script){
	"read stops the cascade": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(16 * time.Minute)
		s.report(s.sends[1], bots.Read)
		s.run(48 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s viber d1/1")
		s.is(d, "done")
		s.reachedBy(d, bots.Viber, "receipt")
	},
	"silence goes on to the next channel, SMS last": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s viber d1/1", "45m0s sms/main d1/2")
		s.report(s.sends[2], bots.Delivered)
		s.is(d, "done")
		s.reachedBy(d, bots.SMS, "receipt")
	},
	"a delivered receipt is not a read one": func(s *script) {
		s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		s.report(s.sends[0], bots.Delivered)
		s.run(20 * time.Minute)
		s.sentSoFar("0s viber d1/0", "15m0s sms/main d1/1")
	},
	"a reply stops it":         engagedBy("reply", func(s *script) { s.says("telegram:42", "thanks", s.on(0)) }),
	"a button stops it":        engagedBy("button", func(s *script) { s.hear(s.touch(bots.Pressed, 0, "ok")) }),
	"a reaction stops it":      engagedBy("reaction", func(s *script) { s.hear(s.touch(bots.Reacted, 0, "👍")) }),
	"a later message stops it": engagedBy("message", func(s *script) { s.says("telegram:42", "hello") }),
	"a click stops it":         engagedBy("click", func(s *script) { s.click(s.sends[0], 5*time.Second) }),
	"a button named by our step id": engagedBy("button", func(s *script) {
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Step: s.sends[0].Message, Data: "ok"})
	}),
	"the messenger's own look at a link is no click": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.settleDown()
		s.click(s.sends[0], 2*time.Second)
		s.is(d, "waiting")
	},
	"a look at a link while its message is being sent is no click": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read")
		s.next("telegram", func(x *sent) {
			_, err := s.tell(bots.Event{Kind: bots.Clicked, Channel: "link", Delivery: x.Delivery, Step: x.Message, At: time.Now().Add(time.Minute)})
			s.must(err)
		})
		s.settleDown()
		s.is(d, "waiting")
	},
	"a click proves an attempt of unknown outcome": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.fail("telegram", bots.Uncertain)
		s.settleDown()
		s.click(s.sends[0], 2*time.Second)
		s.is(d, "waiting")
		s.click(s.sends[0], 5*time.Second)
		s.is(d, "done")
		s.reachedBy(d, bots.Telegram, "click")
	},
	"a click after the next channel is late": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.run(20 * time.Minute)
		s.report(s.sends[1], bots.Delivered)
		s.is(d, "done")
		s.click(s.sends[0], time.Minute)
		if got := s.delivery(d); !got.Route[0].Late || got.LateKind != "click" || got.ReachedBy() != bots.SMS {
			s.t.Errorf("late %t, proof %q, reached by %q", got.Route[0].Late, got.LateKind, got.ReachedBy())
		}
	},
	"only a click ends a step that asks for one": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "sms 1h clicked")
		s.settleDown()
		s.report(s.sends[0], bots.Delivered)
		s.is(d, "waiting")
		s.click(s.sends[0], 10*time.Second)
		s.reachedBy(d, bots.SMS, "click")
	},
	"where a link leads stays what it was": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read")
		s.fail("telegram", bots.Temporary)
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) {
			got, ok := fallback.Follow(tx, d, 0, 1, tx.Now().Add(time.Hour))
			if !ok || got.Target != "https://shop.example/1/0" || got.Message != s.sends[1].Message || got.Void != "" {
				s.t.Errorf("link 1 leads to %+v, %t; want where the first attempt said", got, ok)
			}
			for name, n := range map[string][3]uint64{"a link too many": {uint64(d), 0, 2}, "a leg too many": {uint64(d), 1, 0}, "no delivery": {uint64(d) + 1, 0, 0}, "the message for its delivery": {uint64(got.Message), 0, 0}} {
				if _, ok := fallback.Follow(tx, bots.ID(n[0]), int(n[1]), int(n[2]), tx.Now()); ok {
					s.t.Errorf("%s leads somewhere", name)
				}
			}
		})
	},
	"where a link leads stays what it was when another message came between": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "telegram 15m read")
		s.fail("telegram", bots.Temporary)
		s.settleDown()
		s.ask(who, fallback.Service, "telegram 15m read")
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) {
			got, ok := fallback.Follow(tx, d, 0, 0, tx.Now().Add(time.Hour))
			if !ok || got.Target != "https://shop.example/0/0" || got.Message == s.sends[0].Message {
				s.t.Errorf("the link leads to %+v, %t; want where the first attempt said, in the message that went", got, ok)
			}
		})
		s.click(s.sends[len(s.sends)-1], time.Minute)
		s.is(d, "done")
	},
	"a click proves its own delivery alone": func(s *script) {
		who := s.everywhere()
		first := s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		second := s.ask(who, fallback.Service, loyalty)
		s.run(5 * time.Second)
		s.click(s.sends[1], 0)
		s.is(first, "waiting")
		s.is(second, "done")
	},
	"a message before ours proves nothing": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.settleDown()
		s.says("telegram:42", "hello", func(e *bots.Event) { e.MessageID = "99" })
		s.is(d, "waiting")
	},
	"an answer to what nobody here knows says that what came before the answer is read": func(s *script) {
		s.rules.PerDay = 0
		read := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		replied := s.ask(s.person("telegram:43"), fallback.Service, "telegram 15m replied, sms")
		viber := s.ask(s.person("viber:v44"), fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.says("telegram:42", "hello", func(e *bots.Event) { e.On = "7" })    // of the program that had the bot before
		s.says("telegram:43", "hello", func(e *bots.Event) { e.On = "7" })    // it answers none of ours
		s.says("viber:v44", "hello", func(e *bots.Event) { e.Step = 12_345 }) // of a message that is not kept any more
		s.is(read, "done")
		s.is(replied, "waiting")
		s.is(viber, "done")
	},
	"on Viber a message counts after the settle, with room for its clock": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(10 * time.Second)
		s.says("viber:v42", "hello", func(e *bots.Event) { e.At = s.start.Add(2 * time.Second) })
		s.is(d, "waiting")
		s.says("viber:v42", "hello", func(e *bots.Event) { e.At = s.start.Add(3 * time.Second) })
		s.is(d, "done")
	},
	"read is a watermark": func(s *script) {
		who := s.everywhere()
		first := s.ask(who, fallback.Service, "viber 1h read, sms")
		second := s.ask(who, fallback.Service, "viber 1h read, sms")
		third := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(time.Minute)
		x := s.sends[1] // seen at once, so that time says nothing of the third
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Level: bots.Read, At: s.start.Add(time.Second)}})
		s.is(first, "done")
		s.reachedBy(first, bots.Viber, "watermark")
		s.is(second, "done")
		s.is(third, "waiting")
	},
	"delivered is no watermark": func(s *script) {
		who := s.everywhere()
		first := s.ask(who, fallback.Service, "viber 1h delivered, sms")
		s.ask(who, fallback.Service, "viber 1h delivered, sms")
		s.run(time.Minute)
		s.report(s.sends[1], bots.Delivered)
		s.is(first, "waiting")
	},
	"a watermark stays in its chat": func(s *script) {
		first := s.ask(s.person("viber:v1"), fallback.Service, "viber 1h read")
		s.ask(s.person("viber:v2"), fallback.Service, "viber 1h read")
		s.run(time.Minute)
		s.report(s.sends[1], bots.Read)
		s.is(first, "waiting")
	},
	"a watermark proves no uncertain attempt": func(s *script) {
		who := s.everywhere()
		s.fail("viber", bots.Uncertain)
		first := s.ask(who, fallback.Service, "viber 1h read, sms")
		s.settleDown()
		s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(10 * time.Minute)
		s.report(s.sends[1], bots.Read)
		s.is(first, "waiting")
	},
	"a proof that came late turns unconfirmed to done": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read")
		s.run(time.Hour)
		s.is(d, "unconfirmed")
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
		s.reachedBy(d, bots.Viber, "receipt")
		if got := s.delivery(d).LateKind; got != "receipt" {
			s.t.Errorf("late proof %q, want the receipt", got)
		}
	},
	"proof after a later step went out counts as late": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(50 * time.Minute)
		s.says("telegram:42", "seen", s.on(0))
		s.is(d, "done")
		s.reachedBy(d, bots.Telegram, "reply")
		if !s.delivery(d).Route[0].Late {
			s.t.Error("the leg is not late: two messages were avoidable")
		}
	},
	"accepted is enough where no more is asked": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m accepted, sms")
		s.run(time.Hour)
		s.is(d, "done")
		s.sentSoFar("0s telegram d1/0")
	},
}

// engagedBy is the story of one kind of engagement with the first message.
func engagedBy(kind string, act func(*script)) func(*script) {
	return func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(5 * time.Minute)
		act(s)
		s.run(48 * time.Hour)
		s.is(d, "done")
		s.reachedBy(d, bots.Telegram, kind)
		s.sentSoFar("0s telegram d1/0")
	}
}

// on makes an event an answer to a send.
func (s *script) on(send int) func(*bots.Event) {
	return func(e *bots.Event) { e.On = s.sends[send].ProviderID }
}

// touch is a press or a reaction on a send.
func (s *script) touch(kind bots.Kind, send int, data string) bots.Event {
	x := s.sends[send]
	return bots.Event{Kind: kind, Chat: x.Out.To, On: x.ProviderID, Data: data}
}

// click opens the tracked link of a send.
func (s *script) click(x *sent, after time.Duration) {
	s.t.Helper()
	s.run(after)
	s.hear(bots.Event{Kind: bots.Clicked, Channel: "link", Delivery: x.Delivery, Step: x.Message})
}
