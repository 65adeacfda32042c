package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// frequencyStories are about who has a place in what a person may get of marketing, over all cascades.
var frequencyStories = map[string]func(*script){
	"who lost stays lost, whatever becomes of the winner": func(s *script) {
		who := s.everywhere()
		won := s.ask(who, fallback.Marketing, "telegram 1h read, sms")
		lost := s.ask(who, fallback.Marketing, "viber 1h read, sms")
		s.settleDown()
		s.lostTo(lost, won)
		if withdrawn, err := s.Cancel(s.ctx(), won); err != nil || withdrawn {
			s.t.Errorf("Cancel = %v, %v; it had gone", withdrawn, err)
		}
		s.run(3 * time.Hour)
		s.is(won, "cancelled")
		s.lostTo(lost, won)
		s.lostTo(s.ask(who, fallback.Marketing, "telegram 1h read"), won)
		s.sentSoFar("0s telegram d1/0")
	},
	"a failure gives no place back": func(s *script) {
		who := s.everywhere()
		s.fail("telegram", bots.Unreachable)
		won := s.ask(who, fallback.Marketing, "telegram 1h read")
		s.settleDown()
		s.is(won, "failed unreachable")
		s.lostTo(s.ask(who, fallback.Marketing, "viber 1h read"), won)
	},
	"who is cancelled before anything was tried has taken no place": func(s *script) {
		who := s.everywhere()
		first := s.ask(who, fallback.Marketing, "telegram 1h read")
		if withdrawn, err := s.Cancel(s.ctx(), first); err != nil || !withdrawn {
			s.t.Errorf("Cancel = %v, %v", withdrawn, err)
		}
		s.is(s.ask(who, fallback.Marketing, "viber 1h read"), "queued")
	},
	"of a week the newest that counted is named": func(s *script) {
		s.rules.PerDay, s.rules.PerWeek = 2, 3
		who := s.everywhere()
		var all []bots.ID
		for range 3 {
			all = append(all, s.ask(who, fallback.Marketing, "telegram 1h read", noRamp))
			s.run(24*time.Hour + time.Minute)
		}
		s.lostTo(s.ask(who, fallback.Marketing, "viber 1h read"), all[2])
		s.run(4*24*time.Hour + time.Hour) // a week after the first
		s.is(s.ask(who, fallback.Marketing, "viber 1h read"), "queued")
	},
	"marketing has no priority over marketing; what a hold keeps takes its place when it goes": func(s *script) {
		who := s.everywhere()
		h := s.hold("UA", time.Time{})
		early := s.ask(who, fallback.Marketing, "telegram 1h read", noRamp)
		s.is(early, "held hold")
		s.run(time.Hour)
		s.endHold(h)
		late := s.ask(who, fallback.Marketing, "viber 1h read", noRamp)
		s.settleDown()
		s.is(early, "waiting")
		s.lostTo(late, early)
	},
}

// lostTo asks that a delivery was skipped for frequency, and who has its place.
func (s *script) lostTo(lost, won bots.ID) {
	s.t.Helper()
	s.is(lost, "skipped frequency")
	if d := s.delivery(lost); d.LostTo != won {
		s.t.Errorf("lost to %v, want %v", d.LostTo, won)
	}
}
