package fallback

import (
	"time"

	"kaskad/bots"
)

// What the outbox says of a conversation that the rules of time moved (Change.Reason).
const (
	MindSnooze  = "snooze"      // conversation.opened: the time it was put away for is over
	MindSilence = "silence"     // conversation.assigned: the assignee did not answer
	MindLeft    = "left"        // the assignee is of the team no longer, or does not answer in the group that has the conversation
	MindAway    = "away"        // the assignee is not there
	MindDealt   = "round_robin" // it is the new assignee's turn
)

// Who is to be told that somebody waits.
const (
	WaitsAssignee = "assignee"
	WaitsTeam     = "team" // it is nobody's
	WaitsLead     = "lead"
)

// byProgram is who did what the rules of time did, in the audit.
const byProgram = "kaskad"

const (
	mindAgain = time.Minute     // while an answer is on its way
	dealAgain = 5 * time.Minute // while nobody of the team is there
)

// Mind looks at a conversation whose time has come: a snooze is over, somebody has waited for too long, or it is to be somebody's.
func Mind(tx Tx, contact bots.ID, r *Rules) error {
	talk := tx.Conversation(contact)
	if !came(talk.Wait.Due, tx.Now()) {
		return nil // something happened in it meanwhile
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return err
	}
	m := minding{tx: tx, team: &team, talk: &talk, times: &r.Staff.Times, now: tx.Now()}
	m.wake()
	if err := m.waits(); err != nil {
		return err
	}
	talk.Wait.Due = m.next()
	tx.PutConversation(talk)
	return nil
}

// minding is one look at one conversation.
type minding struct {
	tx       Tx
	team     *Team
	talk     *bots.Conversation
	times    *StaffTimes
	now      time.Time
	answered bool // an answer is on its way
}

// tell appends a change of the conversation.
func (m *minding) tell(what, reason string) {
	m.tx.Change(bots.Change{Type: what, At: m.now, Contact: m.talk.Contact, State: m.talk.State.String(), Reason: reason})
}

// wake ends a snooze that is over.
func (m *minding) wake() {
	if m.talk.State != bots.Snoozed || m.now.Before(m.talk.SnoozedTo) {
		return
	}
	m.talk.Wait.Wake(m.talk.SnoozedTo)
	m.talk.State, m.talk.SnoozedTo = bots.Open, time.Time{}
	m.tell("conversation.opened", MindSnooze)
}

// atWork reports whether the team is: nobody is told, and nothing taken away, at night.
func (m *minding) atWork() bool { return came(m.times.Work.At(m.now), m.now) }

// waits does what is due while somebody waits.
func (m *minding) waits() error {
	if m.talk.State != bots.Open || m.talk.Wait.Since.IsZero() || !m.atWork() {
		return nil
	}
	if m.answered = m.answering(); m.answered {
		return nil
	}
	but := m.release()
	if err := m.deal(but); err != nil {
		return err
	}
	if came(m.times.reminds(m.talk), m.now) {
		m.talk.Wait.Told |= bots.ToldAssignee
		m.escalate(map[bool]string{true: WaitsTeam, false: WaitsAssignee}[m.talk.Assignee == ""])
	}
	if came(m.times.escalates(m.talk), m.now) {
		m.talk.Wait.Told |= bots.ToldLeads
		m.escalate(WaitsLead)
	}
	return nil
}

// escalate asks the desk to tell somebody.
func (m *minding) escalate(whom string) {
	of := m.tx.FindContact(RoomRef(HomeOf(m.tx, m.talk.Contact)))
	if of == 0 {
		of = m.team.Contact
	}
	if of != 0 {
		noteFor(m.tx, of, bots.Change{Type: StaffWaits, State: m.talk.Contact.String(), Reason: whom})
	}
}

