package fallbacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const (
	claimed = "+380501112233"
	code    = "042517"
)

// coded makes phones be proven by codes: two to a phone in a day, three to a person, ten in all, three tries.
func (s *script) coded() {
	s.botted()
	s.rules.Codes = fallback.CodeRules{Key: "a key", Life: 10 * time.Minute, Pause: time.Minute, Tries: 3, PerPerson: 3, PerPhone: 2, PerDay: 10}
	understand := s.rules.Core.Bot.Understand
	s.rules.Core.Bot.Understand = func(text string, pressed bool) bots.Intent {
		if pressed && slices.Contains([]string{"new_code", "other_phone", "not_asked"}, text) {
			return bots.Intent(text)
		}
		return understand(text, pressed)
	}
}

// sharesCard is a person who shares a number on Viber.
func (s *script) sharesCard(chat, phone string) bots.Turn {
	s.t.Helper()
	return s.hear(bots.Event{Kind: bots.Shared, Chat: address(chat), Phone: phone})
}

func (s *script) presses(chat, data string) bots.Turn {
	s.t.Helper()
	return s.hear(bots.Event{Kind: bots.Pressed, Chat: address(chat), Data: data})
}

// issue does what the dialogue does: it draws the code of a claim. It says where the code goes; empty: nowhere.
func (s *script) issue(who bots.ID, drawn string) (where string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		talk := tx.Conversation(who)
		talk.Contact = who
		a, ok := s.rules.Codes.Issue(tx, &talk, drawn, func(channel string) bool { _, on := s.rules.Channels[channel]; return on })
		tx.PutConversation(talk)
		if where = ""; ok {
			where = strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", a.To, a.Channel, a.Then)), " ")
		}
		if ok && a.Place != (bots.Address{Channel: bots.SMS, ID: talk.Bot.Claim.Phone}) {
			s.t.Errorf("a text would go to %v", a.Place)
		}
	})
	return where
}

// claims is a stranger who shares a number on Viber, and the code that went out for it.
func (s *script) claims(chat, phone, drawn string) bots.ID {
	s.t.Helper()
	turn := s.sharesCard(chat, phone)
	if turn.Intent != bots.ClaimsPhone {
		s.t.Fatalf("%s who shares a number asks the bot for %q, want a code", chat, turn.Intent)
	}
	s.issue(turn.Contact.ID, drawn)
	return turn.Contact.ID
}

// bare reports what a stranger has that is not theirs; empty: nothing.
func (s *script) bare(who bots.ID) string {
	c := s.contact(who)
	if c.Phone != "" || c.ExternalID != "" || c.Verified() || len(c.Addresses) != 1 {
		return fmt.Sprintf("%+v", c)
	}
	return ""
}

// claimOf is what the store keeps of a claim.
func (s *script) claimOf(who bots.ID) (c bots.Claim) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { c = tx.Conversation(who).Bot.Claim })
	return c
}

