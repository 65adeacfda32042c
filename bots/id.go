package bots

import (
	"encoding/binary"
	"fmt"
	"time"
)

// ID names a record of ours: microseconds of its making, pushed forward where two would be the same. Ids grow with time,
// so lists newest first are lists by id.
type ID uint64

// TestMark is in every id that a test key's calls make, and in no other: printed, those ids begin with "4" and real ones with "0".
const TestMark ID = 1 << 62

// Test reports whether the id belongs to the test side.
func (id ID) Test() bool { return id&TestMark != 0 }

// Time is about when the id was made: two that would be the same are pushed forward.
func (id ID) Time() time.Time { return time.UnixMicro(int64(id &^ TestMark)) }

// crockford is base 32 without letters that people confuse; it sorts as the number does.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

const idLen = 13 // ceil(64 / 5)

// String prints the id as 13 lower-case letters and digits; the zero id as nothing.
func (id ID) String() string {
	if id == 0 {
		return ""
	}
	var b [idLen]byte
	v := uint64(id)
	for i := idLen - 1; i >= 0; i-- {
		b[i] = crockford[v&31]
		v >>= 5
	}
	return string(b[:])
}

// Bytes is the id as a key that sorts by time: 8 bytes, big endian.
func (id ID) Bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

// IDFromBytes reads the first 8 bytes of a key.
func IDFromBytes(b []byte) ID {
	if len(b) < 8 {
		return 0
	}
	return ID(binary.BigEndian.Uint64(b))
}

// ParseID reads what String printed.
func ParseID(s string) (ID, error) {
	if len(s) != idLen {
		return 0, fmt.Errorf("%q is no id: it has %d letters and digits", s, idLen)
	}
	var v uint64
	for i := 0; i < idLen; i++ {
		d := crockfordDigit(s[i])
		if d < 0 || (i == 0 && d > 15) {
			return 0, fmt.Errorf("%q is no id: %q cannot stand there", s, s[i])
		}
		v = v<<5 | uint64(d)
	}
	if v == 0 {
		return 0, fmt.Errorf("%q is no id", s)
	}
	return ID(v), nil
}

func crockfordDigit(c byte) int {
	for i := 0; i < len(crockford); i++ {
		if crockford[i] == c {
			return i
		}
	}
	return -1
}

// MarshalText prints the id for JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads an id from JSON; empty is the zero id.
func (id *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = 0
		return nil
	}
	v, err := ParseID(string(b))
	*id = v
	return err
}
