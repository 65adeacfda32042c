package fallbacktest

import (
	"slices"
	"strings"
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
	"a contact card that is nobody's own is answered where phones are shared as cards, and staff see it": func(s *script) {
		s.botted()
		who := s.everywhere()
		before := s.contact(who).Phone
		card := func(chat, text string) bots.Turn {
			return s.hear(bots.Event{Kind: bots.Wrote, Chat: address(chat), Text: text, Media: []bots.Media{{Type: "contact", Text: "+380509999999"}}})
		}
		for _, chat := range []string{"telegram:42", "viber:v1"} {
			if turn := card(chat, ""); turn.Intent != bots.ShowsCard || !turn.Intent.ForStaff() {
				s.t.Errorf("on %s the bot was asked %q", chat, turn.Intent)
			}
		}
		if turn := card("telegram:42", "is this your courier?"); turn.Intent != "" {
			s.t.Errorf("a card with a question is answered %q", turn.Intent)
		}
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v7"), Phone: "+380507777777", Coded: true}) // proven there
		if turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("viber:v7"), Phone: "+380509999999"}); turn.Intent != bots.ShowsCard {
			s.t.Errorf("a card with another number on Viber is answered %q", turn.Intent)
		}
		if after := s.contact(who).Phone; after != before {
			s.t.Errorf("the phone was %s and is %s", before, after)
		}
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
	"who asks for a person waits until one answers, or the conversation is closed": func(s *script) {
		s.botted()
		who := s.person("telegram:42")
		wanted := func(turn bots.Turn) bool {
			return slices.ContainsFunc(turn.Changes, func(c bots.Change) bool { return c.Type == bots.PersonWanted })
		}
		if !wanted(s.says("telegram:42", "person")) {
			s.t.Error("no change tells of it")
		}
		first := time.Now()
		time.Sleep(time.Minute)
		if wanted(s.says("telegram:42", "person")) {
			s.t.Error("asking again is told again")
		}
		s.talk(who, func(c bots.Conversation) bool { return c.Bot.Wants.Equal(first) }, "waiting since it was asked for first")
		s.update(func(tx fallback.Tx) {
			c := tx.Conversation(who)
			_, err := fallback.TalkChange{State: bots.Closed}.Apply(&c)
			s.must(err)
			tx.PutConversation(c)
		})
		s.talk(who, func(c bots.Conversation) bool { return c.Bot.Wants.IsZero() }, "waiting for nobody")
	},
	"what was asked for as a stranger is asked for by whoever the phone says it is": func(s *script) {
		s.botted()
		who := s.person("sms:+380501112233")
		s.says("telegram:42", "person")
		s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380501112233"})
		s.talk(who, func(c bots.Conversation) bool { return !c.Bot.Wants.IsZero() }, "waiting for a person")
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
	"who says that it is somebody else has read nothing for the old owner": func(s *script) {
		s.botted()
		for name, say := range map[string]func(on *sent){
			"in words": func(*sent) { s.says("telegram:42", "not me") },
			"by a button under it": func(on *sent) {
				s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Step: on.Out.Step, Data: "not_me"})
			},
			"as an answer to it": func(on *sent) { s.says("telegram:42", "not me", func(e *bots.Event) { e.On = on.ProviderID }) },
			"and writes on":      func(*sent) { s.says("telegram:42", "not me"); s.says("telegram:42", "hello") },
			"and presses its button all the same": func(on *sent) {
				s.says("telegram:42", "not me")
				s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Step: on.Out.Step, Data: "ok"})
			},
			"and its receipt comes later": func(on *sent) { s.says("telegram:42", "not me"); s.report(on, bots.Read) },
		} {
			who := s.everywhere()
			d := s.ask(who, fallback.Service, "telegram 15m read, sms 1h delivered")
			s.settleDown()
			say(s.sends[len(s.sends)-1])
			s.settleDown()
			l := s.delivery(d).Route
			if l[0].Outcome != fallback.Fell || l[0].Reason != fallback.ReasonNotMe || l[1].Outcome != fallback.Taken || s.delivery(d).State != fallback.Waiting {
				s.t.Errorf("%s: %s, the steps are %+v; want a text to the owner", name, s.delivery(d).State, l)
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
		s.numbered(who)
		if turn := s.says("telegram:42", "1"); turn.Intent != bots.WantsMenu {
			s.t.Errorf("1 means %q", turn.Intent)
		}
		if turn := s.says("telegram:42", "3"); turn.Intent != "" {
			s.t.Errorf("3 means %q", turn.Intent)
		}
		s.ask(who, fallback.Conversation, "telegram 15m accepted") // the bot says something else, and its menu is still above
		s.settleDown()
		s.says("telegram:42", "2.")
		s.denied(who, "keyword:stop")
		time.Sleep(2 * time.Hour)
		if turn := s.says("telegram:42", "1"); turn.Intent != "" {
			s.t.Errorf("two hours later 1 means %q", turn.Intent)
		}
	},
	"a number says nothing of a question that has not gone out": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.numbered(who)
		before := s.contact(who).Marketing
		s.update(func(tx fallback.Tx) { // the bot asks, and its question is on its way still
			c := tx.Conversation(who)
			c.Bot.Show([]string{"consent_no", "consent_yes"}, tx.Now())
			tx.PutConversation(c)
		})
		if turn := s.says("telegram:42", "1"); turn.Intent != "" || s.contact(who).Marketing != before {
			s.t.Errorf("1 means %q, and the consent is %+v; the menu is what the person reads", turn.Intent, s.contact(who).Marketing)
		}
	},
	"an answer goes to the chat of the question, while that is the person's": func(s *script) {
		who := s.person("telegram:42")
		time.Sleep(time.Minute)
		s.update(func(tx fallback.Tx) { // another of the family
			c := tx.Contact(who)
			c.Set(address("telegram:43"), bots.Active, tx.Now())
			tx.PutContact(c)
		})
		answer := func(want string) {
			s.t.Helper()
			before := len(s.sends)
			s.ask(who, fallback.Conversation, "telegram 15m accepted", func(r *fallback.Request) { r.Chat = address("telegram:42") })
			s.settleDown()
			got := ""
			if len(s.sends) > before {
				got = s.sends[before].Out.To.ID
			}
			if got != want {
				s.t.Errorf("the answer went to %q, want %q", got, want)
			}
		}
		answer("42")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("telegram:42")})
		answer("43")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Remove(address("telegram:42"))
			tx.PutContact(c)
		})
		answer("")
	},
	"a number in another chat is a number of the person's own": func(s *script) {
		s.botted()
		s.numbered(s.everywhere())
		if turn := s.says("viber:v42", "1"); turn.Intent != "" {
			s.t.Errorf("1 means %q on another channel", turn.Intent)
		}
		if turn := s.says("telegram:42", "1"); turn.Intent != bots.WantsMenu {
			s.t.Errorf("1 means %q where it was shown", turn.Intent)
		}
	},
	"a number after something else that was sent answers that": func(s *script) {
		s.botted()
		who := s.everywhere()
		s.numbered(who)
		s.ask(who, fallback.Service, "telegram 15m read") // how did you like it, from 1 to 5?
		s.settleDown()
		if turn := s.says("telegram:42", "1"); turn.Intent != "" {
			s.t.Errorf("1 means %q", turn.Intent)
		}
	},
	"an answer about marketing keeps to which words it was given": func(s *script) {
		s.botted()
		who := s.told(bots.Consent{})
		question := func(to string) *sent {
			s.ask(who, fallback.Conversation, to+" 15m accepted", func(r *fallback.Request) {
				r.Template, r.Text = "ask_consent", ""
				r.Choices = []bots.Button{{Text: "Yes, please", Data: "consent_yes"}, {Text: "No", Data: "consent_no"}, {Text: "No ads", Data: "stop"}}
			})
			s.settleDown()
			return s.sends[len(s.sends)-1]
		}
		asked := question(bots.Telegram)
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), Step: asked.Out.Step, Data: "consent_yes"})
		words, version := s.contact(who).Marketing.Words, s.contact(who).Marketing.Version
		if words != "Yes, please ← "+asked.Out.Text || !strings.HasPrefix(version, "ask_consent:") {
			s.t.Errorf("the yes was given to %q, version %q", words, version)
		}
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:42"), On: asked.ProviderID, Data: "stop"})
		if c := s.contact(who).Marketing; c.Words != "No ads ← "+asked.Out.Text || c.Version != version {
			s.t.Errorf("the no was given to %q, version %q", c.Words, c.Version)
		}
		s.update(func(tx fallback.Tx) {
			c := tx.Conversation(who)
			c.Bot.Show([]string{"consent_yes", "consent_no", "stop"}, tx.Now())
			tx.PutConversation(c)
		})
		question(bots.Viber)
		s.says("viber:v42", "1")
		if c := s.contact(who).Marketing; c.State != bots.Given || c.Words != words {
			s.t.Errorf("by number: %v, given to %q", c.State, c.Words)
		}
		s.says("viber:v42", "stop")
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address("viber:v42"), Step: asked.Out.Step, Data: "consent_yes"}) // of another chat
		if c := s.contact(who).Marketing; c.State != bots.Given || c.Words != "consent_yes" {
			s.t.Errorf("a button of another chat: %v, given to %q", c.State, c.Words)
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
	said := map[string]bots.Intent{"menu": bots.WantsMenu, "not me": bots.SaysNotMe, "person": bots.WantsPerson}
	pressed := map[string]bots.Intent{"menu": bots.WantsMenu, "consent_yes": bots.SaysYes, "consent_no": bots.SaysNo, "not_me": bots.SaysNotMe}
	s.rules.Core.Bot = bots.Bot{Silent: 30 * time.Minute, Most: 3, Understand: func(text string, button bool) bots.Intent {
		if button {
			return pressed[text]
		}
		return said[text]
	}}
}

// numbered is a message of the bot with a menu under numbers.
func (s *script) numbered(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Conversation(who)
		c.Contact = who
		c.Bot.Show([]string{"menu", "stop"}, tx.Now())
		tx.PutConversation(c)
	})
	s.ask(who, fallback.Conversation, "telegram 15m accepted", func(r *fallback.Request) {
		r.Choices = []bots.Button{{Text: "Menu", Data: "menu"}, {Text: "No advertising", Data: "stop"}}
	})
	s.settleDown()
}
