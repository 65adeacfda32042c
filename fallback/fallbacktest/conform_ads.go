package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// adsStories are about people who stopped marketing at the messenger itself, which tells it in answer to a message.
var adsStories = map[string]func(*script){
	"who stopped marketing at the messenger has said no to it everywhere, and the door stays open": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		other := s.ask(who, fallback.Marketing, "telegram 15m read, sms")
		s.run(time.Minute)
		s.next("viber", stopped)
		d := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.settleDown()
		s.is(d, "refused refused: 131050")
		s.is(other, "refused opted_out")
		s.denied(who, "stop:viber")
		s.place(who, "viber:v42", bots.Active)
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped opted_out")
		s.is(s.last(s.ask(who, fallback.Service, "viber 1h read, sms")), "waiting")
		s.sentSoFar("0s telegram d1/0", "1m0s viber d2/0", "1m0s viber d4/0")
	},
	"a service message that was taken for marketing goes to the next channel": func(s *script) {
		who := s.everywhere()
		s.next("viber", stopped)
		s.is(s.last(s.ask(who, fallback.Service, "viber 1h read, sms")), "waiting")
		s.sentSoFar("0s viber d1/0", "0s sms/main d1/1")
		s.denied(who, "stop:viber")
		s.place(who, "viber:v42", bots.Active)
	},
	"a stop that is reported later is the same": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.run(time.Minute)
		s.hear(noAds(s.sends[0], time.Now()))
		s.is(d, "refused gone")
		s.denied(who, "stop:viber")
		s.place(who, "viber:v42", bots.Active)
	},
	"a stop that is told before the call ends is the same": func(s *script) {
		who := s.everywhere()
		s.next("viber", func(x *sent) { s.must2(s.tell(noAds(x, time.Now()))) })
		d := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.settleDown()
		s.is(d, "refused gone")
		s.denied(who, "stop:viber")
	},
	"a stop of who was never heard there says nothing about the address": func(s *script) {
		for _, state := range []bots.AddressState{bots.Unverified, bots.UnreachableState} {
			who := s.person("viber:n" + state.String())
			d := s.ask(who, fallback.Marketing, "viber 1h read, sms")
			s.settleDown()
			s.update(func(tx fallback.Tx) {
				c := tx.Contact(who)
				c.Set(address("viber:n"+state.String()), state, tx.Now())
				tx.PutContact(c)
			})
			s.hear(noAds(s.sends[len(s.sends)-1], time.Now()))
			s.is(d, "refused gone")
			s.denied(who, "stop:viber")
			s.place(who, "viber:n"+state.String(), state)
		}
	},
	"a stop in a wave of lost addresses is a no all the same": func(s *script) {
		s.world.Distrusted = map[string]bool{bots.Viber: true}
		who := s.everywhere()
		s.next("viber", stopped)
		s.is(s.last(s.ask(who, fallback.Marketing, "viber 1h read, sms")), "refused refused: 131050")
		s.denied(who, "stop:viber")
	},
	"a stop that is told again after the person's yes is no news": func(s *script) {
		who := s.everywhere()
		s.ask(who, fallback.Service, "viber 1h read, sms")
		s.run(time.Minute)
		at := time.Now()
		s.run(time.Minute)
		s.says("telegram:42", "start")
		s.hear(noAds(s.sends[0], at))
		if m := s.contact(who).Marketing; m.State != bots.Given {
			s.t.Errorf("consent is %s by %s, want given: the yes is later", m.State, m.Source)
		}
	},
}

// stopped is the answer about a person who stopped marketing.
func stopped(x *sent) {
	x.Err = &bots.SendError{Fault: bots.Refused, AdsOnly: true, Code: "131050"}
}

// noAds is a report that a send will not arrive because the person stopped marketing.
func noAds(x *sent, at time.Time) bots.Event {
	return bots.Event{Kind: bots.Reported, Channel: x.Out.To.Channel, At: at, Receipt: &bots.Receipt{Sender: x.Sender, Chat: x.Out.To.ID, ID: x.ProviderID, Failed: true, Fault: bots.Refused, AdsOnly: true, Reason: "gone", At: at}}
}

// place compares the state of one address of a person.
func (s *script) place(who bots.ID, at string, want bots.AddressState) {
	s.t.Helper()
	if a := s.contact(who).Address(address(at)); a == nil || a.State != want {
		s.t.Errorf("%s is %+v, want %s", at, a, want)
	}
}
