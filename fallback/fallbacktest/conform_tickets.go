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
	olena  = "viber:v70"                      // Olena's own chat with the bot
	petro  = "whatsapp_cloud:+380671112233"   // Petro's
	petro2 = "whatsapp_cloud:UA.998877665544" // the same under WhatsApp's own id
)

// ticketStories are about members who answer in their own chats: by the number of a ticket, and nobody else.
var ticketStories = map[string]func(*script){
	"a code makes the chat that of a member, and what was the customer's stays theirs": func(s *script) {
		was := s.person(olena, "telegram:42")
		s.private()
		s.accountsAre(olena, petro)
		if c := s.contact(was); c.Address(address(olena)) != nil || c.Address(address("telegram:42")) == nil {
			s.t.Errorf("the customer has %v", c.Addresses)
		}
		s.update(func(tx fallback.Tx) {
			hidden, err := fallback.StaffContacts(tx)
			s.must(err)
			for _, chat := range []string{olena, petro} {
				id := s.placeAt(tx, chat)
				if !hidden[id] || !fallback.ForStaff(tx.Contact(id)) {
					s.t.Errorf("%s is of contact %s, which is to be seen outside", chat, id)
				}
			}
		})
		s.member(func(tx fallback.Tx) error { _, err := fallback.RemoveMember(tx, operator, "Olena"); return err }, nil)
		s.accountsAre(petro)
		if c := s.contact(was); c.Address(address(olena)) == nil {
			s.t.Errorf("the address was not given back: %v", c.Addresses)
		}
	},
	"a member answers by the number, the customer gets it, and the audit has a line": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.ticket(who, line)
		s.says(olena, "№1 On its way", messaged("m1"))
		if got := s.textsTo(who); !slices.Equal(got, []string{"On its way"}) {
			s.t.Errorf("the customer got %q", got)
		}
		d := s.lastOf(who)
		if d.Author != "Olena" || d.Purpose != fallback.Conversation || strings.Contains(d.Metadata[fallback.StaffMessage], "v70") {
			s.t.Errorf("the answer is %+v", d.Plan)
		}
		if a := s.audited(fallback.ActReply, "", 1); a.By != "Olena" || a.Account != address(olena) || a.Contact != who || a.Delivery != d.ID || a.Group != "" {
			s.t.Errorf("the audit says %+v", a)
		}
		s.noted(fallback.TicketReply+" m1", 1)
		s.noted(fallback.StaffReply+" m1", 0)
		s.update(func(tx fallback.Tx) {
			if got := tx.Conversation(who).Assignee; got != "Olena" {
				s.t.Errorf("the conversation is %q's", got)
			}
		})
	},
	"a number is written in several ways, and a text that only begins with a figure is none": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		for i, text := range []string{"1: a", "№1: b", "# 1 c", "№1\nd", "№1, e"} {
			s.says(olena, text, messaged(fmt.Sprint("m", i)))
			s.run(time.Second)
		}
		for i, text := range []string{"1 day", "1: 30", "01: day", "1\nday", "1) day", "1:30 pm", "1kg", "№1kg", "0: f", "1000: g", "1", "№", "-1: h"} {
			s.says(olena, text, messaged(fmt.Sprint("n", i)))
			s.run(time.Second)
		}
		if got := s.textsTo(who); !slices.Equal(got, []string{"a", "b", "c", "d", "e"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"a member answers by quoting, and a number in what is said then stays in it": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "How much is it?")
		other, another := s.lineOf("telegram:43", "?")
		s.ticket(other, another)
		post := s.ticketAt(petro, who, line)
		s.says(petro, "1 hryvnia", messaged("m1"), quotes(post))
		if got := s.textsTo(who); !slices.Equal(got, []string{"1 hryvnia"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.says(petro2, "and 50", messaged("m2"), quotes(post), func(e *bots.Event) { e.Also = address(petro) })
		if got := s.textsTo(who); !slices.Equal(got, []string{"1 hryvnia", "and 50"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.says(petro, "№1 which?", messaged("m3"), quotes(post)) // the other's number
		s.audited(fallback.ActReply, fallback.RefusedWhich, 1)
		s.says(petro, "/close 1", messaged("m4"), quotes(post))
		s.audited(fallback.ActClose, fallback.RefusedWhich, 1)
		s.says(petro, "/note 3 pieces are left", messaged("m5"), quotes(post))
		s.says(petro, "/close 2", messaged("m6"), quotes(post))
		s.talkIs(other, bots.Open, "")
		s.talkIs(who, bots.Closed, "Petro")
		s.untold(other)
	},
	"a text without number, quote or choice goes to nobody": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		s.says(olena, "On its way", messaged("m1"), func(e *bots.Event) { e.Step = s.postTo(olena).Message }) // Viber tells the step of what was shown last
		s.says(petro, "On its way", messaged("m2"), func(e *bots.Event) { e.On = "nobody knows it" })
		s.says(olena, "// she is right", messaged("m3"))
		s.untold(who)
		s.audited(fallback.ActReply, fallback.RefusedWhich, 2)
	},
	"who chooses a ticket writes to its customer, until another ticket comes": func(s *script) {
		s.private()
		first, line := s.lineOf("telegram:42", "?")
		s.ticket(first, line)
		s.pressesTicket(olena, s.postTo(olena), fallback.ActChoose, first)
		s.says(olena, "one", messaged("m1"))
		s.run(14 * time.Minute)
		s.says(olena, "2 two", messaged("m2")) // a bare number is a part of what is said
		if got := s.textsTo(first); !slices.Equal(got, []string{"one", "2 two"}) {
			s.t.Errorf("the customer got %q", got)
		}
		second, another := s.lineOf("telegram:43", "?")
		s.ticket(second, another)
		s.says(olena, "three", messaged("m3"))
		s.pressesTicket(olena, s.postTo(olena), fallback.ActChoose, first)
		s.says(olena, "2 or 3", messaged("m4")) // also where a ticket has it
		s.run(fallback.ChoiceLife)
		s.says(olena, "four", messaged("m5"))
		if got := s.textsTo(first); !slices.Equal(got, []string{"one", "2 two", "2 or 3"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.untold(second)
		s.audited(fallback.ActReply, fallback.RefusedWhich, 2)
	},
	"members take, release and close by commands and buttons, and know who it is": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		is := func(assignee string, state bots.ConversationState) {
			s.t.Helper()
			s.update(func(tx fallback.Tx) {
				if talk := tx.Conversation(who); talk.Assignee != assignee || talk.State != state {
					s.t.Errorf("the conversation is %s, and %q's; want %s, %q's", talk.State, talk.Assignee, state, assignee)
				}
			})
		}
		s.says(olena, "/take 1")
		is("Olena", bots.Open)
		s.says(olena, "/release №1")
		is("", bots.Open)
		s.pressesTicket(petro, s.postTo(petro), fallback.ActTake, who)
		is("Petro", bots.Open)
		s.pressesTicket(olena, s.postTo(olena), fallback.ActTake, who) // it is a colleague's meanwhile
		is("Petro", bots.Open)
		s.audited(fallback.ActTake, fallback.RefusedTaken, 1)
		s.says(petro, "/who", quotes(s.postTo(petro)))
		s.says(petro, "/phone 1")
		s.says(petro, "/history 1 20")
		s.says(olena, "/close 1")
		is("Petro", bots.Closed)
		for act, times := range map[string]int{fallback.ActTake: 2, fallback.ActRelease: 1, fallback.ActWho: 1, fallback.ActShowPhone: 1, fallback.ActHistory: 1, fallback.ActClose: 1} {
			if a := s.audited(act, "", times); a.Contact != who {
				s.t.Errorf("%s is about %s", act, a.Contact)
			}
		}
		s.says(olena, "/close 7")
		s.says(olena, "/close")
		s.says(olena, "/nonsense 1")
		s.says(olena, "/help")
		s.audited(fallback.ActClose, fallback.RefusedTicket, 1)
		s.audited(fallback.ActClose, fallback.RefusedWhich, 1)
		s.audited(fallback.ActHelp, "", 2)
		s.untold(who)
	},
	"a customer is never staff, whatever they write or press": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		post := s.ticket(who, line)
		for _, chat := range []string{"viber:v66", "whatsapp_cloud:+380509999999", "telegram:66"} {
			for _, text := range []string{"1 your order is cancelled", "1: text", "№1 text", "/close 1", "/take 1", "/take", "/phone 1", "/release 1", "/staff guess"} {
				s.says(chat, text)
				s.says(chat, text, quotes(post))
				s.says(chat, text, func(e *bots.Event) { e.Step = post.Message })
			}
			for _, act := range []string{fallback.ActTake, fallback.ActChoose, fallback.ActClose} {
				s.pressesTicket(chat, post, act, who)
			}
			s.says(chat, "and now?")
		}
		s.untold(who)
		s.update(func(tx fallback.Tx) {
			if talk := tx.Conversation(who); talk.Assignee != "" || talk.State != bots.Open {
				s.t.Errorf("the conversation is %s, and %q's", talk.State, talk.Assignee)
			}
		})
		for _, act := range []string{fallback.ActReply, fallback.ActTake, fallback.ActClose, fallback.ActShowPhone, fallback.ActChoose, fallback.ActMemberLink} {
			for _, a := range s.auditLines() {
				if a.Act == act && strings.Contains("viber:v66 whatsapp_cloud:+380509999999 telegram:66", a.Account.String()) {
					s.t.Errorf("the audit says %+v", a)
				}
			}
		}
	},
	"a customer who guesses codes stays one, also with the right one after that": func(s *script) {
		s.private()
		s.invited("Dmytro")
		for range fallback.MaxStaffTries {
			s.says("viber:v66", "/staff 1111-1111-1111")
		}
		s.says("viber:v66", "/staff "+staffCode)
		s.accountsAre(olena, petro)
		s.update(func(tx fallback.Tx) {
			if c := tx.Contact(s.placeAt(tx, "viber:v66")); c == nil || fallback.ForStaff(c) {
				s.t.Errorf("whoever guesses is %+v", c)
			}
		})
	},
	"whoever is of the team no longer is a stranger": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		post := s.ticketAt(petro, who, line)
		s.member(func(tx fallback.Tx) error { _, err := fallback.RemoveMember(tx, operator, "Petro"); return err }, nil)
		s.says(petro, "1: text")
		s.says(petro, "text", quotes(post))
		s.says(petro, "/close 1", quotes(post))
		s.pressesTicket(petro, post, fallback.ActTake, who)
		s.untold(who)
		s.update(func(tx fallback.Tx) {
			id := s.placeAt(tx, petro)
			if c := tx.Contact(id); c == nil || fallback.ForStaff(c) || tx.Conversation(id).Unread == 0 {
				s.t.Errorf("what they write is no customer's message: %+v", c)
			}
		})
	},
	"one account of several is taken off alone, and what comes from there is a customer's": func(s *script) {
		s.private()
		s.invited("Petro")
		s.says("viber:v71", "/staff "+staffCode)
		who, line := s.lineOf("telegram:42", "?")
		s.postsTo("Petro", who, line)
		unlink := func(account string, want error) {
			s.member(func(tx fallback.Tx) error {
				_, err := fallback.UnlinkAccount(tx, operator, "petro", address(account))
				return err
			}, want)
		}
		unlink(olena, fallback.ErrUnknownAccount)
		unlink(petro, nil)
		s.accountsAre(olena, "viber:v71")
		s.says(petro, "1: text", messaged("m1"))
		s.untold(who)
		s.says("viber:v71", "1: text", messaged("m2")) // the ticket was shown to the member, wherever
		if got := s.textsTo(who); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
		if a := s.audited(fallback.ActMemberUnlink, "", 1); a.By != "local" {
			s.t.Errorf("the audit says %+v", a)
		}
	},
	"a ticket that was shown to another is nobody's to answer": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		post := s.ticketAt(olena, who, line)
		s.says(petro, "1: text", messaged("m1"))
		s.says(petro, "text", messaged("m2"), quotes(post))
		s.says(petro, "/close 1")
		s.says(petro, "/who", quotes(post))
		s.pressesTicket(petro, post, fallback.ActTake, who)
		s.pressesTicket(petro, post, fallback.ActChoose, who)
		s.says(petro, "text", messaged("m3"))
		s.untold(who)
		s.audited(fallback.ActTake, "", 0)
		s.audited(fallback.ActWho, "", 0)
		s.audited(fallback.ActTake, fallback.RefusedTicket, 1)
	},
	"an account that the messenger tells to be another's now is no member's any more": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		s.says(petro, "/help", func(e *bots.Event) { e.Also = address(petro2) })
		s.says(petro, "1: text", func(e *bots.Event) { e.Also = address("whatsapp_cloud:UA.1") })
		s.accountsAre(olena)
		s.untold(who)
		s.audited(fallback.ActMemberUnlink, "", 1)
		s.says(petro, "1: text")
		s.says(petro2, "1: text")
		s.untold(who)
	},
	"a number that a customer comes to have is no member's any more": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		s.says("whatsapp_cloud:+380509999999", "hello")
		s.hear(bots.Event{Kind: bots.Moved, Chat: address("whatsapp_cloud:+380509999999"), Data: address(petro).ID})
		s.accountsAre(olena)
		s.says(petro, "1: text")
		s.untold(who)
	},
	"nothing is sent to a member as to a customer": func(s *script) {
		s.private()
		var place bots.ID
		s.update(func(tx fallback.Tx) { place = s.placeAt(tx, olena) })
		for _, to := range []bots.Ref{{Kind: "id", Value: place.String()}, {Kind: bots.Viber, Value: "v70"}} {
			_, err := s.Accept(s.ctx(), &fallback.Request{To: to, Purpose: fallback.Marketing, Text: "buy", Cascade: steps(bots.Viber)}, s.rules, s.world)
			s.fails(err, fallback.ErrUnknownContact)
		}
	},
	"a ticket goes on to the member's next channel where one does not take it": func(s *script) {
		s.private()
		s.invited("Petro")
		s.says("viber:v71", "/staff "+staffCode)
		s.accountsAre(olena, petro, "viber:v71")
		who, line := s.lineOf("telegram:42", "?")
		s.fail(bots.Viber, bots.Unreachable)
		s.postsTo("Petro", who, line)
		if n := len(s.sends); n < 2 || s.sends[n-2].Out.To != address("viber:v71") || s.sends[n-1].Out.To != address(petro) {
			s.t.Fatalf("sent %v", s.log)
		}
		s.says(petro, "text", messaged("m1"), quotes(s.sends[len(s.sends)-1]))
		if got := s.textsTo(who); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"numbers are the smallest free ones, and rest a day": func(s *script) {
		s.private()
		var all []bots.ID
		for i := range 3 {
			who, line := s.lineOf(fmt.Sprint("telegram:4", i), "?")
			s.ticket(who, line)
			all = append(all, who)
		}
		s.numbersAre("1 2 3")
		s.says(olena, "/close 2")
		who, line := s.lineOf("telegram:49", "?")
		s.ticket(who, line)
		s.numbersAre("1 2 3 4")
		s.run(fallback.TicketRest)
		who, line = s.lineOf("telegram:48", "?")
		s.ticket(who, line)
		s.numbersAre("1 3 4 2")
		s.says("telegram:41", "again", messaged("a"))
		s.ticket(all[1], line)
		s.numbersAre("1 3 4 2 5")
	},
	"a file goes to the customer with its words, from the channel that has it": func(s *script) {
		s.private()
		s.limit(bots.Telegram, func(l *bots.Limits) { l.Carries, l.MaxCaption = []string{"photo"}, 1024 })
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		photo := func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "https://viber.example/1.jpg"}} }
		s.says(olena, "", messaged("m1"), photo) // to whom?
		s.untold(who)
		s.says(olena, "1: look", messaged("m2"), photo)
		d := s.lastOf(who)
		if d.Copy == nil || d.Act != "" || len(d.Copy.Media) != 1 || d.Copy.Media[0].From != bots.Viber || d.Text != "look" {
			s.t.Errorf("the answer is %+v", d.Plan)
		}
		s.audited(fallback.ActCopy, "", 1)
	},
	"what a member sends that nobody can read goes into quarantine, and shuts nothing": func(s *script) {
		s.private()
		_, err := s.tell(bots.Event{Chat: address(olena)})
		s.fails(err, bots.ErrUnreadable)
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		s.says(olena, "1: text", messaged("m1"))
		if got := s.textsTo(who); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"a member who shuts the bot out gets nothing until they are back": func(s *script) {
		s.private()
		who, line := s.lineOf("telegram:42", "?")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(olena)})
		n := len(s.sends)
		s.postsTo("Olena", who, line)
		if len(s.sends) != n {
			s.t.Errorf("sent %v", s.log[n:])
		}
		s.hear(bots.Event{Kind: bots.Unblocked, Chat: address(olena)})
		s.ticketAt(olena, who, line)
		s.says(olena, "1: text", messaged("m1"))
		if got := s.textsTo(who); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"an answer waits for the hold, and can be taken back": func(s *script) {
		s.private()
		s.rules.Staff.Hold = 3 * time.Second
		who, line := s.lineOf("telegram:42", "?")
		s.ticket(who, line)
		s.says(olena, "1: text", messaged("m1"))
		s.untold(who)
		s.says(olena, "/undo 1")
		s.run(time.Minute)
		s.untold(who)
		s.audited(fallback.ActUndo, "", 1)
	},
}

