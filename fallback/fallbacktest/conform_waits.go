package fallbacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Bubbles begin at midnight: the team is at work from nine to six.
const customer = "telegram:42"

var waitStories = map[string]func(*script){
	"the assignee, or the team, is told that somebody waits, and then the leads, once each and in working time": func(s *script) {
		who := s.team()
		s.clock(17, 50)
		s.says(customer, "Where is my order?")
		s.run(9 * time.Hour)
		s.waitsTold(who)
		s.until(33, 4)
		s.waitsTold(who)
		s.until(33, 6)
		s.waitsTold(who, "33:05 team")
		s.run(30 * time.Minute)
		s.says(customer, "Hello?")
		s.until(33, 51)
		s.waitsTold(who, "33:05 team", "33:50 lead")
		s.run(48 * time.Hour)
		s.waitsTold(who, "33:05 team", "33:50 lead")
	},
	"what came due while we were down is told in the morning": func(s *script) {
		who := s.team()
		s.clock(17, 40)
		s.says(customer, "Where is my order?")
		s.clock(20, 0)
		s.settleDown()
		s.waitsTold(who)
		s.until(33, 1)
		s.waitsTold(who, "33:00 team")
	},
	"nobody is told of who was answered, thanked, or pressed a button": func(s *script) {
		who := s.team()
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.run(10 * time.Minute)
		s.staffAnswers(who)
		s.talk(who, func(c bots.Conversation) bool {
			return c.Wait.Since.IsZero() && c.Wait.Due.IsZero() && c.Wait.First.Round(time.Second) == 10*time.Minute
		}, "answered after ten minutes")
		s.says(customer, "Thank you!")
		s.hear(bots.Event{Kind: bots.Pressed, Chat: address(customer), Data: "x"})
		s.run(48 * time.Hour)
		s.waitsTold(who)
		s.happened(fallback.Answered, 1)
	},
	"an assignee who stays silent loses the conversation, and whoever answered keeps it": func(s *script) {
		who := s.team()
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.assign(who, "Olena")
		s.staffAnswers(who)
		s.run(72 * time.Hour)
		s.assignee(who, "Olena")
		s.says(customer, "And when?") // at ten, three days later
		s.run(9*time.Hour - time.Minute)
		s.assignee(who, "Olena")
		s.run(17 * time.Hour)
		s.assignee(who, "")
		s.auditedOf(who, "kaskad release silence")
	},
	"an answer that has not gone yet is one: nobody loses a conversation meanwhile": func(s *script) {
		who := s.team()
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.assign(who, "Olena")
		s.until(17, 59)
		s.ask(who, fallback.Conversation, loyalty, func(r *fallback.Request) { r.Author, r.SendAt = "Olena", time.Now().Add(48*time.Hour) })
		s.run(40 * time.Hour)
		s.assignee(who, "Olena")
	},
	"without remind nobody but the leads is told": func(s *script) {
		who := s.team()
		s.rules.Staff.Times.Remind = 0
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.until(60, 0)
		s.waitsTold(who, "11:00 lead")
	},
	"without escalate the leads are not told": func(s *script) {
		who := s.team()
		s.rules.Staff.Times.Escalate = 0
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.until(60, 0)
		s.waitsTold(who, "10:15 team")
	},
	"without release an assignee keeps a conversation, however silent": func(s *script) {
		who := s.team()
		s.rules.Staff.Times.Release = 0
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.assign(who, "Olena")
		s.run(10 * 24 * time.Hour)
		s.assignee(who, "Olena")
	},
	"where nobody deals, nobody is assigned": func(s *script) {
		who := s.team("Olena")
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.run(time.Hour)
		s.assignee(who, "")
	},
	"a snooze that is over opens the conversation, and is told": func(s *script) {
		who := s.team()
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutTalk(tx, who, fallback.TalkChange{State: bots.Snoozed, Until: tx.Now().Add(2 * time.Hour).Truncate(time.Microsecond)}.Apply))
		})
		s.until(11, 59)
		s.talk(who, func(c bots.Conversation) bool { return c.State == bots.Snoozed }, "put away")
		s.waitsTold(who)
		s.until(12, 16)
		s.talk(who, func(c bots.Conversation) bool { return c.State == bots.Open && c.SnoozedTo.IsZero() }, "open again")
		s.waitsTold(who, "12:15 team")
	},
	"a customer who writes while the conversation is put away ends that, and the times begin anew": func(s *script) {
		who := s.team()
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.assign(who, "Olena")
		s.until(10, 20)
		s.update(func(tx fallback.Tx) {
			s.must(fallback.PutTalk(tx, who, fallback.TalkChange{State: bots.Snoozed, Until: tx.Now().Add(48 * time.Hour).Truncate(time.Microsecond)}.Apply))
		})
		s.until(10, 50)
		s.says(customer, "Hello?")
		s.until(12, 0)
		s.waitsTold(who, "10:15 assignee", "11:05 assignee", "11:50 lead")
		s.until(24+9, 49)
		s.assignee(who, "Olena")
		s.until(24+9, 51)
		s.assignee(who, "")
	},
	"conversations go in turn to those who are there, in working time": func(s *script) {
		s.team("Olena", "Petro", "Away")
		s.rules.Staff.Times.Deal = true
		s.update(func(tx fallback.Tx) {
			team, err := fallback.ReadTeam(tx)
			s.must(err)
			team.Members[2].SetAway(tx.Now().Add(100*time.Hour), tx.Now())
			s.must(fallback.PutStaffMembers(tx, team.Members))
		})
		s.clock(32, 0)
		var all []bots.ID
		for n := range 4 {
			chat := fmt.Sprintf("telegram:%d", 50+n)
			all = append(all, s.person(chat))
			s.says(chat, "Where is my order?")
		}
		s.settleDown()
		s.assignee(all[0], "")
		s.until(33, 1)
		got := map[string]int{}
		s.update(func(tx fallback.Tx) {
			clear(got)
			for _, id := range all {
				got[tx.Conversation(id).Assignee]++
			}
		})
		if got["Olena"] != 2 || got["Petro"] != 2 {
			s.t.Errorf("dealt %v, want two each to those who are there", got)
		}
	},
	"who comes back is answered by who was theirs, unless they are away or of the team no longer": func(s *script) {
		who := s.team("Olena", "Petro")
		s.rules.Staff.Times.Deal = true
		s.clock(10, 0)
		s.says(customer, "Where is my order?")
		s.settleDown()
		s.assignee(who, "Olena")
		s.staffAnswers(who)
		s.says(customer, "And when?")
		s.settleDown()
		s.assignee(who, "Olena")
		s.staffAnswers(who)
		s.update(func(tx fallback.Tx) { s.must(fallback.PutStaffMembers(tx, []fallback.StaffMember{{Name: "Petro"}})) })
		s.says(customer, "Hello?")
		s.settleDown()
		s.assignee(who, "Petro")
	},
}

