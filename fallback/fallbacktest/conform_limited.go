package fallbacktest

import (
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// limitedStories are about people of the team who answer in some groups alone.
var limitedStories = map[string]func(*script){
	"conversations are dealt to those who answer in the group that has them": func(s *script) {
		s.dealing()
		s.answersIn("Olena", "viber")
		s.answersIn("Petro", fallback.MainGroup)
		got := map[string]string{}
		for n := range 3 {
			for _, channel := range []string{"telegram", "viber"} {
				chat := fmt.Sprintf("%s:%d", channel, 60+n)
				who := s.says(chat, "Where is my order?").Contact.ID
				s.settleDown()
				s.talk(who, func(c bots.Conversation) bool { got[chat] = c.Assignee; return true }, "")
			}
		}
		count := map[string]int{}
		for chat, name := range got {
			count[name]++
			channel := address(chat).Channel
			if name == "" || name == "Olena" && channel != "viber" || name == "Petro" && channel != "telegram" {
				s.t.Errorf("%s was dealt to %q", chat, name)
			}
		}
		if count["Olena"] != 2 || count["Petro"] != 2 || count["Iryna"] != 2 { // she answers in both
			s.t.Errorf("dealt %v, want two each", count)
		}
	},
	"where nobody answers nobody is dealt anything, until somebody does": func(s *script) {
		s.dealing()
		for _, name := range []string{"Olena", "Petro", "Iryna"} {
			s.answersIn(name, fallback.MainGroup)
		}
		who := s.says("viber:60", "Where is my order?").Contact.ID
		s.settleDown()
		s.assignee(who, "")
		s.answersIn("Petro", "viber", fallback.MainGroup)
		s.run(6 * time.Minute)
		s.assignee(who, "Petro")
	},
	"one that was dealt goes on to somebody else when its assignee answers elsewhere": func(s *script) {
		s.dealing()
		s.answersIn("Petro", "viber")
		s.answersIn("Iryna", "viber")
		who := s.says("telegram:60", "Where is my order?").Contact.ID
		s.settleDown()
		s.assignee(who, "Olena")
		s.staffAnswers(who)
		s.answersIn("Olena", "viber")
		s.answersIn("Petro")
		s.says("telegram:60", "Hello?")
		s.settleDown()
		s.assignee(who, "Petro")
	},
	"of a listed team people act in their groups alone": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.rules.Staff.Listed = true
		s.member(func(tx fallback.Tx) error {
			_, err := fallback.AddMember(tx, operator, "Iryna", address("telegram:777"), "")
			return err
		}, nil)
		s.answersIn("Iryna", "viber")
		s.writes(thread, "500", "one")
		s.writes(thread, "501", "two")
		s.writes(thread, "502", "/close")
		s.happens(bots.TopicClosed, thread)
		s.run(time.Minute)
		s.sentSince(0)
		s.talkIs(who, bots.Open, "")
		s.audited(fallback.ActReply, fallback.RefusedOtherGroup, 1)
		s.audited(fallback.ActReply, fallback.RefusedNotStaff, 0)
		s.answersIn("Iryna", "viber", fallback.MainGroup)
		s.writes(thread, "503", "three")
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"three"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"where everybody in the group may act, nobody is limited": func(s *script) {
		s.forum()
		who, thread := s.talked("telegram:42")
		s.member(func(tx fallback.Tx) error {
			_, err := fallback.AddMember(tx, operator, "Iryna", address("telegram:777"), "")
			return err
		}, nil)
		s.answersIn("Iryna", "viber")
		s.writes(thread, "500", "one")
		s.run(time.Minute)
		if got := s.textsTo(who); !slices.Equal(got, []string{"one"}) {
			s.t.Errorf("the customer got %q", got)
		}
	},
	"where somebody answers is in the audit": func(s *script) {
		s.team("Olena")
		s.answersIn("olena", "viber", "night", "viber")
		if m := s.teamNow().Members[0]; !slices.Equal(m.Groups, []string{"night", "viber"}) || m.Serves(fallback.MainGroup) || !m.Serves("night") {
			s.t.Errorf("she answers in %q", m.Groups)
		}
		s.auditedOf(0, "local member_groups Olena night,viber")
		s.answersIn("Olena")
		if m := s.teamNow().Members[0]; len(m.Groups) != 0 || !m.Serves(fallback.MainGroup) || !m.Serves("any") {
			s.t.Errorf("she answers in %q", m.Groups)
		}
		s.auditedOf(0, "local member_groups Olena")
		set := func(name string, groups ...string) func(fallback.Tx) error {
			return func(tx fallback.Tx) error { _, err := fallback.SetGroups(tx, operator, name, groups); return err }
		}
		s.member(set("Petro", "viber"), fallback.ErrUnknownMember)
		s.member(set("Olena", ""), fallback.ErrMemberGroups)
		var many []string
		for n := range 22 {
			many = append(many, fmt.Sprint("g", n))
		}
		s.member(set("Olena", many...), fallback.ErrMemberGroups)
		s.member(set("Olena", many[1:]...), nil)
	},
}

// dealing is a team of three whose conversations are dealt, with a group beside the first that has those of Viber.
func (s *script) dealing() {
	s.t.Helper()
	s.team("Olena", "Petro", "Iryna")
	s.rules.Staff.Times.Deal = true
	s.rules.Staff.Groups = []fallback.StaffGroup{{Name: "viber", Channels: []string{bots.Viber}, Chat: "-100600"}}
	s.update(func(tx fallback.Tx) { s.must(fallback.SettleStaffGroups(tx, s.rules.Staff.Groups)) })
	s.clock(10, 0)
}

// answersIn says in which groups somebody of the team answers; none: in all.
func (s *script) answersIn(name string, groups ...string) {
	s.t.Helper()
	s.member(func(tx fallback.Tx) error { _, err := fallback.SetGroups(tx, operator, name, groups); return err }, nil)
}
