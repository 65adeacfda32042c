package fallbacktest

import (
	"fmt"
	"reflect"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// prooflessStories: whatever somebody sends who cannot prove to be a contact, that contact stays as it is, and the sender a stranger.
var prooflessStories = map[string]func(*script){
	"nothing that a stranger can send takes anything from a contact: codes are on":  func(s *script) { s.coded(); s.proofless() },
	"nothing that a stranger can send takes anything from a contact: codes are off": func(s *script) { s.botted(); s.proofless() },
	"a link for one channel is none on another": func(s *script) {
		who := s.person("sms:" + claimed)
		s.update(func(tx fallback.Tx) {
			tx.PutLink(fallback.Link{Token: "ONLYVIBER", Contact: who, Channel: bots.Viber, Expires: tx.Now().Add(time.Hour)})
		})
		turn := s.opens("telegram:42", "ONLYVIBER")
		if turn.Contact.ID == who || turn.Way.Refused != bots.LinkOther || turn.LinkUsed {
			s.t.Errorf("the link made the chat %v's, refused as %q", turn.Contact.ID, turn.Way.Refused)
		}
		if turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:v1"), Payload: "ONLYVIBER"}); turn.Contact.ID != who {
			s.t.Error("where it was made for, it is of no use any more")
		}
	},
}

// proofless tries what can be sent from a chat that is nobody's, and from one of another contact's.
func (s *script) proofless() {
	s.t.Helper()
	s.rules.Country = "UA"
	victim := s.person("telegram:42", "whatsapp:"+claimed, "sms:"+claimed)
	other := s.person("telegram:55", "sms:+380671110000")
	s.update(func(tx fallback.Tx) {
		c := *tx.Contact(victim)
		c.ExternalID, c.Name = "C-1", "Olena"
		tx.PutContact(&c)
		tx.PutLink(fallback.Link{Token: "USED", Contact: victim, Expires: tx.Now().Add(time.Hour), Used: true})
		tx.PutLink(fallback.Link{Token: "LATE", Contact: victim, Expires: tx.Now()})
		tx.PutLink(fallback.Link{Token: "ELSEWHERE", Contact: victim, Channel: bots.WhatsAppCloud, Expires: tx.Now().Add(time.Hour)})
	})
	before := s.contact(victim)
	chats := []string{"telegram:66", "telegram:55", "viber:v6", "whatsapp:66@lid", "whatsapp_cloud:UA.66"}
	for _, chat := range chats {
		for n, e := range forgeries(chat) {
			turn := s.hear(e)
			if turn.Contact.ID == victim {
				s.t.Fatalf("%s, forgery %d (%s): the chat is the victim's", chat, n, e.Kind)
			}
			if id := turn.Contact.ID; id != 0 && id != other {
				s.issue(id, "314159") // goes where the stranger does not read
			}
			if c := turn.Contact; c.ID != 0 && c.ID != other && (c.Verified() || c.ExternalID != "" || c.Name == "Olena") {
				s.t.Errorf("%s, forgery %d (%s): the stranger is %+v", chat, n, e.Kind, c)
			}
			if after := s.contact(victim); !reflect.DeepEqual(before, after) {
				s.t.Fatalf("%s, forgery %d (%s): the victim was\n%+v\nand is\n%+v", chat, n, e.Kind, before, after)
			}
		}
	}
	if c := s.contact(other); c.Phone != "+380671110000" || c.Marketing.State == bots.Denied {
		s.t.Errorf("the other contact is %+v", c)
	}
}

// forgeries are what one chat can send of the victim's.
func forgeries(chat string) (all []bots.Event) {
	at := address(chat)
	add := func(e bots.Event) { e.Chat = at; e.MessageID = fmt.Sprint(900 + len(all)); all = append(all, e) }
	for _, text := range []string{"hello", claimed, "050 111 22 33", "C-1", "042517", "ext:C-1"} {
		add(bots.Event{Kind: bots.Wrote, Text: text})
		add(bots.Event{Kind: bots.Edited, Text: text, On: "1"})
	}
	card := []bots.Media{{Type: "contact", Text: claimed}}
	add(bots.Event{Kind: bots.Wrote, Media: card})
	if at.Channel != bots.Telegram { // whose adapter tells only the sender's own
		add(bots.Event{Kind: bots.Shared, Phone: claimed})
		add(bots.Event{Kind: bots.Shared, Phone: claimed, Media: card})
	}
	for _, token := range []string{"USED", "LATE", "ELSEWHERE", "NOSUCH", "C-1", claimed} {
		if at.Channel == bots.WhatsAppCloud && token == "ELSEWHERE" {
			continue // there it is good
		}
		add(bots.Event{Kind: bots.Started, Payload: token})
		add(bots.Event{Kind: bots.Opened, Payload: token})
		add(bots.Event{Kind: bots.Wrote, Text: "Hello! #" + token})
	}
	for _, data := range []string{"menu", "phone", "phone_claimed", "not_me", "not_asked", "new_code", "other_phone", "C-1", claimed} {
		add(bots.Event{Kind: bots.Pressed, Data: data})
	}
	for _, guess := range []string{"000000", "123456", "код 314158"} {
		add(bots.Event{Kind: bots.Wrote, Text: guess})
	}
	return all
}
