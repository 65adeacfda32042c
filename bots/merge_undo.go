package bots

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Said reports whether a line's words came by what was the absorbed contact's own: its chat, or its name, by which they were told.
func (m *Merge) Said(s *Statement) bool {
	named := s.Via != ViaMerged && s.With != 0 && (s.With == m.Absorbed || slices.Contains(m.AbsorbedWas.Merged, s.With))
	return named || s.Chat.ID != "" && m.Owned(Ref{Kind: s.Chat.Channel, Value: s.Chat.ID})
}

// Side is whose words a line has, of two who were one.
type Side uint8

// The sides.
const (
	KeptSide Side = iota
	AbsorbedSide
	UnsureSide // either may have said it: a yes of that kind is nobody's
)

// Split makes two records of one again: those of before the merge, with what changed since. A change goes to the one whose value it was;
// a no said since is of both, a yes of the one who said it, as side tells. Lines are what was said since, oldest first. It is pure.
func (m *Merge) Split(now *Contact, lines []Statement, side func(*Statement) Side, at time.Time) (keep, from Contact) {
	keep, from = m.KeptWas.copied(), m.AbsorbedWas.copied()
	if reflect.DeepEqual(*now, m.Became) {
		return keep, from
	}
	m.splitWords(now, &keep, &from)
	m.splitPhone(now, &keep, &from)
	m.splitNumbers(now, &keep, &from)
	m.splitPlaces(now, &keep, &from)
	m.splitAttributes(now, &keep, &from)
	m.splitWishes(now, &keep, &from, at)
	if now.First != m.Became.First {
		keep.First = now.First
	}
	if now.Last != m.Became.Last {
		keep.Last = now.Last
	}
	if !now.Recruited.Equal(m.Became.Recruited) {
		keep.Recruited = now.Recruited
	}
	for i := range lines {
		m.splitLine(&lines[i], side(&lines[i]), &keep, &from)
	}
	for c, was := range map[*Contact]*Contact{&keep: &m.KeptWas, &from: &m.AbsorbedWas} {
		if !reflect.DeepEqual(*c, *was) {
			c.Updated = at
		}
	}
	return keep, from
}

// splitLine takes what a line says since to the one it is about, or to both.
func (m *Merge) splitLine(s *Statement, side Side, keep, from *Contact) {
	switch {
	case s.State == Denied:
		from.saidSince(s, 0)
		keep.saidSince(s, s.Number)
	case side == UnsureSide:
	case s.Via == ViaNotMe && side == AbsorbedSide:
		from.takeBack(s.About, &m.AbsorbedWas)
	case s.Via == ViaNotMe:
		keep.takeBack(s.About, &m.KeptWas)
	case s.State == Given && side == AbsorbedSide:
		from.saidSince(s, 0)
	case s.State == Given:
		keep.saidSince(s, s.Number)
	}
}

// takeBack forgets a yes that was said since: somebody else may have said it.
func (c *Contact) takeBack(about string, was *Contact) {
	channel, one := strings.CutPrefix(about, AboutMarketing+":")
	switch {
	case about == AboutMarketing && c.Marketing.State == Given:
		c.Marketing = was.Marketing
	case about == AboutAll && c.All.State == Given:
		c.All = was.All
	case one && c.ConsentOn(channel).State == Given:
		c.putOn(channel, was.ConsentOn(channel))
	}
}

// saidSince takes what a line says. The person's own no gives way to no word that is not the person's.
func (c *Contact) saidSince(s *Statement, line int) {
	said := s.Consent
	said.Line = line
	over := func(have Consent) bool { return !have.own(Denied) || said.ByPerson }
	channel, one := strings.CutPrefix(s.About, AboutMarketing+":")
	switch {
	case s.About == AboutMarketing && over(c.Marketing):
		c.Marketing = said
	case s.About == AboutAll && over(c.All):
		c.All = said
	case one && over(c.ConsentOn(channel)):
		c.putOn(channel, said)
	}
}
