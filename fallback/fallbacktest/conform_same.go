package fallbacktest

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The two addresses that a person of the stories has on WhatsApp.
const (
	hers  = "+380501112233"
	phone = "whatsapp:" + hers
	lid   = "whatsapp:900001@lid"
)

// sameStories are about the two addresses that one person has on WhatsApp, and about numbers that move from hand to hand.
var sameStories = map[string]func(*script){
	"a stranger's two addresses are one contact, who is written to at the phone": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello", also(phone)).Contact.ID
		s.owns(who, phone, bots.Active)
		s.owns(who, lid, bots.Active)
		c := s.contact(who)
		if at, _ := c.At(bots.WhatsApp); at.Address != address(phone) {
			s.t.Errorf("written to at %v, want the phone", at.Address)
		}
		if c.Phone != hers || c.PhoneClaimed || c.Address(address("sms:"+hers)) == nil {
			s.t.Errorf("the contact has phone %q, want the one that WhatsApp proves, for texts, too", c.Phone)
		}
		for _, chat := range []string{phone, lid} {
			if got := s.says(chat, "again").Contact.ID; got != who {
				s.t.Errorf("%s is of %v, want the same contact", chat, got)
			}
		}
	},
	"a person known by LID alone is the same when the phone shows": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		if got := s.says(phone, "again", also(lid)).Contact.ID; got != who {
			s.t.Errorf("the phone is of %v, want who had the LID", got)
		}
		s.owns(who, phone, bots.Active)
	},
	"whoever has the phone is found by it": func(s *script) {
		s.whatsapp()
		known := s.person("sms:" + hers)
		if got := s.says(phone, "hello").Contact.ID; got != known {
			s.t.Errorf("the phone is of %v, want whom the retailer told of", got)
		}
		if got := s.says("whatsapp:900002@lid", "hello").Contact.ID; got == known {
			s.t.Error("a LID whose phone nobody tells is taken for the contact")
		}
	},
	"a LID that turns out to be the phone of somebody goes there, with its no": func(s *script) {
		s.whatsapp()
		known := s.person("sms:" + hers)
		d := s.ask(known, fallback.Marketing, "sms 1h delivered")
		stub := s.says(lid, "стоп").Contact.ID
		if stub == known {
			s.t.Fatal("nobody has said yet whose the LID is")
		}
		if got := s.says(lid, "hello", proven).Contact.ID; got != known {
			s.t.Errorf("the LID is of %v, want who has the phone", got)
		}
		s.owns(known, lid, bots.Active)
		s.owns(stub, lid, notThere)
		s.denied(known, "keyword:стоп")
		s.is(d, "refused opted_out")
	},
	"two contacts with one phone: it is who verified it last": func(s *script) {
		s.whatsapp()
		s.person("sms:" + hers)
		time.Sleep(time.Second)
		last := s.person("sms:" + hers)
		if got := s.says(lid, "hello", proven).Contact.ID; got != last {
			s.t.Errorf("the LID is of %v, want %v", got, last)
		}
	},
	"a phone that somebody only claims tells nobody": func(s *script) {
		s.whatsapp()
		s.says("viber:v42", "hello")
		claims := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v42"), Phone: hers}).Contact.ID
		who := s.says(phone, "hello").Contact.ID
		if who == claims {
			s.t.Error("whoever claims a phone got the WhatsApp of it")
		}
		s.update(func(tx fallback.Tx) {
			if got := tx.FindContact(bots.Ref{Kind: "phone", Value: hers}); got != who {
				s.t.Errorf("the phone means %v, want who proved it", got)
			}
		})
	},
	"a contact with another phone keeps it, and nobody loses theirs": func(s *script) {
		s.whatsapp()
		other := s.person("sms:"+hers, "whatsapp:+380671234567")
		who := s.person(lid, "sms:+380931111111")
		s.says(lid, "hello", proven)
		if got := s.contact(who).Phone; got != "+380931111111" {
			s.t.Errorf("the phone is %q now", got)
		}
		if got := s.contact(other).Phone; got != hers {
			s.t.Errorf("the other's phone is %q now", got)
		}
	},
	"two that own the two addresses: the phone's owner has both, and every no": func(s *script) {
		s.whatsapp()
		has := s.person(phone)
		stub := s.says(lid, "стоп").Contact.ID
		d := s.ask(has, fallback.Marketing, "whatsapp 1h read")
		s.settleDown()
		for range 2 {
			if got := s.says(lid, "hello", also(phone)).Contact.ID; got != has {
				s.t.Errorf("the chat is of %v, want who had the phone", got)
			}
		}
		s.owns(has, lid, bots.Active)
		s.owns(stub, lid, notThere)
		s.denied(has, "keyword:стоп")
		s.is(d, "refused opted_out")
	},
	"two that own the two addresses: whom the retailer told of keeps both": func(s *script) {
		s.whatsapp()
		card := s.person(lid)
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(card)
			c.ExternalID = "C-1"
			tx.PutContact(c)
		})
		stub := s.says(phone, "hello").Contact.ID
		if got := s.says(phone, "hello", also(lid)).Contact.ID; got != card {
			s.t.Errorf("the chat is of %v, want the card's", got)
		}
		s.owns(stub, phone, notThere)
		if c := s.contact(card); c.Phone != hers {
			s.t.Errorf("the card has phone %q, want the one that was the stub's", c.Phone)
		}
		if c := s.contact(stub); c.Phone != "" {
			s.t.Errorf("the stub still has phone %q", c.Phone)
		}
	},
	"a card told later takes over whom a message made": func(s *script) {
		s.whatsapp()
		stub := s.says(phone, "hello").Contact.ID
		card := s.card("C-1", hers)
		if got := s.says(phone, "hello").Contact.ID; got != card {
			s.t.Errorf("the chat is of %v, want the card's, not %v", got, stub)
		}
	},
	"a block shuts both addresses, and a message opens them, not the consent": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "hello", also(lid)).Contact.ID
		s.says(phone, "старт")
		s.given(who)
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(phone)})
		s.owns(who, phone, bots.BlockedState)
		s.owns(who, lid, bots.BlockedState)
		s.says(lid, "hello")
		s.denied(who, "block:whatsapp")
		if got := s.says(lid, "hello", also(phone)).Contact.ID; got != who {
			s.t.Errorf("who blocked us is %v now", got)
		}
		s.owns(who, phone, bots.Active)
		s.denied(who, "block:whatsapp")
	},
	"a number that was left is no longer written to": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "hello", also(lid)).Contact.ID
		next := "whatsapp:+380671234567"
		if got := s.says(lid, "a new number", also(next)).Contact.ID; got != who {
			s.t.Errorf("the person is %v now", got)
		}
		s.owns(who, phone, bots.UnreachableState)
		if at, _ := s.contact(who).At(bots.WhatsApp); at.Address != address(next) {
			s.t.Errorf("written to at %v, want the new number", at.Address)
		}
		stranger := s.says(phone, "hello", also("whatsapp:900002@lid")).Contact.ID
		if stranger == who {
			s.t.Error("whoever has the number now is taken for the one who left it")
		}
		s.owns(stranger, phone, bots.Active)
		s.owns(who, phone, notThere)
		if c := s.contact(stranger); c.Phone != hers {
			s.t.Errorf("the stranger has phone %q, want the one that was left", c.Phone)
		}
	},
	"who changes the number and changes it back is reached there again": func(s *script) {
		s.whatsapp()
		old, next := "whatsapp_cloud:+380671112233", "whatsapp_cloud:+380671234567"
		who := s.says(old, "hello").Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "+380671234567"})
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(next), Data: "+380671112233"})
		s.owns(who, next, bots.UnreachableState)
		s.owns(who, old, bots.Active)
		if at, _ := s.contact(who).At(bots.WhatsAppCloud); at.Address != address(old) {
			s.t.Errorf("written to at %v, want the number that the person has again", at.Address)
		}
	},
	"whoever comes back to a number has it again": func(s *script) {
		s.whatsapp()
		who := s.says(phone, "hello", also(lid)).Contact.ID
		s.says(lid, "a new number", also("whatsapp:+380671234567"))
		if got := s.says(phone, "the old one again", also(lid)).Contact.ID; got != who {
			s.t.Errorf("the person is %v now", got)
		}
		s.owns(who, phone, bots.Active)
		s.owns(who, "whatsapp:+380671234567", bots.UnreachableState)
	},
	"a changed number that the channel tells of": func(s *script) {
		s.whatsapp()
		old, id := "whatsapp_cloud:"+hers, "whatsapp_cloud:UA.111"
		who := s.says(old, "hello", also(id)).Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(old), Data: "+380671234567"})
		s.owns(who, old, bots.UnreachableState)
		s.owns(who, id, bots.UnreachableState)
		s.owns(who, "whatsapp_cloud:+380671234567", bots.Active)
		if got := s.says("whatsapp_cloud:+380671234567", "hello", also("whatsapp_cloud:UA.222")).Contact.ID; got != who {
			s.t.Errorf("the new number is of %v, want the same contact", got)
		}
		if got := s.says(old, "who is it?").Contact.ID; got == who {
			s.t.Error("whoever has the old number is taken for the one who left it")
		}
	},
	"a changed number of which the person wrote before": func(s *script) {
		s.whatsapp()
		who := s.says("whatsapp_cloud:"+hers, "hello").Contact.ID
		stub := s.says("whatsapp_cloud:+380671234567", "стоп").Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:" + hers), Data: "+380671234567"})
		s.owns(who, "whatsapp_cloud:+380671234567", bots.Active)
		s.owns(stub, "whatsapp_cloud:+380671234567", notThere)
		s.denied(who, "keyword:стоп")
	},
	"a changed number of nobody, or one of a card, changes nobody else": func(s *script) {
		s.whatsapp()
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:" + hers), Data: "+380671234567"})
		s.update(func(tx fallback.Tx) {
			if id := tx.FindContact(bots.Ref{Kind: bots.WhatsAppCloud, Value: "+380671234567"}); id != 0 {
				s.t.Errorf("a number that nobody had made contact %v", id)
			}
		})
		who := s.says("whatsapp_cloud:"+hers, "hello").Contact.ID
		card := s.person("whatsapp_cloud:+380671234567", "sms:+380931111111")
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:" + hers), Data: "+380671234567"})
		s.owns(who, "whatsapp_cloud:"+hers, bots.UnreachableState)
		s.owns(who, "whatsapp_cloud:+380671234567", notThere)
		s.owns(card, "whatsapp_cloud:+380671234567", bots.Active)
	},
	"a message without reference proves what went to either address": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) }) // told late: proves nothing
		s.is(first, "waiting")
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		if s.sends[0].Out.To != address(lid) || s.sends[1].Out.To != address(phone) {
			s.t.Fatalf("sent to %v and %v, want the LID, then the phone", s.sends[0].Out.To, s.sends[1].Out.To)
		}
		s.says(lid, "thanks")
		s.is(first, "done")
		s.reachedBy(first, bots.WhatsApp, "watermark")
		s.is(second, "done")
		s.reachedBy(second, bots.WhatsApp, "message")
	},
	"a read receipt that names no chat is a watermark in both addresses": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) })
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		third := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Reported, Channel: bots.WhatsApp, Receipt: &bots.Receipt{Sender: bots.WhatsApp, ID: s.sends[1].ProviderID, Level: bots.Read, At: s.start.Add(2 * time.Second)}})
		s.is(second, "done")
		s.reachedBy(second, bots.WhatsApp, "receipt")
		s.is(first, "done")
		s.reachedBy(first, bots.WhatsApp, "watermark")
		s.is(third, "waiting")
	},
	"a read receipt says nothing of what went to the other address later": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		first := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.says(phone, "hello", also(lid), func(e *bots.Event) { e.At = s.start.Add(-time.Hour) })
		second := s.ask(who, fallback.Service, "whatsapp 1h read, sms")
		s.run(time.Second)
		s.hear(s.receiptOf(0, bots.Read))
		s.is(first, "done")
		s.is(second, "waiting")
	},
	"an answer from one address to what went to the other": func(s *script) {
		s.whatsapp()
		who := s.says(lid, "hello").Contact.ID
		d := s.ask(who, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		turn := s.says(phone, "thanks", also(lid), s.on(0))
		s.is(d, "done")
		s.reachedBy(d, bots.WhatsApp, "reply")
		if turn.Message.ReplyTo != s.sends[0].Message {
			s.t.Errorf("it answers %v, want what we sent", turn.Message.ReplyTo)
		}
		again := s.ask(who, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		s.hear(bots.Event{Kind: bots.Reacted, Chat: address(lid), On: s.sends[1].ProviderID, Data: "👍"}) // by the pair alone
		s.is(again, "done")
	},
	"in whatever order they come, the card has both addresses in the end, and the no": func(s *script) {
		s.whatsapp()
		i := 0
		for order := range orders(4) {
			i++
			tel := fmt.Sprint("+38067", 1_000_000+i)
			at, id := "whatsapp:"+tel, fmt.Sprintf("whatsapp:%d@lid", 800_000+i)
			card := bots.ID(0)
			for _, what := range order {
				switch what {
				case 0:
					s.says(id, "стоп")
				case 1:
					s.says(at, "hello")
				case 2:
					s.says(id, "hello", also(at))
				case 3:
					card = s.card(fmt.Sprint("C-", i), tel)
				}
			}
			if got := s.says(at, "hello", also(id)).Contact.ID; got != card {
				s.t.Errorf("in the order %v the chat is of %v, want the card's", order, got)
			}
			for _, chat := range []string{at, id} {
				if got := s.says(chat, "hello").Contact.ID; got != card {
					s.t.Errorf("in the order %v %s is of %v, want the card's", order, chat, got)
				}
			}
			s.denied(card, "keyword:стоп")
		}
	},
	"an id from another's chat names nothing, whatever the two addresses": func(s *script) {
		s.whatsapp()
		d := s.ask(s.says(phone, "hello", also(lid)).Contact.ID, fallback.Service, "whatsapp 1h engaged, sms")
		s.run(time.Second)
		s.says("whatsapp:900002@lid", "hi", also("whatsapp:+380671234567"), s.on(0))
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("whatsapp:900002@lid"), Step: s.sends[0].Message, Data: "ok"})
		s.is(d, "waiting")
	},
}

