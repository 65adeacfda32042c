package fallbacktest

import (
	"kaskad/bots"
	"kaskad/fallback"
)

// renumberedStories are about people whose number on WhatsApp changes.
var renumberedStories = map[string]func(*script){
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
}
