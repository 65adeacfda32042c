package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
)

// The small records of bucket s are rewritten at every step of a delivery's life, so they have a shape of their own: a tag,
// a mask of the fields that are there, and the fields. Times and ids of messages are distances from the record's own id,
// which is itself a time; common words are numbers.

// words are the strings that statuses repeat. The list only grows at its end.
var words = []string{
	bots.Telegram, bots.Viber, bots.WhatsApp, bots.WhatsAppCloud, bots.SMS, bots.Email,
	"receipt", "reply", "button", "reaction", "message", "click", "watermark", "event",
	"quiet_hours", "pause", "gap", "spend", "no_address", "paid_steps", "no_consent", "opted_out", "frequency", "same_message", "deadline", "lane_held",
	"channel_off", "other_messenger",
	"uncertain", "temporary", "unreachable", "refused", "rejected", "misconfigured",
	"hold",
}

var wordNumber = func() map[string]uint64 {
	m := make(map[string]uint64, len(words))
	for i, w := range words {
		m[w] = uint64(i)
	}
	return m
}()

// packer appends the fields of a compact record. The mask is written by finish.
type packer struct {
	b    []byte
	mask uint64
	base int64
}

// has notes whether field n is there; the caller writes it when it is.
func (p *packer) has(n int, there bool) bool {
	if there {
		p.mask |= 1 << n
	}
	return there
}

func (p *packer) uint(v uint64) { p.b = binary.AppendUvarint(p.b, v) }
func (p *packer) int(v int64)   { p.uint(protowire.EncodeZigZag(v)) }

func (p *packer) intField(n int, v int64) {
	if p.has(n, v != 0) {
		p.int(v)
	}
}

// unmarked is the time that an id begins with.
func unmarked(id int64) int64 { return id &^ int64(bots.TestMark) }

func (p *packer) timeField(n int, t time.Time) {
	if p.has(n, !t.IsZero()) {
		p.int(t.UnixMicro() - unmarked(p.base))
	}
}

func (p *packer) idField(n int, id bots.ID) {
	if p.has(n, id != 0) {
		p.int(int64(id) - p.base)
	}
}

func (p *packer) strField(n int, s string) {
	if p.has(n, s != "") {
		p.str(s)
	}
}

func (p *packer) str(s string) {
	if n, ok := wordNumber[s]; ok {
		p.uint(n<<1 | 1)
		return
	}
	p.uint(uint64(len(s)) << 1)
	p.b = append(p.b, s...)
}

func (p *packer) fixedField(n int, v uint64) {
	if p.has(n, v != 0) {
		p.b = binary.LittleEndian.AppendUint64(p.b, v)
	}
}

// section writes fields behind their mask.
func (p *packer) section(write func(*packer)) {
	const most = 4 // bytes of a mask; one that is shorter moves what is behind it
	at, was := len(p.b), p.mask
	p.b = append(p.b, 0, 0, 0, 0)
	p.mask = 0
	write(p)
	var mask [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(mask[:], p.mask)
	p.b = slices.Replace(p.b, at, at+most, mask[:n]...)
	p.mask = was
}

// unpacker reads what packer wrote. After a fault everything reads as zero.
type unpacker struct {
	b    []byte
	mask uint64
	base int64
	err  error
}

func (u *unpacker) fail(what string) {
	if u.err == nil {
		u.err = fmt.Errorf("%w: %s", errMalformed, what)
	}
	u.b = nil
}

func (u *unpacker) has(n int) bool { return u.mask&(1<<n) != 0 }

func (u *unpacker) uint() uint64 {
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.fail("number")
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) int() int64 { return protowire.DecodeZigZag(u.uint()) }

func (u *unpacker) byte() byte {
	if len(u.b) == 0 {
		u.fail("byte")
		return 0
	}
	v := u.b[0]
	u.b = u.b[1:]
	return v
}

func (u *unpacker) count() int {
	v := u.int()
	if v > math.MaxInt32 || v < math.MinInt32 {
		u.fail("count")
		return 0
	}
	return int(v)
}

func (u *unpacker) countField(n int) int {
	if u.has(n) {
		return u.count()
	}
	return 0
}

// smallField reads what intField wrote of an enumeration; limit is its last value.
func (u *unpacker) smallField(n int, limit int64) int64 {
	v := u.intField(n)
	if v < 0 || v > limit {
		u.fail("value out of range")
		return 0
	}
	return v
}

func (u *unpacker) intField(n int) int64 {
	if u.has(n) {
		return u.int()
	}
	return 0
}

func (u *unpacker) timeField(n int) time.Time {
	if !u.has(n) {
		return time.Time{}
	}
	v := u.int()
	if u.err != nil {
		return time.Time{}
	}
	return fromMicro(v + unmarked(u.base))
}

func (u *unpacker) idField(n int) bots.ID {
	if !u.has(n) {
		return 0
	}
	v := u.int()
	if u.err != nil {
		return 0
	}
	return bots.ID(v + u.base)
}

func (u *unpacker) strField(n int) string {
	if u.has(n) {
		return u.str()
	}
	return ""
}

func (u *unpacker) str() string {
	v := u.uint()
	if v&1 == 1 {
		if v>>1 >= uint64(len(words)) {
			u.fail("word")
			return ""
		}
		return words[v>>1]
	}
	n := v >> 1
	if n > uint64(len(u.b)) {
		u.fail("string")
		return ""
	}
	s := string(u.b[:n])
	u.b = u.b[n:]
	return s
}

func (u *unpacker) fixedField(n int) uint64 {
	if !u.has(n) {
		return 0
	}
	if len(u.b) < 8 {
		u.fail("fixed")
		return 0
	}
	v := binary.LittleEndian.Uint64(u.b)
	u.b = u.b[8:]
	return v
}

// section reads fields behind their mask.
func (u *unpacker) section(read func(*unpacker)) {
	was := u.mask
	u.mask = u.uint()
	read(u)
	u.mask = was
}
