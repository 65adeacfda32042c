package desk

import (
	"cmp"
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
	k.Says = append(k.Says, saying{Why: sayWaits, Who: who, Reason: c.Reason, At: c.At})
}

// waits words who is called because a customer waits, and for how long they have. Nothing is said of one who was answered meanwhile.
func (d *Desk) waits(v fallback.View, s *saying) (string, fallback.Post) {
	c := v.Contact(s.Who)
	if c == nil {
		return "", fallback.Post{}
	}
	who := v.Same(c.ID)[0]
	talk := v.Conversation(who)
	team, err := fallback.ReadTeam(v)
	if err != nil || talk.Wait.Since.IsZero() || fallback.TalkState(&talk, v.Now()) != bots.Open {
		return "", fallback.Post{}
	}
	called := d.called(&team, s.Reason, talk.Assignee)
	text := "⏰ " + called + ": " + fmt.Sprintf(d.words.waiting, oneLine(d.topicPerson(c), maxName), d.lasting(v.Now().Sub(talk.Wait.Since)))
	return text, fallback.Post{Contact: who} // an answer to it reaches the customer, too
}

// A crowd that waits must not be told of one by one: each word about one takes the place of a line of another one.
const (
	fewWait    = 3                // told of singly, in their topics, at most at once
	crowdNames = 10               // stand in the word about a crowd
	crowdEvery = 10 * time.Minute // it comes at most, while lines wait to be shown
	crowdRest  = 2 * time.Second  // those who have waited as long as others do are noticed one behind the other
)

// crowded reports whether no word about somebody who waits is posted now: others may be noticed in a moment, or what people wrote is being
// shown, and that they wait was told just now.
func (n *notes) crowded(s *saying, now time.Time) bool {
	if since := now.Sub(s.At); since >= 0 && since < crowdRest {
		return true
	}
	since := now.Sub(n.Called)
	return len(n.Waiting) > 0 && since >= 0 && since < crowdEvery
}

// crowd takes all who wait out of the short posts, where it is not a few of whom is told singly; else none. s was taken out.
func (n *notes) crowd(s *saying) (all []saying) {
	if s.Why != sayWaits {
		return nil
	}
	all = []saying{*s}
	for _, x := range n.Says {
		if x.Why == sayWaits {
			all = append(all, x)
		}
	}
	if len(all) <= fewWait && len(n.Waiting) == 0 || len(all) == 1 {
		return nil
	}
	n.Says = slices.DeleteFunc(n.Says, func(x saying) bool { return x.Why == sayWaits })
	return all
}

// manyWait words in one post that many wait, whom that calls, and who they are, those who have waited longest first. From it no answer goes to
// anybody.
func (d *Desk) manyWait(v fallback.View, all []saying) (text string, p fallback.Post) {
	type one struct {
		name  string
		since time.Time
	}
	var who []one
	var calls []string
	team, err := fallback.ReadTeam(v)
	if err != nil {
		return "", p
	}
	for _, s := range all {
		c := v.Contact(s.Who)
		if c == nil {
			continue
		}
		talk := v.Conversation(v.Same(c.ID)[0])
		if talk.Wait.Since.IsZero() || fallback.TalkState(&talk, v.Now()) != bots.Open || len(p.Contacts) == maxJoined || slices.Contains(p.Contacts, v.Same(c.ID)[0]) {
			continue
		}
		who = append(who, one{oneLine(d.topicPerson(c), maxName), talk.Wait.Since})
		p.Contacts = append(p.Contacts, v.Same(c.ID)[0])
		if called := d.called(&team, s.Reason, talk.Assignee); !slices.Contains(calls, called) && len(calls) < maxMentions {
			calls = append(calls, called)
		}
	}
	if len(who) == 0 {
		return "", fallback.Post{}
	}
	slices.SortStableFunc(who, func(a, b one) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.name, b.name)) })
	var names []string
	for _, x := range who[:min(len(who), crowdNames)] {
		names = append(names, x.name)
	}
	if more := len(who) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("… +%d", more))
	}
	text = fmt.Sprintf("⏰ %s: "+d.words.manyWait+": %s", strings.Join(calls, " "), len(who), d.lasting(v.Now().Sub(who[0].since)), strings.Join(names, ", "))
	return text, p
}

// called is whom a post calls: by the name that the messenger rings for, where it is known.
func (d *Desk) called(team *fallback.Team, whom, assignee string) string {
	var names []string
	for i := range team.Members {
		m := &team.Members[i]
		calls := whom == fallback.WaitsLead && m.Role == fallback.Lead && m.Serves(cmp.Or(d.Room, fallback.MainGroup)) || whom == fallback.WaitsAssignee && m.Name == assignee
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
