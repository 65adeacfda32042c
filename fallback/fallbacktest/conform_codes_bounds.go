package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// codeBoundStories are about what a code must not become: money for others, a way to learn who is known, another's phone.
var codeBoundStories = map[string]func(*script){
	"codes go to mobiles of the named countries alone, whoever has the number": func(s *script) {
		s.coded()
		s.rules.Codes.Countries = []string{"UA"}
		known := s.person("sms:+48501234567")
		for chat, c := range map[string]struct {
			phone string
			want  bots.Intent
		}{
			"viber:ua":       {claimed, bots.ClaimsPhone},
			"viber:pl":       {"+48501234568", bots.CodeAbroad},
			"viber:pl known": {"+48501234567", bots.CodeAbroad},
			"viber:premium":  {"+380900123456", bots.CodeAbroad},
			"viber:house":    {"+380442345678", bots.CodeAbroad},
			"viber:cuba":     {"+5352345678", bots.CodeAbroad},
		} {
			turn := s.sharesCard(chat, c.phone)
			if turn.Intent != c.want || turn.Contact.ID == known || turn.Contact.Phone != "" {
				s.t.Errorf("%s: the bot hears %q of %v, want %q", chat, turn.Intent, turn.Contact.ID, c.want)
			}
			if c.want == bots.CodeAbroad && (turn.Conversation.State != bots.Open || s.claimOf(turn.Contact.ID).Phone != "") {
				s.t.Errorf("%s: staff do not see it, or a code is awaited: %+v", chat, turn.Conversation)
			}
		}
		s.rules.Codes.Countries = []string{"UA", "PL"}
		if turn := s.sharesCard("viber:pl known", "+48501234567"); turn.Intent != bots.ClaimsPhone {
			s.t.Errorf("where the country is named: %q", turn.Intent)
		}
	},
	"a card that was taken while no codes went out is proven once they do": func(s *script) {
		s.botted()
		turn := s.sharesCard("viber:v1", claimed)
		if c := s.contact(turn.Contact.ID); c.Phone != claimed || !c.PhoneClaimed {
			s.t.Fatalf("without codes the contact is %+v", c)
		}
		s.coded()
		turn = s.sharesCard("viber:v1", claimed)
		if turn.Intent != bots.ClaimsPhone {
			s.t.Fatalf("with codes the bot hears %q", turn.Intent)
		}
		s.issue(turn.Contact.ID, code)
		if c := s.says("viber:v1", code).Contact; c.Phone != claimed || c.PhoneClaimed {
			s.t.Errorf("the code makes the contact %+v", c)
		}
		if turn := s.sharesCard("viber:v1", claimed); turn.Intent == bots.ClaimsPhone {
			s.t.Error("a phone that is proven needs another code")
		}
	},
	"when the codes of a day are used up, staff have whoever asks, and it is told which bound it was": func(s *script) {
		s.coded()
		s.rules.Codes.PerDay = 2
		began := time.Now()
		day := func() (d fallback.CodeDay) {
			s.update(func(tx fallback.Tx) { d = s.rules.Codes.Day(tx) })
			return d
		}
		if d := day(); d.Asked != 0 || d.Limit != 2 || d.Spent() || !d.Ends.IsZero() {
			s.t.Errorf("before the first one the day is %+v", d)
		}
		s.sharesCard("viber:a", "+380501110001")
		time.Sleep(time.Minute)
		if turn := s.sharesCard("viber:b", "+380501110002"); turn.Intent != bots.ClaimsPhone || turn.NoCode != "" {
			s.t.Errorf("the last one of the day: %q, %q", turn.Intent, turn.NoCode)
		}
		turn := s.sharesCard("viber:c", claimed)
		if turn.Intent != bots.NoCode || turn.NoCode != fallback.CodesSpent || turn.Conversation.State != bots.Open {
			s.t.Errorf("after it: %q for %q, in a conversation that is %v; want staff to have it", turn.Intent, turn.NoCode, turn.Conversation.State)
		}
		d := day()
		if d.Asked != 2 || !d.Spent() || !d.Ends.Equal(began.Add(24*time.Hour).Truncate(time.Microsecond)) || !d.Last.After(began) {
			s.t.Errorf("the day is %+v", d)
		}
		time.Sleep(time.Until(d.Ends))
		if turn := s.sharesCard("viber:c", claimed); turn.Intent != bots.ClaimsPhone || turn.NoCode != "" {
			s.t.Errorf("the next day: %q, %q", turn.Intent, turn.NoCode)
		}
		s.rules.Codes.PerDay = 100
		s.sharesCard("viber:d", claimed)
		if turn := s.sharesCard("viber:e", claimed); turn.Intent != bots.NoCode || turn.NoCode != fallback.PhoneSpent {
			s.t.Errorf("of one number: %q for %q", turn.Intent, turn.NoCode)
		}
		for n := range 3 {
			s.sharesCard("viber:f", "+38067111000"+string(rune('0'+n)))
		}
		if turn := s.sharesCard("viber:f", "+380671110009"); turn.Intent != bots.NoCode || turn.NoCode != fallback.PersonSpent {
			s.t.Errorf("of one person: %q for %q", turn.Intent, turn.NoCode)
		}
	},
	"without codes nobody is told whether a number is known": func(s *script) {
		s.botted()
		who := s.named("A-1", claimed, "sms:"+claimed)
		known, unknown := s.sharesCard("viber:v1", claimed), s.sharesCard("viber:v2", "+380501112244")
		if known.Intent != bots.SharesCard || unknown.Intent != bots.SharesPhone {
			s.t.Errorf("the bot hears %q of a number that is known, %q of one that is not; want that it answers both", known.Intent, unknown.Intent)
		}
		if known.Contact.ID == who || s.bare(known.Contact.ID) != "" || known.Conversation.State != bots.Open {
			s.t.Errorf("the stranger is %+v, in a conversation that is %v; want staff to look", known.Contact, known.Conversation.State)
		}
		if n := len(reasons(known, "contact.phone_unproven")); n != 1 {
			s.t.Errorf("%d changes tell of it, want 1", n)
		}
	},
	"who is known, and proves a number of nobody's where that of another's link was asked for, keeps the own": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		owner := s.named("B-1", claimed, "sms:"+claimed)
		for i, chat := range []string{"viber:v1", "telegram:42"} {
			number := []string{"+380671110001", "+380671110002"}[i]
			other := s.named("A-"+chat, number, chat, "sms:"+number)
			s.oneTime(token(chat), owner, "")
			s.taps(chat, token(chat))
			if turn := s.says(chat, "093 111 22 3"+string(rune('3'+i))); turn.Intent != bots.ClaimsPhone {
				s.t.Fatalf("%s: a mistyped number asks for %q", chat, turn.Intent)
			}
			s.issue(other, code)
			turn := s.says(chat, code)
			c := s.contact(other)
			if turn.Intent != bots.OtherPhone || turn.Contact.ID != other || c.Phone != number || c.Address(address("sms:"+number)) == nil {
				s.t.Errorf("%s: its code asks for %q, and the contact is %+v; want the own number, and to be asked again", chat, turn.Intent, c)
			}
			s.says(chat, "050 111 22 33")
			s.issue(other, code)
			if turn := s.says(chat, code); turn.Contact.ID != owner {
				s.t.Errorf("%s: the right number makes the chat %v's, want the link's owner's", chat, turn.Contact.ID)
			}
			time.Sleep(25 * time.Hour)
		}
	},
	"who is known, and shares a number of nobody's in Telegram where that of another's link was asked for, keeps the own": func(s *script) {
		s.botted()
		other, owner := s.named("A-1", "+380671110001", "telegram:42"), s.named("B-1", claimed)
		s.oneTime("B", owner, "")
		s.taps("telegram:42", "B")
		turn := s.hear(bots.Event{Kind: bots.Shared, Chat: address("telegram:42"), Phone: "+380931112233"})
		if c := s.contact(other); turn.Contact.ID != other || turn.Intent != bots.OtherPhone || c.Phone != "+380671110001" {
			s.t.Errorf("the bot hears %q, and the contact is %+v", turn.Intent, c)
		}
	},
	"who proved a number that the shop does not know may name the one that it does": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		owner := s.named("B-1", claimed, "sms:"+claimed)
		s.claims("viber:v1", "+380931112233", code)
		mine := s.says("viber:v1", code).Contact.ID
		if turn := s.says("viber:v1", "050 111 22 33"); turn.Intent != "" {
			s.t.Errorf("a number that nobody asked for: %q", turn.Intent)
		}
		if turn := s.presses("viber:v1", "other_phone"); turn.Intent != bots.OtherPhone {
			s.t.Fatalf("another number: %q", turn.Intent)
		}
		if turn := s.says("viber:v1", "050 111 22 33"); turn.Intent != bots.ClaimsPhone || turn.Contact.ID != mine {
			s.t.Fatalf("the number that was asked for: %q", turn.Intent)
		}
		s.issue(mine, code)
		if turn := s.says("viber:v1", code); turn.Contact.ID != owner {
			s.t.Errorf("its code makes the chat %v's, want the shop's customer's", turn.Contact.ID)
		}
		if c := s.contact(mine); c.Phone != "+380931112233" || len(c.Addresses) != 1 {
			s.t.Errorf("what is left of the first number is %+v", c)
		}
	},
	"of two that are merged while a code is out, the code counts, and what was asked for is counted on": func(s *script) {
		s.coded()
		owner := s.named("B-1", claimed, "sms:"+claimed)
		keep := s.says("telegram:42", "hello").Contact.ID
		stranger := s.claims("viber:v1", claimed, code)
		s.says("telegram:42", "hello again") // who is kept wrote last
		s.merge(keep, stranger)
		if c := s.claimOf(keep); c.Phone != claimed || c.Codes != 1 {
			s.t.Fatalf("the claim of both is %+v", c)
		}
		if turn := s.says("viber:v1", code); turn.Contact.ID != owner {
			s.t.Errorf("the code makes the chat %v's, want %v's", turn.Contact.ID, owner)
		}
	},
	"what the bot leaves to staff is left there for whoever absorbed the person": func(s *script) {
		keep, from := s.says("telegram:42", "hello").Contact.ID, s.says("viber:v1", "hello").Contact.ID
		s.merge(keep, from)
		s.update(func(tx fallback.Tx) {
			talk := tx.Conversation(keep)
			talk.State = bots.Closed
			tx.PutConversation(talk)
		})
		s.update(func(tx fallback.Tx) { fallback.LeaveToStaff(tx, bots.Change{Contact: from, Channel: bots.Viber}) })
		s.talk(keep, func(c bots.Conversation) bool { return c.State == bots.Open }, "open")
	},
	"a chat of two addresses answers a code from either": func(s *script) {
		s.coded()
		s.rules.Country = "UA"
		owner, other := s.named("B-1", claimed, "sms:"+claimed), s.named("A-1", "+380671110001")
		phone, lid := address("whatsapp:+380671110001"), address("whatsapp:77@lid")
		s.oneTime("B", owner, "")
		write := func(from, also bots.Address, text string) bots.Turn {
			return s.hear(bots.Event{Kind: bots.Wrote, Chat: from, Also: also, Text: text})
		}
		write(phone, lid, "hello")
		write(phone, lid, "Hello! #B")
		if turn := write(phone, lid, "050 111 22 33"); turn.Intent != bots.ClaimsPhone || turn.Contact.ID != other {
			s.t.Fatalf("the number asks for %q of %v", turn.Intent, turn.Contact.ID)
		}
		s.issue(other, code)
		if turn := write(lid, phone, code); turn.Contact.ID != owner {
			s.t.Errorf("the code, from the other address, makes the chat %v's, want %v's", turn.Contact.ID, owner)
		}
	},
	"not me, where the number is the chat: it opens nothing of the retailer's until that tells whose it is": func(s *script) {
		s.botted()
		s.named("A-1", claimed, "sms:"+claimed)
		s.says("whatsapp:"+claimed, "hello")
		turn := s.says("whatsapp:"+claimed, "not me")
		c := s.contact(turn.Contact.ID)
		if turn.Intent != bots.SaysNotMe || c.Phone != claimed || c.Verified() || !c.Disowns() {
			s.t.Fatalf("the bot hears %q, and the stranger is %+v", turn.Intent, c)
		}
		s.says("whatsapp:"+claimed, "and now?")
		s.toPhone(claimed) // whoever sends to the number says nothing of who has it
		if c := s.contact(turn.Contact.ID); c.Verified() {
			s.t.Errorf("after a message of the shop's it is %+v", c)
		}
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(c.ID)
			c.ExternalID = "A-2"
			tx.PutContact(&c)
		})
		if c := s.contact(turn.Contact.ID); !c.Verified() || c.Disowns() {
			s.t.Errorf("with a card of its own it is %+v", c)
		}
	},
	"who had a number before says no for it by an old link, and nothing else": func(s *script) {
		one := s.person("telegram:42", "sms:"+claimed)
		a := s.ask(one, fallback.Marketing, "telegram 15m read, sms 1h delivered")
		s.run(20 * time.Minute)
		passed := func() (passed bool) {
			s.update(func(tx fallback.Tx) {
				b, _ := fallback.WhoIsBehind(tx, a, 1)
				passed = b.Passed
			})
			return passed
		}
		if passed() {
			s.t.Error("the number is its owner's still")
		}
		other := s.person("sms:" + claimed)
		s.update(func(tx fallback.Tx) {
			c := *tx.Contact(one)
			c.Phone = ""
			c.Remove(address("sms:" + claimed))
			tx.PutContact(&c)
		})
		s.behind(a, 1, other, one)
		if !passed() {
			s.t.Error("the number has another owner, and the page does not say so")
		}
		s.update(func(tx fallback.Tx) {
			if b, _ := fallback.WhoIsBehind(tx, a, 0); b.Passed {
				s.t.Error("an account is no number: it is its owner's for good")
			}
		})
	},
	"a code is nowhere in what is kept of its message, and on the wire once more for a device that asks for it": func(s *script) {
		s.coded()
		who := s.claims("viber:v1", claimed, code)
		var a fallback.Ask
		s.update(func(tx fallback.Tx) {
			talk := tx.Conversation(who)
			talk.Contact = who
			talk.Bot.Claim.Hash = ""
			ok := false
			if a, ok = s.rules.Codes.Issue(tx, &talk, code, func(string) bool { return true }); !ok || a.Within != s.rules.Codes.Life || a.Data["code"] == code {
				s.t.Errorf("the ask is %+v", a)
			}
		})
		s.ask(who, fallback.Conversation, "sms 15m accepted", func(r *fallback.Request) {
			r.Text, r.Sealed, r.Chat, r.Exact = a.Data["code"].(string)+" is the code", a.Sealed, a.Place, true
		})
		s.settleDown()
		s.update(func(tx fallback.Tx) {
			kept := s.sends[len(s.sends)-1].Out
			out, err := s.rules.Codes.Unmask(tx, kept)
			if err != nil || kept.Text == out.Text || out.Text != code+" is the code" {
				s.t.Errorf("kept is %q, and it is sent again as %q, %v", kept.Text, out.Text, err)
			}
			if m := tx.Message(kept.Step); strings.Contains(m.Text, code) || strings.Contains(string(tx.Delivery(m.Delivery).Data), code) {
				s.t.Errorf("the store has %+v", m)
			}
		})
	},
}
