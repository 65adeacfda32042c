package bots

import (
	"encoding/json"
	"maps"
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

func (c Contact) copied() Contact {
	c.Addresses, c.Names, c.Merged = slices.Clone(c.Addresses), slices.Clone(c.Names), slices.Clone(c.Merged)
	return c
}

// splitWords gives every changed word to the one whose it was.
func (m *Merge) splitWords(now, keep, from *Contact) {
	for _, word := range []func(*Contact) *string{
		func(c *Contact) *string { return &c.ExternalID }, func(c *Contact) *string { return &c.Email }, func(c *Contact) *string { return &c.Name },
		func(c *Contact) *string { return &c.Locale }, func(c *Contact) *string { return &c.Zone }, func(c *Contact) *string { return &c.Preferred },
	} {
		is, was := *word(now), *word(&m.Became)
		switch {
		case is == was:
		case was != "" && *word(keep) == "" && *word(from) == was:
			*word(from) = is
		default:
			*word(keep) = is
		}
	}
}

// splitPhone: a number that was taken away is neither's any more. One that came in its place is of the one whose phone it was, and the
// kept one's where both had it: the other may be somebody else.
func (m *Merge) splitPhone(now, keep, from *Contact) {
	was := &m.Became
	same := now.Phone == was.Phone
	if same && now.PhoneClaimed == was.PhoneClaimed && now.PhoneHeard == was.PhoneHeard {
		return
	}
	both := was.Phone != "" && (same || now.Phone == "")
	for _, c := range []*Contact{keep, from} {
		if c.Phone == was.Phone && (both || c == keep || keep.Phone != now.Phone) {
			c.Phone, c.PhoneClaimed, c.PhoneHeard = now.Phone, now.PhoneClaimed, now.PhoneHeard
		}
	}
}

// splitNumbers: a further number that was taken away since is somebody else's.
func (m *Merge) splitNumbers(now, keep, from *Contact) {
	for _, n := range m.Became.Names {
		if n.Kind != "phone" && n.Kind != NameClaimed || now.Named(n.Kind, n.Value) {
			continue
		}
		for _, c := range []*Contact{keep, from} {
			c.loseNumber(n.Value)
		}
	}
}

// loseNumber takes away a number that somebody else has.
func (c *Contact) loseNumber(number string) {
	if c.Phone == number {
		c.Phone, c.PhoneClaimed, c.PhoneHeard = "", false, false
	}
	c.Remove(Address{Channel: SMS, ID: number})
	c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n Ref) bool { return n.Value == number && (n.Kind == "phone" || n.Kind == NameClaimed) })
}

// splitPlaces gives every address, as it stands, to the one whose it was. One that came since is the kept one's, unless it is the same
// chat as one of the other.
func (m *Merge) splitPlaces(now, keep, from *Contact) {
	moved := now.Phone != "" && now.Phone != m.Became.Phone // texts to it go to the one who has another phone
	for _, c := range []*Contact{keep, from} {
		c.Addresses = slices.DeleteFunc(c.Addresses, func(a ContactAddress) bool {
			stays := moved && a.Channel == SMS && a.ID == c.Phone
			return m.Became.Address(a.Address) != nil && now.Address(a.Address) == nil && !stays
		})
	}
	for _, a := range now.Addresses {
		if was := m.Became.Address(a.Address); was != nil && *was == a {
			continue
		}
		k, f := keep.Address(a.Address), from.Address(a.Address)
		if k != nil {
			*k = a
		}
		if f != nil {
			*f = a
		}
		switch {
		case k != nil || f != nil:
		case m.theirs(a, keep, from):
			from.Addresses = append(from.Addresses, a)
		default:
			keep.Addresses = append(keep.Addresses, a)
		}
	}
}

func (m *Merge) theirs(a ContactAddress, keep, from *Contact) bool {
	if m.Owned(Ref{Kind: a.Channel, Value: a.ID}) || a.Channel == SMS && a.ID == from.Phone && a.ID != keep.Phone {
		return true
	}
	return a.Also != "" && from.Address(Address{Channel: a.Channel, ID: a.Also}) != nil
}

