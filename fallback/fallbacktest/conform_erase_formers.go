package fallbacktest

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// cameAsStranger is somebody known whom the bot met as a stranger first: what was said then stands under the stranger's id.
func (s *script) cameAsStranger() (who, stranger bots.ID) {
	s.t.Helper()
	who = s.named("C-100", "+380501112233")
	stranger = s.says("telegram:42", "I am Olena", func(e *bots.Event) { e.Name = "Olena" }).Contact.ID
	s.ask(stranger, fallback.Service, "telegram 15m read")
	s.settleDown()
	turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
	if turn.Contact.ID != who || stranger == who || s.contact(stranger) == nil {
		s.t.Fatalf("the chat is %s's, and was %s's; it should have gone to %s", turn.Contact.ID, stranger, who)
	}
	return who, stranger
}

// formersOf are the strangers that somebody was before.
func (s *script) formersOf(who bots.ID) (all []bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { all = fallback.Formers(tx, tx.Contact(who)) })
	return all
}

var eraseFormerStories = map[string]func(*script){
	"who came as a stranger first is erased with all that the stranger said": func(s *script) {
		who, stranger := s.cameAsStranger()
		if got := s.formersOf(who); !slices.Equal(got, []bots.ID{stranger}) {
			s.t.Fatalf("before it was %v; want %s", got, stranger)
		}
		s.update(func(tx fallback.Tx) {
			for id, want := range map[bots.ID][]bots.ID{who: {who, stranger}, stranger: {stranger}, 1: nil} {
				if got := fallback.OnePerson(tx, id); !slices.Equal(got, want) {
					s.t.Errorf("one person with %s are %v; want %v", id, got, want)
				}
			}
		})
		e := s.erase(who)
		if e.Contact != who || !slices.Equal(e.Same, []bots.ID{who, stranger}) {
			s.t.Errorf("erased: %+v", e)
		}
		for _, id := range e.Same {
			s.goOn(id)
			s.nothingOf(id)
		}
		s.update(func(tx fallback.Tx) {
			if all, ok := fallback.ErasedPerson(tx, stranger); !ok || all.Left || all.Contact != who || all.Counts.Deliveries != 1 {
				s.t.Errorf("asked for the stranger there is %+v, %t", all, ok)
			}
			if left := tx.Formers(bots.Ref{Kind: bots.Telegram, Value: "42"}); len(left) > 0 {
				s.t.Errorf("at the chat it still says that %v stood behind it", left)
			}
		})
		s.noted("contact.erased", 2)
	},
	"a stranger who is still found by another chat is another person": func(s *script) {
		who := s.named("C-100", "+380501112233")
		stranger := s.says("telegram:42", "hello").Contact.ID
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(stranger)
			c.Set(address("viber:v9"), bots.Active, tx.Now())
			tx.PutContact(c)
		})
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		if got := s.formersOf(who); len(got) > 0 {
			s.t.Errorf("it was %v before", got)
		}
		s.forget(who)
		if c := s.contact(stranger); c == nil || c.Address(address("viber:v9")) == nil {
			s.t.Errorf("the stranger is %+v", c)
		}
	},
	"whoever has the chat now is not erased with who was found not to be its owner": func(s *script) {
		s.botted()
		who, stranger := s.cameAsStranger()
		now := s.says("telegram:42", "not me").Contact.ID
		if now == who || now == stranger {
			s.t.Fatalf("the chat is still %s's", now)
		}
		if got := s.formersOf(now); !slices.Equal(got, []bots.ID{stranger}) {
			s.t.Errorf("whose account it is was %v before; want %s", got, stranger)
		}
		if got := s.formersOf(who); len(got) > 0 {
			s.t.Errorf("who lost it was %v before", got)
		}
		s.erase(who)
		s.goOn(who)
		s.nothingOf(who)
		if c := s.contact(stranger); c == nil {
			s.t.Error("what the account's owner said as a stranger went with somebody else")
		}
		if c := s.contact(now); c == nil || c.Address(address("telegram:42")) == nil {
			s.t.Errorf("whoever has the chat now is %+v", c)
		}
	},
	"who stood behind a number that its owner left is none of whoever has it next": func(s *script) {
		who, stranger := s.cameAsStranger()
		s.update(func(tx fallback.Tx) { // as if it had been there
			c := tx.Contact(who)
			c.Set(address("whatsapp:+380671110009"), bots.Active, tx.Now())
			tx.PutContact(c)
			tx.DropFormer(bots.Ref{Kind: bots.Telegram, Value: "42"}, stranger)
			tx.PutFormer(bots.Ref{Kind: bots.WhatsApp, Value: "+380671110009"}, stranger)
		})
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp:+380671110009"), Data: "+380671110010"})
		next := s.says("whatsapp:+380671110009", "hello").Contact.ID
		if next == who || next == stranger {
			s.t.Fatalf("the number is still %s's", next)
		}
		if got := s.formersOf(next); len(got) > 0 {
			s.t.Errorf("whoever has the number next was %v before", got)
		}
		if got := s.formersOf(who); !slices.Equal(got, []bots.ID{stranger}) {
			s.t.Errorf("who left it was %v before; want %s", got, stranger)
		}
	},
	"the journal erases no stranger of before who was somebody else when the person was erased": func(s *script) {
		who, stranger := s.cameAsStranger()
		s.update(func(tx fallback.Tx) {
			line := fallback.JournalLine{Erased: true, At: tx.Now(), Contact: who, By: "crm", Same: []bots.ID{who}}
			if _, err := fallback.Replay(tx, line); err != nil {
				s.t.Fatal(err)
			}
		})
		if c := s.contact(stranger); c == nil {
			s.t.Error("a stranger whom the line does not name was erased")
		}
		if c := s.contact(who); c != nil {
			s.t.Errorf("whom the line names is %+v", c)
		}
	},
	"who had a person's new number before is none of theirs": func(s *script) {
		who := s.named("C-100", "+380501112233", "whatsapp:+380671110009")
		before := s.says("whatsapp:+380671110010", "my own words").Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp:+380671110009"), Data: "+380671110010"})
		if c := s.contact(who); c.Address(address("whatsapp:+380671110010")) == nil || before == who {
			s.t.Fatalf("the number is not the person's: %+v", c)
		}
		if got := s.formersOf(who); len(got) > 0 {
			s.t.Errorf("it was %v before", got)
		}
	},
	"a stranger of before who was erased, or merged, is erased with nobody else": func(s *script) {
		who, stranger := s.cameAsStranger()
		s.forget(stranger)
		if got := s.formersOf(who); len(got) > 0 {
			s.t.Errorf("it was %v before", got)
		}
		if e := s.forget(who); len(e.Same) > 0 {
			s.t.Errorf("erased: %+v", e)
		}
		who, stranger = s.cameAsStranger()
		other := s.person("viber:v7")
		s.merge(other, stranger)
		s.forget(who)
		if c := s.contact(stranger); c == nil || c.ID != other {
			s.t.Errorf("the stranger, who is another one since, is %+v", c)
		}
	},
}
