package fallbacktest

import (
	"encoding/json"

	"kaskad/bots"
	"kaskad/fallback"
)

// teamStories are about what all groups of staff share.
var teamStories = map[string]func(s *script){
	"the team of an older store, which stood with the first room, loses nobody when the room is written": func(s *script) {
		s.bindOld()
		s.accountsAre("telegram:777")
		s.update(func(tx fallback.Tx) { s.must(fallback.FixStaffRoom(tx, "", "-100600")) }) // writes the room alone
		s.accountsAre("telegram:777")
		s.member(func(tx fallback.Tx) error {
			_, err := fallback.AddMember(tx, operator, "Oleh", address("telegram:778"), "")
			return err
		}, nil)
		s.accountsAre("telegram:777", "telegram:778")
	},
	"the team of an older store is brought to its place when the program begins": func(s *script) {
		s.bindOld()
		s.update(func(tx fallback.Tx) { s.must(fallback.SettleTeam(tx)) })
		if team := s.teamNow(); team.Contact == 0 || len(team.Members) != 1 {
			s.t.Errorf("the team stands with contact %v, of %d members", team.Contact, len(team.Members))
		}
		s.update(func(tx fallback.Tx) {
			hidden, err := fallback.StaffContacts(tx)
			s.must(err)
			if !hidden[s.teamNowIn(tx).Contact] {
				s.t.Error("the team's contact can be read by those who call the API")
			}
		})
	},
}

// bindOld is a room as it was written when the team stood with it.
func (s *script) bindOld() {
	s.t.Helper()
	s.fix("-100500")
	s.update(func(tx fallback.Tx) {
		team := s.teamNowIn(tx)
		room, err := fallback.ReadStaffRoom(tx, "")
		s.must(err)
		var raw map[string]any
		c := tx.Contact(room.Contact)
		s.must(json.Unmarshal(c.Attributes, &raw))
		raw["members"] = []fallback.StaffMember{{Name: "Iryna", Role: fallback.Lead, Accounts: []bots.Address{address("telegram:777")}}}
		c.Attributes, err = json.Marshal(raw)
		s.must(err)
		tx.PutContact(c)
		tx.DropContact(team.Contact)
	})
}

func (s *script) teamNowIn(tx fallback.Tx) fallback.Team {
	s.t.Helper()
	team, err := fallback.ReadTeam(tx)
	s.must(err)
	return team
}