func (m *Merge) splitAttributes(now, keep, from *Contact) {
	if string(now.Attributes) == string(m.Became.Attributes) {
		return
	}
	is, was, own, other := attributesOf(now), attributesOf(&m.Became), attributesOf(keep), attributesOf(from)
	for name := range joined(is, was) {
		value, there := is[name]
		if before, had := was[name]; there == had && string(value) == string(before) {
			continue
		}
		to := own
		if _, kept := own[name]; !kept && other[name] != nil {
			to = other
		}
		if to[name] = value; !there {
			delete(to, name)
		}
	}
	keep.Attributes, from.Attributes = written(own, keep.Attributes), written(other, from.Attributes)
}

func joined(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func attributesOf(c *Contact) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if len(c.Attributes) > 0 && json.Unmarshal(c.Attributes, &all) != nil || all == nil {
		return map[string]json.RawMessage{}
	}
	return all
}

// written are attributes as they are kept; as they were where nothing in them changed.
func written(all map[string]json.RawMessage, was json.RawMessage) json.RawMessage {
	if maps.EqualFunc(all, attributesOf(&Contact{Attributes: was}), func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
		return was
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return was
	}
	return raw
}

// splitWishes: what was asked for since is the kept one's, and the limits in it are both's.
func (m *Merge) splitWishes(now, keep, from *Contact, at time.Time) {
	was := &m.Became.Wishes
	if reflect.DeepEqual(now.Wishes, *was) {
		return
	}
	var lifted []string
	for _, channel := range Channels() {
		is, had := now.Wishes.Unwanted(channel), was.Unwanted(channel)
		switch {
		case is && !had:
			for _, c := range []*Contact{keep, from} {
				c.Wishes.NotOn = c.Wishes.notOn(&Wish{Asked: []string{channel}, NotOn: []string{channel}})
			}
		case had && !is:
			lifted = append(lifted, channel)
		}
	}
	keep.Wishes.NotOn = keep.Wishes.notOn(&Wish{Asked: lifted})
	keep.Wishes.Chosen, keep.Wishes.At = now.Wishes.Chosen, now.Wishes.At
	h, limited := now.Wishes.Open()
	before, had := was.Open()
	if h == before && limited == had {
		return
	}
	keep.Wishes.Hours = slices.Clone(keep.Wishes.Hours)
	keep.Wishes.hours(&Wish{Limited: limited, From: h.From, To: h.To}, at.UTC())
	if own, narrow := from.Wishes.Open(); limited && (!narrow || h.Open() < own.Open()) {
		from.Wishes.Hours = slices.Clone(from.Wishes.Hours)
		from.Wishes.hours(&Wish{Limited: true, From: h.From, To: h.To}, at.UTC())
		from.Wishes.At = now.Wishes.At
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

// Follow carries a change of the conversation to what each of the two would have by itself: one that a message brought to the one under
// whose id it stands, side, any other to both. It reports whether there is something new to keep.
func (m *Merge) Follow(before, after *Conversation, side ID, byMessage bool) bool {
	kept, other := m.KeptTalkWas, m.AbsorbedTalkWas
	absorbed := side == m.Absorbed || slices.Contains(m.AbsorbedWas.Merged, side)
	mine := side == 0 || side == m.Kept || slices.Contains(m.KeptWas.Merged, side)
	if !byMessage || absorbed {
		m.AbsorbedTalkWas.follow(before, after)
	}
	if !byMessage || !absorbed && mine {
		m.KeptTalkWas.follow(before, after)
	}
	return kept != m.KeptTalkWas || other != m.AbsorbedTalkWas
}

// follow takes over what changed in another head.
func (c *Conversation) follow(before, after *Conversation) {
	if after.State != before.State || !after.SnoozedTo.Equal(before.SnoozedTo) {
		c.State, c.SnoozedTo = after.State, after.SnoozedTo
	}
	if after.Assignee != before.Assignee {
		c.Assignee = after.Assignee
	}
	for _, t := range []struct{ to, is, was *time.Time }{
		{&c.LastAt, &after.LastAt, &before.LastAt}, {&c.LastIn, &after.LastIn, &before.LastIn}, {&c.StaffAt, &after.StaffAt, &before.StaffAt},
	} {
		if !t.is.Equal(*t.was) {
			*t.to = *t.is
		}
	}
	if after.LastUsed != before.LastUsed || !after.LastIn.Equal(before.LastIn) {
		c.LastUsed = after.LastUsed
	}
	if after.LastID != before.LastID {
		c.LastID = after.LastID
	}
	if after.Bot != before.Bot {
		c.Bot = after.Bot
	}
	if after.Unread > before.Unread {
		c.Unread += after.Unread - before.Unread
	} else {
		c.Unread = min(c.Unread, after.Unread)
	}
}
