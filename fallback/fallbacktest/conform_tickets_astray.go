package fallbacktest

import (
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// ticketAstrayStories are about answers of members that could go to another customer than was meant.
var ticketAstrayStories = map[string]func(*script){
	"an answer whose number is changed goes neither to the one nor to the other": func(s *script) {
		s.private()
		s.rules.Staff.Hold = 3 * time.Second
		anna, bohdan := s.twoTickets()
		s.says(petro, "1: for Bohdan", messaged("m1"))
		s.says(petro, "2: for Bohdan, now", messaged("m1"), edited)
		s.run(time.Minute)
		s.untold(anna)
		s.untold(bohdan)
		s.audited(fallback.ActUndo, "", 1)
		s.audited(fallback.ActEdit, fallback.RefusedWhich, 1)
	},
	"what has gone keeps its words when its number is changed": func(s *script) {
		s.private()
		s.can(bots.Telegram)
		anna, bohdan := s.twoTickets()
		s.says(petro, "1: for Bohdan", messaged("m1"))
		s.says(petro, "2: for Bohdan, now", messaged("m1"), edited)
		s.run(time.Minute)
		if got := s.textsTo(anna); !slices.Equal(got, []string{"for Bohdan"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.untold(bohdan)
		s.audited(fallback.ActEdit, fallback.RefusedWhich, 1)
	},
	"an answer that its member deletes within the hold does not go": func(s *script) {
		s.private()
		s.rules.Staff.Hold = 3 * time.Second
		anna, _ := s.twoTickets()
		s.says(petro, "1: for somebody else", messaged("m1"))
		s.hear(bots.Event{Kind: bots.Deleted, Chat: address(olena), MessageID: "m1"}) // not hers
		s.hear(bots.Event{Kind: bots.Deleted, Chat: address(petro), MessageID: "m1"})
		s.hear(bots.Event{Kind: bots.Deleted, Chat: address(petro), MessageID: "m9"}) // nothing of it went anywhere
		s.run(time.Minute)
		s.untold(anna)
		s.audited(fallback.ActUndo, "", 1)
	},
	"the number of somebody who is erased rests a day, too": func(s *script) {
		s.private()
		anna, line := s.lineOf("telegram:42", "?")
		s.ticket(anna, line)
		s.forget(anna)
		bohdan, line := s.lineOf("telegram:43", "?")
		s.ticket(bohdan, line)
		s.says(petro, "1: for Anna", messaged("m1"))
		s.untold(bohdan)
		s.run(fallback.TicketRest)
		other, line := s.lineOf("telegram:44", "?")
		s.ticket(other, line)
		s.says(petro, "1: text", messaged("m2"))
		if got := s.textsTo(other); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"numbers of one person that are two again name nobody": func(s *script) {
		s.private()
		anna, bohdan := s.twoTickets()
		s.merge(bohdan, anna)
		_, line := s.lineOf("telegram:43", "and?")
		s.ticket(bohdan, line)
		s.unmerge(bohdan, anna)
		s.says(petro, "1: for Anna", messaged("m1"))
		s.says(petro, "2: for Bohdan", messaged("m2"))
		s.untold(anna)
		s.untold(bohdan)
		s.ticket(anna, line)
		s.says(petro, "3: for Anna", messaged("m3"))
		s.untold(bohdan)
		if got := s.textsTo(anna); !slices.Equal(got, []string{"for Anna"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"of the numbers of one person that of an open conversation stays, the others name nobody and rest": func(s *script) {
		s.private()
		anna, bohdan := s.twoTickets()
		s.merge(bohdan, anna)
		s.update(func(tx fallback.Tx) {
			s.must(fallback.WithTickets(tx, s.rules, s.world, func(tx fallback.Tx, _ *fallback.Team, book *fallback.TicketBook, _ fallback.MemberPoster) error {
				stays, others := book.Joined(tx, bohdan)
				if stays == nil || stays.No != 2 || len(others) != 1 || others[0].No != 1 {
					s.t.Errorf("%+v stays, not %+v", stays, others)
					return nil
				}
				book.End(tx, others[0])
				if _, others := book.Joined(tx, bohdan); len(others) != 0 {
					s.t.Errorf("%+v are left", others)
				}
				return nil
			}))
		})
		s.says(petro, "1: text", messaged("m1"))
		s.untold(anna)
		s.untold(bohdan)
		s.says(petro, "2: text", messaged("m2"))
		if got := s.textsTo(bohdan); !slices.Equal(got, []string{"text"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActReply, fallback.RefusedTicket, 1)
		for i, want := range []int{3, 1} {
			other, line := s.lineOf("telegram:"+string(rune('4'+i)), "?")
			s.ticket(other, line)
			s.update(func(tx fallback.Tx) {
				book, err := fallback.ReadTicketBook(tx)
				s.must(err)
				if got := book.Of(tx, other); got == nil || got.No != want {
					s.t.Errorf("the next customer has %+v, want №%d", got, want)
				}
			})
			s.run(fallback.TicketRest)
		}
	},
	"a quote of a line goes to whoever wrote it, also when they were one person with another then": func(s *script) {
		s.private()
		anna, _ := s.lineOf("telegram:42", "?")
		bohdan, _ := s.lineOf("telegram:43", "?")
		s.merge(bohdan, anna)
		line := s.says("telegram:42", "and mine?").Message.ID
		post := s.ticket(bohdan, line)
		s.unmerge(bohdan, anna)
		_, other := s.lineOf("telegram:43", "hello")
		s.ticket(bohdan, other)
		s.says(petro, "for Anna", messaged("m1"), quotes(post))
		s.untold(bohdan)
	},
	"who names another ticket has chosen none": func(s *script) {
		s.private()
		anna, bohdan := s.twoTickets()
		s.pressesTicket(petro, s.postTo(petro), fallback.ActChoose, anna)
		s.says(petro, "2: look", messaged("m1"))
		s.says(petro, "and this", messaged("m2")) // as the second picture of an album
		s.untold(anna)
		s.pressesTicket(petro, s.postTo(petro), fallback.ActChoose, anna)
		s.says(petro, "77: look", messaged("m3")) // nobody's
		s.says(petro, "and this", messaged("m4"))
		s.untold(anna)
		if got := s.textsTo(bohdan); !slices.Equal(got, []string{"look"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActReply, fallback.RefusedWhich, 2)
	},
	"a number without a space behind it is no part of what is said to somebody else": func(s *script) {
		s.private()
		anna, bohdan := s.twoTickets()
		for i, text := range []string{"2:text", "№2:text", "№2text", "#2text", "№2😀"} {
			s.pressesTicket(petro, s.postTo(petro), fallback.ActChoose, anna)
			s.says(petro, text, messaged("m"+string(rune('a'+i))))
			s.untold(anna)
		}
		if got := s.textsTo(bohdan); !slices.Equal(got, []string{"text", "text"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.pressesTicket(petro, s.postTo(petro), fallback.ActChoose, anna)
		s.says(petro, "2:30 will do", messaged("n"))
		if got := s.textsTo(anna); !slices.Equal(got, []string{"2:30 will do"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"a choice that was made before another ticket was there to be read ends with it": func(s *script) {
		s.private()
		anna, line := s.lineOf("telegram:42", "?")
		s.ticket(anna, line)
		first := s.postTo(petro)
		bohdan, line := s.lineOf("telegram:43", "?")
		s.update(func(tx fallback.Tx) { // the lane has not sent it yet
			s.must(fallback.WithTickets(tx, s.rules, s.world, func(tx fallback.Tx, team *fallback.Team, book *fallback.TicketBook, post fallback.MemberPoster) error {
				book.Give(tx, bohdan)
				id, err := post(book, team.MemberNamed("Petro"), "№2", fallback.Post{Contact: bohdan, Lines: []bots.ID{line}})
				s.ids = append(s.ids, id)
				return err
			}))
		})
		time.Sleep(time.Second)
		_, err := s.tell(bots.Event{Kind: bots.Pressed, Chat: address(petro), On: first.ProviderID, Step: first.Message, Data: fallback.ActChoose + ":" + anna.String()})
		s.must(err)
		time.Sleep(time.Second)
		s.settleDown()
		s.run(time.Minute)
		s.says(petro, "for Bohdan", messaged("m1"))
		s.untold(anna)
		s.audited(fallback.ActReply, fallback.RefusedWhich, 1)
		s.pressesTicket(petro, first, fallback.ActChoose, anna)
		s.says(petro, "for Anna", messaged("m2"))
		if got := s.textsTo(anna); !slices.Equal(got, []string{"for Anna"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"what was written before a number was given is for nobody who has it now": func(s *script) {
		s.private()
		anna, line := s.lineOf("telegram:42", "?")
		s.ticket(anna, line)
		written := time.Now().Add(time.Minute)
		s.run(2 * time.Minute)
		s.says(olena, "/close 1")
		s.run(fallback.TicketRest)
		bohdan, line := s.lineOf("telegram:43", "?")
		s.ticket(bohdan, line)
		late := func(e *bots.Event) { e.At = written } // his WhatsApp was away
		s.says(petro, "1: for Anna", messaged("m1"), late)
		s.says(petro, "/close 1", messaged("m2"), late)
		s.untold(bohdan)
		s.audited(fallback.ActReply, fallback.RefusedTicket, 1)
		s.audited(fallback.ActClose, fallback.RefusedTicket, 1)
		s.says(petro, "1: for Bohdan", messaged("m3"))
		if got := s.textsTo(bohdan); !slices.Equal(got, []string{"for Bohdan"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
}

func edited(e *bots.Event) { e.Kind = bots.Edited }

// twoTickets are №1 and №2, which both members have.
func (s *script) twoTickets() (anna, bohdan bots.ID) {
	s.t.Helper()
	anna, line := s.lineOf("telegram:42", "?")
	s.ticket(anna, line)
	bohdan, line = s.lineOf("telegram:43", "?")
	s.ticket(bohdan, line)
	return anna, bohdan
}
