package fallback

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// What somebody of the team makes of a conversation in the room is the same as through the API, told by the same changes.

// MaxSnooze is how far ahead a conversation can be put away.
const MaxSnooze = 366 * 24 * time.Hour

// MaxAssignee is how many characters the name of an assignee has at most; Unassigned is the word for nobody in questions, and so no name.
const (
	MaxAssignee = 64
	Unassigned  = "none"
)

// IsAssignee reports whether a conversation can be given to somebody of this name: it stands in lists, which are asked for it.
func IsAssignee(name string) bool {
	if utf8.RuneCountInString(name) > MaxAssignee || strings.ContainsFunc(name, unicode.IsControl) || name == Unassigned {
		return false
	}
	return name == "" || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// talk changes the head of the conversation.
func (a *staffAnswer) talk(act, detail string, change TalkChange) error {
	contact := a.about()
	if contact == 0 {
		return a.refuse(act, RefusedNobody, detail)
	}
	err := PutTalk(a.tx, contact, change.Apply)
	if fault, ok := errors.AsType[*Invalid](err); ok && fault.Code == "nobody_wrote" {
		return a.refuse(act, RefusedNoTalk, detail)
	}
	if err != nil {
		return err
	}
	a.audit(Audited{Act: act, Detail: detail})
	return nil
}

// PutTalk changes the head of a person's conversation, inside a transaction, and tells what happened. Marketing that waited for the end of
// the conversation goes on with it.
func PutTalk(tx Tx, contact bots.ID, change func(*bots.Conversation) ([]bots.Change, error)) error {
	contact = tx.Same(contact)[0]
	talk := tx.Conversation(contact)
	before := talk
	talk.Contact = contact
	changes, err := change(&talk)
	if err != nil {
		return err
	}
	talk.Contact = contact
	if talk.State == bots.Closed && before.State != bots.Closed {
		talk.FreeAds(tx.Now())
	}
	looked(&before, &talk, tx.Now())
	if talk.Group != before.Group && !talk.Wait.Since.IsZero() && talk.State == bots.Open { // it is dealt anew, there
		talk.Wait.Told &^= bots.DealtOut
		talk.Wait.Due = tx.Now()
	}
	tx.PutConversation(talk)
	for _, c := range changes {
		c.At, c.Contact = tx.Now(), contact
		tx.Change(c)
	}
	if talk.AdsTo.Before(before.AdsTo) { // also where staff said how long: what waits has an earlier end now
		freeAds(tx, contact)
	}
	return nil
}

func (a *staffAnswer) assign(act, name string) error {
	detail := ""
	if act == ActAssign {
		detail = name
	}
	return a.talk(act, detail, TalkChange{Assignee: &name})
}

// give makes the conversation somebody's: me, nobody, or a name of the team.
func (a *staffAnswer) give(rest string) error {
	switch strings.ToLower(rest) {
	case "me":
		return a.assign(ActAssign, a.name())
	case "nobody", "-":
		return a.assign(ActAssign, "")
	}
	name, ok := a.team.called(rest)
	if !ok {
		return a.refuse(ActAssign, RefusedName, rest)
	}
	return a.assign(ActAssign, name)
}

// called is the name of whoever a word means: @username, as the messenger names people, or a name of the team.
func (team *Team) called(word string) (string, bool) {
	user, byUser := strings.CutPrefix(word, "@")
	if !byUser || user == "" {
		return team.named(word)
	}
	for i := range team.Members {
		if m := &team.Members[i]; strings.EqualFold(m.Username, user) {
			return m.Name, true
		}
	}
	if len(team.Members) > 0 {
		return team.named(user)
	}
	seen, err := team.FindSeen(word)
	return author(seen.Name), err == nil && seen.Name != ""
}

// named is the full name of one of the team, of which the beginning is enough where it means one of them. A team without names takes any.
func (team *Team) named(word string) (string, bool) {
	if word == "" || !IsAssignee(word) {
		return "", false
	}
	if len(team.Members) == 0 {
		return word, true
	}
	found := ""
	for i := range team.Members {
		name := team.Members[i].Name
		switch {
		case strings.EqualFold(name, word):
			return name, true
		case !strings.HasPrefix(strings.ToLower(name), strings.ToLower(word)):
		case found != "" && found != name:
			return "", false
		default:
			found = name
		}
	}
	return found, found != ""
}

// snooze puts the conversation away until a time.
func (a *staffAnswer) snooze(rest string) error {
	until, ok := when(rest, a.tx.Now(), a.rules.Zone)
	if !ok {
		return a.refuse(ActSnooze, RefusedTime, rest)
	}
	return a.talk(ActSnooze, until.UTC().Format(time.RFC3339), TalkChange{State: bots.Snoozed, Until: until})
}

// morning is when the day begins for who says tomorrow.
const morning = 9

// when reads a time ahead as people write it: 2h, tomorrow, 18:00.
func when(s string, now time.Time, zone *time.Location) (time.Time, bool) {
	if zone == nil {
		zone = time.UTC
	}
	s = strings.ToLower(strings.TrimSpace(s))
	y, m, d := now.In(zone).Date()
	until := time.Time{}
	clock, notClock := time.Parse("15:04", s)
	length, notLength := ParseDuration(s)
	switch {
	case notLength == nil:
		until = now.Add(length)
	case notClock == nil:
		until = time.Date(y, m, d, clock.Hour(), clock.Minute(), 0, 0, zone)
		if !until.After(now) {
			until = time.Date(y, m, d+1, clock.Hour(), clock.Minute(), 0, 0, zone)
		}
	case s == "tomorrow" || s == "завтра":
		until = time.Date(y, m, d+1, morning, 0, 0, 0, zone)
	}
	until = until.UTC().Truncate(time.Microsecond)
	return until, until.After(now) && until.Sub(now) <= MaxSnooze
}

// pausedFor is how long a pause lasts that names no time.
const pausedFor = 24 * time.Hour

// pause keeps the bot and marketing away from a person for a time.
func (a *staffAnswer) pause(rest string) error {
	now, until, ok := a.tx.Now(), time.Time{}, true
	switch strings.ToLower(rest) {
	case "off":
	case "":
		until = now.Add(pausedFor).Truncate(time.Microsecond)
	default:
		until, ok = when(rest, now, a.rules.Zone)
	}
	if !ok {
		return a.refuse(ActPause, RefusedTime, rest)
	}
	contact := a.about()
	talk := a.tx.Conversation(contact)
	before := talk
	talk.Contact, talk.PausedTo = contact, until
	switch {
	case until.IsZero():
		talk.FreeAds(now)
	case before.AdsTo.Equal(before.PausedTo) && until.Before(before.AdsTo): // it was the pause that kept it, and the last word counts
		talk.AdsTo = until
	default:
		talk.HoldAds(now, until)
	}
	a.tx.PutConversation(talk)
	if talk.AdsTo.Before(before.AdsTo) {
		freeAds(a.tx, contact)
	}
	detail := ""
	if !until.IsZero() {
		detail = until.Format(time.RFC3339)
	}
	a.audit(Audited{Act: ActPause, Detail: detail})
	return nil
}

// away notes until when whoever says so is not there, so that nothing is dealt to them; off, or nothing: they are there.
func (a *staffAnswer) away(rest string) error {
	until, ok := time.Time{}, true
	if word := strings.ToLower(rest); word != "" && word != "off" {
		until, ok = when(rest, a.tx.Now(), a.rules.Zone)
	}
	if !ok {
		return a.refuse(ActAway, RefusedTime, rest)
	}
	m := a.member()
	if m == nil {
		return a.refuse(ActAway, RefusedNotStaff, "")
	}
	m.SetAway(until, a.tx.Now())
	detail := ""
	if !m.Away.IsZero() {
		detail = m.Away.Format(time.RFC3339)
	}
	if err := a.team.put(a.tx); err != nil {
		return err
	}
	a.audit(Audited{Act: ActAway, Detail: detail})
	return nil
}
