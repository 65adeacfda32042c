package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var peopleStories = map[string]func(*script){
	"an unknown phone makes a contact": func(s *script) {
		ref := bots.Ref{Kind: "phone", Value: "+380507776655"}
		req := &fallback.Request{To: ref, Purpose: fallback.Service, Text: "hi", Cascade: steps(loyalty)}
		got, err := s.Accept(s.ctx(), req, s.rules, s.world)
		s.must(err)
		s.ids = append(s.ids, got.ID)
		s.settleDown()
		s.sentSoFar("0s sms/main d1/2")
		who := s.delivery(got.ID).Contact
		s.update(func(tx fallback.Tx) {
			if id := tx.FindContact(ref); id != who {
				s.t.Errorf("the phone means %v, want the new contact", id)
			}
		})
	},
	"any other unknown name is nobody's": func(s *script) {
		for _, ref := range []bots.Ref{{Kind: "ext", Value: "C-1"}, {Kind: bots.Telegram, Value: "9"}, {Kind: "id", Value: bots.ID(5).String()}} {
			_, err := s.Accept(s.ctx(), &fallback.Request{To: ref, Cascade: steps(loyalty)}, s.rules, s.world)
			s.fails(err, fallback.ErrUnknownContact)
		}
	},
	"a link works once, for its channel, in its time": func(s *script) {
		who := s.person("sms:+380501112233")
		link := func(token string, life time.Duration) {
			s.update(func(tx fallback.Tx) {
				tx.PutLink(fallback.Link{Token: token, Contact: who, Channel: bots.Telegram, Expires: tx.Now().Add(life)})
			})
		}
		link("fresh", time.Hour)
		link("old", 0)
		link("other", time.Hour)
		open := func(chat, token string) bots.ID {
			return s.hear(bots.Event{Kind: bots.Started, Chat: address(chat), Payload: token}).Contact.ID
		}
		if got := open("telegram:1", "fresh"); got != who {
			s.t.Errorf("the link led to %v, want its owner", got)
		}
		for chat, token := range map[string]string{"telegram:2": "fresh", "telegram:3": "old", "viber:v4": "other", "telegram:5": "no such"} {
			if got := open(chat, token); got == who {
				s.t.Errorf("%s: the link %q led to its owner", chat, token)
			}
		}
		if a, _ := s.contact(who).At(bots.Telegram); a.ID != "1" {
			s.t.Errorf("the owner's Telegram is %q, want 1", a.ID)
		}
	},
	"a shared phone tells who it is": func(s *script) {
		known := s.person("sms:+380501112233")
		stranger := s.says("telegram:42", "hello").Contact.ID
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		if a, _ := s.contact(known).At(bots.Telegram); a.ID != "42" {
			s.t.Errorf("the known contact has Telegram %q, want 42", a.ID)
		}
		if a, ok := s.contact(stranger).At(bots.Telegram); ok {
			s.t.Errorf("the stranger keeps %v", a)
		}
		if got := s.says("telegram:42", "hello again").Contact.ID; got != known {
			s.t.Errorf("the next message is of %v, want the known contact", got)
		}
	},
	"a no said before the phone was shared stands after": func(s *script) {
		known := s.person("sms:+380501112233")
		d := s.ask(known, fallback.Marketing, "sms 1h delivered")
		s.says("telegram:42", "stop")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.denied(known, "keyword:stop")
		s.is(d, "refused opted_out")
	},
	"a phone of two means who verified it last": func(s *script) {
		first, second := s.person("sms:+380501112233"), bots.ID(0)
		time.Sleep(time.Second)
		second = s.person("sms:+380501112233")
		third := s.person()
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(third)
			c.Phone = "+380501112233" // told, never heard
			c.Set(address("sms:+380501112233"), bots.Unverified, tx.Now())
			tx.PutContact(c)
			for _, kind := range []string{"phone", bots.SMS} {
				if got := tx.FindContact(bots.Ref{Kind: kind, Value: "+380501112233"}); got != second {
					s.t.Errorf("%s means %v, want %v, not %v", kind, got, second, first)
				}
			}
		})
	},
	"our id from another chat names nothing": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, loyalty)
		s.ask(s.person("telegram:43"), fallback.Service, loyalty)
		s.run(time.Minute)
		x := s.sends[0]
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:43"), Step: x.Message, On: "999", Data: "ok"})
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address("telegram:43"), Step: x.Message, Text: "hi"})
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Telegram, Receipt: &bots.Receipt{Sender: bots.Telegram, Chat: "43", Step: x.Message, Level: bots.Read}})
		s.is(d, "waiting")
	},
	"a channel's id from another chat names nothing": func(s *script) {
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.run(time.Minute)
		s.says("viber:v43", "hi", s.on(0))
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.Viber, Receipt: &bots.Receipt{Sender: bots.Viber, Chat: "v43", ID: s.sends[0].ProviderID, Level: bots.Read}})
		s.is(d, "waiting")
	},
	"nor does one guessed before it was given out": func(s *script) {
		s.says("viber:v43", "hi", func(e *bots.Event) { e.On = "100" })
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, sms")
		s.settleDown()
		if s.sends[0].ProviderID != "100" {
			s.t.Fatal("the story needs the id that was guessed")
		}
		s.is(d, "waiting")
	},
	"a tracked link of another delivery proves nothing": func(s *script) {
		first := s.ask(s.everywhere(), fallback.Service, loyalty)
		second := s.ask(s.person("telegram:43"), fallback.Service, loyalty)
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Clicked, Channel: "link", Delivery: second, Step: s.sends[0].Message})
		s.is(first, "waiting")
		s.is(second, "waiting")
	},
	"a reply knows what it answers": func(s *script) {
		s.ask(s.everywhere(), fallback.Service, loyalty)
		s.settleDown()
		turn := s.says("telegram:42", "thanks", s.on(0))
		if turn.Message == nil || turn.Message.ReplyTo != s.sends[0].Message {
			s.t.Errorf("the reply answers %+v, want %v", turn.Message, s.sends[0].Message)
		}
	},
}
