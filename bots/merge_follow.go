package bots

import (
	"slices"
	"time"
)

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
	if after.Group != before.Group {
		c.Group = after.Group
	}
	for _, t := range []struct{ to, is, was *time.Time }{
		{&c.LastAt, &after.LastAt, &before.LastAt}, {&c.LastIn, &after.LastIn, &before.LastIn}, {&c.StaffAt, &after.StaffAt, &before.StaffAt},
		{&c.PausedTo, &after.PausedTo, &before.PausedTo}, {&c.AdsFrom, &after.AdsFrom, &before.AdsFrom}, {&c.AdsTo, &after.AdsTo, &before.AdsTo},
	} {
		if !t.is.Equal(*t.was) {
			*t.to = *t.is
		}
	}
	c.Wait.follow(&before.Wait, &after.Wait)
	if after.LastUsed != before.LastUsed || !after.LastIn.Equal(before.LastIn) {
		c.LastUsed = after.LastUsed
	}
	if !after.LastDid.Equal(before.LastDid) {
		c.LastDid, c.LastDidOn = after.LastDid, after.LastDidOn
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
