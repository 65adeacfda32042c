package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// maxMentions is how many people one post calls.
const maxMentions = 5

// toldEvery is how often the team is told at most that people wait in one digest.
const toldEvery = 10 * time.Minute

// waits takes that somebody is to be told of a customer who waits. Of one customer the newest word alone is said, and of those who stand in a
// digest one word for all.
func (k *keeper) waits(v fallback.View, c *bots.Change) {
	who, err := bots.ParseID(c.State)
	if err != nil {
		return
	}
	if of := k.standsIn(v, who); of != "" {
		if c.At.Sub(k.told[of]) < toldEvery {
			return
		}
		if k.told == nil || len(k.told) > maxJoined {
			k.told = map[string]time.Time{}
		}
		k.told[of] = c.At
		k.Says = append(k.Says, saying{Why: sayDigest, Text: of, Reason: c.Reason})
		return
	}
	k.Says = slices.DeleteFunc(k.Says, func(s saying) bool { return s.Why == sayWaits && s.Who == who })
	k.Says = append(k.Says, saying{Why: sayWaits, Who: who, Reason: c.Reason})
}

// waits words who is called because a customer waits, and for how long they have. Nothing is said of one who was answered meanwhile.
func (d *Desk) waits(v fallback.View, s *saying) (string, fallback.Post) {
	c := v.Contact(s.Who)
	if c == nil {
		return "", fallback.Post{}
	}
	who := v.Same(c.ID)[0]
	talk := v.Conversation(who)
	room, err := fallback.ReadStaffRoom(v)
	if err != nil || talk.Wait.Since.IsZero() || fallback.TalkState(&talk, v.Now()) != bots.Open {
		return "", fallback.Post{}
	}
	called := d.called(&room, s.Reason, talk.Assignee)
	text := "⏰ " + called + ": " + fmt.Sprintf(d.words.waiting, oneLine(d.topicPerson(c), maxName), d.lasting(v.Now().Sub(talk.Wait.Since)))
	return text, fallback.Post{Contact: who} // an answer to it reaches the customer, too
}

// called is whom a post calls: by the name that the messenger rings for, where it is known.
func (d *Desk) called(room *fallback.StaffRoom, whom, assignee string) string {
	var names []string
	for i := range room.Members {
		m := &room.Members[i]
		calls := whom == fallback.WaitsLead && m.Role == fallback.Lead || whom == fallback.WaitsAssignee && m.Name == assignee
		if calls && len(names) < maxMentions {
			names = append(names, mention(m))
		}
	}
	switch {
	case len(names) > 0:
		return strings.Join(names, " ")
	case whom == fallback.WaitsAssignee && assignee != "": // not of the team by name
		return oneLine(assignee, maxName)
	case whom == fallback.WaitsLead:
		return d.words.leads
	}
	return d.words.team
}

func mention(m *fallback.StaffMember) string {
	if m.Username != "" {
		return "@" + m.Username
	}
	return oneLine(m.Name, maxName)
}

// lasting is how long something has lasted, as people say it.
func (d *Desk) lasting(t time.Duration) string {
	t = max(t, time.Minute)
	days, hours, minutes := int(t/(24*time.Hour)), int(t/time.Hour)%24, int(t/time.Minute)%60
	switch {
	case days > 0:
		return fmt.Sprintf(d.words.days, days, hours)
	case hours > 0:
		return fmt.Sprintf(d.words.hours, hours, minutes)
	}
	return fmt.Sprintf(d.words.minutes, minutes)
}
