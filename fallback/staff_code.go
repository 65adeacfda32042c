package fallback

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"kaskad/bots"
)

// StaffCode is a one-time code that binds a group: only its hash is kept.
type StaffCode struct {
	Hash    []byte    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// StaffCodeLife is how long a code can be used.
const StaffCodeLife = time.Hour

// ErrStaffFixed is a code asked for while the configuration names the room.
var ErrStaffFixed = errors.New("[telegram] staff_chat names the room, and wins: empty it to bind a group with a code")

// PutStaffCode makes a code the one that binds a group as the room of a name; the one before is void.
func PutStaffCode(tx Tx, name, code string) (expires time.Time, err error) {
	room, err := ReadStaffRoom(tx, name)
	if err != nil {
		return expires, err
	}
	if room.Fixed != "" {
		return expires, ErrStaffFixed
	}
	room.Code, room.Offer = codeOf(code, tx.Now()), nil
	if err := room.put(tx); err != nil {
		return expires, err
	}
	team, err := ReadTeam(tx)
	if err != nil {
		return expires, err
	}
	team.freshCode()
	return room.Code.Expires, team.put(tx)
}

// codeOf is what is kept of a code.
func codeOf(code string, now time.Time) *StaffCode {
	hash := sha256.Sum256([]byte(plainCode(code)))
	return &StaffCode{Hash: hash[:], Expires: now.Add(StaffCodeLife)}
}

// counts reports whether a code can still be used, so that a wrong one is a try of it.
func (c *StaffCode) counts(now time.Time) bool { return c != nil && now.Before(c.Expires) }

// opens reports whether a code is the one.
func (c *StaffCode) opens(code string, now time.Time) bool {
	hash := sha256.Sum256([]byte(plainCode(code)))
	return c.counts(now) && subtle.ConstantTimeCompare(hash[:], c.Hash) == 1
}

// codeRoom is the room whose group a code binds; nil: none's. Any: there is a code that it could have been.
func codeRoom(v View, code string) (room *StaffRoom, any bool, err error) {
	rooms, err := ReadStaffRooms(v)
	if err != nil {
		return nil, false, err
	}
	for i := range rooms {
		switch now := v.Now(); {
		case rooms[i].Fixed != "":
		case rooms[i].Code.opens(code, now):
			return &rooms[i], true, nil
		default:
			any = any || rooms[i].Code.counts(now)
		}
	}
	return nil, any, nil
}

// claim binds a group, if the code is right.
func (team *Team) claim(tx Tx, e *bots.Event, code string) error {
	if code == "" || !team.Tries.hears(triedBy(e), tx.Now()) {
		return nil
	}
	switch room, any, err := codeRoom(tx, code); {
	case err != nil || !any:
		return err
	case room != nil:
		return room.bind(tx, e.Chat.ID)
	}
	return team.tried(tx, e)
}

// bind makes a group the room. The code is used up. One that the configuration names for another room stays that.
func (room *StaffRoom) bind(tx Tx, group string) error {
	if other, is, err := roomIn(tx, group); err != nil || is && other.Contact != room.Contact && other.Fixed != "" {
		if err == nil {
			other.note(tx, bots.Change{Type: StaffFixed, State: group, Reason: room.Called()}) // who wrote it reads that there
		}
		return err
	}
	before := room.Group
	room.Code, room.Offer, room.Bound, room.Moved, room.Lost = nil, nil, group, nil, time.Time{}
	if err := room.put(tx); err != nil {
		return err
	}
	if before == group { // bound again: it hears so
		room.note(tx, bots.Change{Type: StaffBound, State: group})
	}
	room.changed(tx, before)
	return nil
}

// plainCode is a code without what people add or mistake when they copy it.
func plainCode(code string) string {
	return strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(code))
}
