package fallbacktest

import (
	"encoding/json"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// roomStories are about the group that is the room of staff: how it becomes that, and how it ends.
var roomStories = map[string]func(*script){
	"a code makes a group the room": func(s *script) {
		s.staffed()
		s.roomIs("")
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("-100500")
		s.noted(fallback.StaffBound+" -100500", 1)
	},
	"a code may be typed as people type": func(s *script) {
		s.staffed()
		s.inRoom(staffGroup, "/STAFF@shop_bot  7K3MQ9ZX W2HT ")
		s.roomIs("-100500")
	},
	"a code works once": func(s *script) {
		s.bound()
		s.inRoom(otherGroup, "/staff "+staffCode)
		s.roomIs("-100500")
	},
	"a code expires": func(s *script) {
		s.staffed()
		s.run(time.Hour)
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("")
	},
	"a fresh code makes the one before void": func(s *script) {
		s.staffed()
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("")
		s.inRoom(staffGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100500")
	},
	"five wrong tries of an account make nothing void, and it is not heard for an hour": func(s *script) {
		s.staffed()
		try := func(by, group, code string) {
			s.hear(bots.Event{Kind: bots.Wrote, Chat: address(group), Sender: bots.Staff, By: by, Text: "/staff " + code})
		}
		for i := range 2 * fallback.MaxStaffTries { // whichever group it is written in
			try("66", fmt.Sprintf("staff:-%d", 700+i), "guess")
		}
		s.noted(fallback.StaffTried+" staff", fallback.MaxStaffTries-1)
		s.noted(fallback.StaffTried+" staff account", 1)
		try("66", otherGroup, staffCode)
		s.roomIs("")
		try("70", staffGroup, staffCode)
		s.roomIs("-100500")
	},
	"an account that is not heard any more is heard with a fresh code, or an hour after the first try": func(s *script) {
		guesses := func() {
			for range fallback.MaxStaffTries {
				s.inRoom(staffGroup, "/staff guess")
			}
		}
		s.staffed()
		guesses()
		s.run(30 * time.Minute)
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(staffGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100500")
		s.putCode("aaaa-bbbb-dddd")
		guesses()
		s.inRoom(staffGroup, "/staff aaaa-bbbb-dddd")
		s.noted(fallback.StaffBound+" -100500", 1)
		s.run(30 * time.Minute)
		s.inRoom(staffGroup, "/staff aaaa-bbbb-dddd")
		s.noted(fallback.StaffBound+" -100500", 2)
	},
	"however often two groups are the room in turn, what stands for those of before does not grow": func(s *script) {
		s.bound()
		for i := range 6 {
			was, next := "-100500", "-100600"
			if i%2 == 1 {
				was, next = next, was
			}
			s.fix(next)
			s.update(func(tx fallback.Tx) {
				id, err := fallback.FormerStaffRoom(tx, was) // to say goodbye
				s.must(err)
				if c := tx.Contact(id); c.Address(address("staff:"+was)) == nil {
					s.t.Errorf("%s is at %+v", id, c.Addresses)
				}
			})
			if n := len(s.teamNow().Former); n > 2 {
				s.t.Fatalf("after %d groups %d contacts stand for those of before", i+1, n)
			}
		}
	},
	"guesses of very many accounts are bounded together, and told": func(s *script) {
		s.staffed()
		s.triedBefore(fallback.MaxAllTries - 1)
		s.inRoom("staff:-700", "/staff guess")
		s.noted(fallback.StaffTried+" staff all", 1)
		s.inRoom("staff:-701", "/staff guess")
		s.noted(fallback.StaffTried+" staff", 0)
		s.noted(fallback.StaffTried+" staff all", 1)
		s.putCode("aaaa-bbbb-cccc") // another code makes no more guesses
		s.inRoom(staffGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("")
		s.run(time.Hour)
		s.putCode("aaaa-bbbb-dddd")
		s.inRoom(staffGroup, "/staff aaaa-bbbb-dddd")
		s.roomIs("-100500")
	},
	"four wrong tries are heard, and a try told twice is one": func(s *script) {
		s.staffed()
		for i := range 8 {
			e := bots.Event{ID: fmt.Sprint("guess", i/2), Kind: bots.Wrote, Chat: address(otherGroup), Text: "/staff guess"}
			if _, err := s.tell(e); i%2 == 1 {
				s.fails(err, fallback.ErrSeen)
			}
		}
		s.inRoom(otherGroup, "/staff") // no code is no try
		s.inRoom(staffGroup, "/staff "+staffCode)
		s.roomIs("-100500")
	},
	"another group replaces the room only with a code of its own, and the old one hears so": func(s *script) {
		s.bound()
		s.putCode("aaaa-bbbb-cccc")
		s.inRoom(otherGroup, "/staff aaaa-bbbb-cccc")
		s.roomIs("-100600")
		s.noted(fallback.StaffLeft+" -100500", 1)
		s.post(s.everywhere(), "hello?")
		s.run(time.Minute)
		s.sentSoFar("0s staff d1/0")
		if got := s.sends[0].Out.To; got != address(otherGroup) {
			s.t.Errorf("posted to %s, want the new room", got)
		}
	},
	"the group of the configuration wins": func(s *script) {
		s.bound()
		s.fix("-100600")
		s.roomIs("-100600")
		s.update(func(tx fallback.Tx) {
			_, err := fallback.PutStaffCode(tx, "", "aaaa-bbbb-cccc")
			s.fails(err, fallback.ErrStaffFixed)
		})
		s.fix("")
		s.roomIs("-100500")
	},
	"a group that is not the room changes nothing": func(s *script) {
		s.bound()
		victim, _ := s.lineOf("telegram:42", "Where is my order?")
		s.post(victim, "Where is my order?")
		s.settleDown()
		x := s.sends[len(s.sends)-1]
		s.inRoom(otherGroup, "You won", func(e *bots.Event) { e.On, e.Step = x.ProviderID, x.Message })
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(otherGroup)})
		s.hear(bots.Event{Kind: bots.Moved, Chat: address(otherGroup), Data: "-100500"})
		s.run(time.Hour)
		s.roomIs("-100500")
		s.sentSoFar("0s staff d1/0")
	},
	"a group that became a supergroup stays the room": func(s *script) {
		for name, begin := range map[string]func(){"bound": s.bound, "of the configuration": func() { s.staffed(); s.fix("-100500") }} {
			begin()
			s.hear(bots.Event{Kind: bots.Moved, Chat: address(staffGroup), Data: "-100777"})
			s.roomIs("-100777")
			s.hear(bots.Event{Kind: bots.Moved, Chat: address(staffGroup), Data: "-100777"}) // from the other side, too
			s.roomIs("-100777")
			if name == "of the configuration" {
				s.fix("-100500") // as it is still written, at the next start
				s.roomIs("-100777")
				s.fix("")
			}
		}
	},
	"a room that the bot was removed from gets no posts until it is let in again": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address(staffGroup)})
		s.noted(fallback.StaffLost+" -100500", 1)
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			done, err := fallback.PutPost(tx, room.Contact, "Where is my order?", fallback.Post{Contact: who, Lines: []bots.ID{line}}, s.rules, s.world)
			s.must(err)
			if done.State != fallback.Skipped {
				s.t.Errorf("a post to a lost room is %s, want skipped", done.State)
			}
		})
		s.hear(bots.Event{Kind: bots.Unblocked, Chat: address(staffGroup)})
		s.noted(fallback.StaffFound+" -100500", 1)
		s.post(who, "Where is my order?", line)
		s.settleDown()
		s.sentSoFar("0s staff d1/0")
	},
}

// triedBefore is so many wrong codes that accounts wrote which are counted no longer.
func (s *script) triedBefore(wrong int) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		team, err := fallback.ReadTeam(tx)
		s.must(err)
		team.Tries = &fallback.StaffTries{Since: tx.Now(), Wrong: wrong}
		c := tx.Contact(team.Contact)
		c.Attributes, err = json.Marshal(team)
		s.must(err)
		tx.PutContact(c)
	})
}
