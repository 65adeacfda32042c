package app

import (
	"time"

	"kaskad/fallback"
)

// Staff is how the team answers in its group.
type Staff struct {
	Hold          fallback.Duration `toml:"hold"`           // how long what is written in a topic can be taken back before it goes
	Members       string            `toml:"members"`        // "group": everybody in the group may answer; "listed": people of the team by name
	HoldMarketing fallback.Duration `toml:"hold_marketing"` // how long marketing waits for who has answered it
}

// Words of Members.
const (
	staffGroup  = "group"
	staffListed = "listed"
)

func defaultStaff() Staff {
	return Staff{Hold: fallback.Lasting(3 * time.Second), Members: staffGroup, HoldMarketing: fallback.Lasting(24 * time.Hour)}
}

// Bounds of the two: who waits longer has forgotten that something waits.
const (
	mostHold          = time.Minute
	mostHoldMarketing = 30 * 24 * time.Hour
)

func (l *loader) staff(s *Staff) {
	if s.Hold.Duration > mostHold {
		l.add("staff.hold", "%s: at most %s; 0s sends at once", fallback.FormatDuration(s.Hold.Duration), fallback.FormatDuration(mostHold))
	}
	if s.HoldMarketing.Duration > mostHoldMarketing {
		l.add("staff.hold_marketing", "%s: at most %s; 0s holds nothing", fallback.FormatDuration(s.HoldMarketing.Duration), fallback.FormatDuration(mostHoldMarketing))
	}
	if s.Members != staffGroup && s.Members != staffListed {
		l.add("staff.members", "%q: write group (everybody in the group may answer) or listed (people of the team by name)", s.Members)
	}
}

func (s *Staff) rules() fallback.StaffRules {
	return fallback.StaffRules{Hold: s.Hold.Duration, Listed: s.Members == staffListed, HoldMarketing: s.HoldMarketing.Duration}
}