// private is Olena on Viber and Petro on WhatsApp, without any group.
func (s *script) private() {
	s.t.Helper()
	s.rules.Channels[bots.WhatsAppCloud] = fallback.Channel{Limits: bots.Limits{Reports: bots.Read, CanEngage: true, Keeps: time.Hour, Buttons: true}, Senders: []string{bots.WhatsAppCloud}}
	s.invited("Olena")
	s.says(olena, "/staff "+staffCode)
	s.invited("Petro")
	s.says(petro, "/staff "+staffCode)
}

func (s *script) placeAt(tx fallback.Tx, chat string) bots.ID {
	at := address(chat)
	return tx.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID})
}

// messaged gives what a member writes a name of the channel's.
func messaged(id string) func(*bots.Event) {
	return func(e *bots.Event) { e.MessageID = id }
}

func quotes(x *sent) func(*bots.Event) { return func(e *bots.Event) { e.On = x.ProviderID } }

// postsTo posts a customer's lines to one member.
func (s *script) postsTo(name string, who bots.ID, lines ...bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		s.must(fallback.WithTickets(tx, s.rules, s.world, func(tx fallback.Tx, team *fallback.Team, book *fallback.TicketBook, post fallback.MemberPoster) error {
			t := book.Give(tx, who)
			id, err := post(book, team.MemberNamed(name), fmt.Sprintf("№%d", t.No), fallback.Post{Contact: who, Lines: lines})
			s.ids = append(s.ids, id)
			return err
		}))
	})
	s.settleDown()
}

