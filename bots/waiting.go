package bots

import (
	"slices"
	"strings"
	"time"
)

// Waiting is since when somebody waits in a conversation, who was told, and when it is looked at next.
type Waiting struct {
	Since      time.Time     // of the oldest message that nobody has answered; zero: nobody waits
	Asked      time.Time     // of the first message since the conversation was opened; zero: none
	First      time.Duration // how much working time passed until staff answered it, at least a microsecond; 0: they have not
	AssignedAt time.Time     // since when it is the assignee's; zero: nobody's
	Woke       time.Time     // when a snooze was over last
	Due        time.Time     // when it is looked at next; zero: when something happens
	Told       Told
	Dealt      bool // the assignee did not choose it: it was dealt in turn
}

// Told is what was done about a conversation since somebody waits in it.
type Told uint8

// What may have been done.
const (
	ToldAssignee Told = 1 << iota // or the team, if it is nobody's
	ToldLeads
	DealtOut // whose turn it is was decided
)

// Has reports whether something was done.
func (t Told) Has(one Told) bool { return t&one != 0 }

// begin notes that a message waits for an answer.
func (w *Waiting) begin(at time.Time) {
	if w.Asked.IsZero() {
		w.Asked, w.First = at, 0
	}
	if w.Since.IsZero() {
		w.Told = 0
	}
	w.Since = sooner(w.Since, at)
}

// Leave notes that somebody waits for staff, opened that nobody did before in an open conversation.
func (w *Waiting) Leave(at time.Time, opened bool) {
	if opened {
		w.Asked, w.First = time.Time{}, 0
	}
	w.begin(at)
}

// Wake notes that a conversation that was put away is open again: whoever is to be told of it has the whole time anew.
func (w *Waiting) Wake(at time.Time) {
	if !w.Since.IsZero() {
		latest(&w.Woke, at)
		w.Told &^= ToldAssignee | ToldLeads
	}
}

// End notes that nobody waits any more.
func (w *Waiting) End() {
	w.Since, w.Woke, w.Due, w.Told = time.Time{}, time.Time{}, time.Time{}, 0
}

// Assign gives the conversation to somebody, or (empty) to nobody. Whoever gets it has the whole time to answer.
func (c *Conversation) Assign(name string, dealt bool, now time.Time) {
	if name == c.Assignee {
		return
	}
	c.Assignee, c.Wait.AssignedAt, c.Wait.Dealt = name, now, dealt
	if name == "" {
		c.Wait.AssignedAt = time.Time{}
	}
	c.Wait.Told = c.Wait.Told&^ToldAssignee | DealtOut
}

// NeedsNobody reports whether a text message is none that anybody has to answer: thanks, an emoji, a sticker.
func (m *Message) NeedsNobody() bool {
	if len(m.Media) > 0 {
		return strings.TrimSpace(m.Text) == "" && !slices.ContainsFunc(m.Media, func(f Media) bool { return f.Type != "sticker" })
	}
	return Courtesy(m.Text)
}

// absorb is what two conversations wait for together. Mine: the assignee is that of w.
func (w Waiting) absorb(from *Waiting, mine bool) Waiting {
	if !mine {
		w.AssignedAt, w.Dealt = from.AssignedAt, from.Dealt
	}
	if w.Since.IsZero() {
		w.Told, w.Woke = from.Told, from.Woke
	} else if !from.Since.IsZero() {
		w.Told &= from.Told
	}
	switch {
	case w.Asked.IsZero():
		w.First = from.First
	case !from.Asked.IsZero() && from.First == 0:
		w.First = 0
	}
	w.Asked = sooner(w.Asked, from.Asked)
	w.Since, w.Due = sooner(w.Since, from.Since), sooner(w.Due, from.Due)
	return w
}

// follow takes over what changed in another head.
func (w *Waiting) follow(before, after *Waiting) {
	for _, t := range []struct{ to, is, was *time.Time }{
		{&w.Since, &after.Since, &before.Since}, {&w.Asked, &after.Asked, &before.Asked}, {&w.AssignedAt, &after.AssignedAt, &before.AssignedAt},
		{&w.Woke, &after.Woke, &before.Woke}, {&w.Due, &after.Due, &before.Due},
	} {
		if !t.is.Equal(*t.was) {
			*t.to = *t.is
		}
	}
	if after.First != before.First {
		w.First = after.First
	}
	if after.Told != before.Told {
		w.Told = after.Told
	}
	if after.Dealt != before.Dealt {
		w.Dealt = after.Dealt
	}
}
