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