// ticket posts a customer's lines to all, and returns what Petro got.
func (s *script) ticket(who bots.ID, lines ...bots.ID) *sent {
	s.t.Helper()
	s.postsTo("Olena", who, lines...)
	s.postsTo("Petro", who, lines...)
	return s.postTo(petro)
}

// ticketAt posts them to one chat.
func (s *script) ticketAt(chat string, who bots.ID, lines ...bots.ID) *sent {
	s.t.Helper()
	s.postsTo(map[string]string{olena: "Olena", petro: "Petro"}[chat], who, lines...)
	return s.postTo(chat)
}

// postTo is what a chat got last.
func (s *script) postTo(chat string) *sent {
	s.t.Helper()
	for _, x := range slices.Backward(s.sends) {
		if x.Out.To == address(chat) {
			return x
		}
	}
	s.t.Fatalf("nothing was posted to %s", chat)
	return nil
}

func (s *script) pressesTicket(chat string, post *sent, act string, about bots.ID) {
	s.t.Helper()
	s.hear(bots.Event{Kind: bots.Pressed, Chat: address(chat), On: post.ProviderID, Step: post.Message, Data: act + ":" + about.String()})
}

// untold checks that nothing went to a customer.
func (s *script) untold(who bots.ID) {
	s.t.Helper()
	if got := s.textsTo(who); len(got) > 0 {
		s.t.Errorf("the customer got %q", got)
	}
}

func (s *script) numbersAre(want string) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		book, err := fallback.ReadTicketBook(tx)
		s.must(err)
		var got []string
		for _, t := range book.Tickets {
			got = append(got, fmt.Sprint(t.No))
		}
		if strings.Join(got, " ") != want {
			s.t.Errorf("the tickets are %v, want %s", got, want)
		}
	})
}

// auditLines are all lines of the audit.
func (s *script) auditLines() (all []fallback.Audited) {
	s.t.Helper()
	for _, c := range s.outbox() {
		if c.Type == fallback.StaffAct {
			s.update(func(tx fallback.Tx) {
				if a, ok := tx.Audited(c.Audit); ok {
					all = append(all, a)
				}
			})
		}
	}
	return all
}
