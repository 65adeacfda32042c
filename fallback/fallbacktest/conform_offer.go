package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// offerStories are about a group that is chosen with a key, in the chat of somebody with the bot.
var offerStories = map[string]func(*script){
	"whoever writes the code in private is asked which group it is, and is no customer": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.askedAt("70")
		s.strangerIs("telegram:70", true)
		s.roomIs("")
		s.chose("70", staffGroup)
		s.roomIs("-100500")
		s.noted(fallback.StaffBound+" -100500", 1)
	},
	"a link brings the code as well": func(s *script) {
		s.offering()
		s.hear(bots.Event{Kind: bots.Started, Chat: address("telegram:70"), Text: "/start", Payload: fallback.StaffPayload(staffCode)})
		s.askedAt("70")
		s.strangerIs("telegram:70", true)
		s.chose("70", staffGroup)
		s.roomIs("-100500")
	},
	"nobody else chooses": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		for _, who := range []string{"71", "", "telegram:70"} {
			s.chose(who, otherGroup)
		}
		s.roomIs("")
	},
	"nobody chooses who wrote no code": func(s *script) {
		s.offering()
		s.chose("70", otherGroup)
		s.roomIs("")
	},
	"a room stays what it is when strangers choose it, or another": func(s *script) {
		s.bound()
		s.rules.Staff.Offer = offerWords
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(staffGroup)})
		s.chose("70", staffGroup)
		s.chose("70", otherGroup)
		s.roomIs("-100500")
		s.noted(fallback.StaffFound+" -100500", 0)
	},
	"a choice is good for an hour": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.run(fallback.StaffOfferLife)
		s.chose("70", staffGroup)
		s.roomIs("")
	},
	"a choice is made once": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.chose("70", staffGroup)
		s.chose("70", otherGroup)
		s.roomIs("-100500")
	},
	"the code still binds the group in which it is written, and ends the choice": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("-100500")
		s.chose("70", otherGroup)
		s.roomIs("-100500")
	},
	"a fresh code ends the choice": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.putCode("aaaa-bbbb-cccc")
		s.chose("70", staffGroup)
		s.roomIs("")
	},
	"the group of the configuration wins over a choice": func(s *script) {
		s.offering()
		s.says("telegram:70", "/staff "+staffCode)
		s.fix("-100600")
		s.chose("70", staffGroup)
		s.roomIs("-100600")
	},
	"wrong codes in private are tries of whoever wrote them, and stay messages": func(s *script) {
		s.offering()
		for range 2 * fallback.MaxStaffTries {
			s.says("telegram:60", "/staff guess")
		}
		s.noted(fallback.StaffTried+" telegram", fallback.MaxStaffTries-1)
		s.noted(fallback.StaffTried+" telegram account", 1)
		s.says("telegram:60", "/staff "+staffCode)
		s.strangerIs("telegram:60", false) // it is heard no more, and this a message
		s.inRoom(staffGroup, "/staff guess", func(e *bots.Event) { e.By = "60" })
		s.noted(fallback.StaffTried+" staff", 0) // in a group they are the same account
		s.says("telegram:70", "/staff "+staffCode)
		s.askedAt("70")
		s.chose("70", staffGroup)
		s.roomIs("-100500")
	},
	"a code that is right for one thing is no wrong one for another": func(s *script) {
		s.bound()
		s.rules.Staff.Offer = offerWords
		s.invited("Iryna")
		s.putCode("aaaa-bbbb-cccc")
		for range fallback.MaxStaffTries {
			s.says("telegram:70", "/staff aaaa-bbbb-cccc")
		}
		s.says("telegram:71", "/staff "+staffCode)
		s.accountsAre("telegram:71")
		s.noted(fallback.StaffTried+" telegram", 0)
		s.noted(fallback.StaffTried+" telegram account", 0)
	},
	"other messengers have no groups to choose": func(s *script) {
		s.offering()
		s.says("viber:v70", "/staff "+staffCode)
		s.strangerIs("viber:v70", false)
		s.run(time.Minute)
		s.sentSoFar()
	},
	"where there are no words nobody is asked": func(s *script) {
		s.staffed()
		s.says("telegram:70", "/staff "+staffCode)
		s.strangerIs("telegram:70", false)
	},
}

var offerWords = fallback.OfferWords{Text: "Which group?", Key: "Choose"}

// offering is a code that is out, in a program that asks for the group.
func (s *script) offering() {
	s.t.Helper()
	s.staffed()
	s.rules.Staff.Offer = offerWords
}

// chose is a group that somebody chose with the key.
func (s *script) chose(by, group string) {
	s.t.Helper()
	at := address(group)
	s.hear(bots.Event{Kind: bots.Offered, Chat: at, Sender: bots.Staff, Channel: bots.Telegram, By: by, Data: at.ID, Forum: true})
}

// askedAt expects that the key went to a chat, and nothing else anywhere.
func (s *script) askedAt(chat string) {
	s.t.Helper()
	s.run(time.Minute)
	if len(s.sends) != 1 || s.sends[0].Out.To != (bots.Address{Channel: bots.Staff, ID: chat}) || s.sends[0].Out.Text != offerWords.Text {
		s.t.Fatalf("sent %+v", s.sends)
	}
	s.update(func(tx fallback.Tx) {
		if p, ok := fallback.PostOf(tx.Delivery(s.sends[0].Delivery)); !ok || p.AskGroup != offerWords.Key {
			s.t.Errorf("the post is %+v, want the key in it", p)
		}
	})
}
