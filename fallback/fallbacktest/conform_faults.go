package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var faultStories = map[string]func(*script){
	"a report of undelivered goes on at once": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(time.Minute)
		s.bounce(s.sends[0], bots.Unreachable)
		s.sentSoFar("0s viber d1/0", "1m0s sms/main d1/1")
		s.bounce(s.sends[1], bots.Rejected)
		s.is(d, "failed gone")
	},
	"a report of undelivered after a read is nonsense": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m replied, sms")
		s.run(time.Minute)
		s.report(s.sends[0], bots.Read)
		s.bounce(s.sends[0], bots.Unreachable)
		s.is(d, "waiting")
	},
	"a report of another provider's attempt is not about this one": func(s *script) {
		s.fail("sms/main", bots.Temporary)
		d := s.ask(s.everywhere(), fallback.Service, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.SMS, Receipt: &bots.Receipt{Sender: "sms/main", Step: s.sends[1].Message, Failed: true, At: time.Now()}})
		s.is(d, "waiting")
	},
	"unreachable goes on at once, and is not tried again": func(s *script) {
		s.fail("telegram", bots.Unreachable)
		who := s.everywhere()
		d := s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		s.sentSoFar("0s telegram d1/0", "0s viber d1/1")
		s.is(d, "waiting")
		if a, _ := s.contact(who).At(bots.Telegram); a.State != bots.UnreachableState {
			s.t.Errorf("the address is %s, want unreachable", a.State)
		}
		s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		s.sentSoFar("0s telegram d1/0", "0s viber d1/1", "0s viber d2/1")
	},
	"messenger is one step: the next of them only where nobody can be reached": func(s *script) {
		s.ask(s.everywhere(), fallback.Service, "messenger 15m read, sms")
		s.run(20 * time.Minute)
		s.fail("telegram", bots.Unreachable)
		s.ask(s.person("telegram:43", "viber:v43", "sms:+380502223344"), fallback.Service, "messenger 15m read, sms")
		s.run(20 * time.Minute)
		s.sentSoFar("0s telegram d1/0", "15m0s sms/main d1/2", "20m0s telegram d2/0", "20m0s viber d2/1", "35m0s sms/main d2/2")
	},
	"an address that moved on is not put back": func(s *script) {
		who, other := s.everywhere(), bots.ID(0)
		s.next("telegram", func(x *sent) {
			x.Err = &bots.SendError{Fault: bots.Unreachable}
			s.update(func(tx fallback.Tx) {
				c := tx.Contact(who)
				c.Remove(x.Out.To)
				tx.PutContact(c)
			})
			other = s.person("telegram:42")
		})
		s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		if a, ok := s.contact(who).At(bots.Telegram); ok {
			s.t.Errorf("the first owner has %v again", a)
		}
		if a, _ := s.contact(other).At(bots.Telegram); a.State != bots.Active {
			s.t.Errorf("the new owner's address is %s", a.State)
		}
	},
	"a wave of errors deactivates nobody": func(s *script) {
		s.world.Distrusted = map[string]bool{bots.Telegram: true}
		s.fail("telegram", bots.Unreachable)
		who := s.everywhere()
		s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		if a, _ := s.contact(who).At(bots.Telegram); a.State != bots.Active {
			s.t.Errorf("the address is %s, want active: the channel is not trusted now", a.State)
		}
	},
	"temporary is tried again, inside the wait only": func(s *script) {
		s.fail("telegram", bots.Temporary)
		s.fail("telegram", bots.Temporary)
		s.ask(s.everywhere(), fallback.Service, loyalty)
		s.run(10 * time.Minute)
		s.sentSoFar("0s telegram d1/0", "2s telegram d1/0", "6s telegram d1/0")
		if a, b := s.sends[0].Message, s.sends[2].Message; a != b {
			s.t.Errorf("messages %v and %v: one message is tried again, not another", a, b)
		}
	},
	"temporary for longer than the wait goes on": func(s *script) {
		s.next("telegram", func(x *sent) { x.Err = &bots.SendError{Fault: bots.Temporary, RetryAfter: 20 * time.Minute} })
		s.ask(s.everywhere(), fallback.Service, loyalty)
		s.settleDown()
		s.sentSoFar("0s telegram d1/0", "0s viber d1/1")
	},
	"misconfigured goes back to its lane": func(s *script) {
		s.fail("telegram", bots.Misconfigured)
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.must(s.Update(s.ctx(), func(tx fallback.Tx) error { return nil }))
		s.work(fallback.SendLane(bots.Telegram, fallback.Second))
		s.is(d, "queued")
		s.sentSoFar("0s telegram d1/0")
		s.settleDown() // the operator has put it right
		s.sentSoFar("0s telegram d1/0", "0s telegram d1/0")
	},
	"the next provider is tried after temporary":       nextProvider(bots.Temporary, "0s sms/main d1/0", "0s sms/own d1/0"),
	"the next provider is tried after misconfigured":   nextProvider(bots.Misconfigured, "0s sms/main d1/0", "0s sms/own d1/0"),
	"the next provider is tried after rejected":        nextProvider(bots.Rejected, "0s sms/main d1/0", "0s sms/own d1/0"),
	"the next provider is not tried after uncertain":   nextProvider(bots.Uncertain, "0s sms/main d1/0"),
	"the next provider is not tried after unreachable": nextProvider(bots.Unreachable, "0s sms/main d1/0"),
	"what was sent and what it cost": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.fail("viber", bots.Unreachable)
		s.run(time.Hour)
		if got := s.delivery(d).Cost().String(); got != "0.92 UAH" {
			s.t.Errorf("cost %s, want 0.92 UAH: what was not taken costs nothing", got)
		}
		s.update(func(tx fallback.Tx) {
			if got := tx.Spent(s.start.In(s.rules.Zone).Format("2006-01-02")).String(); got != "0.92 UAH" {
				s.t.Errorf("spent today %s, want 0.92 UAH", got)
			}
		})
	},
	"a step that cannot be written fails before anything is sent": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.must(s.Reject(s.ctx(), d, 0, "unwritable", s.rules, s.world))
		s.settleDown()
		s.sentSoFar("0s sms/main d1/1")
	},
	"a lane that a fault holds is left": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "telegram 15m read, sms")
		s.must(s.GiveUpLane(s.ctx(), d, s.rules, s.world)) // no fault holds it
		s.world.Held = map[string]time.Time{bots.Telegram: time.Now()}
		time.Sleep(15 * time.Minute)
		s.must(s.GiveUpLane(s.ctx(), d, s.rules, s.world))
		s.settleDown()
		s.sentSoFar("15m0s sms/main d1/1")
	},
}

func nextProvider(fault bots.Fault, want ...string) func(*script) {
	return func(s *script) {
		s.fail("sms/main", fault)
		s.ask(s.everywhere(), fallback.Service, "sms 1h delivered")
		s.settleDown()
		s.sentSoFar(want...)
	}
}
