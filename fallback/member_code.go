package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// PutMemberCode makes a one-time code with which somebody of the team adds the account that they write it from; the one before is void.
// Whoever is not of the team yet is from now on, with no account.
func PutMemberCode(tx Tx, by Doer, name, code string) (expires time.Time, err error) {
	_, err = changeRoom(tx, func(room *StaffRoom) (StaffMember, Audited, error) {
		m, err := room.join(tx, by, name, "")
		if err != nil {
			return StaffMember{}, Audited{}, err
		}
		m.Code = codeOf(code, tx.Now())
		room.freshCode()
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
	room, err := ReadStaffRoom(tx)
	if err != nil || room.Contact == 0 || !room.Tries.hears(triedBy(e), tx.Now()) {
		return false, err
	}
	offers := room.offers(e, r)
	if offers && room.Code.opens(code, tx.Now()) {
		return true, offerGroup(tx, e, r, w)
	}
	m, any := room.memberOf(code, tx.Now())
	switch {
	case m != nil:
		return room.linkBy(tx, m, e, r)
	case any || offers && room.Code.counts(tx.Now()):
		return false, room.tried(tx, e)
	}
	return false, nil
}

// linkBy adds the account that wrote a right code. One that is somebody else's of the team stays theirs.
func (room *StaffRoom) linkBy(tx Tx, m *StaffMember, e *bots.Event, r *Rules) (bool, error) {
	m.Code = nil
	line := Audited{By: m.Name, Account: e.Chat, Act: ActMemberLink, Detail: m.Name + " " + e.Chat.String()}
	if room.link(m, e.Chat) != nil {
		line.Refused = RefusedNotYours
	}
	if err := room.settlePlaces(tx); err != nil {
		return false, err
	}
	if err := room.put(tx); err != nil {
		return false, err
	}
	if c := placeOf(tx, e.Chat); c != nil {
		if err := heardMember(tx, c, e, r); err != nil {
			return false, err
		}
	}
	room.audit(tx, line)
	return true, nil
}

// memberOf is whose code it is; of a wrong one, whether there is any that it could have been.
func (room *StaffRoom) memberOf(code string, now time.Time) (found *StaffMember, any bool) {
	for i := range room.Members {
		m := &room.Members[i]
		if m.Code.opens(code, now) {
			return m, true
		}
		any = any || m.Code.counts(now)
	}
	return nil, any
}
