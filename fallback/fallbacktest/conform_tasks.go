package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const withCall = "telegram 15m read, staff 4h engaged, sms"

// taskStories are about a human as a step of a cascade.
var taskStories = map[string]func(*script){
	"a colleague who called the person ends the cascade": func(s *script) {
		who, d, task := s.tasked(fallback.Service)
		if task.Sender != bots.Staff || task.Out.To != address(staffGroup) || task.Cost.Amount != 0 {
			s.t.Errorf("the room was handed %+v for %v", task.Out, task.Cost)
		}
		s.outcome(task, fallback.TaskCalled)
		s.is(d, "done")
		s.reachedBy(d, bots.Staff, fallback.TaskProof)
		if l := s.delivery(d).Route[1]; l.By != "Iryna" || l.Reason != fallback.TaskCalled || l.Level != bots.Engaged {
			s.t.Errorf("the step is %+v", l)
		}
		s.outcomeTold(fallback.TaskCalled, "", who, d)
		s.run(24 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1")
		s.noted(fallback.StaffTask, 1)
	},
	"a task that is answered while its post is being handed over is told once more when the name of the post is known": func(s *script) {
		s.next(bots.Staff, func(x *sent) { s.outcome(x, fallback.TaskCalled) })
		_, d, _ := s.tasked(fallback.Service)
		s.is(d, "done")
		s.reachedBy(d, bots.Staff, fallback.TaskProof)
		s.noted(fallback.StaffTask, 2)
	},
	"the post of a task stands in the room, and not in the person's conversation": func(s *script) {
		who, _, task := s.tasked(fallback.Service)
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			if m := tx.Message(task.Message); m.Contact != room.Contact {
				s.t.Errorf("it stands with %s, want the room %s", m.Contact, room.Contact)
			}
			tx.MessagesOf(who, 0, func(id bots.ID) bool {
				if id == task.Message {
					s.t.Error("it is in the person's conversation")
				}
				return true
			})
			if d := tx.Delivery(task.Delivery); d.ForStaff() {
				s.t.Error("the delivery is taken for a post")
			}
		})
		s.says("telegram:42", "Who called?")
		if m := s.message(s.sends[0].Message); s.delivery(task.Delivery).State != fallback.Done || m.Contact != who {
			s.t.Errorf("the person's own answer proves nothing any more: %s", s.delivery(task.Delivery).State)
		}
	},
	"when nobody answers the phone the next step goes at once": func(s *script) {
		_, d, task := s.tasked(fallback.Service)
		s.run(time.Minute)
		s.outcome(task, fallback.TaskNoAnswer)
		s.outcome(task, fallback.TaskNoAnswer)
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1", "16m0s sms/main d1/2")
		if l := s.delivery(d).Route[1]; l.Outcome != fallback.Fell || l.Reason != fallback.TaskNoAnswer || l.By != "Iryna" {
			s.t.Errorf("the step is %+v", l)
		}
		s.outcome(task, fallback.TaskCalled) // the person called back
		s.is(d, "done")
		s.reachedBy(d, bots.Staff, fallback.TaskProof)
		s.run(24 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1", "16m0s sms/main d1/2")
	},
	"a task that nobody does is waited for as long as its step says": func(s *script) {
		_, d, task := s.tasked(fallback.Service)
		s.run(5 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1", "4h15m0s sms/main d1/2")
		s.outcome(task, fallback.TaskCalled)
		s.is(d, "done")
		if !s.delivery(d).Route[1].Late {
			s.t.Error("its proof is not late, though the text went out")
		}
	},
	"who is not interested has said no to marketing": func(s *script) {
		who, d, task := s.tasked(fallback.Marketing)
		later := s.ask(who, fallback.Marketing, "telegram 1h read, sms", func(r *fallback.Request) { r.SendAt = time.Now().Add(time.Hour) })
		service := s.ask(who, fallback.Service, "telegram 1h read, sms", func(r *fallback.Request) { r.SendAt = time.Now().Add(time.Hour) })
		s.outcome(task, fallback.TaskNotInterested)
		s.outcome(task, fallback.TaskNotInterested)
		s.is(d, "done")
		s.is(later, "refused opted_out")
		s.is(service, "scheduled")
		if m := s.contact(who).Marketing; m.State != bots.Denied || m.Source != "staff:Iryna" || !m.ByPerson || m.By != "staff:Iryna" {
			s.t.Errorf("the consent is %+v", m)
		}
		s.update(func(tx fallback.Tx) {
			all := tx.Statements(who)
			last := all[len(all)-1]
			if last.State != bots.Denied || last.Was != bots.Given || last.Delivery != d || last.Times > 1 || len(last.Ended) != 1 || last.Ended[0] != later {
				s.t.Errorf("the evidence is %+v", last)
			}
		})
		s.is(s.ask(who, fallback.Marketing, "sms"), "skipped opted_out")
		s.outcomeTold(fallback.TaskNotInterested, fallback.TaskOver, who, d)
	},
	"a no counts whenever it is told, and a yes after it changes nothing": func(s *script) {
		who, d, task := s.tasked(fallback.Marketing)
		s.outcome(task, fallback.TaskCalled)
		s.outcome(task, fallback.TaskNotInterested)
		s.outcome(task, fallback.TaskCalled)
		if m := s.contact(who).Marketing; m.State != bots.Denied {
			s.t.Errorf("the consent is %+v", m)
		}
		if l := s.delivery(d).Route[1]; l.Reason != fallback.TaskNotInterested {
			s.t.Errorf("the step is %+v", l)
		}
	},
	"a task of a delivery that has ended waits for nobody": func(s *script) {
		who, d, task := s.tasked(fallback.Marketing)
		s.says("telegram:42", "Thank you", func(e *bots.Event) { e.On = s.sends[0].ProviderID })
		s.is(d, "done")
		s.reachedBy(d, bots.Telegram, "reply")
		s.noted(fallback.StaffTask, 1)
		s.outcome(task, fallback.TaskNoAnswer)
		s.outcomeTold(fallback.TaskNoAnswer, fallback.TaskOver, who, d)
		s.outcome(task, fallback.TaskCalled)
		s.outcomeTold(fallback.TaskCalled, fallback.TaskOver, who, d)
		if got := s.delivery(d); got.LateKind != fallback.TaskProof {
			s.t.Errorf("late proof %q", got.LateKind)
		}
		s.outcome(task, fallback.TaskNotInterested)
		s.outcomeTold(fallback.TaskNotInterested, "", who, d)
		if m := s.contact(who).Marketing; m.State != bots.Denied {
			s.t.Errorf("a no that came late was not heard: %+v", m)
		}
	},
	"a customer's press of the same button proves nothing": func(s *script) {
		who, d, task := s.tasked(fallback.Marketing)
		for _, data := range []string{fallback.TaskCalled, fallback.TaskNoAnswer, fallback.TaskNotInterested} {
			s.hear(bots.Event{Kind: bots.Pressed, Chat: address("telegram:66"), On: task.ProviderID, Step: task.Message, Data: data, Name: "Iryna", By: "777"})
			s.hear(bots.Event{Kind: bots.Pressed, Chat: address(otherGroup), Channel: bots.Telegram, Sender: bots.Staff, On: task.ProviderID, Step: task.Message, Data: data, Name: "Iryna", By: "777"})
		}
		s.is(d, "waiting")
		if m := s.contact(who).Marketing; m.State != bots.Given {
			s.t.Errorf("the consent is %+v", m)
		}
		if l := s.delivery(d).Route[1]; l.By != "" || l.Level > bots.Accepted {
			s.t.Errorf("the step is %+v", l)
		}
	},
	"what colleagues write to a task's post, and a button that is none of it, prove nothing": func(s *script) {
		_, d, task := s.tasked(fallback.Service)
		s.replies(task, "I will call at six")
		s.outcome(task, "ok")
		s.is(d, "waiting")
		if l := s.delivery(d).Route[1]; l.Level != bots.Accepted {
			s.t.Errorf("the step is %+v", l)
		}
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1")
		s.run(5 * time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s staff d1/1", "4h15m0s sms/main d1/2")
	},
	"consent is asked again when the task goes out": func(s *script) {
		s.bound()
		who := s.everywhere()
		s.must(s.Pause(s.ctx(), bots.Staff, false))
		d := s.ask(who, fallback.Marketing, withCall)
		s.run(16 * time.Minute)
		s.is(d, "held pause")
		s.update(func(tx fallback.Tx) { // told otherwise than by an event, so that nothing has ended it
			c := tx.Contact(who)
			c.Marketing = bots.Consent{State: bots.Denied, At: tx.Now(), Source: "test"}
			tx.PutContact(c)
		})
		s.must(s.Resume(s.ctx(), bots.Staff))
		s.run(time.Minute)
		s.is(d, "refused opted_out")
		s.sentSoFar("0s telegram d1/0")
	},
	"nobody is called in the quiet hours": func(s *script) {
		s.bound()
		d := s.ask(s.everywhere(), fallback.Service, withCall, func(r *fallback.Request) { r.SendAt = s.start.Add(8*time.Hour + 50*time.Minute) })
		s.run(10 * time.Hour)
		s.is(d, "waiting") // for Telegram: its clock stands still
		s.run(11*time.Hour + 4*time.Minute)
		s.sentSoFar("8h50m0s telegram d1/0")
		s.run(2 * time.Hour)
		if len(s.log) != 2 || !strings.HasSuffix(s.log[1], "staff d1/1") {
			s.t.Errorf("sent %v, want the task in the morning", s.log)
		}
	},
	"without a phone there is nobody to call": func(s *script) {
		s.bound()
		d := s.ask(s.person("telegram:42"), fallback.Service, "staff 4h engaged, telegram 15m read")
		claimed := s.everywhere()
		s.change(claimed, func(c *bots.Contact) { c.PhoneClaimed = true })
		d2 := s.ask(claimed, fallback.Service, "staff 4h engaged")
		s.settleDown()
		s.sentSoFar("0s telegram d1/1")
		if l := s.delivery(d).Route[0]; l.Outcome != fallback.PassedBy || l.Reason != fallback.ReasonNoPlace {
			s.t.Errorf("the step is %+v", l)
		}
		s.is(d2, "skipped no_address")
	},
	"without a group there is nobody to ask": func(s *script) {
		s.staffed()
		d := s.ask(s.everywhere(), fallback.Service, "staff 4h engaged, sms")
		s.settleDown()
		s.sentSoFar("0s sms/main d1/1")
		if l := s.delivery(d).Route[0]; l.Outcome != fallback.PassedBy || l.Reason != fallback.ReasonNoRoom {
			s.t.Errorf("the step is %+v", l)
		}
	},
	"a task whose outcome is not known is never posted again, and a press under it proves it": func(s *script) {
		s.bound()
		d := s.ask(s.everywhere(), fallback.Service, "staff 4h engaged, sms")
		s.fail(bots.Staff, bots.Uncertain)
		s.settleDown()
		s.is(d, "waiting")
		s.run(time.Hour)
		task := s.sends[0]
		s.outcome(task, fallback.TaskCalled)
		s.is(d, "done")
		s.run(24 * time.Hour)
		s.sentSoFar("0s staff d1/0")
	},
	"a press that comes before the call has ended counts": func(s *script) {
		for i, c := range []struct{ data, want string }{{fallback.TaskCalled, "done"}, {fallback.TaskNoAnswer, "waiting"}} {
			if i == 0 {
				s.bound()
			}
			d := s.ask(s.everywhere(), fallback.Service, "staff 4h engaged, sms 1h read")
			s.next(bots.Staff, func(x *sent) { x.Lost = true })
			s.settleDown()
			task := s.sends[len(s.sends)-1]
			s.outcome(task, c.data)
			s.settle(task)
			s.settleDown()
			s.is(d, c.want)
		}
		s.sentSoFar("0s staff d1/0", "0s staff d2/0", "0s sms/main d2/1")
	},
	"a group that shuts us out is no no of the person's": func(s *script) {
		s.bound()
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, "staff 4h engaged, sms")
		s.fail(bots.Staff, bots.Refused)
		s.settleDown()
		s.sentSoFar("0s staff d1/0", "0s sms/main d1/1")
		if c := s.contact(who); c.Marketing.State != bots.Given {
			s.t.Errorf("the consent is %+v", c.Marketing)
		}
		s.noted(fallback.StaffLost+" -100500", 1)
		d2 := s.ask(who, fallback.Service, "staff 4h engaged")
		s.is(d, "waiting")
		s.is(d2, "skipped no_room")
	},
	"a task stands in the topic of the person, and beside the topics when that is gone": func(s *script) {
		s.bound()
		who := s.everywhere()
		s.update(func(tx fallback.Tx) {
			tx.PutTopic(fallback.Topic{Contact: who, Group: "-100500", Thread: "17", State: fallback.TopicOpen, Since: tx.Now()})
		})
		s.next(bots.Staff, func(x *sent) { x.Err = &bots.SendError{Fault: bots.Rejected, Code: bots.NoTopic} })
		d := s.ask(who, fallback.Service, "staff 4h engaged, sms")
		s.run(time.Minute)
		s.is(d, "waiting")
		if len(s.sends) != 2 || s.sends[0].Out.Thread != "17" || s.sends[1].Out.Thread != "" {
			s.t.Errorf("the room was handed %v", s.log)
		}
		s.update(func(tx fallback.Tx) {
			if t := tx.Topic(who); t.State != fallback.TopicGone || t.Thread != "" {
				s.t.Errorf("the topic is %+v", t)
			}
		})
		s.outcome(s.sends[1], fallback.TaskCalled)
		s.is(d, "done")
	},
	"what colleagues were asked about a person goes with them": func(s *script) {
		who, d, task := s.tasked(fallback.Service)
		e := s.forget(who)
		s.is(d, "cancelled erased")
		s.settleDown()
		x := s.sends[len(s.sends)-1]
		if x.Out.Act != bots.DeleteAct || x.Out.On != task.ProviderID || x.Out.To != address(staffGroup) || len(e.TakeBacks) != 1 {
			s.t.Errorf("the room was handed %+v; taken back by %v", x.Out, e.TakeBacks)
		}
		s.about(task.Message, func(m *bots.Message, st bots.MessageState) bool {
			return m.Text == "" && len(m.Buttons) == 0 && !st.DeletedAt.IsZero()
		})
		s.outcome(task, fallback.TaskNotInterested)
		s.nothingOf(who)
	},
	"a task that is handed to the room while the person is erased is taken back once it is there": func(s *script) {
		s.bound()
		who := s.everywhere()
		s.next(bots.Staff, func(x *sent) { x.Lost = true })
		s.ask(who, fallback.Service, "staff 4h engaged, sms")
		s.settleDown()
		task := s.sends[0]
		s.forget(who)
		s.settle(task)
		s.settleDown()
		x := s.sends[len(s.sends)-1]
		if x == task || x.Out.Act != bots.DeleteAct || x.Out.On != task.ProviderID {
			s.t.Errorf("the room was handed %+v", x.Out)
		}
	},
	"a stop on the page is not shared with the room": func(s *script) {
		who, d, _ := s.tasked(fallback.Marketing)
		s.hear(bots.Event{Kind: bots.WayOut, Channel: bots.Telegram, Contact: who, Delivery: d})
		s.is(d, "refused opted_out")
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			if c := tx.Contact(room.Contact); c.Marketing.State != bots.Unknown {
				s.t.Errorf("the room said %+v", c.Marketing)
			}
		})
	},
}

