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
	Assign        string            `toml:"assign"`         // "none": people take conversations; "round_robin": they are dealt in turn
	Remind        fallback.Duration `toml:"remind"`         // of working time: the assignee, or the team, is told that somebody waits
	Escalate      fallback.Duration `toml:"escalate"`       // the leads are
	Release       fallback.Duration `toml:"release"`        // an assignee who does not answer loses the conversation
	AwayReply     bool              `toml:"away_reply"`     // whoever writes while the shop is closed is told when staff answer
	PaceAt        int               `toml:"pace_at"`        // how many people may wait for an answer before marketing goes out slower; 0: it never does
}

// Words of Members.
const (
	staffGroup  = "group"
	staffListed = "listed"

	assignNone  = "none"
	assignTurns = "round_robin"
)

func defaultStaff() Staff {
	return Staff{
		Hold: fallback.Lasting(3 * time.Second), Members: staffGroup, HoldMarketing: fallback.Lasting(24 * time.Hour),
		Assign: assignNone, Remind: fallback.Lasting(15 * time.Minute), Escalate: fallback.Lasting(time.Hour), Release: fallback.Lasting(8 * time.Hour),
	}
}

// Bounds of the two: who waits longer has forgotten that something waits.
const (
	mostHold          = time.Minute
	mostHoldMarketing = 30 * 24 * time.Hour
	mostPatience      = 30 * 24 * time.Hour
	mostPaceAt        = 10_000 // no team answers so many in a day
)

func (l *loader) staff(s *Staff) {
	if s.Hold.Duration > mostHold {
		l.add("staff.hold", "%s: at most %s; 0s sends at once", fallback.FormatDuration(s.Hold.Duration), fallback.FormatDuration(mostHold))
	}
	if s.HoldMarketing.Duration > mostHoldMarketing {
		l.add("staff.hold_marketing", "%s: at most %s; 0s holds nothing", fallback.FormatDuration(s.HoldMarketing.Duration), fallback.FormatDuration(mostHoldMarketing))
	}
	for key, d := range map[string]fallback.Duration{"remind": s.Remind, "escalate": s.Escalate, "release": s.Release} {
		if d.Duration > mostPatience {
			l.add("staff."+key, "%s: at most %s; 0s switches it off", fallback.FormatDuration(d.Duration), fallback.FormatDuration(mostPatience))
		}
	}
	if s.Assign != assignNone && s.Assign != assignTurns {
		l.add("staff.assign", "%q: write none (people take conversations) or round_robin (they are dealt in turn)", s.Assign)
	}
	if s.PaceAt < 0 || s.PaceAt > mostPaceAt {
		l.add("staff.pace_at", "%d: how many people may wait for an answer before marketing goes out slower, 1 to %d; 0 switches it off", s.PaceAt, mostPaceAt)
	}
	if s.Members != staffGroup && s.Members != staffListed {
		l.add("staff.members", "%q: write group (everybody in the group may answer) or listed (people of the team by name)", s.Members)
	}
}

func (s *Staff) rules() fallback.StaffRules {
	times := fallback.StaffTimes{Remind: s.Remind.Duration, Escalate: s.Escalate.Duration, Release: s.Release.Duration, Deal: s.Assign == assignTurns}
	return fallback.StaffRules{Hold: s.Hold.Duration, Listed: s.Members == staffListed, HoldMarketing: s.HoldMarketing.Duration, Times: times}
}
