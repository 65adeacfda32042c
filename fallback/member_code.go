package fallback

import (
	"crypto/sha256"
	"crypto/subtle"
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
		hash := sha256.Sum256([]byte(plainCode(code)))
		m.Code = &StaffCode{Hash: hash[:], Expires: tx.Now().Add(StaffCodeLife)}
		expires = m.Code.Expires
		return *m, by.line(ActMemberCode, m.Name), nil
	})
	return expires, err
}

// linkStaff takes a code that is written to the bot in private: that of one of the team, or the one with which a group is chosen. True: it
// was right, and is no customer's message. A wrong one is counted, whoever wrote it, and stays what it is: a message.
func linkStaff(tx Tx, e *bots.Event, r *Rules, w *World) (bool, error) {
	code, ok := privateCode(e)
	if !ok || code == "" || !slices.Contains([]string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud}, e.Chat.Channel) {
		return false, nil
	}
	room, err := ReadStaffRoom(tx)
	if err != nil || room.Contact == 0 {
		return false, err
	}
	offers := room.offers(e, r)
	if offers && room.Code.opens(code, tx.Now()) {
		return true, offerGroup(tx, e, r, w)
	}
	m, tried := room.memberOf(code, tx.Now())
	switch {
	case m != nil:
		return room.linkBy(tx, m, e, r)
	case offers && room.tried(tx.Now()) || tried:
		room.note(tx, bots.Change{Type: StaffTried})
		return false, room.put(tx)
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

// memberOf is whose code it is; of a wrong one, whether there was any that it could have been, which has a try less now.
func (room *StaffRoom) memberOf(code string, now time.Time) (found *StaffMember, tried bool) {
	hash := sha256.Sum256([]byte(plainCode(code)))
	for i := range room.Members {
		c := room.Members[i].Code
		if c == nil || c.Tries >= MaxStaffTries || !now.Before(c.Expires) {
			continue
		}
		if subtle.ConstantTimeCompare(hash[:], c.Hash) == 1 {
			return &room.Members[i], false
		}
		tried = true
	}
	if !tried {
		return nil, false
	}
	for i := range room.Members {
		if c := room.Members[i].Code; c != nil {
			c.Tries++
		}
	}
	return nil, true
}
