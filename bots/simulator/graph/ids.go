package graph

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"regexp"
	"strings"
)

// number is the next of the row that all ids are made of. The caller holds s.mu.
func (s *Server) number() uint64 {
	n := s.numbers
	s.numbers++
	return n
}

const (
	byUs     = 0x11 // in the id of a message of the business
	byPerson = 0x12 // in the id of a message of a person
)

// wamid is a message id as Meta's look: the person's number, who wrote, and a key that is different for different numbers n.
func wamid(person string, who byte, n uint64) string {
	person = person[:min(len(person), 40)] // an id has at most 128 characters
	key := strings.ToUpper(hex.EncodeToString(scramble(n, keyBytes(who))))
	raw := append([]byte{0x1c, 0x18, byte(len(person))}, person...)
	raw = append(raw, 0x15, 0x02, 0x00, who, 0x18, byte(len(key)))
	raw = append(append(raw, key...), 0x00)
	return "wamid." + base64.StdEncoding.EncodeToString(raw)
}

func keyBytes(who byte) int {
	if who == byPerson {
		return 10
	}
	return 9
}

// scramble maps different numbers to different bytes, in no order: to multiply by an odd number loses nothing.
func scramble(n uint64, size int) []byte {
	mixed := n * 0x9E3779B97F4A7C15
	out := make([]byte, size)
	for i := range 8 {
		out[size-1-i] = byte(mixed >> (8 * i))
	}
	out[0] = 0x3a
	return out
}

// sixteen is an id of digits, as media have: the same for the same number, another for another below 10^15.
func sixteen(n uint64) string {
	const all = 1_000_000_000_000_000
	high, low := bits.Mul64(n, 982_451_653_000_003) // shares no factor with a power of ten
	return fmt.Sprintf("1%015d", bits.Rem64(high, low, all))
}

// traceID looks like an fbtrace_id.
func traceID(n uint64) string {
	return "A" + base64.RawURLEncoding.EncodeToString(scramble(n, 15))
}

// UserID makes a business-scoped user id of a Ukrainian: the same for the same number.
func UserID(n int) string {
	dice := rand.New(rand.NewPCG(uint64(n), 1<<33))
	return fmt.Sprintf("UA.%019d", dice.Uint64N(1<<62))
}

var (
	userIDs = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)
	phones  = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)
)

// digits is a phone number as Meta understands it: it allows a plus, blanks, dashes and brackets. "" = that is none.
func digits(phone string) string {
	plain := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(phone)
	plain = strings.TrimPrefix(plain, "+")
	if !phones.MatchString(plain) {
		return ""
	}
	return plain
}