var codeStories = map[string]func(*script){
	"a shared number is proven by its code, and the chat is its owner's from then on": func(s *script) {
		s.coded()
		who := s.person("telegram:42", "sms:"+claimed)
		stranger := s.claims("viber:v1", claimed, code)
		if got := s.bare(stranger); got != "" {
			s.t.Errorf("before the code the stranger has %s", got)
		}
		if c := s.claimOf(stranger); strings.Contains(fmt.Sprintf("%+v", c), code) || c.Hash == "" {
			s.t.Errorf("the store keeps %+v", c)
		}
		turn := s.says("viber:v1", "код 042 517")
		if turn.Contact.ID != who || turn.Intent != bots.SharesPhone {
			s.t.Fatalf("the code makes the chat %v's, and asks for %q; want %v", turn.Contact.ID, turn.Intent, who)
		}
		if a, _ := s.contact(who).At(bots.Viber); a.ID != "v1" || a.State != bots.Active {
			s.t.Errorf("the owner's place on Viber is %+v", a)
		}
		if _, has := s.contact(stranger).At(bots.Viber); has || s.claimOf(stranger).Phone != "" {
			s.t.Error("the contact that was claimed from keeps the chat, or the claim")
		}
		if again := s.says("viber:v1", code); again.Intent != "" || again.Contact.ID != who {
			s.t.Errorf("the code said again asks for %q", again.Intent)
		}
	},
	"a number of nobody's is the person's own once it is proven": func(s *script) {
		s.coded()
		who := s.claims("viber:v1", claimed, code)
		if got := s.bare(who); got != "" {
			s.t.Errorf("before the code there is %s", got)
		}
		s.says("viber:v1", code)
		c := s.contact(who)
		if sms, _ := c.At(bots.SMS); c.Phone != claimed || c.PhoneClaimed || !c.Verified() || sms.State != bots.Active {
			s.t.Errorf("the contact is %+v", c)
		}
	},
	"where the code goes": func(s *script) {
		s.coded()
		who := s.person("telegram:42", "sms:"+claimed)
		turn := s.sharesCard("viber:v1", claimed)
		if got, want := s.issue(turn.Contact.ID, code), who.String()+" telegram sms"; got != want {
			s.t.Errorf("the first code goes to %q, want %q: where the owner was heard", got, want)
		}
		time.Sleep(2 * time.Minute)
		if turn = s.presses("viber:v1", "new_code"); turn.Intent != bots.ClaimsPhone {
			s.t.Fatalf("a new code is answered with %q", turn.Intent)
		}
		if got, want := s.issue(turn.Contact.ID, code), who.String()+" sms"; got != want {
			s.t.Errorf("the second code goes to %q, want %q: the first way did not help", got, want)
		}
		other := s.sharesCard("viber:v2", "+380501112244")
		if got, want := s.issue(other.Contact.ID, code), other.Contact.ID.String()+" sms"; got != want {
			s.t.Errorf("the code to nobody's number goes to %q, want %q", got, want)
		}
		if got := s.issue(other.Contact.ID, "000000"); got != "" {
			s.t.Errorf("one claim has two codes: the second goes to %q", got)
		}
	},
	"wrong, late, of another chat, and tried too often are one answer": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed)
		a, b := s.claims("viber:v1", claimed, "111111"), s.claims("viber:v2", claimed, "222222")
		for chat, wrong := range map[string]string{"viber:v1": "222222", "viber:v2": "111111"} {
			if turn := s.says(chat, wrong); turn.Intent != bots.WrongCode || turn.Contact.ID == who {
				s.t.Errorf("%s with the code of the other chat: %q", chat, turn.Intent)
			}
		}
		s.says("viber:v1", "000000")
		s.says("viber:v1", "000001")
		if turn := s.says("viber:v1", "111111"); turn.Contact.ID == who || turn.Intent != "" {
			s.t.Errorf("after three tries the right code makes the chat %v's, and asks for %q; want it left to staff", turn.Contact.ID, turn.Intent)
		}
		time.Sleep(11 * time.Minute)
		if turn := s.says("viber:v2", "222222"); turn.Intent != bots.WrongCode || turn.Contact.ID == who {
			s.t.Errorf("too late, the right code is answered with %q", turn.Intent)
		}
		for _, id := range []bots.ID{a, b} {
			if got := s.bare(id); got != "" {
				s.t.Errorf("a stranger has %s", got)
			}
		}
	},
	"what is kept of a code fits no other phone, chat or time": func(s *script) {
		s.coded()
		victim := s.person("sms:+380671110000")
		for what, forge := range map[string]func(*bots.Claim){
			"phone": func(c *bots.Claim) { c.Phone = "+380671110000" },
			"time":  func(c *bots.Claim) { c.Asked = c.Asked.Add(time.Second) },
		} {
			who := s.claims("viber:"+what, map[string]string{"phone": claimed, "time": "+380501112244"}[what], code)
			s.update(func(tx fallback.Tx) {
				talk := tx.Conversation(who)
				forge(&talk.Bot.Claim)
				tx.PutConversation(talk)
			})
			if turn := s.says("viber:"+what, code); turn.Intent != bots.WrongCode || turn.Contact.ID == victim {
				s.t.Errorf("with another %s the code is answered with %q", what, turn.Intent)
			}
		}
	},
	"two chats claim one phone at once: who has the code has the phone": func(s *script) {
		s.coded()
		a, b := s.claims("viber:v1", claimed, "111111"), s.claims("viber:v2", claimed, "222222")
		if turn := s.says("viber:v2", "222222"); turn.Contact.ID != b || turn.Contact.Phone != claimed {
			s.t.Fatalf("the code makes %+v", turn.Contact)
		}
		if got := s.bare(a); got != "" {
			s.t.Errorf("the other has %s", got)
		}
		if turn := s.says("viber:v1", "111111"); turn.Contact.ID != b { // who reads the phone's texts reads both
			s.t.Errorf("the other code, which went to the same phone, makes the chat %v's, want %v's", turn.Contact.ID, b)
		}
	},
	"guesses of many chats together are bounded by the phone": func(s *script) {
		s.coded()
		who, tries := s.person("sms:"+claimed), 0
		for i := range 6 {
			chat := fmt.Sprintf("viber:guess%d", i)
			turn := s.sharesCard(chat, claimed)
			if turn.Intent == bots.ClaimsPhone {
				s.issue(turn.Contact.ID, code)
			} else if turn.Intent != bots.NoCode || turn.Conversation.State != bots.Open {
				s.t.Errorf("%s: %q in a conversation that is %v, want staff to see it", chat, turn.Intent, turn.Conversation.State)
			}
			for n := range 5 {
				if got := s.says(chat, fmt.Sprintf("9%05d", n)); got.Intent == bots.WrongCode {
					tries++
				} else if got.Contact.ID == who {
					s.t.Fatal("guessed")
				}
			}
		}
		if tries != 2*3 {
			s.t.Errorf("%d guesses were looked at, want 6: two codes a day with three tries each", tries)
		}
		time.Sleep(24 * time.Hour)
		if turn := s.sharesCard("viber:guess0", claimed); turn.Intent != bots.ClaimsPhone {
			s.t.Errorf("the next day: %q", turn.Intent)
		}
	},
	"one person asks for so many codes in a day, and all together for so many": func(s *script) {
		s.coded()
		for i := range 4 {
			turn, want := s.sharesCard("viber:v1", fmt.Sprintf("+38050111%04d", i)), bots.ClaimsPhone
			if i == 3 {
				want = bots.NoCode
			}
			if turn.Intent != want {
				s.t.Errorf("number %d: %q, want %q", i+1, turn.Intent, want)
			}
		}
		sent := 3
		for i := range 20 {
			if s.sharesCard(fmt.Sprintf("viber:many%d", i), fmt.Sprintf("+38067111%04d", i)).Intent == bots.ClaimsPhone {
				sent++
			}
		}
		if sent != 10 {
			s.t.Errorf("%d codes in a day, want 10", sent)
		}
	},
	"a further code waits for a minute": func(s *script) {
		s.coded()
		s.claims("viber:v1", claimed, code)
		for _, turn := range []bots.Turn{s.sharesCard("viber:v1", claimed), s.presses("viber:v1", "new_code")} {
			if turn.Intent != bots.WaitsCode {
				s.t.Errorf("at once: %q", turn.Intent)
			}
		}
		if turn := s.says("viber:v1", code); turn.Contact.Phone != claimed {
			s.t.Error("the code that is out does not count any more")
		}
	},
	"who wants nothing of us gets no code, and whoever asked reads what they always do": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(who)
			c.All = bots.Consent{State: bots.Denied, ByPerson: true, At: tx.Now(), Source: "keyword:stopall"}
			tx.PutContact(&c)
		})
		turn := s.sharesCard("viber:v1", claimed)
		if turn.Intent != bots.ClaimsPhone {
			s.t.Errorf("%q tells that the number is known", turn.Intent)
		}
		if where := s.issue(turn.Contact.ID, code); where != "" {
			s.t.Errorf("the code goes to %s", where)
		}
		if got := s.says("viber:v1", "000000").Intent; got != bots.WrongCode {
			s.t.Errorf("a guess is answered with %q, want as ever", got)
		}
	},
	"who wanted nothing of us and was erased gets no code either": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed)
		s.says("sms:"+claimed, "стоп все")
		s.erase(who)
		turn := s.sharesCard("viber:v1", claimed)
		if where := s.issue(turn.Contact.ID, code); where != "" {
			s.t.Errorf("the code goes to %s", where)
		}
	},
	"a no to marketing does not keep a code back": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed)
		s.says("sms:"+claimed, "stop")
		s.denied(who, "keyword:stop")
		turn := s.sharesCard("viber:v1", claimed)
		if where := s.issue(turn.Contact.ID, code); where == "" {
			s.t.Error("no code goes out")
		}
		after := s.says("viber:v1", code).Contact
		if after.ID != who || after.Marketing.State != bots.Denied {
			s.t.Errorf("the proven chat is %v's, whose consent is %+v", after.ID, after.Marketing)
		}
	},
	"not me, under a code that nobody asked for, ends it and leaves the chat where it is": func(s *script) {
		s.coded()
		for name, deny := range map[string]func() bots.Turn{
			"button": func() bots.Turn { return s.presses("telegram:42", "not_asked") },
			"words":  func() bots.Turn { return s.says("telegram:42", "not me") },
		} {
			phone := map[string]string{"button": claimed, "words": "+380501112244"}[name]
			who := s.person("sms:" + phone)
			s.update(func(tx fallback.Tx) { // the chat is this person's now
				for _, id := range tx.Owners(bots.Ref{Kind: bots.Telegram, Value: "42"}) {
					c := *tx.Contact(id)
					c.Remove(address("telegram:42"))
					tx.PutContact(&c)
				}
				c := *tx.Contact(who)
				c.Set(address("telegram:42"), bots.Active, tx.Now())
				tx.PutContact(&c)
			})
			s.claims("viber:"+name, phone, code)
			if turn := deny(); turn.Intent != bots.DeniesCode || turn.Contact.ID != who {
				s.t.Fatalf("%s: the bot hears %q of %v", name, turn.Intent, turn.Contact.ID)
			}
			if turn := s.says("viber:"+name, code); turn.Intent != bots.WrongCode || turn.Contact.ID == who {
				s.t.Errorf("%s: the code is answered with %q", name, turn.Intent)
			}
			again := s.sharesCard("viber:again"+name, phone)
			if again.Intent != bots.ClaimsPhone || s.issue(again.Contact.ID, code) != "" {
				s.t.Errorf("%s: a further claim hears %q, or a code goes out", name, again.Intent)
			}
			if turn := s.says("viber:again"+name, code); turn.Contact.ID == who {
				s.t.Errorf("%s: and is proven", name)
			}
		}
		time.Sleep(11 * time.Minute) // later the same words are about the chat
		if turn := s.says("telegram:42", "not me"); turn.Intent != bots.SaysNotMe {
			s.t.Errorf("later the words mean %q", turn.Intent)
		}
	},
	"no consent moves before the proof, and the strictest one with it": func(s *script) {
		s.coded()
		who := s.person("sms:" + claimed) // who allowed marketing
		stranger := s.claims("viber:v1", claimed, code)
		s.says("viber:v1", "stop")
		s.denied(stranger, "keyword:stop")
		if c := s.contact(who).Marketing; c.State != bots.Given {
			s.t.Errorf("a stranger's no is the owner's: %+v", c)
		}
		s.says("viber:v1", code)
		if c := s.contact(who).Marketing; c.State != bots.Denied {
			s.t.Errorf("the no that was said in the chat is lost: %+v", c)
		}
	},
	"a number that is typed when we asked for one is proven the same way": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		for _, chat := range []string{"telegram:77", "viber:v7", "whatsapp:77@lid"} {
			who := s.says(chat, "hello").Contact.ID
			if turn := s.says(chat, "050 111 22 33"); turn.Intent != "" {
				s.t.Errorf("%s: a number that nobody asked for is for staff, not %q", chat, turn.Intent)
			}
			s.update(func(tx fallback.Tx) {
				talk := tx.Conversation(who)
				talk.Bot.AskedPhone = tx.Now()
				tx.PutConversation(talk)
			})
			number := map[string]string{"telegram:77": "050 111 22 33", "viber:v7": "+380501112244", "whatsapp:77@lid": "0501112255"}[chat]
			turn := s.says(chat, number)
			if turn.Intent != bots.ClaimsPhone || turn.Contact.Phone != "" {
				s.t.Fatalf("%s: %q, and the phone is %q", chat, turn.Intent, turn.Contact.Phone)
			}
			s.issue(who, code)
			if c := s.says(chat, code).Contact; !c.Verified() || c.Phone == "" {
				s.t.Errorf("%s: the contact is %+v", chat, c)
			}
		}
	},
	"another number ends the claim, and is typed": func(s *script) {
		s.coded()
		who := s.claims("viber:v1", claimed, code)
		if turn := s.presses("viber:v1", "other_phone"); turn.Intent != bots.OtherPhone {
			s.t.Errorf("the bot hears %q", turn.Intent)
		}
		if turn := s.says("viber:v1", code); turn.Intent != "" || turn.Contact.Phone != "" {
			s.t.Errorf("the old code asks for %q, and makes %+v", turn.Intent, turn.Contact)
		}
		if turn := s.says("viber:v1", "+380501112244"); turn.Intent != bots.ClaimsPhone || s.claimOf(who).Phone != "+380501112244" {
			s.t.Errorf("the other number asks for %q, and the claim is %+v", turn.Intent, s.claimOf(who))
		}
	},
	"a message of another length is no code, and neither is one without a claim": func(s *script) {
		s.coded()
		if turn := s.says("viber:v0", code); turn.Intent != "" || turn.Conversation.State != bots.Open {
			s.t.Errorf("without a claim: %q", turn.Intent)
		}
		s.claims("viber:v1", claimed, code)
		for _, text := range []string{"04251", "0425170", "the order 042517 of last week please", "042517\n" + strings.Repeat("x", 60)} {
			if turn := s.says("viber:v1", text); turn.Intent != "" {
				s.t.Errorf("%q: %q, want it left to staff", text, turn.Intent)
			}
		}
	},
	"without codes a number on Viber stays the person's own word": func(s *script) {
		s.botted()
		c := s.sharesCard("viber:v1", claimed).Contact
		if c.Phone != claimed || !c.PhoneClaimed || c.Verified() {
			s.t.Errorf("the contact is %+v", c)
		}
	},
}
