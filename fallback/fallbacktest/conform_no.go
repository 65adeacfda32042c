package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// noStories are about people who say no.
var noStories = map[string]func(*script){
	"a refusal ends all marketing and shuts the door": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		other := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		service := s.ask(who, fallback.Service, "telegram 15m read, viber 1h read")
		s.run(time.Minute)
		s.fail("telegram", bots.Refused)
		d := s.ask(who, fallback.Marketing, loyalty)
		s.settleDown()
		s.is(d, "refused refused")
		s.is(other, "refused opted_out")
		s.is(service, "waiting")
		s.denied(who, "block:telegram")
		if a, _ := s.contact(who).At(bots.Telegram); a.State != bots.BlockedState {
			s.t.Errorf("the address is %s, want blocked", a.State)
		}
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped opted_out")
	},
	"a refused service message goes to the next channel": func(s *script) {
		s.fail("telegram", bots.Refused)
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.settleDown()
		s.sentSoFar("0s telegram d1/0", "0s sms/main d1/1")
		s.is(d, "waiting")
		s.denied(who, "block:telegram")
	},
	"a refusal that is reported later is the same": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.run(time.Minute)
		s.bounce(s.sends[0], bots.Refused)
		s.is(d, "refused gone")
		s.denied(who, "block:viber")
	},
	"refused by an address that never was active is unreachable": func(s *script) {
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Set(address("telegram:42"), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		s.fail("telegram", bots.Refused)
		d := s.ask(who, fallback.Marketing, "telegram 15m read, viber 1h read")
		s.settleDown()
		s.is(d, "waiting")
		if c := s.contact(who); c.Marketing.State != bots.Given {
			s.t.Errorf("consent is %s, want given: nobody said no", c.Marketing.State)
		}
	},
	"a second refusal by an address that never was active is no more of a no than the first": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Set(address("viber:v42"), bots.Unverified, tx.Now())
			tx.PutContact(c)
		})
		first, second := s.ask(who, fallback.Marketing, "viber 1h read, sms"), s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.run(time.Minute)
		s.bounce(s.sends[0], bots.Refused)
		s.bounce(s.sends[1], bots.Refused)
		if c := s.contact(who); c.Marketing.State != bots.Given {
			s.t.Errorf("consent is %s by %s, want given: nobody said no", c.Marketing.State, c.Marketing.Source)
		}
		s.is(first, "waiting")
		s.is(second, "waiting")
	},
	"a stop ends what is scheduled, and what the night or the day's spend holds": func(s *script) {
		who := s.everywhere()
		s.rules.PerDay = 0
		planned := s.ask(who, fallback.Marketing, loyalty, func(r *fallback.Request) { r.SendAt = time.Now().Add(48 * time.Hour) })
		s.rules.SpendPerDay = bots.Money{Amount: 1, Currency: "UAH"}
		dear := s.ask(who, fallback.Marketing, "sms 1h delivered")
		s.run(time.Minute)
		s.is(dear, "held spend")
		s.run(12 * time.Hour)
		night := s.ask(who, fallback.Marketing, loyalty)
		s.is(night, "held quiet_hours")
		s.says("viber:v42", "стоп")
		for _, d := range []bots.ID{planned, dear, night} {
			s.is(d, "refused opted_out")
		}
		s.run(72 * time.Hour)
		s.sentSoFar()
	},
	"a stop from a number is of everybody who has that number": func(s *script) {
		one, other, third := s.person("sms:+380501112233"), s.person("telegram:43", "sms:+380501112233"), s.person("telegram:44", "sms:+380502223344")
		a, b, c := s.ask(one, fallback.Marketing, "sms 1h delivered"), s.ask(other, fallback.Marketing, loyalty), s.ask(third, fallback.Marketing, loyalty)
		s.settleDown()
		s.says("sms:+380501112233", "Stop.")
		s.is(a, "refused opted_out")
		s.is(b, "refused opted_out")
		s.is(c, "waiting")
		s.denied(one, "keyword:stop")
		s.denied(other, "keyword:stop")
	},
	"a stop on the page of a text is of everybody who has its number": func(s *script) {
		one, other := s.person("telegram:42", "sms:+380501112233"), s.person("sms:+380501112233")
		a, b := s.ask(one, fallback.Marketing, "sms 1h delivered"), s.ask(other, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.WayOut, Contact: one, Delivery: a})
		s.is(a, "refused opted_out")
		s.is(b, "refused opted_out")
		s.denied(other, "page")
	},
	"a stop on the page of a message elsewhere is the person's alone": func(s *script) {
		one, other := s.person("telegram:42", "sms:+380501112233"), s.person("sms:+380501112233")
		a, b := s.ask(one, fallback.Marketing, "telegram 15m read, sms"), s.ask(other, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.WayOut, Contact: one, Delivery: a})
		s.is(a, "refused opted_out")
		s.is(b, "waiting")
	},
	"a stop in an edited message, and one under a picture": func(s *script) {
		one, other := s.person("telegram:42"), s.person("viber:v43")
		a, b := s.ask(one, fallback.Marketing, loyalty), s.ask(other, fallback.Marketing, loyalty)
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Edited, Chat: address("telegram:42"), Text: "СТОП"})
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address("viber:v43"), Text: "стоп", Media: []bots.Media{{Type: "photo", ID: "1"}}})
		s.is(a, "refused opted_out")
		s.is(b, "refused opted_out")
	},
	"a stop in a chat that a link gave to another contact ends what goes to that one": func(s *script) {
		born, owner := s.person("viber:v42"), s.person("sms:+380501112233")
		s.rules.PerDay = 0
		d := s.ask(owner, fallback.Marketing, "sms 1h delivered")
		s.update(func(tx fallback.Tx) {
			tx.PutLink(fallback.Link{Token: "once", Contact: owner, Channel: bots.Viber, Expires: tx.Now().Add(time.Hour)})
		})
		s.says("viber:v42", "stop")
		s.hear(bots.Event{Kind: bots.Started, Chat: address("viber:v42"), Payload: "once"})
		s.is(d, "refused opted_out")
		s.denied(born, "keyword:stop")
		s.denied(owner, "keyword:stop")
	},
	"a stop ends marketing and lets service go on": func(s *script) {
		who := s.everywhere()
		marketing := s.ask(who, fallback.Marketing, loyalty)
		service := s.ask(who, fallback.Service, "viber 15m read, sms")
		s.run(time.Minute)
		s.says("sms:+380501112233", "СТОП!")
		s.is(marketing, "refused opted_out")
		s.is(service, "waiting")
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "0s viber d2/0", "15m0s sms/main d2/1")
		s.denied(who, "keyword:стоп")
	},
	"a stop that is a reply ends marketing and proves service": func(s *script) {
		who := s.everywhere()
		marketing := s.ask(who, fallback.Marketing, "telegram 15m read, sms")
		service := s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.run(time.Minute)
		s.says("telegram:42", "stop", s.on(1))
		s.is(marketing, "refused opted_out")
		s.is(service, "done")
	},
	"a stop between the queue and the claim": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, loyalty)
		have, err := s.Load(s.ctx(), d)
		s.must(err)
		s.must2(s.tell(bots.Event{Kind: bots.WayOut, Contact: who}))
		if a := s.claim(have); a != nil {
			s.t.Errorf("claimed %+v after the stop", a)
		}
		s.is(d, "refused opted_out")
	},
	"a denial told by the retailer ends it at the next step": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, loyalty)
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Tell(bots.Consent{State: bots.Denied, At: tx.Now(), Source: "crm"})
			tx.PutContact(c)
		})
		s.run(time.Hour)
		s.is(d, "refused opted_out")
		s.sentSoFar("0s telegram d1/0")
	},
	"a block is a no; letting us in again gives nothing back": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, loyalty)
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("telegram:42")})
		s.is(d, "refused opted_out")
		s.hear(bots.Event{Kind: bots.Unblocked, Chat: address("telegram:42")})
		s.denied(who, "block:telegram")
		if a, _ := s.contact(who).At(bots.Telegram); a.State != bots.Active {
			s.t.Errorf("the address is %s, want active", a.State)
		}
	},
}

func (s *script) denied(who bots.ID, source string) {
	s.t.Helper()
	if m := s.contact(who).Marketing; m.State != bots.Denied || m.Source != source || !m.ByPerson {
		s.t.Errorf("consent %+v, want denied by the person, %s", m, source)
	}
}
