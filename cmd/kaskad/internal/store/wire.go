package store

import (
	"errors"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
)

// Most records are stored in protobuf's wire format, written by hand: fields are numbered, absent fields are zero, unknown
// fields are skipped. A field number is never used twice for different things.

// encoder appends fields. Zero values are left out; encode a time only through time, which leaves out the zero time alone.
type encoder struct{ b []byte }

func (e *encoder) uint(num protowire.Number, v uint64) {
	if v != 0 {
		e.b = protowire.AppendVarint(protowire.AppendTag(e.b, num, protowire.VarintType), v)
	}
}

func (e *encoder) int(num protowire.Number, v int64) { e.uint(num, protowire.EncodeZigZag(v)) }

// late is an int that is written when it is nothing, too: a delay of nothing is not the same as no delay known.
func (e *encoder) late(num protowire.Number, v int64) {
	e.b = protowire.AppendVarint(protowire.AppendTag(e.b, num, protowire.VarintType), protowire.EncodeZigZag(v))
}

func (e *encoder) bool(num protowire.Number, v bool) { e.uint(num, protowire.EncodeBool(v)) }

func (e *encoder) fixed(num protowire.Number, v uint64) {
	if v != 0 {
		e.b = protowire.AppendFixed64(protowire.AppendTag(e.b, num, protowire.Fixed64Type), v)
	}
}

func (e *encoder) id(num protowire.Number, id bots.ID) { e.fixed(num, uint64(id)) }

// time keeps microseconds.
func (e *encoder) time(num protowire.Number, t time.Time) {
	if !t.IsZero() {
		e.b = protowire.AppendFixed64(protowire.AppendTag(e.b, num, protowire.Fixed64Type), uint64(t.UnixMicro()))
	}
}

func (e *encoder) str(num protowire.Number, s string) {
	if s != "" {
		e.b = protowire.AppendString(protowire.AppendTag(e.b, num, protowire.BytesType), s)
	}
}

func (e *encoder) bytes(num protowire.Number, b []byte) {
	if len(b) != 0 {
		e.b = protowire.AppendBytes(protowire.AppendTag(e.b, num, protowire.BytesType), b)
	}
}

// msg appends a nested record. An empty one is kept: a list of zero values has its length.
func (e *encoder) msg(num protowire.Number, write func(*encoder)) {
	e.b = protowire.AppendTag(e.b, num, protowire.BytesType)
	at := len(e.b)
	e.b = append(e.b, 0)
	write(e)
	n := len(e.b) - at - 1
	if n < 0x80 {
		e.b[at] = byte(n)
		return
	}
	e.b = append(e.b, make([]byte, protowire.SizeVarint(uint64(n))-1)...)
	size := protowire.SizeVarint(uint64(n))
	copy(e.b[at+size:], e.b[at+1:at+1+n])
	protowire.AppendVarint(e.b[:at], uint64(n))
}

var errMalformed = errors.New("malformed record")

// fields reads a record field by field:
//
//	for f.next() {
//		switch f.num {
//		case 1:
//			x.Name = f.str()
//
// What is wrong with the record stands in err afterwards; a field that cannot be read is its zero value.
type fields struct {
	b     []byte
	num   protowire.Number
	typ   protowire.Type
	v     uint64
	data  []byte
	whole record
	err   error
}

// record is what is being decoded. All its strings share one copy of it.
type record struct {
	b []byte
	s string
}

func (r *record) str(part []byte) string {
	if len(part) == 0 {
		return ""
	}
	if r.s == "" {
		r.s = string(r.b)
	}
	at := cap(r.b) - cap(part) // both end where the record's memory ends
	return r.s[at : at+len(part)]
}

func (f *fields) next() bool {
	if len(f.b) == 0 || f.err != nil {
		return false
	}
	num, typ, n := protowire.ConsumeTag(f.b)
	if n < 0 {
		return f.fail()
	}
	f.b = f.b[n:]
	f.num, f.typ = num, typ
	switch typ {
	case protowire.VarintType:
		f.v, n = protowire.ConsumeVarint(f.b)
	case protowire.Fixed64Type:
		f.v, n = protowire.ConsumeFixed64(f.b)
	case protowire.BytesType:
		f.data, n = protowire.ConsumeBytes(f.b)
	default:
		n = protowire.ConsumeFieldValue(num, typ, f.b)
	}
	if n < 0 {
		return f.fail()
	}
	f.b = f.b[n:]
	return true
}

func (f *fields) fail() bool {
	if f.err == nil {
		f.err = fmt.Errorf("%w: field %d", errMalformed, f.num)
	}
	return false
}

func (f *fields) want(t protowire.Type) bool { return f.typ == t || f.fail() }

func (f *fields) uint() uint64 {
	if f.want(protowire.VarintType) {
		return f.v
	}
	return 0
}

// small reads a number that must not exceed a limit: the last value of an enumeration, usually.
func (f *fields) small(limit uint64) uint64 {
	v := f.uint()
	if v > limit {
		f.fail()
		return 0
	}
	return v
}

func (f *fields) int() int64 { return protowire.DecodeZigZag(f.uint()) }

// count reads an int that was written with int.
func (f *fields) count() int {
	v := f.int()
	if v > math.MaxInt32 || v < math.MinInt32 {
		f.fail()
		return 0
	}
	return int(v)
}

func (f *fields) bool() bool { return protowire.DecodeBool(f.uint()) }

func (f *fields) fixed() uint64 {
	if f.want(protowire.Fixed64Type) {
		return f.v
	}
	return 0
}

func (f *fields) id() bots.ID { return bots.ID(f.fixed()) }

func (f *fields) time() time.Time {
	if f.want(protowire.Fixed64Type) {
		return fromMicro(int64(f.v))
	}
	return time.Time{}
}

func (f *fields) str() string {
	if f.want(protowire.BytesType) {
		return f.whole.str(f.data)
	}
	return ""
}

// bytes is a copy; nil when empty.
func (f *fields) bytes() []byte {
	if !f.want(protowire.BytesType) || len(f.data) == 0 {
		return nil
	}
	return append([]byte(nil), f.data...)
}

// nested runs read over a nested record.
func (f *fields) nested(read func(*fields)) {
	if !f.want(protowire.BytesType) {
		return
	}
	num, rest := f.num, f.b
	f.b = f.data
	for f.next() {
		read(f)
	}
	if f.num, f.b = num, rest; f.err != nil {
		f.err = fmt.Errorf("field %d: %w", num, f.err)
	}
}

func fromMicro(us int64) time.Time { return time.UnixMicro(us).UTC() }

// encode appends the fields that write gives.
func encode(b []byte, write func(*encoder)) []byte {
	e := encoder{b: b}
	write(&e)
	return e.b
}

// decode runs read over every field of a record.
func decode(b []byte, read func(*fields)) error {
	if len(b) == 0 {
		return nil
	}
	f := &fields{b: b, whole: record{b: b}}
	for f.next() {
		read(f)
	}
	return f.err
}
