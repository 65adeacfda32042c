package bots

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"
)

// What of a record that was one is whose, once it is two again: the parts of Split.

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
