package links

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"kaskad/bots"
)

// A link code is as short as an SMS wants it: 17 letters and digits. They are a number of 101 bits: the mark of a test id, 52 bits
// of the delivery's time (until 2112), 4 of the leg, 3 of the link's number, and 41 of an HMAC-SHA256 over all of them.
const (
	linkCodeLen = 17
	timeBits    = 52
	legBits     = 4
	numberBits  = 3
	linkMACBits = 41
)

// digits are those of base 62: a code has one spelling.
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// place is a link in a message: of which delivery, which leg's message, and which of its links.
type place struct {
	delivery bots.ID
	leg, n   int
}

// number packs a place into 60 bits; false for one that does not fit.
func (p place) number() (uint64, bool) {
	at := uint64(p.delivery &^ bots.TestMark)
	if at>>timeBits != 0 || p.leg < 0 || p.leg>>legBits != 0 || p.n < 0 || p.n>>numberBits != 0 {
		return 0, false
	}
	v := at
	if p.delivery.Test() {
		v |= 1 << timeBits
	}
	return (v<<legBits|uint64(p.leg))<<numberBits | uint64(p.n), true
}

func placeOf(v uint64) place {
	p := place{n: int(v & (1<<numberBits - 1)), leg: int(v >> numberBits & (1<<legBits - 1))}
	v >>= numberBits + legBits
	p.delivery = bots.ID(v & (1<<timeBits - 1))
	if v>>timeBits != 0 {
		p.delivery |= bots.TestMark
	}
	return p
}

// linkCodes makes and reads them.
type linkCodes struct{ secret []byte }

// mint gives a place's code; false for a place that has none.
func (c linkCodes) mint(p place) (string, bool) {
	v, ok := p.number()
	if !ok {
		return "", false
	}
	hi, lo := v>>(64-linkMACBits), v<<linkMACBits|c.mac(v)
	var b [linkCodeLen]byte
	for i := len(b) - 1; i >= 0; i-- {
		var digit uint64
		hi, digit = hi/uint64(len(digits)), hi%uint64(len(digits))
		lo, digit = bits.Div64(digit, lo, uint64(len(digits)))
		b[i] = digits[digit]
	}
	return string(b[:]), true
}

// open reads a code; false for whatever mint did not make. The place is what the code says, also when it is forged.
func (c linkCodes) open(code string) (place, bool) {
	if len(code) != linkCodeLen {
		return place{}, false
	}
	var hi, lo uint64
	for i := range len(code) {
		digit, ok := digitOf(code[i])
		if !ok {
			return place{}, false
		}
		over, sum := bits.Mul64(lo, uint64(len(digits)))
		sum, carry := bits.Add64(sum, digit, 0)
		hi, lo = hi*uint64(len(digits))+over+carry, sum
	}
	v := hi<<(64-linkMACBits) | lo>>linkMACBits
	if hi>>(legBits+numberBits+timeBits+1+linkMACBits-64) != 0 {
		return place{}, false
	}
	var got, want [8]byte
	binary.BigEndian.PutUint64(got[:], lo&(1<<linkMACBits-1))
	binary.BigEndian.PutUint64(want[:], c.mac(v))
	p := placeOf(v)
	return p, hmac.Equal(got[:], want[:]) && p.delivery&^bots.TestMark != 0
}

func digitOf(c byte) (uint64, bool) {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0'), true
	case c >= 'A' && c <= 'Z':
		return uint64(c-'A') + 10, true
	case c >= 'a' && c <= 'z':
		return uint64(c-'a') + 36, true
	}
	return 0, false
}

// mac is over the place and what the code is for, so that no other code of ours fits here.
func (c linkCodes) mac(v uint64) uint64 {
	m := hmac.New(sha256.New, c.secret)
	m.Write([]byte("link\x00"))
	m.Write(binary.BigEndian.AppendUint64(nil, v))
	return binary.BigEndian.Uint64(m.Sum(nil)) >> (64 - linkMACBits)
}

// SampleCode is as long as a code of a real link, and never one.
func SampleCode(n int) string {
	const sample = "0000000000000000"
	return sample + string(digits[n%len(digits)])
}