// answering reports whether somebody's answer is made and has not gone: it is held to be taken back, or its channel is.
func (m *minding) answering() (found bool) {
	looked := 0
	m.tx.DeliveriesOf(m.talk.Contact, func(id bots.ID, _ uint64) bool {
		d := m.tx.Delivery(id)
		found = d != nil && d.Purpose == Conversation && d.Author != "" && !d.State.Final() && !d.ForStaff() && !d.alters()
		looked++
		return !found && looked < undoWalk
	})
	return found
}

// release takes the conversation from an assignee who does not answer, or is not there any more; it says from whom.
func (m *minding) release() (but string) {
	reason := m.lost()
	if reason == "" {
		return ""
	}
	but = m.talk.Assignee
	m.talk.Assign("", false, m.now)
	m.talk.Wait.Told &^= bots.DealtOut
	m.tell("conversation.assigned", reason)
	m.audit(ActRelease, reason)
	return but
}

// lost says why the assignee loses the conversation; empty: they keep it.
func (m *minding) lost() string {
	w := &m.talk.Wait
	if m.talk.Assignee == "" {
		return ""
	}
	who := m.team.byName(m.talk.Assignee)
	switch {
	case came(m.times.releases(m.talk), m.now):
		return MindSilence
	case w.Dealt && (who == nil || !who.Serves(groupOfTalk(m.tx, m.talk.Contact))):
		return MindLeft
	case who != nil && m.times.Deal && !w.Told.Has(bots.DealtOut) && who.Away.After(m.now):
		return MindAway // somebody came back to who is not there
	}
	return ""
}

// deal gives a conversation that is nobody's to whoever's turn it is.
func (m *minding) deal(but string) error {
	if !m.times.Deal || m.talk.Wait.Told.Has(bots.DealtOut) {
		return nil
	}
	if m.talk.Assignee != "" { // a returning customer's
		m.talk.Wait.Told |= bots.DealtOut
		return nil
	}
	to := m.team.turn(m.tx, groupOfTalk(m.tx, m.talk.Contact), but, m.now)
	if to == nil {
		return nil
	}
	to.Dealt = m.now
	m.talk.Assign(to.Name, true, m.now)
	m.tell("conversation.assigned", MindDealt)
	m.audit(ActAssign, to.Name)
	return m.team.put(m.tx)
}

func (m *minding) audit(act, detail string) {
	if m.team.Contact != 0 {
		m.team.audit(m.tx, Audited{By: byProgram, Act: act, Contact: m.talk.Contact, Detail: detail})
	}
}

// next is when the conversation is looked at again.
func (m *minding) next() time.Time {
	if m.answered {
		return m.now.Add(mindAgain)
	}
	next := m.times.due(m.talk, m.now)
	if !came(next, m.now) {
		return next
	}
	if !m.atWork() {
		return m.times.Work.At(m.now)
	}
	rest := *m.talk // nobody is there to whom it could be dealt
	rest.Wait.Told |= bots.DealtOut
	return soonest(m.now.Add(dealAgain), m.times.due(&rest, m.now))
}

// byName is who of the team has a name; nil: nobody.
func (team *Team) byName(name string) *StaffMember {
	for i := range team.Members {
		if team.Members[i].Name == name {
			return &team.Members[i]
		}
	}
	return nil
}

// turn is whose turn it is in a group: of those who answer there and are not away, whoever has the fewest open conversations and, of these,
// was dealt one the longest ago.
func (team *Team) turn(v View, group, but string, now time.Time) (best *StaffMember) {
	fewest := 0
	for i := range team.Members {
		who := &team.Members[i]
		if who.Name == "" || who.Name == but || who.Away.After(now) || !who.Serves(group) {
			continue
		}
		n := v.OpenOf(who.Name)
		if best == nil || n < fewest || n == fewest && who.Dealt.Before(best.Dealt) {
			best, fewest = who, n
		}
	}
	return best
}

// SetAway notes until when somebody of the team is not there; a time that is over: they are.
func (m *StaffMember) SetAway(until, now time.Time) {
	m.Away = time.Time{}
	if until.After(now) {
		m.Away = soonest(until, now.Add(MaxSnooze)).UTC().Truncate(time.Microsecond)
	}
}
