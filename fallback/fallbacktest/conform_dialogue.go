package fallbacktest

import (
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// dialogueStories are about what the bot answers by itself.
var dialogueStories = map[string]func(*script){
	"what the bot answers waits for nobody, and anything else does": func(s *script) {
		s.botted()
		who := s.everywhere()
		turn := s.says("telegram:42", "menu")
		if turn.Intent != bots.WantsMenu || turn.Message.Contact != who {
			s.t.Errorf("the bot was asked %q", turn.Intent)
		}
		s.talk(who, func(c bots.Conversation) bool { return c.State == bots.Closed && c.Unread == 0 }, "closed, nothing unread")
		if turn := s.says("telegram:42", "where is my parcel"); turn.Intent != "" {
			s.t.Errorf("the bot answers %q", turn.Intent)
		}
		s.talk(who, func(c bots.Conversation) bool { return c.State == bots.Open && c.Unread == 1 }, "open, one unread")
	},
	"while staff talk the bot is silent, but for a no": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			tx.PutConversation(bots.Conversation{Contact: who, State: bots.Open, StaffAt: tx.Now()})
		})
		if turn := s.says("telegram:42", "menu"); turn.Intent != "" {
			s.t.Errorf("the bot answers %q", turn.Intent)
		}
		press := s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Data: "menu"})
		if press.Intent != "" || !press.LeftToStaff {
			s.t.Errorf("a button: %+v, want it left to staff", press)
		}
		s.says("telegram:42", "stop")
		s.denied(who, "keyword:stop")
		time.Sleep(31 * time.Minute)
		if turn := s.says("telegram:42", "menu"); turn.Intent != bots.WantsMenu {
			s.t.Errorf("half an hour later the bot answers %q", turn.Intent)
		}
	},
	"somebody who was assigned is talking": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			tx.PutConversation(bots.Conversation{Contact: who, State: bots.Open, Assignee: "Iryna"})
		})
		if turn := s.says("telegram:42", "menu"); turn.Intent != "" {
			s.t.Errorf("the bot answers %q", turn.Intent)
		}
	},
	"two programs that talk to each other stop": func(s *script) {
		s.botted()
		s.everywhere()
		answered := 0
		for range 10 {
			if s.says("telegram:42", "menu").Intent != "" {
				answered++
			}
		}
		if answered != 3 {
			s.t.Errorf("%d answers in an hour, want 3", answered)
		}
		time.Sleep(time.Hour)
		if s.says("telegram:42", "menu").Intent == "" {
			s.t.Error("no answer an hour later")
		}
	},
	"who says that it is somebody else has the chat to themselves": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.says("telegram:42", "hello")
		turn := s.says("telegram:42", "not me")
		now := turn.Contact.ID
		if now == 0 || now == who || turn.Message.Contact != now {
			s.t.Fatalf("the chat is of %v still, the message of %v", now, turn.Message.Contact)
		}
		if _, has := s.contact(who).At(bots.Telegram); has {
			s.t.Error("the old owner keeps the chat")
		}
		if _, has := s.contact(who).At(bots.SMS); !has {
			s.t.Error("the old owner lost more than the chat")
		}
		c := s.contact(now)
		if a, _ := c.At(bots.Telegram); a.ID != "42" || c.Phone != "" || c.ExternalID != "" || c.Verified() {
			s.t.Errorf("the stranger is %+v", c)
		}
		s.talk(now, func(c bots.Conversation) bool { return c.State == bots.Open && c.Unread == 1 }, "open, for staff to see")
		d := s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		for _, x := range s.sends {
			if x.Out.To == address("telegram:42") {
				s.t.Errorf("delivery %v of the old owner went to the stranger", d)
			}
		}
	},
	"what is on its way to the old owner does not reach the stranger": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.ask(who, fallback.Service, loyalty, func(r *fallback.Request) { r.SendAt = time.Now().Add(time.Minute) })
		s.says("telegram:42", "not me")
		s.run(2 * time.Minute)
		for _, x := range s.sends {
			if x.Out.To == address("telegram:42") {
				s.t.Error("the stranger got it")
			}
		}
	},
	"a no that was said in the chat stays with the stranger": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.says("telegram:42", "stop")
		now := s.says("telegram:42", "not me").Contact.ID
		if now == who || s.contact(now).Marketing.State != bots.Denied {
			s.t.Errorf("the stranger's consent is %+v", s.contact(now).Marketing)
		}
		s.update(func(tx fallback.Tx) {
			if lines := tx.Statements(now); len(lines) != 1 || lines[0].Via != bots.ViaMoved {
				s.t.Errorf("the evidence of the stranger is %+v", lines)
			}
		})
	},
	"a yes of whoever was somebody else is no yes of the owner, whose own no stands again": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.hear(bots.Event{Kind: bots.WayOut, Contact: who, Chat: address("viber:v42")})
		s.denied(who, "page")
		s.says("telegram:42", "start")
		s.says("telegram:42", "start")
		turn := s.says("telegram:42", "not me")
		s.denied(who, "page")
		if !slices.ContainsFunc(turn.Changes, func(c bots.Change) bool {
			return c.Type == "contact.consent" && c.Contact == who && c.State == "denied" && c.Reason == bots.ReasonNotMe
		}) {
			s.t.Errorf("the changes %+v tell nothing of it", turn.Changes)
		}
		s.update(func(tx fallback.Tx) {
			lines := tx.Statements(who)
			if last := lines[len(lines)-1]; last.Via != bots.ViaNotMe || last.Was != bots.Given || last.State != bots.Denied || last.Chat != address("telegram:42") {
				s.t.Errorf("the evidence ends with %+v", last)
			}
		})
	},
	"what was known before holds again, and what was said elsewhere stays": func(s *script) {
		s.botted()
		nothing, told, elsewhere := s.person("telegram:1", "sms:+380501112201"), s.person("telegram:2", "sms:+380501112202"), s.person("telegram:3", "viber:v3", "sms:+380501112203")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(nothing)
			c.Marketing = bots.Consent{}
			tx.PutContact(c)
		})
		for _, chat := range []string{"telegram:1", "telegram:2", "viber:v3"} {
			s.says(chat, "start")
		}
		for _, chat := range []string{"telegram:1", "telegram:2", "telegram:3"} {
			s.says(chat, "not me")
		}
		if c := s.contact(nothing).Marketing; c.State != bots.Unknown {
			s.t.Errorf("of whom nothing was known: %+v", c)
		}
		if c := s.contact(told).Marketing; c.State != bots.Given || c.ByPerson || c.Source != "test" {
			s.t.Errorf("what the retailer told: %+v", c)
		}
		if c := s.contact(elsewhere).Marketing; c.State != bots.Given || !c.ByPerson {
			s.t.Errorf("what was said elsewhere: %+v", c)
		}
	},
	"a stranger is nobody whom they could deny to be": func(s *script) {
		s.botted()
		who := s.says("telegram:77", "hello").Contact.ID
		turn := s.says("telegram:77", "not me")
		if turn.Intent != "" || turn.Contact.ID != who {
			s.t.Errorf("the bot heeds %q of %v, who was %v", turn.Intent, turn.Contact.ID, who)
		}
	},
	"a number means what the bot showed under it, for an hour": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			c := bots.Conversation{Contact: who}
			c.Bot.Show([]string{"menu", "stop"}, tx.Now())
			tx.PutConversation(c)
		})
		if turn := s.says("telegram:42", "1"); turn.Intent != bots.WantsMenu {
			s.t.Errorf("1 means %q", turn.Intent)
		}
		if turn := s.says("telegram:42", "3"); turn.Intent != "" {
			s.t.Errorf("3 means %q", turn.Intent)
		}
		s.says("telegram:42", "2.")
		s.denied(who, "keyword:stop")
		time.Sleep(2 * time.Hour)
		if turn := s.says("telegram:42", "1"); turn.Intent != "" {
			s.t.Errorf("two hours later 1 means %q", turn.Intent)
		}
	},
	"an answer about marketing is the person's own word": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Data: "consent_yes"})
		if c := s.contact(who).Marketing; c.State != bots.Given || !c.ByPerson || c.Source != bots.DialogueConsent {
			s.t.Errorf("consent %+v", c)
		}
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Data: "consent_no"})
		s.denied(who, bots.DialogueConsent)
	},
	"the evidence of an answer by a button is what stood on it, and what was asked": func(s *script) {
		s.botted()
		who := s.person("telegram:42")
		var asked bots.ID
		s.update(func(tx fallback.Tx) {
			asked = tx.NewID()
			tx.PutMessage(&bots.Message{
				ID: asked, Contact: who, To: address("telegram:42"), Channel: bots.Telegram, At: tx.Now(), Text: "May we send you offers?",
				Buttons: []bots.Button{{Text: "Yes, please", Data: "consent_yes"}, {Text: "No, thanks", Data: "consent_no"}},
			})
		})
		for _, data := range []string{"consent_no", "consent_yes"} {
			s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Data: data, Step: asked})
		}
		if got := s.contact(who).Marketing.Words; got != "Yes, please ← May we send you offers?" {
			s.t.Errorf("the words of the yes are %q", got)
		}
		s.update(func(tx fallback.Tx) {
			for _, line := range tx.Statements(who) {
				if line.State == bots.Denied && line.Words != "No, thanks ← May we send you offers?" {
					s.t.Errorf("the words of the no are %q", line.Words)
				}
			}
		})
	},
}

// botted makes the bot understand a few words, and answer three times an hour.
func (s *script) botted() {
	said := map[string]bots.Intent{"menu": bots.WantsMenu, "not me": bots.SaysNotMe}
	pressed := map[string]bots.Intent{"menu": bots.WantsMenu, "consent_yes": bots.SaysYes, "consent_no": bots.SaysNo}
	s.rules.Core.Bot = bots.Bot{Silent: 30 * time.Minute, Most: 3, Understand: func(text string, button bool) bots.Intent {
		if button {
			return pressed[text]
		}
		return said[text]
	}}
}
