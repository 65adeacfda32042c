package app

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/desk"
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
	Card          []CardFact        `toml:"card"`           // attributes of a customer that their card shows
	Groups        []StaffGroup      `toml:"groups"`         // beside the first
	PaceAt        int               `toml:"pace_at"`        // how many people may wait for an answer before marketing goes out slower; 0: it never does
}

// StaffGroup is a group of staff beside the first, and whose conversations it gets. What is left out asks for nothing.
type StaffGroup struct {
	Name       string            `toml:"name"`
	Channels   []string          `toml:"channels"`   // on which the customer writes
	Languages  []string          `toml:"languages"`  // the customer's
	Attributes map[string]string `toml:"attributes"` // the customer's
	Chat       string            `toml:"chat"`       // names the group outright, as [telegram] staff_chat does the first
}

// CardFact is an attribute of a contact that the card of a topic shows.
type CardFact struct {
	Attribute string `toml:"attribute"`
	Label     string `toml:"label"` // before it; empty: the attribute's name
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
	mostGroups        = 20
	mostCard          = 6 // lines: a card is read at a glance
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
	l.card(s.Card)
	if s.Members != staffGroup && s.Members != staffListed {
		l.add("staff.members", "%q: write group (everybody in the group may answer) or listed (people of the team by name)", s.Members)
	}
}

func (l *loader) card(facts []CardFact) {
	if len(facts) > mostCard {
		l.add("staff.card", "%d attributes: at most %d, the card is read at a glance", len(facts), mostCard)
	}
	for i, f := range facts {
		if strings.TrimSpace(f.Attribute) == "" {
			l.add(fmt.Sprintf("staff.card[%d].attribute", i), "write which attribute of a contact it is, as in kaskad contacts import or PUT /v1/contacts")
		}
	}
}

// names are those of the groups beside the first.
func (s *Staff) names() (all []string) {
	for _, g := range s.Groups {
		all = append(all, g.Name)
	}
	return all
}

// facts are what the card shows of a customer.
func (s *Staff) facts() (all []desk.Fact) {
	for _, f := range s.Card {
		all = append(all, desk.Fact{Attribute: f.Attribute, Label: cmp.Or(f.Label, f.Attribute)})
	}
	return all
}

func (s *Staff) rules() fallback.StaffRules {
	times := fallback.StaffTimes{Remind: s.Remind.Duration, Escalate: s.Escalate.Duration, Release: s.Release.Duration, Deal: s.Assign == assignTurns}
	var groups []fallback.StaffGroup
	for _, g := range s.Groups {
		g.Languages = tags(g.Languages)
		groups = append(groups, fallback.StaffGroup(g))
	}
	return fallback.StaffRules{Groups: groups, Hold: s.Hold.Duration, Listed: s.Members == staffListed, HoldMarketing: s.HoldMarketing.Duration, Times: times}
}
