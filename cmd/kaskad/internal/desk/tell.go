package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What staff ask about a customer in the topic: who it is, what was said, and how messages went.

// historyWalk bounds how many messages are looked at.
const historyWalk = 300

// history words the last messages both ways, oldest first: those before a message, or (0) the newest.
func (d *Desk) history(v fallback.View, contact bots.ID, most int, before bots.ID) string {
	var lines []string
	looked, size := 0, 0
	v.MessagesOf(contact, before, func(id bots.ID) bool {
		looked++
		if m := v.Message(id); m != nil && !m.Erased {
			if said := oneLine(d.remembered(v, m), 200); said != "" {
				line := fmt.Sprintf("%s %s %s: %s", m.At.In(d.Zone).Format("02.01 15:04"), d.words.channel(m.Channel), d.speaker(v, m), said)
				if size += units(line) + 1; size > maxPost {
					return false
				}
				lines = append(lines, line)
			}
		}
		return len(lines) < most && looked < historyWalk
	})
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// remembered is what the history has of a message: its words, those it has since, or that it was taken back. What the channel did not do is
// none of it.
func (d *Desk) remembered(v fallback.View, m *bots.Message) string {
	changes := m.Kind == bots.EditMessage || m.Kind == bots.DeleteMessage
	switch {
	case changes && v.MessageState(m.ID).Failed:
		return ""
	case m.Kind == bots.EditMessage:
		return "✎ " + d.said(m)
	case m.Kind == bots.DeleteMessage:
		return "✗ " + d.takenBack(v, m)
	case m.Kind == bots.TextMessage:
		return d.said(m)
	}
	return ""
}

// speaker is whose words a message is.
func (d *Desk) speaker(v fallback.View, m *bots.Message) string {
	switch {
	case m.In:
		return "👤"
	case m.Author != "":
		return oneLine(m.Author, maxName)
	}
	if x := v.Delivery(m.Delivery); x != nil && x.Template != "" {
		return "🤖 " + x.Template
	}
	return "🤖"
}

// who words all that staff need to know of a person; the phone is masked.
func (d *Desk) who(v fallback.View, contact bots.ID, now time.Time) string {
	c := v.Contact(contact)
	if c == nil {
		return d.words.nothing
	}
	lines := []string{d.card(v, c, now)}
	for i := range c.Addresses {
		a := &c.Addresses[i]
		id := a.ID
		if strings.HasPrefix(id, "+") {
			id = maskedPhone(id)
		} else {
			id = oneLine(id, 24)
		}
		lines = append(lines, fmt.Sprintf("%s %s · %s", d.words.channel(a.Channel), id, d.words.code(a.State.String())))
	}
	said := d.words.consents["unknown"]
	if s := c.Marketing; s.State != bots.Unknown {
		said = d.words.consents[s.State.String()] + " " + s.At.In(d.Zone).Format("02.01.2006")
	}
	lines = append(lines, d.words.marketing+" "+said)
	talk := v.Conversation(c.ID)
	if !talk.LastIn.IsZero() {
		lines = append(lines, fmt.Sprintf(d.words.lastWrote, d.clock(talk.LastIn, now), d.words.channel(talk.LastUsed)))
	}
	return strings.Join(lines, "\n")
}

const (
	cascadeShows = 3
	cascadeWalk  = 60
)

// cascades words how the last messages that are no answers went, step by step.
func (d *Desk) cascades(v fallback.View, contact bots.ID, now time.Time) string {
	var all []string
	looked := 0
	v.DeliveriesOf(contact, func(id bots.ID, _ uint64) bool {
		looked++
		if x := v.Delivery(id); x != nil && x.Purpose != fallback.Conversation {
			all = append(all, d.cascade(v, x, now))
		}
		return len(all) < cascadeShows && looked < cascadeWalk
	})
	return strings.Join(all, "\n\n")
}

func (d *Desk) cascade(v fallback.View, x *fallback.Delivery, now time.Time) string {
	head := fmt.Sprintf("%s · %s · %s", d.named(x), d.clock(x.Created, now), d.words.code(x.State.String()))
	if x.Reason != "" {
		head += " (" + d.words.code(x.Reason) + ")"
	}
	lines := []string{head}
	for i := range x.Route {
		l := &x.Route[i]
		line := fmt.Sprintf("%d. %s", i+1, d.words.channel(l.Channel))
		switch m := v.Message(l.Message); {
		case m != nil:
			s := v.MessageState(m.ID)
			line += " " + d.clock(m.At, now) + " " + d.words.code(s.Status())
			if l.Reason != "" && l.Reason != s.Status() {
				line += " – " + d.words.code(l.Reason)
			}
		case l.Reason != "":
			line += " – " + d.words.code(l.Reason)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
