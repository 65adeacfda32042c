package fallback

import (
	"slices"
	"strconv"
	"time"

	"kaskad/bots"
)

// StaffTimes are the rules of the team that need time. All of them count working time alone.
type StaffTimes struct {
	Remind   time.Duration // how long a person waits before the assignee, or the team, is told; 0: never
	Escalate time.Duration // before the leads are; 0: never
	Release  time.Duration // before the assignee loses the conversation; 0: never
	Deal     bool          // conversations go in turn to those of the team who are there
	Work     Work
}

// due is when a conversation is looked at next; zero: when something happens in it.
func (s *StaffTimes) due(c *bots.Conversation, now time.Time) (next time.Time) {
	w := &c.Wait
	switch {
	case c.State == bots.Snoozed:
		return c.SnoozedTo
	case c.State != bots.Open || w.Since.IsZero():
		return time.Time{}
	}
	if s.Deal && !w.Told.Has(bots.DealtOut) {
		next = s.Work.At(now)
	}
	for _, at := range []time.Time{s.reminds(c), s.escalates(c), s.releases(c)} {
		next = soonest(next, at)
	}
	return next
}

// reminds is when whoever should answer is told that somebody waits; zero: never.
func (s *StaffTimes) reminds(c *bots.Conversation) time.Time {
	if s.Remind == 0 || c.Wait.Told.Has(bots.ToldAssignee) {
		return time.Time{}
	}
	return s.Work.After(later(later(c.Wait.Since, c.Wait.Woke), c.Wait.AssignedAt), s.Remind)
}

// escalates is when the leads are told.
func (s *StaffTimes) escalates(c *bots.Conversation) time.Time {
	if s.Escalate == 0 || c.Wait.Told.Has(bots.ToldLeads) {
		return time.Time{}
	}
	return s.Work.After(later(c.Wait.Since, c.Wait.Woke), s.Escalate)
}

// releases is when an assignee who stays silent loses the conversation.
func (s *StaffTimes) releases(c *bots.Conversation) time.Time {
	if s.Release == 0 || c.Assignee == "" {
		return time.Time{}
	}
	return s.Work.After(later(later(c.Wait.Since, c.Wait.Woke), c.Wait.AssignedAt), s.Release)
}

// came reports whether a time has come.
func came(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// timed brings what a head says of times up to a change of it: how long the first answer took, and when it is looked at next.
func (r *Rules) timed(before, c *bots.Conversation, now time.Time) {
	if c.StaffAt.After(before.StaffAt) && !c.Wait.Asked.IsZero() && c.Wait.First == 0 && !before.Wait.Since.IsZero() {
		c.Wait.First = max(r.Staff.Times.Work.Passed(c.Wait.Asked, c.StaffAt).Truncate(time.Microsecond), time.Microsecond)
	}
	if before.Wait == c.Wait && before.State == c.State && before.SnoozedTo.Equal(c.SnoozedTo) && before.Assignee == c.Assignee {
		return
	}
	c.Wait.Due = r.Staff.Times.due(c, now)
}

// Answered is the type of the change by which staff first answered since a conversation was opened: Reason is how many seconds of working
// time that took.
const Answered = "conversation.answered"

// retime is timed, and tells of a first answer.
func (r *Rules) retime(tx Tx, before, c *bots.Conversation) {
	had := c.Wait.First
	r.timed(before, c, tx.Now())
	if first := c.Wait.First; had == 0 && first != 0 {
		tx.Change(bots.Change{Type: Answered, At: tx.Now(), Contact: c.Contact, State: c.State.String(), Reason: strconv.FormatInt(int64(first.Seconds()), 10)})
	}
}

// looked makes a head that was changed by who does not know the rules due now, if they may say something of it.
func looked(before, c *bots.Conversation, now time.Time) {
	if name := c.Assignee; name != before.Assignee {
		c.Assignee = before.Assignee
		c.Assign(name, false, now)
	}
	if before.State == bots.Snoozed && c.State == bots.Open {
		c.Wait.Wake(now)
	}
	switch {
	case c.State == bots.Snoozed:
		c.Wait.Due = c.SnoozedTo
	case c.State == bots.Closed:
		c.Wait.End()
	case c.State != before.State || c.Assignee != before.Assignee || c.Wait.Since != before.Wait.Since:
		c.Wait.Due = time.Time{}
		if !c.Wait.Since.IsZero() {
			c.Wait.Due = now
		}
	}
}

// TalkEntry is one line of the due index about a conversation: its lane, and where in it.
type TalkEntry struct {
	Lane Lane
	Entry
}

// The lanes of conversations. Their entries name contacts, and are exact: a store writes and removes them with the head.
const (
	LaneTalk  Lane = "talk/due"   // when a conversation is looked at
	LaneWaits Lane = "talk/waits" // since when somebody waits in it
)

// LaneOf is where the open conversations of an assignee stand, by when they were given.
func LaneOf(assignee string) Lane { return Lane("talk/of/" + assignee) }

// TalkEntries are the entries of a conversation's head.
func TalkEntries(c *bots.Conversation) (all []TalkEntry) {
	add := func(lane Lane, at time.Time) { all = append(all, TalkEntry{lane, Entry{at.Round(0).UTC(), c.Contact}}) }
	if !c.Wait.Due.IsZero() {
		add(LaneTalk, c.Wait.Due)
	}
	if !c.Wait.Since.IsZero() {
		add(LaneWaits, c.Wait.Since)
	}
	if c.Assignee != "" && c.State == bots.Open && !c.Wait.AssignedAt.IsZero() {
		add(LaneOf(c.Assignee), c.Wait.AssignedAt)
	}
	return all
}

// MovedEntries are those that a head leaves, and those that it comes to stand at.
func MovedEntries(before, after *bots.Conversation) (left, come []TalkEntry) {
	was, is := TalkEntries(before), TalkEntries(after)
	for _, e := range was {
		if !slices.Contains(is, e) {
			left = append(left, e)
		}
	}
	for _, e := range is {
		if !slices.Contains(was, e) {
			come = append(come, e)
		}
	}
	return left, come
}

// StandsAt reports whether an entry of the lane of conversations is one of the head.
func StandsAt(c *bots.Conversation, lane Lane, e Entry) bool {
	return slices.ContainsFunc(TalkEntries(c), func(x TalkEntry) bool { return x.Lane == lane && x.ID == e.ID && x.Due.Equal(e.Due) })
}

// ForTalks reports whether a lane is one of conversations.
func (l Lane) ForTalks() bool { return len(l) > 5 && l[:5] == "talk/" }