// tasked is a delivery whose first step nobody answered, so that the room was asked to call the person.
func (s *script) tasked(p fallback.Purpose) (who, d bots.ID, task *sent) {
	s.t.Helper()
	s.bound()
	who = s.everywhere()
	d = s.ask(who, p, withCall)
	s.run(15 * time.Minute)
	if len(s.sends) != 2 || s.sends[1].Sender != bots.Staff {
		s.t.Fatalf("sent %v, want a task behind Telegram", s.log)
	}
	return who, d, s.sends[1]
}

// outcome is a press of a colleague's under a post.
func (s *script) outcome(post *sent, data string) {
	s.t.Helper()
	s.hear(bots.Event{Kind: bots.Pressed, Chat: address(staffGroup), Channel: bots.Telegram, Sender: bots.Staff, Name: "Iryna", By: "777", On: post.ProviderID, Step: post.Message, Data: data})
}

// outcomeTold compares the newest line of the audit about an outcome.
func (s *script) outcomeTold(outcome, refused string, who, d bots.ID) {
	s.t.Helper()
	var last fallback.Audited
	changes := s.outbox()
	s.update(func(tx fallback.Tx) {
		for _, c := range changes {
			if a, ok := tx.Audited(c.Audit); ok && c.Type == fallback.StaffAct && a.Detail == outcome {
				last = a
			}
		}
	})
	if last.Act != fallback.ActTask || last.Refused != refused || last.Contact != who || last.Delivery != d || last.By != "Iryna" || last.Account != address("telegram:777") {
		s.t.Errorf("the audit says %+v", last)
	}
}
