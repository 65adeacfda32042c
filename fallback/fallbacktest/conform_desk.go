package fallbacktest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// deskStories are about what the team writes and does in topics: it reaches the customer once, in order, and nobody else.
var deskStories = map[string]func(*script){
	"what is written in a topic goes to the customer where they wrote last, after the hold": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "On its way")
		d := s.lastOf(who)
		if d.State != fallback.Scheduled || d.Purpose != fallback.Conversation || d.Author != "Iryna" || d.Metadata[fallback.StaffMessage] != "-100500:500" {
			s.t.Errorf("the reply is %s: %+v", d.State, d.Plan)
		}
		s.run(3*time.Second - 1)
		s.sentSince(0)
		s.run(1)
		s.sentSince(0, "3s telegram d0/0")
		s.noted(fallback.StaffReply+" 500", 1)
		if a := s.audited(fallback.ActReply, "", 1); a.By != "Iryna" || a.Account != address("telegram:777") || a.Contact != who || a.Delivery != d.ID || a.Thread != thread || a.On != "500" {
			s.t.Errorf("the audit says %+v", a)
		}
	},
	"without a hold it goes at once": func(s *script) {
		s.forum()
		s.rules.Staff.Hold = 0
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "On its way")
		s.sentSince(0, "0s telegram d0/0")
	},
	"a message told twice goes out once": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "On its way")
		s.writes(thread, "500", "On its way")
		s.run(time.Minute)
		s.sentSince(0, "3s telegram d0/0")
		s.audited(fallback.ActReply, "", 1)
	},
	"several messages go each by itself, in their order, also when one of them was changed": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "one")
		s.run(time.Second)
		s.writes(thread, "501", "two")
		s.edits(thread, "500", "one!")
		s.run(time.Minute)
		s.sentSince(0, "3s telegram d0/0", "4s telegram d0/0")
		if got := s.textsTo(who); !slices.Equal(got, []string{"one!", "two"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActEdit, "", 1)
	},
	"what was written in one breath keeps its order, whichever of it is looked at first": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		for i, text := range []string{"one", "two", "three"} {
			s.writes(thread, strconv.Itoa(500+i), text)
			time.Sleep(time.Millisecond)
		}
		s.edits(thread, "500", "one!")
		var last bots.ID
		s.update(func(tx fallback.Tx) {
			tx.DeliveriesOf(who, func(id bots.ID, _ uint64) bool {
				if last == 0 && tx.Delivery(id).Text == "two" {
					last = id
				}
				return true
			})
		})
		time.Sleep(4 * time.Second)
		s.must(s.Come(s.ctx(), last, s.rules, s.world))
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"one!", "two", "three"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"what is meant for colleagues stays inside": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "// she is right", func(e *bots.Event) { e.Aside = true })
		s.writes(thread, "501", "and what do you say?", func(e *bots.Event) { e.Aside, e.On = true, "500" })
		s.writes("", "502", "who takes Olena?")
		s.run(time.Minute)
		s.sentSince(0)
		s.audited(fallback.ActReply, "", 0)
	},
	"a topic that is about nobody sends to nobody": func(s *script) {
		s.forum()
		s.talked("telegram:42")
		s.writes("999", "500", "hello?")
		s.run(time.Minute)
		s.sentSince(0)
	},
	"a reply is taken back before it goes, by whoever wrote it": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "one")
		s.writes(thread, "501", "two")
		s.writes(thread, "502", "/undo", other)
		s.audited(fallback.ActUndo, fallback.RefusedNothingHeld, 1)
		s.writes(thread, "503", "/undo")
		s.writes(thread, "504", "three", other)
		s.writes(thread, "505", "/undo")
		s.writes(thread, "506", "/undo")
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"three"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActUndo, "", 2)
		s.audited(fallback.ActUndo, fallback.RefusedNothingHeld, 2)
	},
	"a thumb down takes a reply back, if it is the author's": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		down := func(e *bots.Event) { e.Kind, e.On, e.Data, e.MessageID, e.Text = bots.Reacted, "500", "👎", "", "" }
		s.writes(thread, "500", "one")
		s.writes(thread, "", "", down, other)
		s.writes(thread, "", "", down, func(e *bots.Event) { e.Data = "👍" })
		s.audited(fallback.ActUndo, "", 0)
		s.writes(thread, "", "", down)
		s.run(time.Minute)
		if got := s.textsTo(who); len(got) > 0 {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActUndo, "", 1)
	},
	"what is being handed to the channel just now cannot be taken back as if nothing had been": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "one")
		s.next("telegram", func(*sent) {
			s.quietly(thread, "501", "/undo")
			s.quietly(thread, "500", "one, and more", func(e *bots.Event) { e.Kind = bots.Edited })
		})
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"one"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActUndo, "", 0)
		s.audited(fallback.ActEdit, fallback.RefusedUnderWay, 1)
	},
	"a command that is edited is never handed to the customer as it stands": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.can(bots.Telegram)
		s.writes(thread, "500", "/send telegram one")
		s.edits(thread, "500", "/send telegram one") // nothing that people see
		s.edits(thread, "500", "/send telegram two")
		s.run(time.Minute)
		s.edits(thread, "500", "/send telegram three")
		if d := s.lastOf(who); d.Act != bots.EditAct || d.Text != "three" {
			s.t.Errorf("the edit is %+v", d.Plan)
		}
		s.edits(thread, "500", "/send viber three")
		s.audited(fallback.ActEdit, fallback.RefusedNotDone, 1)
		s.edits(thread, "500", "/close")
		s.audited(fallback.ActEdit, fallback.RefusedNotDone, 2)
		s.writes(thread, "501", " ")
		s.edits(thread, "501", "/note he is rude")
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"two"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"a held reply that becomes talk among colleagues, or a command, is taken back": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "he is rude")
		s.writes(thread, "500", "// he is rude", func(e *bots.Event) { e.Kind, e.Aside = bots.Edited, true })
		s.writes(thread, "501", "close")
		s.edits(thread, "501", "/close")
		s.run(time.Minute)
		if got := s.textsTo(who); len(got) > 0 {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActUndo, "", 2)
	},
	"a code that is written in a topic never goes to the customer, who could use it": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "/staff ABCD-1234")
		s.writes(thread, "501", "/staff@shop_bot ABCD-1234")
		s.writes(thread, "502", "one")
		s.edits(thread, "502", "/staff ABCD-1234")
		s.run(time.Minute)
		if got := s.textsTo(who); len(got) > 0 {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"an edit after it went is mirrored where the channel can, and told where it cannot": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "One")
		s.run(time.Minute)
		s.edits(thread, "500", "One") // nothing that people see
		s.edits(thread, "500", "Two")
		s.audited(fallback.ActEdit, fallback.RefusedCannot, 1)
		s.can(bots.Telegram)
		s.edits(thread, "500", "Three")
		s.edits(thread, "500", "Three")
		s.audited(fallback.ActEdit, "", 1)
		if d := s.lastOf(who); d.Act != bots.EditAct || d.Text != "Three" || d.State != fallback.Done {
			s.t.Errorf("the edit is %s: %+v", d.State, d.Plan)
		}
	},
	"the words under a file are changed where the channel can, and those of an album nowhere": func(s *script) {
		s.forum()
		s.can(bots.Telegram)
		who, thread := s.talked("telegram:42")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Iryna", Accounts: []bots.Address{address("telegram:777")}, Signed: "Iryna, support"}}))
		})
		s.writes(thread, "500", "the recipt", photo("a"))
		s.run(time.Minute)
		s.edits(thread, "500", "the receipt")
		s.audited(fallback.ActEdit, fallback.RefusedFixed, 1)
		on := s.rules.Channels[bots.Telegram]
		on.Captions, on.MaxCaption = true, 15
		s.rules.Channels[bots.Telegram] = on
		s.edits(thread, "500", "the receipt") // as it is told again
		s.edits(thread, "500", "the receipt")
		s.edits(thread, "500", "the receipt of today")
		s.audited(fallback.ActEdit, "", 1)
		s.audited(fallback.ActEdit, fallback.RefusedTooLong, 1)
		d := s.lastOf(who)
		if out := s.sends[len(s.sends)-1].Out; d.State != fallback.Done || out.Act != bots.EditAct || out.Text != "the receipt" || !out.Captioned {
			s.t.Errorf("the edit is %s: %+v", d.State, out)
		}
		album := func(e *bots.Event) { e.Album = "album" }
		s.writes(thread, "501", "both", photo("b"), album)
		s.writes(thread, "502", "", photo("c"), album)
		s.run(time.Minute)
		s.edits(thread, "501", "all")
		s.audited(fallback.ActEdit, fallback.RefusedFixed, 2)
	},
	"a sent reply is taken back by whoever wrote it, where the channel can": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "one")
		s.run(time.Minute)
		del := func(e *bots.Event) { e.On, e.Aside = "500", true }
		s.writes(thread, "501", "/del", del)
		s.audited(fallback.ActTakeBack, fallback.RefusedCannot, 1)
		s.can(bots.Telegram)
		s.writes(thread, "502", "/del")
		s.audited(fallback.ActTakeBack, fallback.RefusedNoReply, 1)
		s.writes(thread, "503", "/del", del, other)
		s.audited(fallback.ActTakeBack, fallback.RefusedNotYours, 1)
		s.writes(thread, "504", "/del", del)
		s.audited(fallback.ActTakeBack, "", 1)
		if d := s.lastOf(who); d.Act != bots.DeleteAct || d.State != fallback.Done {
			s.t.Errorf("it is %s: %+v", d.State, d.Plan)
		}
	},
	"a text that is too long, or nothing, does not go, and why is told": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		on := s.rules.Channels[bots.Telegram]
		on.MaxText = 10
		s.rules.Channels[bots.Telegram] = on
		s.writes(thread, "500", "eleven letters")
		s.writes(thread, "501", " ")
		s.run(time.Minute)
		s.sentSince(0)
		s.audited(fallback.ActReply, fallback.RefusedTooLong, 1)
		s.audited(fallback.ActReply, fallback.RefusedEmpty, 1)
		s.edits(thread, "500", "shorter")
		s.edits(thread, "500", "short")
		s.run(time.Minute)
		s.sentSince(0, "1m3s telegram d0/0")
		if got := s.textsTo(who); !slices.Equal(got, []string{"short"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"whoever answers learns who else is at it": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "one")
		if a := s.audited(fallback.ActReply, "", 1); a.Detail != "" {
			s.t.Errorf("the first heard %q", a.Detail)
		}
		s.writes(thread, "501", "two", other)
		if a := s.audited(fallback.ActReply, "", 2); a.Detail != "also:Iryna" {
			s.t.Errorf("the second heard %q", a.Detail)
		}
		s.run(2 * time.Minute)
		s.writes(thread, "502", "/take")
		s.writes(thread, "503", "three", other)
		if a := s.audited(fallback.ActReply, "", 3); a.Detail != "assigned:Iryna" {
			s.t.Errorf("the third heard %q", a.Detail)
		}
		s.run(time.Minute)
		s.sentSince(0, "3s telegram d0/0", "3s telegram d0/0", "2m3s telegram d0/0")
	},
	"whoever goes on writing is told once that somebody else is at it": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "One moment")
		details := func(want ...string) {
			s.t.Helper()
			var got []string
			seen := map[bots.ID]bool{}
			for _, a := range s.auditLines() {
				if a.Act == fallback.ActReply && !seen[a.ID] {
					seen[a.ID] = true
					got = append(got, a.Detail)
				}
			}
			if !slices.Equal(got, want) {
				s.t.Errorf("they heard %q, want %q", got, want)
			}
		}
		for i, text := range []string{"two", "three", "four"} {
			s.run(time.Second)
			s.writes(thread, strconv.Itoa(501+i), text, other)
		}
		details("", "also:Iryna", "", "")
		s.writes(thread, "510", "/take")
		s.writes(thread, "511", "Here it is")
		s.run(2 * time.Minute)
		s.writes(thread, "512", "five", other)
		s.writes(thread, "513", "six", other)
		details("", "also:Iryna", "", "", "also:Petro", "assigned:Iryna", "")
	},
	"a file goes on as it is to a chat of the same messenger, an album as one": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "the receipt", photo("a"))
		s.run(time.Minute)
		d := s.lastOf(who)
		if d.Act != bots.CopyAct || d.Copy == nil || d.Copy.On != "500" || d.Copy.From != address("telegram:-100500") || d.State != fallback.Done {
			s.t.Fatalf("the copy is %s: %+v", d.State, d.Plan)
		}
		s.update(func(tx fallback.Tx) {
			if m := tx.Message(d.Route[0].Message); m.Kind != bots.TextMessage || m.Text != "the receipt" || len(m.Media) != 1 || m.Media[0].ID != "a" {
				s.t.Errorf("the conversation shows %+v", m)
			}
		})
		album := func(e *bots.Event) { e.Album = "album" }
		n := len(s.sends)
		s.writes(thread, "501", "", photo("b"), album)
		s.writes(thread, "502", "both", photo("c"), album)
		s.writes(thread, "502", "both", photo("c"), album)
		s.run(time.Minute)
		s.sentSince(n, "1m3s telegram d0/0")
		if d := s.lastOf(who); d.Copy == nil || d.Copy.On != "501,502" || len(d.Copy.Media) != 2 || d.Text != "both" {
			s.t.Errorf("the album is %+v", d.Plan)
		}
	},
	"an album of which one picture is for the team stays inside as a whole": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		in := func(name string) func(*bots.Event) { return func(e *bots.Event) { e.Album = name } }
		aside := func(e *bots.Event) { e.Aside = true }
		s.writes(thread, "501", "// ours", photo("a"), in("first"), aside)
		s.writes(thread, "502", "", photo("b"), in("first"))
		s.writes(thread, "503", "", photo("c"), in("last"))
		s.writes(thread, "504", "", photo("d"), in("last"))
		s.writes(thread, "505", "@petro look", photo("e"), in("last"), aside)
		s.writes(thread, "506", "/note the receipt", photo("f"), in("command"))
		s.writes(thread, "507", "", photo("g"), in("command"))
		s.run(time.Minute)
		s.sentSince(0)
		if got := s.textsTo(who); len(got) > 0 {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActNote, "", 1)
		s.audited(fallback.ActUndo, "", 1)
		n := len(s.sends)
		s.writes(thread, "508", "", photo("h"), in("another"))
		s.run(time.Minute)
		if len(s.sends) != n+1 {
			s.t.Errorf("another album went out %d times", len(s.sends)-n)
		}
	},
	"an album is taken back as one": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		album := func(e *bots.Event) { e.Album = "album" }
		s.writes(thread, "501", "", photo("b"), album)
		s.writes(thread, "502", "", photo("c"), album)
		s.writes(thread, "503", "/undo")
		s.writes(thread, "504", "", photo("d"), album)
		s.run(time.Minute)
		s.sentSince(0)
		s.audited(fallback.ActUndo, "", 1)
		if got := s.textsTo(who); len(got) > 0 {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"every picture of an album that went is the album: an answer to one proves it, and all are taken back": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.can(bots.Telegram)
		album := func(e *bots.Event) { e.Album = "album" }
		s.next(bots.Telegram, func(x *sent) { x.Rest = "901,902" })
		s.writes(thread, "501", "", photo("b"), album)
		s.writes(thread, "502", "", photo("c"), album)
		s.writes(thread, "503", "", photo("d"), album)
		s.run(time.Minute)
		went := s.sends[len(s.sends)-1]
		s.says("telegram:42", "this one", func(e *bots.Event) { e.On = "902" })
		s.update(func(tx fallback.Tx) {
			if got := tx.MessageState(went.Message); got.Level != bots.Engaged || got.Rest != "901,902" {
				s.t.Errorf("it is %s, with %q", got.Level, got.Rest)
			}
		})
		s.writes(thread, "504", "/del", func(e *bots.Event) { e.On, e.Aside = "502", true })
		s.run(time.Minute)
		if d := s.lastOf(who); d.Act != bots.DeleteAct || d.State != fallback.Done {
			s.t.Errorf("it is %s: %+v", d.State, d.Plan)
		}
		if x := s.sends[len(s.sends)-1]; x.Out.Act != bots.DeleteAct || x.Out.On != went.ProviderID+",901,902" {
			s.t.Errorf("asked was %s of %q", x.Out.Act, x.Out.On)
		}
	},
	"elsewhere only the words of a file go, and the team hears so": func(s *script) {
		s.forum()
		who, thread := s.talked("viber:v43")
		s.writes(thread, "500", "the receipt", photo("a"))
		s.writes(thread, "501", "", photo("b"))
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"the receipt"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.audited(fallback.ActCopy, fallback.RefusedMedia, 2)
	},
	"only people of the team by name act where the operator wants that": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.rules.Staff.Listed = true
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Iryna K.", Role: fallback.Agent, Accounts: []bots.Address{address("telegram:777")}, Signed: "Iryna, support"}}))
		})
		for _, id := range []string{"500", "501"} {
			s.writes(thread, id, "one", other)
		}
		s.writes(thread, "502", "/close", other)
		s.writes(thread, "503", "/close", func(e *bots.Event) { e.By, e.Admin = "", true })
		s.run(time.Minute)
		s.sentSince(0)
		s.talkIs(who, bots.Open, "")
		s.audited(fallback.ActReply, fallback.RefusedNotStaff, 1)
		s.audited(fallback.ActClose, fallback.RefusedNotStaff, 1)
		s.run(time.Hour)
		s.writes(thread, "504", "one", other)
		s.audited(fallback.ActReply, fallback.RefusedNotStaff, 2)
		s.writes(thread, "505", "two")
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"two\n\nIryna, support"}) {
			s.t.Errorf("the customer got %q", got)
		}
		if d := s.lastOf(who); d.Author != "Iryna K." {
			s.t.Errorf("it is by %q", d.Author)
		}
	},
	"a thread of the same number in another group is nobody's": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "held")
		elsewhere := func(e *bots.Event) { e.Chat = address(otherGroup) }
		s.writes(thread, "600", "You won, send us your card", elsewhere)
		s.writes(thread, "601", "/close", elsewhere)
		s.writes(thread, "602", "/undo", elsewhere)
		s.writes(thread, "500", "You won", elsewhere, func(e *bots.Event) { e.Kind = bots.Edited })
		s.happens(bots.TopicClosed, thread, elsewhere)
		s.happens(bots.Pressed, thread, elsewhere, func(e *bots.Event) { e.Data = "close" })
		s.run(time.Minute)
		s.sentSince(0, "3s telegram d0/0")
		s.talkIs(who, bots.Open, "")
		s.audited(fallback.ActClose, "", 0)
		s.audited(fallback.ActUndo, "", 0)
	},
	"nothing a customer writes is a command": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		for _, text := range []string{"/close", "/take", "/send telegram hello", "/undo", "/del", "/assign me"} {
			s.says("telegram:42", text, func(e *bots.Event) { e.Thread, e.By, e.Forum = thread, "777", true })
			s.says("viber:v43", text)
		}
		s.run(time.Minute)
		s.talkIs(who, bots.Open, "")
		s.sentSince(0)
		for _, c := range s.outbox() {
			if c.Type == fallback.StaffAct {
				s.t.Errorf("it was taken for one: %+v", c)
			}
		}
	},
}

