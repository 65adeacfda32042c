package fallbacktest

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// relinkStories are about one-time links that somebody opens who is known as another contact: links are passed on, and prove nothing then.
var relinkStories = map[string]func(*script){
	"somebody who is known stays who they are: their chat moves by no link, and the link is not spent": func(s *script) {
		s.rules.Country = "UA"
		s.source("shop7")
		for token, known := range map[string]func() bots.ID{
			"PHONE": func() bots.ID { return s.person("telegram:1", "viber:1", "sms:+380671110001") },
			"CARD": func() bots.ID {
				id := s.named("A-2", "+380671110002", "telegram:2", "viber:2")
				s.update(func(tx fallback.Tx) {
					c := *tx.Contact(id)
					c.Phone = ""
					tx.PutContact(&c)
				})
				return id
			},
			"WHATSAPP": func() bots.ID { return s.says("whatsapp:+380671110003", "hello").Contact.ID }, // which proves the phone
		} {
			other, owner := known(), s.named("B-"+token, "+380501112233")
			s.oneTime(token, owner, "shop7")
			before := s.contact(owner)
			for _, a := range s.contact(other).Addresses {
				if a.Channel == bots.SMS {
					continue
				}
				turn := s.taps(a.String(), token)
				if turn.Contact.ID != other || turn.LinkUsed || turn.Recruited || turn.Way.Refused != bots.LinkUnproven || !slices.Equal(reasons(turn, "contact.linked"), []string{bots.LinkUnproven}) {
					s.t.Errorf("%s: %s taps, and is contact %v, link spent %v, with %+v; want %v as before", token, a, turn.Contact.ID, turn.LinkUsed, turn.Changes, other)
				}
				if turn.Contact.First.Source == "" {
					s.t.Errorf("%s: the tap does not count for the link's source", token)
				}
			}
			if after := s.contact(owner); len(after.Addresses) != len(before.Addresses) || after.First != before.First {
				s.t.Errorf("%s: the link's owner is %+v", token, after)
			}
			if turn := s.taps("telegram:new"+token, token); turn.Contact.ID != owner || !turn.LinkUsed {
				s.t.Errorf("%s: afterwards a chat that is nobody's becomes %v's, link spent %v; want the owner's", token, turn.Contact.ID, turn.LinkUsed)
			}
		}
	},
	"a chat of a stranger, or of one who only claims a number, is its owner's by the link": func(s *script) {
		stranger, claims := s.says("telegram:42", "hello").Contact.ID, s.sharesCard("viber:v1", "+380671110000").Contact.ID
		if c := s.contact(claims); !c.PhoneClaimed {
			s.t.Fatalf("the card made %+v", c)
		}
		owner := s.named("B-1", "+380501112233")
		for chat, was := range map[string]bots.ID{"telegram:42": stranger, "viber:v1": claims} {
			s.oneTime(token(chat), owner, "")
			if turn := s.taps(chat, token(chat)); turn.Contact.ID != owner || !turn.LinkUsed || s.contact(was).Address(address(chat)) != nil {
				s.t.Errorf("%s is contact %v's, link spent %v; want the link's owner", chat, turn.Contact.ID, turn.LinkUsed)
			}
		}
	},
	"the number's own code moves the chat, wherever it is": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		owner := s.named("B-1", claimed, "sms:"+claimed)
		for chat, number := range map[string]string{"telegram:42": "+380671110001", "viber:v1": "+380671110002", "whatsapp:+380671110003": "+380671110003"} {
			other := s.person(chat, "sms:"+number)
			s.update(func(tx fallback.Tx) {
				c := *tx.Contact(other)
				c.Phone = number
				tx.PutContact(&c)
			})
			if turn := s.says(chat, "050 111 22 33"); turn.Intent != "" {
				s.t.Errorf("%s: before the link a number asks the bot for %q", chat, turn.Intent)
			}
			s.oneTime(token(chat), owner, "")
			s.taps(chat, token(chat))
			turn := s.says(chat, "050 111 22 33")
			if turn.Contact.ID != other || turn.Intent != bots.ClaimsPhone {
				s.t.Fatalf("%s: the number asks contact %v's bot for %q, want a code", chat, turn.Contact.ID, turn.Intent)
			}
			s.issue(other, code)
			if turn := s.says(chat, "000000"); turn.Contact.ID != other || turn.Intent != bots.WrongCode {
				s.t.Errorf("%s: a wrong code makes the chat %v's, and is answered with %q", chat, turn.Contact.ID, turn.Intent)
			}
			if turn := s.says(chat, code); turn.Contact.ID != owner || turn.Intent != bots.SharesPhone {
				s.t.Errorf("%s: the code makes the chat %v's, want the owner's", chat, turn.Contact.ID)
			}
			if c := s.contact(other); c.Phone != number || c.Address(address(chat)) != nil {
				s.t.Errorf("%s: who had the chat is %+v, want the own phone and no chat", chat, c)
			}
			if turn := s.says(chat, "and now?"); turn.Contact.ID != owner {
				s.t.Errorf("%s: the next message is contact %v's, want the owner's", chat, turn.Contact.ID)
			}
			time.Sleep(25 * time.Hour) // codes are counted by the day
		}
	},
	"a number that is typed a day after the link is for staff": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		s.person("telegram:42", "sms:+380671110001")
		s.oneTime("B", s.named("B-1", claimed), "")
		s.taps("telegram:42", "B")
		time.Sleep(24 * time.Hour)
		if turn := s.says("telegram:42", "050 111 22 33"); turn.Intent != "" || turn.Conversation.State != bots.Open {
			s.t.Errorf("the number asks the bot for %q", turn.Intent)
		}
	},
	"the owner's phone, shared in Telegram, moves the chat": func(s *script) {
		other, owner := s.named("A-1", "+380671110001", "telegram:42"), s.named("B-1", claimed)
		s.oneTime("B", owner, "")
		s.taps("telegram:42", "B")
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: claimed})
		if turn.Contact.ID != owner || s.contact(other).Address(address("telegram:42")) != nil {
			s.t.Errorf("the chat is contact %v's, want the owner's", turn.Contact.ID)
		}
	},
	"who looks in by another's link hears that proof is needed": func(s *script) {
		said := ""
		s.rules.Core.NotYours = func(why string, c *bots.Contact, _ string) bots.Outgoing { said = why; return bots.Outgoing{Text: why} }
		other := s.named("A-1", "+380671110001", "viber:v1")
		s.oneTime("B", s.named("B-1", claimed), "")
		turn := s.hear(bots.Event{Kind: bots.Opened, Chat: address("viber:v1"), Payload: "B", Answerable: true})
		if turn.Contact.ID != other || turn.Said == nil || turn.Said.Text != bots.LinkUnproven || said != bots.LinkUnproven {
			s.t.Errorf("contact %v hears %+v", turn.Contact.ID, turn.Said)
		}
	},
	"where the messenger proves the phone of somebody who is known, a link of another contact makes them nobody else": func(s *script) {
		known, owner := s.named("A-1", "+380671110001"), s.named("B-1", claimed)
		s.oneTime("B", owner, "")
		if turn := s.taps("whatsapp:+380671110001", "B"); turn.Contact.ID != known || turn.LinkUsed || turn.Way.Refused != bots.LinkUnproven {
			s.t.Errorf("the first message is contact %v's, refused as %q; want the phone's owner", turn.Contact.ID, turn.Way.Refused)
		}
		if turn := s.taps("whatsapp:"+claimed, "B"); turn.Contact.ID != owner || !turn.LinkUsed {
			s.t.Errorf("the owner's own phone makes it contact %v's, link spent %v", turn.Contact.ID, turn.LinkUsed)
		}
	},
	"the key of a one-time link stands in no conversation": func(s *script) {
		s.named("A-1", "+380671110001")
		s.oneTime("B", s.named("B-1", claimed), "")
		for _, tap := range [][2]string{{"whatsapp:+380671110001", bots.LinkUnproven}, {"whatsapp:" + claimed, ""}} {
			chat, way := tap[0], tap[1]
			turn := s.taps(chat, "B")
			if turn.Way.Refused != way || turn.Message == nil || turn.Message.Text != "Hello! #…" {
				s.t.Errorf("%s: refused as %q, the message is %+v", chat, turn.Way.Refused, turn.Message)
			}
		}
		s.source("shop7")
		if turn := s.says("whatsapp:+380671110009", "Hello! #shop7"); turn.Message == nil || turn.Message.Text != "Hello! #shop7" {
			s.t.Errorf("a source's code is no key: %+v", turn.Message)
		}
	},
	"of two that were merged, a link of either is the person's own": func(s *script) {
		keep, from := s.named("A-1", "+380671110001", "telegram:42"), s.named("B-1", claimed, "viber:v1")
		s.oneTime("B", from, "")
		s.merge(keep, from)
		if turn := s.taps("telegram:42", "B"); turn.Contact.ID != keep || !turn.LinkUsed || turn.Way.Refused != "" {
			s.t.Errorf("the tap is contact %v's, refused as %q", turn.Contact.ID, turn.Way.Refused)
		}
	},
}

// oneTime makes a one-time link of a contact.
func (s *script) oneTime(token string, owner bots.ID, source string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		tx.PutLink(fallback.Link{Token: token, Contact: owner, Source: source, Expires: tx.Now().Add(7 * 24 * time.Hour)})
	})
}

// taps is a person who opens a one-time link: where a link is a text, they send it.
func (s *script) taps(chat, token string) bots.Turn {
	s.t.Helper()
	e := bots.Event{Kind: bots.Started, Chat: address(chat), Payload: token}
	if bots.TwoAddresses(e.Chat.Channel) {
		e.Kind, e.Text, e.Payload = bots.Wrote, "Hello! #"+token, ""
	}
	return s.hear(e)
}

// token names a link after a chat.
func token(chat string) string { return "T-" + strings.NewReplacer(":", "", "+", "").Replace(chat) }
