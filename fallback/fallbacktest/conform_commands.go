package fallbacktest

import (
	"errors"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// commandStories are about what the team makes of conversations with a word, or a button of a card.
var commandStories = map[string]func(*script){
	"a conversation is taken, given, released, put away, closed and opened": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "/take")
		s.talkIs(who, bots.Open, "Iryna")
		s.writes(thread, "501", "/assign Petro")
		s.talkIs(who, bots.Open, "Petro")
		s.writes(thread, "502", "/assign@shop_bot me")
		s.talkIs(who, bots.Open, "Iryna")
		s.writes(thread, "503", "/assign nobody")
		s.talkIs(who, bots.Open, "")
		s.writes(thread, "504", "/take")
		s.writes(thread, "505", "/release", other)
		s.talkIs(who, bots.Open, "")
		s.writes(thread, "506", "/close")
		s.talkIs(who, bots.Closed, "")
		s.writes(thread, "507", "/open")
		s.talkIs(who, bots.Open, "")
		s.writes(thread, "508", "/snooze 2h")
		s.talkIs(who, bots.Snoozed, "")
		s.writes(thread, "509", "/snooze later")
		s.audited(fallback.ActSnooze, fallback.RefusedTime, 1)
		if a := s.audited(fallback.ActSnooze, "", 1); a.Detail != time.Now().UTC().Add(2*time.Hour).Format(time.RFC3339) {
			s.t.Errorf("put away until %q", a.Detail)
		}
		s.run(time.Minute)
		s.sentSince(0) // none of it is the customer's business
		for want, times := range map[string]int{"conversation.assigned open": 6, "conversation.closed closed": 1, "conversation.snoozed snoozed": 1} {
			s.noted(want, times)
		}
	},
	"a name of the team is found by its beginning, and another is none": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Olena Koval"}, {Name: "Oleh"}, {Name: "Petro"}}))
		})
		s.writes(thread, "500", "/assign olena")
		s.talkIs(who, bots.Open, "Olena Koval")
		s.writes(thread, "501", "/assign ole")
		s.writes(thread, "502", "/assign Ivan")
		s.audited(fallback.ActAssign, fallback.RefusedName, 2)
		s.talkIs(who, bots.Open, "Olena Koval")
	},
	"a colleague is named as the messenger does it, too": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "// at lunch", other, func(e *bots.Event) { e.Username, e.Aside = "petro_shop", true })
		s.writes(thread, "501", "/assign @Petro_Shop")
		s.talkIs(who, bots.Open, "Petro")
		s.writes(thread, "502", "/assign @nobody")
		s.audited(fallback.ActAssign, fallback.RefusedName, 1)
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Olena Koval", Username: "olena_k"}, {Name: "Petro Lys"}}))
		})
		s.writes(thread, "503", "/assign @olena_k")
		s.talkIs(who, bots.Open, "Olena Koval")
		s.writes(thread, "504", "/assign @petro")
		s.talkIs(who, bots.Open, "Petro Lys")
		s.writes(thread, "505", "/assign @stranger")
		s.audited(fallback.ActAssign, fallback.RefusedName, 2)
	},
	"of two who press Take at once the first has it, and a press on an old card takes nothing from a colleague": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Iryna", Accounts: []bots.Address{address("telegram:777")}}, {Name: "Petro", Accounts: []bots.Address{address("telegram:888")}}}))
		})
		card := s.posted(fallback.Post{Contact: who, Card: true, Group: "-100500", Thread: thread}, "Olena")
		press := func(more ...func(*bots.Event)) {
			s.happens(bots.Pressed, thread, append([]func(*bots.Event){func(e *bots.Event) {
				e.On, e.Step, e.Data, e.Query = card.ProviderID, card.Message, "take", "q1"
			}}, more...)...)
		}
		press()
		press(other)
		s.talkIs(who, bots.Open, "Iryna")
		if a := s.audited(fallback.ActTake, fallback.RefusedTaken, 1); a.By != "Petro" || a.Detail != "Iryna" || a.Query != "q1" {
			s.t.Errorf("the audit says %+v", a)
		}
		press()
		s.audited(fallback.ActTake, "", 2)
		s.writes(thread, "500", "/away 2h")
		press(other) // nobody is there whom it could be taken from
		s.talkIs(who, bots.Open, "Petro")
		s.writes(thread, "501", "/take") // that is said on purpose
		s.talkIs(who, bots.Open, "Iryna")
	},
	"the buttons of a card do what the words do, whoever presses": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		card := s.posted(fallback.Post{Contact: who, Card: true, Group: "-100500", Thread: thread}, "Olena")
		press := func(data string, more ...func(*bots.Event)) {
			s.happens(bots.Pressed, thread, append([]func(*bots.Event){func(e *bots.Event) {
				e.On, e.Step, e.Data, e.Query = card.ProviderID, card.Message, data, "q1"
			}}, more...)...)
		}
		press("take", other)
		s.talkIs(who, bots.Open, "Petro")
		press("snooze:2h")
		s.talkIs(who, bots.Snoozed, "Petro")
		press("close")
		s.talkIs(who, bots.Closed, "Petro")
		press("show_phone")
		if a := s.audited(fallback.ActShowPhone, "", 1); a.Query != "q1" || a.Contact != who || a.By != "Iryna" {
			s.t.Errorf("the audit says %+v", a)
		}
		press("reply:hello")
		press("")
		s.run(time.Minute)
		s.sentSince(0)
	},
	"an answer goes on the channel that is named, if the person is there": func(s *script) {
		s.forum()
		who := s.everywhere()
		s.says("telegram:42", "Where is my order?")
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.writes(thread, "500", "/send viber On its way\nMonday")
		s.run(time.Minute)
		s.sentSince(0, "3s viber d0/0")
		if got := s.textsTo(who); !slices.Equal(got, []string{"On its way\nMonday"}) {
			s.t.Errorf("the customer got %q", got)
		}
		s.writes(thread, "501", "/send pigeon hello")
		s.audited(fallback.ActSend, fallback.RefusedChannel, 1)
		s.writes(thread, "502", "/send whatsapp hello")
		s.audited(fallback.ActSend, fallback.RefusedOff, 1)
		s.writes(thread, "503", "/send viber")
		s.audited(fallback.ActSend, fallback.RefusedEmpty, 1)
		s.says("viber:v42", "стоп")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("viber:v42")})
		s.writes(thread, "504", "/send viber hello")
		s.audited(fallback.ActSend, fallback.RefusedNoPlace, 1)
	},
	"WhatsApp is one word to the team, whichever of its two ways the person has": func(s *script) {
		s.forum()
		s.rules.Channels[bots.WhatsAppCloud] = fallback.Channel{Limits: bots.Limits{Reports: bots.Read}, Senders: []string{bots.WhatsAppCloud}}
		who := s.person("telegram:42", "whatsapp_cloud:+380501112233")
		s.says("whatsapp_cloud:+380501112233", "Where is my order?")
		s.says("telegram:42", "Where is it?")
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.writes(thread, "500", "/send WhatsApp On its way")
		s.edits(thread, "500", "/send whatsapp On its way to you")
		s.run(time.Minute)
		if d := s.lastOf(who); d == nil || d.Cascade.Steps[0].Channel != bots.WhatsAppCloud || d.Text != "On its way to you" || d.State == fallback.Cancelled {
			s.t.Errorf("it is %+v", d)
		}
		s.audited(fallback.ActSend, "", 1)
	},
	"a template that cannot be filled says how it is written": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.rules.Staff.Template = func(a fallback.Ask, _ time.Time) (*fallback.Request, error) {
			if a.Template != "bonus" {
				s.t.Errorf("the template is %q", a.Template)
			}
			return nil, &fallback.Invalid{Code: "missing_field", Field: "data.points", Detail: "Template \"bonus\" needs \"points\", for example 120."}
		}
		s.writes(thread, "500", "/template bonus\nspend_by=2026-12-31")
		if a := s.audited(fallback.ActTemplate, fallback.RefusedTemplate, 1); a.Detail != "bonus points=…" {
			s.t.Errorf("the audit says %+v", a)
		}
	},
	"who is of no team by name has nobody to be away from": func(s *script) {
		s.forum()
		_, thread := s.talked("telegram:42")
		s.writes(thread, "500", "/away 2h")
		s.audited(fallback.ActAway, fallback.RefusedNotStaff, 1)
	},
	"an answer may be a template, with what it is filled with": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.rules.Staff.Template = func(a fallback.Ask, _ time.Time) (*fallback.Request, error) {
			if a.Template != "ready" || a.Data["shop"] != "Lviv, 5" || !a.Conversation || a.Channel != bots.Telegram {
				return nil, errors.New("no such template")
			}
			step := fallback.Step{Channel: a.Channel, Until: fallback.Until{Level: bots.Accepted}, Wait: time.Minute}
			return &fallback.Request{Template: a.Template, Cascade: fallback.Cascade{Name: "conversation", Steps: []fallback.Step{step}, Order: "listed", Deadline: time.Hour}}, nil
		}
		s.writes(thread, "500", `/template ready shop="Lviv, 5" n=2`)
		if d := s.lastOf(who); d.Template != "ready" || d.Author != "Iryna" || d.Purpose != fallback.Conversation {
			s.t.Errorf("it is %+v", d.Plan)
		}
		s.writes(thread, "501", "/template redy")
		s.audited(fallback.ActTemplate, fallback.RefusedTemplate, 1)
		s.run(time.Minute)
		s.sentSince(0, "3s telegram d0/0")
	},
	"words of the team stand in the audit, and an unknown word is told": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.writes(thread, "500", "/note she likes tea")
		if a := s.audited(fallback.ActNote, "", 1); a.Detail != "she likes tea" || a.Contact != who {
			s.t.Errorf("the note is %+v", a)
		}
		s.writes(thread, "501", "/note")
		s.audited(fallback.ActNote, fallback.RefusedEmpty, 1)
		s.writes(thread, "502", "/dance now")
		if a := s.audited(fallback.ActHelp, "", 1); a.Detail != "dance" {
			s.t.Errorf("the help is %+v", a)
		}
		s.writes("", "503", "/help")
		s.audited(fallback.ActHelp, "", 2)
		s.writes("", "504", "/close")
		s.audited(fallback.ActClose, fallback.RefusedNoTopic, 1)
		s.writes(thread, "505", "/history 200")
		if a := s.audited(fallback.ActHistory, "", 1); a.Detail != "50" {
			s.t.Errorf("the history is %+v", a)
		}
		s.writes(thread, "506", "/who")
		s.writes(thread, "507", "/cascade")
		s.audited(fallback.ActWho, "", 1)
		s.audited(fallback.ActCascade, "", 1)
		s.run(time.Minute)
		s.sentSince(0)
	},
	"a command may answer a post in a group without topics": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		post := s.post(who, "Where is my order?", line)
		s.replies(post, "/close", func(e *bots.Event) { e.By = "777" })
		s.talkIs(who, bots.Closed, "")
		s.audited(fallback.ActClose, "", 1)
		s.sentSince(0)
	},
	"an answer to marketing in words lets other marketing wait until the conversation is closed": func(s *script) {
		s.forum()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.says("telegram:42", "дякую!")
		thanked := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(thanked, "done")
		n := len(s.sends)
		s.says("telegram:42", "Until when is that?")
		second, service := s.ask(who, fallback.Marketing, "telegram"), s.ask(who, fallback.Service, "telegram")
		s.settleDown()
		s.is(second, "held conversation")
		s.is(service, "done")
		s.sentSince(n, "0s telegram d5/0")
		s.run(2 * time.Hour)
		s.is(second, "held conversation")
		s.writes(thread, "500", "/close")
		s.settleDown()
		s.is(second, "done")
		s.run(time.Minute)
		s.sentSince(n, "0s telegram d5/0", "2h0m0s telegram d4/0")
	},
	"without a close marketing waits no longer than it is to": func(s *script) {
		s.staffed()
		s.rules.Staff.HoldMarketing = 4 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.ask(who, fallback.Marketing, "telegram 30m read, viber")
		s.settleDown()
		s.says("telegram:42", "Until when is that?", func(e *bots.Event) { e.On, e.Step = s.sends[0].ProviderID, s.sends[0].Message })
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(second, "held conversation")
		s.run(5*time.Hour + time.Minute)
		s.is(second, "done")
	},
	"an answer to what is no marketing holds nothing": func(s *script) {
		s.staffed()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		who := s.everywhere()
		s.ask(who, fallback.Service, "telegram")
		s.settleDown()
		s.says("telegram:42", "Until when is that?")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(second, "done")
	},
	"where marketing is not to wait, an answer to it holds nothing": func(s *script) {
		s.staffed()
		s.rules.Staff.HoldMarketing = 0
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.says("telegram:42", "Until when is that?")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(second, "done")
	},
	"a stop while marketing waits ends it": func(s *script) {
		s.staffed()
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.says("telegram:42", "Until when is that?")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(second, "held conversation")
		s.stops("telegram:42")
		s.is(second, "refused opted_out")
	},
	"a pause keeps marketing away until it is over, also when the conversation is closed": func(s *script) {
		s.forum()
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who := s.everywhere()
		s.says("telegram:42", "Where is my order?")
		s.opensTopic(who, "Olena")
		s.settleDown()
		thread := s.topicIs(who, fallback.TopicOpen).Thread
		s.writes(thread, "500", "/pause 3h")
		first := s.ask(who, fallback.Marketing, "telegram")
		s.settleDown()
		s.is(first, "held conversation")
		s.update(func(tx fallback.Tx) {
			talk := tx.Conversation(who)
			if !talk.StaffTalking(0, tx.Now()) {
				s.t.Error("the bot may still talk")
			}
		})
		s.writes(thread, "501", "/close")
		s.is(first, "held conversation")
		s.writes(thread, "502", "/pause soon")
		s.audited(fallback.ActPause, fallback.RefusedTime, 1)
		s.writes(thread, "503", "/pause off")
		s.settleDown()
		s.is(first, "done")
		s.writes(thread, "504", "/pause 30m")
		second := s.ask(who, fallback.Marketing, "telegram")
		s.run(2 * time.Hour)
		s.is(second, "done")
		s.audited(fallback.ActPause, "", 3)
	},
}
