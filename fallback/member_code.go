package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// PutMemberCode makes a one-time code with which somebody of the team adds the account that they write it from; the one before is void.
// Whoever is not of the team yet is from now on, with no account.
func PutMemberCode(tx Tx, by Doer, name, code string) (expires time.Time, err error) {
	_, err = changeTeam(tx, func(team *Team) (StaffMember, Audited, error) {
		m, err := team.join(tx, by, name, "")
		if err != nil {
			return StaffMember{}, Audited{}, err
		}
		m.Code = codeOf(code, tx.Now())
		team.freshCode()
		expires = m.Code.Expires
		return *m, by.line(ActMemberCode, m.Name), nil
	})
	return expires, err
}

// linkStaff takes a code that is written to the bot in private: that of one of the team, or the one with which a group is chosen. True: it
// was right, and is no customer's message. A wrong one is counted at whoever wrote it, and stays what it is: a message.
func linkStaff(tx Tx, e *bots.Event, r *Rules, w *World) (bool, error) {
	code, ok := privateCode(e)
	if !ok || code == "" || !slices.Contains([]string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud}, e.Chat.Channel) {
		return false, nil
	}
	team, err := ReadTeam(tx)
	if err != nil || !team.Tries.hears(triedBy(e), tx.Now()) {
		return false, err
	}
	room, mayChoose, err := offering(tx, e, code, r)
	if err != nil {
		return false, err
	}
	if room != nil {
		return true, offerGroup(tx, room, e, r, w)
	}
	m, any := team.memberOf(code, tx.Now())
	switch {
	case m != nil:
		return team.linkBy(tx, m, e, r)
	case any || mayChoose:
		return false, team.tried(tx, e)
	}
	return false, nil
}

// linkBy adds the account that wrote a right code. One that is somebody else's of the team stays theirs.
func (team *Team) linkBy(tx Tx, m *StaffMember, e *bots.Event, r *Rules) (bool, error) {
	m.Code = nil
	line := Audited{By: m.Name, Account: e.Chat, Act: ActMemberLink, Detail: m.Name + " " + e.Chat.String()}
	if team.link(m, e.Chat) != nil {
		line.Refused = RefusedNotYours
	}
	if err := team.settlePlaces(tx); err != nil {
		return false, err
	}
	if err := team.put(tx); err != nil {
		return false, err
	}
	if c := placeOf(tx, e.Chat); c != nil {
		if err := heardMember(tx, c, e, r); err != nil {
			return false, err
		}
	}
	team.audit(tx, line)
	return true, nil
}

// memberOf is whose code it is; of a wrong one, whether there is any that it could have been.
func (team *Team) memberOf(code string, now time.Time) (found *StaffMember, any bool) {
	for i := range team.Members {
		m := &team.Members[i]
		if m.Code.opens(code, now) {
			return m, true
		}
		any = any || m.Code.counts(now)
	}
	return nil, any
}
