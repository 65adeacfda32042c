package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// taskEndStories are about how a task ends that nobody has answered yet: by the clock, by the person, or by whoever presses too late.
var taskEndStories = map[string]func(*script){
	"a message that is read while the task stands ends it": func(s *script) {
		s.bound()
		d := s.ask(s.everywhere(), fallback.Service, "viber 15m read, staff 4h engaged, sms")
		s.run(16 * time.Minute)
		s.is(d, "waiting")
		s.report(s.sends[0], bots.Read)
		s.is(d, "done")
		s.reachedBy(d, bots.Viber, "receipt")
		s.noted(fallback.StaffTask, 1)
		s.outcome(s.sends[1], fallback.TaskNoAnswer)
		s.run(24 * time.Hour)
		s.sentSoFar("0s viber d1/0", "15m0s staff d1/1")
	},
	"the wait for a colleague stands still at night, and what goes behind an answer at night goes in the morning": func(s *script) {
		s.bound()
		atNine := func(r *fallback.Request) { r.SendAt = s.start.Add(8*time.Hour + 30*time.Minute) } // half past eight in the evening
		waits := s.ask(s.person("telegram:42", "sms:+380501112233"), fallback.Service, withCall, atNine)
		pressed := s.ask(s.person("telegram:43", "sms:+380501112244"), fallback.Service, withCall, atNine)
		s.run(10 * time.Hour)
		s.sentSoFar("8h30m0s telegram d1/0", "8h30m0s telegram d2/0", "8h45m0s staff d1/1", "8h45m0s staff d2/1")
		s.outcome(s.sends[3], fallback.TaskNoAnswer)
		s.is(pressed, "held quiet_hours")
		s.run(11*time.Hour - time.Minute)
		if len(s.log) != 4 {
			s.t.Errorf("sent at night: %v", s.log[4:])
		}
		s.run(2 * time.Hour)
		s.is(waits, "waiting")
		if len(s.log) != 5 || !strings.HasSuffix(s.log[4], "sms/main d2/2") {
			s.t.Errorf("sent %v, want the text behind the answer in the morning", s.log)
		}
		s.run(4 * time.Hour)
		if len(s.log) != 6 || !strings.HasSuffix(s.log[5], "sms/main d1/2") {
			s.t.Errorf("sent %v, want the text behind the wait, too", s.log)
		}
	},
	"a stop, a cancel and a merge while the task stands": func(s *script) {
		who, d, task := s.tasked(fallback.Marketing)
		s.stops("telegram:42")
		s.is(d, "refused opted_out")
		s.noted(fallback.StaffTask, 1)
		s.outcome(task, fallback.TaskNoAnswer)
		s.is(d, "refused opted_out")
		s.outcomeTold(fallback.TaskNoAnswer, fallback.TaskOver, who, d)
		second := s.ask(s.person("telegram:43", "sms:+380501112244"), fallback.Service, withCall)
		third := s.ask(s.person("telegram:44", "sms:+380501112255"), fallback.Marketing, withCall)
		s.run(15 * time.Minute)
		_, err := s.Cancel(s.ctx(), second)
		s.must(err)
		s.noted(fallback.StaffTask, 2)
		s.outcome(s.sends[len(s.sends)-2], fallback.TaskNoAnswer)
		s.is(second, "cancelled")
		from := s.delivery(third).Contact
		keep := s.person("viber:v9")
		s.merge(keep, from)
		s.outcome(s.sends[len(s.sends)-1], fallback.TaskNotInterested)
		s.is(third, "done")
		if c := s.contact(from); c.ID != keep || c.Marketing.State != bots.Denied {
			s.t.Errorf("of %s the consent is %+v", c.ID, c.Marketing)
		}
		n := len(s.log)
		s.run(48 * time.Hour)
		s.sentSince(n)
	},
	"an answer after the deadline counts, and sends nothing": func(s *script) {
		s.bound()
		short := func(r *fallback.Request) { r.Cascade.Deadline = time.Hour }
		called := s.ask(s.person("telegram:42", "sms:+380501112233"), fallback.Service, withCall, short)
		nobody := s.ask(s.person("telegram:43", "sms:+380501112244"), fallback.Service, withCall, short)
		s.run(2 * time.Hour)
		s.is(called, "unconfirmed deadline")
		s.outcome(s.sends[2], fallback.TaskCalled)
		s.outcome(s.sends[3], fallback.TaskNoAnswer)
		s.is(called, "done")
		s.is(nobody, "unconfirmed deadline")
		s.run(24 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "0s telegram d2/0", "15m0s staff d1/1", "15m0s staff d2/1")
	},
	"of two who press at once the first is heard, unless the second reached the person": func(s *script) {
		for i, c := range []struct{ first, second, want string }{
			{fallback.TaskCalled, fallback.TaskNoAnswer, "done"},
			{fallback.TaskNoAnswer, fallback.TaskCalled, "done"},
			{fallback.TaskNoAnswer, fallback.TaskNoAnswer, "waiting"},
		} {
			if i == 0 {
				s.bound()
			}
			d := s.ask(s.person("telegram:5"+string(rune('0'+i)), "sms:+38050111220"+string(rune('0'+i))), fallback.Service, "staff 4h engaged, sms 1h read")
			s.settleDown()
			task := s.sends[len(s.sends)-1]
			n := len(s.log)
			press := func(data, by string) {
				_, err := s.tell(bots.Event{Kind: bots.Pressed, Chat: address(staffGroup), Channel: bots.Telegram, Sender: bots.Staff, Name: by, By: by, On: task.ProviderID, Step: task.Message, Data: data})
				s.must(err)
			}
			press(c.first, "777")
			press(c.second, "888")
			s.run(time.Minute)
			s.is(d, c.want)
			if sms := len(s.log) - n; sms > 1 || c.want == "done" && sms != 0 {
				s.t.Errorf("%s, then %s: %v", c.first, c.second, s.log[n:])
			}
		}
	},
	"where only the team may act a stranger's press under a task is none": func(s *script) {
		s.rules.Staff.Listed = true
		who, d, task := s.tasked(fallback.Marketing)
		for _, data := range []string{fallback.TaskCalled, fallback.TaskNoAnswer, fallback.TaskNotInterested} {
			s.outcome(task, data)
		}
		s.is(d, "waiting")
		if c := s.contact(who); c.Marketing.State != bots.Given {
			s.t.Errorf("the consent is %+v", c.Marketing)
		}
		s.update(func(tx fallback.Tx) {
			_, err := fallback.AddMember(tx, fallback.Doer{Name: "test"}, "Iryna", address("telegram:777"), "")
			s.must(err)
		})
		s.outcome(task, fallback.TaskCalled)
		s.is(d, "done")
	},
	"a cascade of a call alone": func(s *script) {
		s.bound()
		var all []bots.ID
		for i := range 3 {
			all = append(all, s.ask(s.person("sms:+38050111221"+string(rune('0'+i))), fallback.Service, "staff 4h engaged"))
		}
		s.settleDown()
		s.outcome(s.sends[0], fallback.TaskCalled)
		s.outcome(s.sends[1], fallback.TaskNoAnswer)
		s.run(48 * time.Hour)
		s.is(all[0], "done")
		s.is(all[1], "failed no_answer")
		s.is(all[2], "unconfirmed")
		s.sentSoFar("0s staff d1/0", "0s staff d2/0", "0s staff d3/0")
	},
	"what goes behind a call waits while the person is talked with": func(s *script) {
		s.rules.Staff.HoldMarketing = 24 * time.Hour
		s.rules.PerDay, s.rules.PerWeek = 0, 0
		who, d, task := s.tasked(fallback.Marketing)
		s.ask(who, fallback.Marketing, "viber")
		s.settleDown()
		s.says("viber:v42", "Until when is that?")
		n := len(s.log)
		s.outcome(task, fallback.TaskNoAnswer)
		s.is(d, "held conversation")
		s.run(time.Hour)
		s.sentSince(n)
	},
}
