package fallbacktest

import (
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var operator = fallback.Doer{Name: "local", Account: bots.Address{Channel: "control", ID: "local"}}

// memberStories are about who is of the team.
var memberStories = map[string]func(*script){
	"a code adds the account that it is written from, and is no customer's message": func(s *script) {
		s.bound()
		s.invited("Iryna")
		s.says("viber:v70", "/staff "+staffCode)
		s.accountsAre("viber:v70")
		s.strangerIs("viber:v70", false)         // it is the address of who stands for her
		s.says("viber:v71", "/staff "+staffCode) // it works once
		s.accountsAre("viber:v70")
		s.strangerIs("viber:v71", false)
	},
	"wrong codes are counted at whoever wrote them, and stay messages": func(s *script) {
		s.bound()
		s.invited("Iryna")
		for range 2 * fallback.MaxStaffTries {
			s.says("viber:v66", "/staff guess")
		}
		s.noted(fallback.StaffTried+" viber", fallback.MaxStaffTries-1)
		s.noted(fallback.StaffTried+" viber account", 1)
		s.says("viber:v66", "/staff "+staffCode)
		s.accountsAre()
		s.strangerIs("viber:v66", false)
		s.says("telegram:70", "/staff "+staffCode)
		s.accountsAre("telegram:70")
	},
	"a code is good for an hour": func(s *script) {
		s.bound()
		s.invited("Iryna")
		s.run(fallback.StaffCodeLife)
		s.says("telegram:70", "/staff "+staffCode)
		s.accountsAre()
	},
	"whoever does something in the group is seen, once a day, until they are of the team": func(s *script) {
		s.bound()
		for range 3 {
			s.hear(bots.Event{Kind: bots.Wrote, Chat: address(staffGroup), Sender: bots.Staff, By: "70", Name: "Iryna", Username: "iryna", MessageID: "600", Text: "hello"})
		}
		s.seenAre("telegram:70 Iryna iryna")
		s.member(func(tx fallback.Tx) error {
			_, err := fallback.AddSeen(tx, operator, "@IRYNA", "", fallback.Lead)
			return err
		}, nil)
		s.seenAre()
		s.accountsAre("telegram:70")
		s.hear(bots.Event{Kind: bots.Wrote, Chat: address(staffGroup), Sender: bots.Staff, By: "71", Name: "Petro", MessageID: "601", Text: "hello"})
		s.hear(bots.Event{Kind: bots.WentOut, Chat: address(staffGroup), Sender: bots.Staff, By: "71"})
		s.seenAre()
	},
	"an account is one person's, and a name one person's whatever its case": func(s *script) {
		s.bound()
		add := func(name, id string) func(fallback.Tx) error {
			return func(tx fallback.Tx) error {
				_, err := fallback.AddMember(tx, operator, name, bots.Address{Channel: bots.Telegram, ID: id}, "")
				return err
			}
		}
		s.member(add("Iryna", "70"), nil)
		s.member(add("IRYNA", "71"), nil)
		s.member(add("Petro", "70"), fallback.ErrAccountTaken)
		s.accountsAre("telegram:70", "telegram:71")
		s.member(func(tx fallback.Tx) error { _, err := fallback.RemoveMember(tx, operator, "iryna"); return err }, nil)
		s.accountsAre()
	},
}

func (s *script) member(f func(fallback.Tx) error, want error) {
	s.t.Helper()
	if err := s.Update(s.ctx(), f); !errors.Is(err, want) {
		s.t.Errorf("%v, want %v", err, want)
	}
}

func (s *script) invited(name string) {
	s.t.Helper()
	s.member(func(tx fallback.Tx) error {
		_, err := fallback.PutMemberCode(tx, operator, name, staffCode)
		return err
	}, nil)
	s.run(time.Second)
}

func (s *script) staffRoomNow() (room fallback.StaffRoom) {
	s.t.Helper()
	s.member(func(tx fallback.Tx) (err error) {
		room, err = fallback.ReadStaffRoom(tx, "")
		return err
	}, nil)
	return room
}

func (s *script) teamNow() (team fallback.Team) {
	s.t.Helper()
	s.member(func(tx fallback.Tx) (err error) {
		team, err = fallback.ReadTeam(tx)
		return err
	}, nil)
	return team
}

// accountsAre compares the accounts of all who are of the team.
func (s *script) accountsAre(want ...string) {
	s.t.Helper()
	var got []string
	for _, m := range s.teamNow().Members {
		for _, a := range m.Accounts {
			got = append(got, a.String())
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("the team's accounts are %v, want %v", got, want)
	}
}

func (s *script) seenAre(want ...string) {
	s.t.Helper()
	var got []string
	for _, p := range s.teamNow().Seen {
		got = append(got, p.Account.String()+" "+p.Name+" "+p.Username)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("seen are %v, want %v", got, want)
	}
}

// strangerIs checks whether nobody ever heard of a chat as a customer's.
func (s *script) strangerIs(chat string, want bool) {
	s.t.Helper()
	var found bots.ID
	s.member(func(tx fallback.Tx) error {
		a := address(chat)
		found = tx.FindContact(bots.Ref{Kind: a.Channel, Value: a.ID})
		return nil
	}, nil)
	if (found == 0) != want {
		s.t.Errorf("%s is contact %s", chat, found)
	}
}