// notThere stands for an address that a contact does not have.
const notThere = bots.AddressState(255)

// whatsapp switches on both ways to WhatsApp.
func (s *script) whatsapp() {
	for _, channel := range []string{bots.WhatsApp, bots.WhatsAppCloud} {
		s.rules.Channels[channel] = fallback.Channel{Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Keeps: 14 * 24 * time.Hour}, Senders: []string{channel}}
	}
}

// card is a contact as a retailer tells of one.
func (s *script) card(id, phone string) bots.ID {
	s.t.Helper()
	card := s.person()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(card)
		c.ExternalID, c.Phone = id, phone
		c.Set(bots.Address{Channel: bots.SMS, ID: phone}, bots.Unverified, tx.Now())
		tx.PutContact(c)
	})
	return card
}

// orders are all orders of the numbers below n.
func orders(n int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		permute(make([]int, 0, n), n, yield)
	}
}

func permute(have []int, n int, yield func([]int) bool) bool {
	if len(have) == n {
		return yield(have)
	}
	for i := range n {
		if !slices.Contains(have, i) && !permute(append(have, i), n, yield) {
			return false
		}
	}
	return true
}

// also makes an event name another address of its chat.
func also(a string) func(*bots.Event) {
	return func(e *bots.Event) { e.Also = address(a) }
}

// proven makes the messenger prove the phone of the stories.
func proven(e *bots.Event) { e.Phone = hers }

// owns compares the state of an address of a contact.
func (s *script) owns(who bots.ID, a string, want bots.AddressState) {
	s.t.Helper()
	have := s.contact(who).Address(address(a))
	switch {
	case have == nil && want != notThere:
		s.t.Errorf("the contact does not have %s, want it %s", a, want)
	case have != nil && want == notThere:
		s.t.Errorf("the contact has %s, which is another's", a)
	case have != nil && have.State != want:
		s.t.Errorf("%s is %s, want %s", a, have.State, want)
	}
}