// team binds the room, and makes a team of some names and a customer. It works from nine to six.
func (s *script) team(names ...string) bots.ID {
	s.bound()
	var all []fallback.StaffMember
	for _, name := range names {
		all = append(all, fallback.StaffMember{Name: name})
	}
	if all != nil {
		s.update(func(tx fallback.Tx) { s.must(fallback.PutStaffMembers(tx, all)) })
	}
	s.rules.Staff.Times = fallback.StaffTimes{Remind: 15 * time.Minute, Escalate: time.Hour, Release: 8 * time.Hour, Work: nineToSix}
	return s.person(customer)
}

func nineToSix(at time.Time) (open bool, until time.Time) {
	y, m, d := at.Date()
	at9 := func(days, hour int) time.Time { return time.Date(y, m, d+days, hour, 0, 0, 0, at.Location()) }
	switch h := at.Hour(); {
	case h < 9:
		return false, at9(0, 9)
	case h < 18:
		return true, at9(0, 18)
	}
	return false, at9(1, 9)
}

// clock lets time pass up to an hour of the first day, or of later ones; until works the lanes meanwhile.
func (s *script) clock(hour, minute int) { time.Sleep(time.Until(s.midnight(hour, minute))) }

func (s *script) until(hour, minute int) {
	s.t.Helper()
	s.run(time.Until(s.midnight(hour, minute)))
}

func (s *script) midnight(hour, minute int) time.Time {
	return s.start.UTC().Truncate(24 * time.Hour).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// staffAnswers lets staff answer a person.
func (s *script) staffAnswers(who bots.ID) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		_, err := fallback.PutReply(tx, fallback.Reply{Contact: who, Text: "Soon", Author: "Olena"}, s.rules.Channels, s.rules, s.world)
		s.must(err)
	})
	s.settleDown()
}

func (s *script) assign(who bots.ID, name string) {
	s.update(func(tx fallback.Tx) { s.must(fallback.PutTalk(tx, who, fallback.TalkChange{Assignee: &name}.Apply)) })
}

func (s *script) assignee(who bots.ID, want string) {
	s.t.Helper()
	s.talk(who, func(c bots.Conversation) bool { return c.Assignee == want }, "of "+want)
}

// waitsTold checks when the desk was asked to tell whom that a person waits.
func (s *script) waitsTold(who bots.ID, want ...string) {
	s.t.Helper()
	var got []string
	for _, c := range s.outbox() {
		if c.Type == fallback.StaffWaits && c.State == who.String() {
			since := c.At.Sub(s.midnight(0, 0))
			got = append(got, fmt.Sprintf("%02d:%02d %s", int(since.Hours()), int(since.Minutes())%60, c.Reason))
		}
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("told: %v, want %v", got, want)
	}
}

// auditedOf checks the newest act about a person in the audit.
func (s *script) auditedOf(who bots.ID, want string) {
	s.t.Helper()
	got, changes := "", s.outbox()
	s.update(func(tx fallback.Tx) {
		for _, c := range changes {
			if a, ok := tx.Audited(c.Audit); ok && a.Contact == who {
				got = strings.Join([]string{a.By, a.Act, a.Detail}, " ")
			}
		}
	})
	if got != want {
		s.t.Errorf("the audit has %q, want %q", got, want)
	}
}

// happened checks how often the outbox tells of something.
func (s *script) happened(what string, times int) {
	s.t.Helper()
	n := 0
	for _, c := range s.outbox() {
		if c.Type == what {
			n++
		}
	}
	if n != times {
		s.t.Errorf("%s is told %d times, want %d", what, n, times)
	}
}
