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
	Tries   int       `json:"tries,omitempty"` // wrong ones
}

const (
	// StaffCodeLife is how long a code can be used.
	StaffCodeLife = time.Hour
	// MaxStaffTries is how many wrong ones, from anywhere, make a code void.
	MaxStaffTries = 5
)

// ErrStaffFixed is a code asked for while the configuration names the room.
var ErrStaffFixed = errors.New("[telegram] staff_chat names the room, and wins: empty it to bind a group with a code")

// PutStaffCode makes a code the one that binds a group; the one before is void.
func PutStaffCode(tx Tx, code string) (expires time.Time, err error) {
	room, err := ReadStaffRoom(tx)
	if err != nil {
		return expires, err
	}
	if room.Fixed != "" {
		return expires, ErrStaffFixed
	}
	hash := sha256.Sum256([]byte(plainCode(code)))
	room.Code, room.Offer = &StaffCode{Hash: hash[:], Expires: tx.Now().Add(StaffCodeLife)}, nil
	return room.Code.Expires, room.put(tx)
}

// claim binds a group, if the code is right. A wrong one is counted, wherever it came from.
func (room *StaffRoom) claim(tx Tx, group, code string) error {
	c := room.Code
	if c == nil || code == "" || room.Fixed != "" || c.Tries >= MaxStaffTries || !tx.Now().Before(c.Expires) {
		return nil
	}
	hash := sha256.Sum256([]byte(plainCode(code)))
	if subtle.ConstantTimeCompare(hash[:], c.Hash) != 1 {
		c.Tries++
		room.note(tx, bots.Change{Type: StaffTried})
		return room.put(tx)
	}
	return room.bind(tx, group)
}

// bind makes a group the room. The code is used up.
func (room *StaffRoom) bind(tx Tx, group string) error {
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
