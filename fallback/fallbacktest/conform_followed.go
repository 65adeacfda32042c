package fallbacktest

import (
	"kaskad/bots"
	"kaskad/fallback"
)

// Two numbers of one person on WhatsApp, the one before and the one after.
const (
	before = "+380671112233"
	after  = "+380671234567"
)

// followedStories are about the phone of a person whose number on WhatsApp changes: whoever told the phone says whether it changes, too.
var followedStories = map[string]func(*script){
	"a phone that WhatsApp alone told goes with its number, and so do texts": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			who := s.hear(change.hello).Contact.ID
			s.hasPhone(way, who, before)
			s.hear(change.moves)
			s.hasPhone(way, who, after)
			s.owns(who, "sms:"+before, notThere)
			s.ask(who, fallback.Service, "sms 1h delivered")
			s.settleDown()
			if to := s.sends[len(s.sends)-1].Out.To.ID; to != after {
				s.t.Errorf("%s: a text went to %s, which was left", way, to)
			}
			s.gone(who)
		}
	},
	"one that the retailer told stays, whichever came first": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			card := s.card("C-"+way, before)
			if got := s.hear(change.hello).Contact.ID; got != card {
				s.t.Fatalf("%s: the chat is of %v, want the card's", way, got)
			}
			s.hear(change.moves)
			s.hasPhone(way, card, before)
			s.gone(card)

			told := s.hear(change.hello).Contact.ID
			s.update(func(tx fallback.Tx) {
				c := tx.Contact(told)
				c.PhoneTold(before)
				tx.PutContact(c)
			})
			s.hear(change.moves)
			s.hasPhone(way, told, before)
			s.gone(told)
		}
	},
	"one that the retailer has sent to stays": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			who := s.hear(change.hello).Contact.ID
			s.ask(who, fallback.Service, "sms 1h delivered", func(r *fallback.Request) { r.To = bots.Ref{Kind: "phone", Value: before} })
			s.hear(change.moves)
			s.hasPhone(way, who, before)
			s.gone(who)
		}
	},
	"to name a person by WhatsApp says nothing of where texts go": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			who := s.hear(change.hello).Contact.ID
			channel := change.hello.Chat.Channel
			s.ask(who, fallback.Service, channel+" 1h read", func(r *fallback.Request) { r.To = bots.Ref{Kind: channel, Value: before} })
			s.settleDown()
			s.hear(change.moves)
			s.hasPhone(way, who, after)
			s.owns(who, "sms:"+before, notThere)
			s.gone(who)
		}
	},
	"one from which the person wrote a text stays": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			who := s.hear(change.hello).Contact.ID
			s.says("sms:"+before, "hello")
			s.hear(change.moves)
			s.hasPhone(way, who, before)
			s.owns(who, "sms:"+before, bots.Active)
			s.gone(who)
		}
	},
	"one that the person shared elsewhere stays": func(s *script) {
		for way, change := range changes() {
			s.whatsapp()
			who := s.hear(change.hello).Contact.ID
			if got := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: before}).Contact.ID; got != who {
				s.t.Fatalf("%s: the phone is of %v, want who has it on WhatsApp", way, got)
			}
			s.hear(change.moves)
			s.hasPhone(way, who, before)
			s.gone(who)
		}
	},
	"one that nobody but WhatsApp told is gone when the new number is hidden, or somebody else's": func(s *script) {
		s.whatsapp()
		who := s.says("whatsapp_cloud:"+before, "hello", also("whatsapp_cloud:UA.111")).Contact.ID
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:" + before), Also: address("whatsapp_cloud:UA.222"), Data: "UA.222"})
		s.hasPhone("hidden", who, "")
		s.owns(who, "sms:"+before, notThere)
		s.gone(who)

		for way, change := range changes() {
			other := s.card("C-"+way, after)
			who := s.hear(change.hello).Contact.ID
			s.hear(change.moves)
			s.hasPhone(way, other, after)
			if who != other {
				s.hasPhone(way, who, "")
			}
			s.gone(who)
			s.gone(other)
		}
	},
	"a no that stands at the new number is the person's now": func(s *script) {
		s.whatsapp()
		s.says("sms:"+after, "стоп")
		change := changes()["Meta says it"]
		who := s.hear(change.hello).Contact.ID
		s.update(func(tx fallback.Tx) { // somebody else had the number
			for _, id := range tx.Owners(bots.Ref{Kind: bots.SMS, Value: after}) {
				c := tx.Contact(id)
				c.Phone = ""
				c.Remove(address("sms:" + after))
				tx.PutContact(c)
			}
		})
		s.hear(change.moves)
		s.hasPhone("the word of the number", who, after)
		if no := s.contact(who).Marketing; no.State != bots.Denied {
			s.t.Errorf("marketing is %s, want the no of the number", no.State)
		}
	},
}

// changed is how a person is heard at a number, and how WhatsApp says that the person has another.
type changed struct{ hello, moves bots.Event }

func changes() map[string]changed {
	wrote := func(chat, twin string) bots.Event {
		return bots.Event{Kind: bots.Wrote, Chat: address(chat), Also: address(twin), Text: "hello", MessageID: "M1"}
	}
	return map[string]changed{
		"Meta says it":                     {wrote("whatsapp_cloud:"+before, "whatsapp_cloud:UA.111"), bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:" + before), Data: after}},
		"the hidden id has another number": {wrote(lid, "whatsapp:"+before), wrote(lid, "whatsapp:"+after)},
		"the number has the hidden id":     {wrote("whatsapp:"+before, lid), wrote("whatsapp:"+after, lid)},
	}
}

func (s *script) hasPhone(way string, who bots.ID, want string) {
	s.t.Helper()
	if got := s.contact(who).Phone; got != want {
		s.t.Errorf("%s: the phone is %q, want %q", way, got, want)
	}
}

// gone takes every place from a contact, so that the next change of a story begins with nobody.
func (s *script) gone(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(who)
		c.Phone, c.ExternalID, c.Addresses = "", "", nil
		tx.PutContact(c)
	})
}