// other is somebody else of the team.
func other(e *bots.Event) { e.By, e.Name = "888", "Petro" }

func photo(id string) func(*bots.Event) {
	return func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: id}} }
}

// talked is a customer who has written, with the topic about them; what was sent until then is not counted by sentSince.
func (s *script) talked(chat string) (who bots.ID, thread string) {
	s.t.Helper()
	who = s.topicFor(chat, "Where is my order?")
	return who, s.topicIs(who, fallback.TopicOpen).Thread
}

// sentSince compares what the channels of people were handed after the first n sends.
func (s *script) sentSince(n int, want ...string) {
	s.t.Helper()
	got := slices.DeleteFunc(slices.Clone(s.log[n:]), func(line string) bool { return strings.Contains(line, " staff ") })
	if !slices.Equal(got, want) {
		s.t.Errorf("sent\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// textsTo are the texts that a person was sent as messages, in order.
func (s *script) textsTo(who bots.ID) (texts []string) {
	s.t.Helper()
	for _, x := range s.sends {
		d := s.delivery(x.Delivery)
		if d.Contact == who && d.Act == "" && x.Err == nil {
			texts = append(texts, d.Text)
		}
	}
	return texts
}

// can lets a channel change messages, and take them back.
func (s *script) can(channel string) {
	on := s.rules.Channels[channel]
	on.Edits = true
	s.rules.Channels[channel] = on
}

// edits changes a message in a topic.
func (s *script) edits(thread, id, text string) {
	s.t.Helper()
	s.writes(thread, id, text, func(e *bots.Event) { e.Kind = bots.Edited })
}

// quietly is writes in the middle of a send: nothing is worked.
func (s *script) quietly(thread, id, text string, more ...func(*bots.Event)) {
	s.t.Helper()
	e := bots.Event{Kind: bots.Wrote, Chat: address(staffGroup), Sender: bots.Staff, Channel: bots.Telegram, By: "777", Name: "Iryna", Thread: thread, Forum: true, MessageID: id, Text: text}
	for _, f := range more {
		f(&e)
	}
	_, err := s.tell(e)
	s.must(err)
}
