package fallbacktest

import (
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// behindStories are about links that were sent before an address became another contact's.
var behindStories = map[string]func(*script){
	"a stop on the page binds whoever has the chat by then, and stays with whom it was for": func(s *script) {
		born, owner, other := s.person("telegram:42"), s.person("sms:+380501112233"), s.person("telegram:44")
		s.rules.PerDay = 0
		a, b, c := s.ask(born, fallback.Marketing, loyalty), s.ask(owner, fallback.Marketing, "sms 1h delivered"), s.ask(other, fallback.Marketing, loyalty)
		s.settleDown()
		s.behind(a, 0, born)
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.behind(a, 0, owner, born)
		s.behind(a, fallback.NoLeg, owner, born)
		s.hear(bots.Event{Kind: bots.WayOut, Channel: "page", Contact: owner, Delivery: a})
		s.denied(owner, "page")
		s.denied(born, "page")
		s.is(a, "refused opted_out")
		s.is(b, "refused opted_out")
		s.is(c, "waiting")
		s.is(s.ask(owner, fallback.Marketing, loyalty), "skipped opted_out")
	},
	"a stop by a text to a number that was passed on is its person's own word, and through the number that of who has it now": func(s *script) {
		one := s.person("sms:+380501112233")
		a := s.ask(one, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(one)
			c.Phone, c.Addresses = "", nil
			tx.PutContact(&c)
		})
		now := s.person("sms:+380501112233")
		s.hear(bots.Event{Kind: bots.WayOut, Channel: "page", Contact: now, Delivery: a, Words: "Stop", Version: "page:en"})
		s.denied(one, "page")
		s.denied(now, "page")
		s.update(func(tx fallback.Tx) {
			for who, via := range map[bots.ID]string{one: "", now: bots.ViaShared} {
				lines := tx.Statements(who)
				if len(lines) == 0 || lines[len(lines)-1].Via != via || lines[len(lines)-1].Words != "Stop" {
					s.t.Errorf("the evidence of %s is %+v, want it to come %q", who, lines, via)
				}
			}
		})
	},
	"a stop on an old page binds whoever has the chat by then": func(s *script) {
		born, owner := s.person("telegram:42"), s.person("sms:+380501112233")
		a := s.ask(born, fallback.Marketing, loyalty)
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.hear(bots.Event{Kind: bots.WayOut, Channel: "page", Contact: born, Delivery: a}) // the chat moved between page and press
		s.denied(owner, "page")
	},
	"a page speaks for who has the place of its own message": func(s *script) {
		born, owner := s.person("telegram:42", "sms:+380502223344"), s.person("sms:+380501112233")
		a := s.ask(born, fallback.Marketing, "telegram 15m read, sms 1h delivered")
		s.run(20 * time.Minute)
		s.behind(a, 0, born)
		s.behind(a, 1, born)
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.behind(a, 0, owner, born)
		s.behind(a, 1, born, owner)
		s.behind(a, fallback.NoLeg, born, owner)
		s.behind(a, 7, born, owner)
		s.behind(a+1, 0)
	},
	"a chat that the message did not reach is bound by no link": func(s *script) {
		born, owner := s.person("telegram:42", "sms:+380502223344"), s.person("sms:+380501112233")
		s.fail("telegram", bots.Rejected)
		a := s.ask(born, fallback.Marketing, "telegram 15m read, sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.behind(a, 1, born)
		s.hear(bots.Event{Kind: bots.WayOut, Channel: "page", Contact: born, Delivery: a})
		if c := s.contact(owner); c.Marketing.State == bots.Denied {
			s.t.Errorf("consent %+v of one who got nothing", c.Marketing)
		}
	},
	"a shared number keeps its page": func(s *script) {
		one := s.person("telegram:42", "sms:+380501112233")
		a := s.ask(one, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		other := s.person("sms:+380501112233")
		s.behind(a, 0, one)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(one)
			c.Phone = ""
			c.Remove(address("sms:+380501112233"))
			tx.PutContact(&c)
		})
		s.behind(a, 0, other, one)
	},
}

// behind checks for whom the page of a link speaks, and whom a stop binds besides; nobody: there is no page.
func (s *script) behind(d bots.ID, leg int, want ...bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		var got []bots.ID
		if b, ok := fallback.WhoIsBehind(tx, d, leg); ok {
			got = append(got, b.Contact.ID)
			for _, c := range b.Others {
				got = append(got, c.ID)
			}
		}
		if !slices.Equal(got, want) {
			s.t.Errorf("behind leg %d of delivery %s: %v, want %v", leg, d, got, want)
		}
	})
}
