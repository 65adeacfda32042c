package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// number is whose no the stories are about.
const number = "+380501112233"

// numberStories are about a no that stands at a number, whoever owns it.
var numberStories = map[string]func(*script){
	"a phone that nobody has any more keeps its no": func(s *script) {
		one := s.person("telegram:42", "sms:"+number)
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		d := s.toPhone(number)
		s.is(d, "skipped opted_out")
		s.denied(s.delivery(d).Contact, "keyword:stop")
		s.run(time.Hour)
		s.sentSoFar()
	},
	"a no of the provider's stop list stands at the number": func(s *script) {
		one := s.person("sms:" + number)
		s.fail("sms/main", bots.Refused)
		s.is(s.ask(one, fallback.Marketing, "sms 1h delivered"), "queued")
		s.settleDown()
		s.denied(one, "block:sms")
		s.leaves(one)
		s.is(s.toPhone(number), "skipped opted_out")
	},
	"a no on the page of a text stands at its number": func(s *script) {
		one := s.person("telegram:42", "sms:"+number)
		d := s.ask(one, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.WayOut, Contact: one, Delivery: d})
		s.leaves(one)
		s.is(s.toPhone(number), "skipped opted_out")
	},
	"whoever shares a number has its no, and what was under way ends": func(s *script) {
		one, other := s.person("sms:"+number), s.person("telegram:43")
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		d := s.ask(other, fallback.Marketing, loyalty)
		s.settleDown()
		s.is(d, "waiting")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:43"), Phone: number})
		s.denied(other, "keyword:stop")
		s.is(d, "refused opted_out")
	},
	"a person's own yes of before does not stand against the later no of a number they come to have, and one of after does": func(s *script) {
		one := s.person("sms:" + number)
		s.says("telegram:43", "stop")
		s.run(time.Minute)
		early := s.says("telegram:43", "start").Contact.ID
		s.run(time.Minute)
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		s.run(time.Minute)
		s.says("telegram:44", "stop")
		s.run(time.Minute)
		late := s.says("telegram:44", "start").Contact.ID
		for _, chat := range []string{"telegram:43", "telegram:44"} {
			s.hear(bots.Event{Kind: bots.Shared, Chat: address(chat), Phone: number})
			if chat == "telegram:43" {
				s.denied(early, "keyword:stop")
				s.leaves(early)
			}
		}
		s.given(late)
	},
	"a number that is only claimed brings its no": func(s *script) {
		one, other := s.person("sms:"+number), s.person("viber:v43")
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v43"), Phone: number})
		s.denied(other, "keyword:stop")
	},
	"a yes of one who only claims a number does not lift its no": func(s *script) {
		one := s.person("sms:" + number)
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		s.person("viber:v43")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v43"), Phone: number})
		s.run(time.Minute)
		s.says("viber:v43", "start")
		s.is(s.toPhone(number), "skipped opted_out")
	},
	"a no of one who only claims a number is not of the number": func(s *script) {
		s.person("viber:v43")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v43"), Phone: number})
		s.says("viber:v43", "stop")
		s.given(s.owning(number))
	},
	"the yes of a person from the number lifts its no": func(s *script) {
		one := s.person("sms:" + number)
		s.says("sms:"+number, "STOP")
		s.run(time.Minute)
		s.says("sms:"+number, "START")
		s.leaves(one)
		s.given(s.owning(number))
	},
	"the yes of a person from the number counts though nobody has it": func(s *script) {
		one := s.person("sms:" + number)
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		s.run(time.Minute)
		fresh := s.says("sms:"+number, "START").Contact.ID
		s.given(fresh)
		s.given(s.owning(number))
	},
	"the yes of an owner in another chat lifts the no of the number": func(s *script) {
		s.person("telegram:42", "sms:"+number)
		s.says("sms:"+number, "STOP")
		s.run(time.Minute)
		s.says("telegram:42", "start")
		s.given(s.owning(number))
	},
	"a yes lifts the older no of another owner for those who come": func(s *script) {
		one, other := s.person("telegram:42", "sms:"+number), s.person("telegram:43", "sms:"+number)
		s.says("sms:"+number, "STOP")
		s.run(time.Minute)
		s.says("telegram:42", "start")
		s.given(one)
		s.denied(other, "keyword:stop")
		s.given(s.owning(number))
	},
	"a yes that the person said later than the no stands when they get the number": func(s *script) {
		one, other := s.person("sms:"+number), s.person("telegram:43")
		s.says("sms:"+number, "STOP")
		s.leaves(one)
		s.run(time.Minute)
		s.says("telegram:43", "start")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:43"), Phone: number})
		s.given(other)
	},
	"the no of one owner counts though another's yes stands at the number, and goes with its owner": func(s *script) {
		s.person("telegram:42", "sms:"+number)
		refusing := s.person("telegram:43", "sms:"+number)
		s.says("telegram:42", "start")
		s.given(s.owning(number))
		s.run(time.Minute)
		s.says("telegram:43", "stop")
		s.denied(s.owning(number), "keyword:stop")
		s.update(func(tx fallback.Tx) {
			if got, next := tx.LastNo(number, 0), tx.LastNo(number, tx.LastNo(number, 0)); got == refusing || next != refusing {
				s.t.Errorf("the last no is of %s, before that of %s; want the one who came since, and %s", got, next, refusing)
			}
			if got := tx.LastNo("+380509999999", 0); got != 0 {
				s.t.Errorf("at a number of nobody the last no is of %s", got)
			}
		})
	},
	"an owner who leaves a number takes a no along that was said elsewhere": func(s *script) {
		one := s.person("telegram:42", "sms:"+number)
		s.says("telegram:42", "stop")
		s.leaves(one)
		s.given(s.owning(number))
	},
	"a no of an owner elsewhere than at the number counts for those who come, a shut door does not": func(s *script) {
		s.person("telegram:42", "sms:"+number)
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("telegram:42")})
		s.given(s.owning(number))
		s.person("telegram:43", "sms:+380502223344")
		s.says("telegram:43", "stop")
		s.denied(s.owning("+380502223344"), "keyword:stop")
	},
}

// leaves takes all numbers from a contact: the retailer gave it another phone.
func (s *script) leaves(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(who)
		c.Remove(bots.Address{Channel: bots.SMS, ID: c.Phone})
		c.Phone = ""
		tx.PutContact(c)
	})
}

// owning is a new contact whom the retailer gives a number and a yes.
func (s *script) owning(number string) (id bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := &bots.Contact{ID: tx.NewID(), Phone: number, Created: tx.Now(), Updated: tx.Now(), Marketing: bots.Consent{State: bots.Given, At: tx.Now(), Source: "crm"}}
		c.Set(bots.Address{Channel: bots.SMS, ID: number}, bots.Unverified, tx.Now())
		fallback.Heed(tx, nil, c)
		tx.PutContact(c)
		id = c.ID
	})
	return id
}

// toPhone asks for marketing to whoever has a number, where the operator takes silence for a yes.
func (s *script) toPhone(number string) bots.ID {
	s.t.Helper()
	s.rules.OptOut = true
	return s.ask(0, fallback.Marketing, "sms 1h delivered", func(r *fallback.Request) { r.To = bots.Ref{Kind: "phone", Value: number} })
}

func (s *script) given(who bots.ID) {
	s.t.Helper()
	if m := s.contact(who).Marketing; m.State != bots.Given {
		s.t.Errorf("consent %+v, want given", m)
	}
}
