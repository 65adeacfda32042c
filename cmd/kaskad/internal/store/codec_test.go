package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// highest are the last values of the enumerations that records have.
var highest = map[reflect.Type]uint64{
	reflect.TypeFor[bots.Level]():             uint64(bots.Engaged),
	reflect.TypeFor[bots.Fault]():             uint64(bots.Misconfigured),
	reflect.TypeFor[bots.AddressState]():      uint64(bots.UnreachableState),
	reflect.TypeFor[bots.ConsentState]():      uint64(bots.Denied),
	reflect.TypeFor[bots.Basis]():             uint64(bots.BasisGiven),
	reflect.TypeFor[bots.ConversationState](): uint64(bots.Closed),
	reflect.TypeFor[bots.MessageKind]():       uint64(bots.DeleteMessage),
	reflect.TypeFor[fallback.Purpose]():       uint64(fallback.Conversation),
	reflect.TypeFor[fallback.State]():         uint64(fallback.Cancelled),
	reflect.TypeFor[fallback.HolidayRule]():   uint64(fallback.HolidaysWorked),
	reflect.TypeFor[fallback.TopicState]():    uint64(fallback.TopicGone),
	reflect.TypeFor[bots.Told]():              uint64(bots.DealtOut<<1 - 1),
	reflect.TypeFor[fallback.Outcome]():       uint64(fallback.Withdrawn),
}

// anything fills a value with anything its type can hold that a record keeps: times are UTC microseconds, empty lists are nil.
// A field that a record does not write shows itself here, because it is filled, too.
func anything(t *rapid.T, v reflect.Value) {
	if v.Kind() != reflect.Struct && rapid.IntRange(0, 2).Draw(t, "zero") == 0 {
		return
	}
	if last, ok := highest[v.Type()]; ok {
		v.SetUint(rapid.Uint64Range(0, last).Draw(t, "enum"))
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		if rapid.Bool().Draw(t, "no time") {
			return
		}
		*x = fromMicro(rapid.Int64Range(-1<<55, 1<<55).Draw(t, "time"))
		return
	case *json.RawMessage:
		*x = rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "json")
		return
	case *[]byte:
		*x = rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes")
		return
	case *error:
		*x = errors.New(rapid.String().Draw(t, "error"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom(words), rapid.StringN(100, 300, -1)).Draw(t, "string"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(rapid.Int32().Draw(t, "int")))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int64"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32().Draw(t, "uint32")))
	case reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint64"))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				anything(t, v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 3).Draw(t, "len"), 3))
		v.SetLen(rapid.IntRange(1, 3).Draw(t, "len"))
		for i := range v.Len() {
			anything(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(rapid.MapOfN(rapid.String(), rapid.String(), 1, 4).Draw(t, "map")))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		anything(t, v.Elem())
	default:
		panic(fmt.Sprint("no way to fill ", v.Type()))
	}
}

func sample[T any](t *rapid.T) T {
	var x T
	anything(t, reflect.ValueOf(&x).Elem())
	return x
}

// codecs writes and reads each kind of record. trip returns what a record reads as after it was written; read only decodes.
var codecs = map[string]struct {
	trip func(t *rapid.T, prefix []byte) (want, got any, err error)
	read func(b []byte) error
}{
	"contact": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Contact](t)
		got, err := decodeContact(want.ID, encodeContact(p, &want)[len(p):])
		return want, *got, err
	}, func(b []byte) error { _, err := decodeContact(1, b); return err }},
	"hold": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.RegionHold](t)
		got, err := decodeHold(encodeHold(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeHold(b); return err }},
	"head": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Conversation](t)
		got, err := decodeHead(want.Contact, encodeHead(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeHead(1, b); return err }},
	"merge": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Merge](t)
		want.KeptWas.ID, want.Became.ID, want.AbsorbedWas.ID = want.Kept, want.Kept, want.Absorbed
		want.KeptTalkWas.Contact, want.BecameTalk.Contact, want.AbsorbedTalkWas.Contact = want.Kept, want.Kept, want.Absorbed
		got, err := decodeMerge(want.Absorbed, encodeMerge(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeMerge(1, b); return err }},
	"plan": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Plan](t)
		want.Under = 0 // told by where it stands
		got := fallback.Plan{ID: want.ID}
		err := decodePlan(encodePlan(p, &want)[len(p):], &got)
		return want, got, err
	}, func(b []byte) error { return decodePlan(b, &fallback.Plan{}) }},
	"status": {func(t *rapid.T, p []byte) (any, any, error) {
		want, id := sample[fallback.Status](t), sample[bots.ID](t)
		got, err := decodeStatus(id, encodeStatus(p, id, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeStatus(1, b); return err }},
	"state": {func(t *rapid.T, p []byte) (any, any, error) {
		want, id := sample[bots.MessageState](t), sample[bots.ID](t)
		got, err := decodeState(id, encodeState(p, id, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeState(1, b); return err }},
	"message": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Message](t)
		want.Under = 0 // told by where it stands
		got, err := decodeMessage(want.ID, encodeMessage(p, &want)[len(p):])
		return want, *got, err
	}, func(b []byte) error { _, err := decodeMessage(1, b); return err }},
	"attempt": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[AttemptLine](t)
		want.Message = want.Out.Step // the message has the rest
		want.Out = bots.Outgoing{Step: want.Message, AskContact: want.Out.AskContact, ReplyTo: want.Out.ReplyTo}
		got, err := decodeAttempt(want.Message, want.Number, encodeAttempt(p, &want.Attempt, want.Result)[len(p):])
		return want, *got, err
	}, func(b []byte) error { _, err := decodeAttempt(1, 1, b); return err }},
	"orphan": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Orphan](t)
		got, err := decodeOrphan(encodeOrphan(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeOrphan(b); return err }},
	"change": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Change](t)
		got, err := decodeChange(want.ID, encodeChange(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeChange(1, b); return err }},
	"link": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Link](t)
		got, err := decodeLink(encodeLink(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeLink(b); return err }},
	"topic": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Topic](t)
		got, err := decodeTopic(want.Contact, encodeTopic(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeTopic(1, b); return err }},
	"audited": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Audited](t)
		got, err := decodeAudited(want.ID, encodeAudited(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeAudited(1, b); return err }},
	"word": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Consent](t)
		got, err := decodeWord(encodeWord(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeWord(b); return err }},
	"statement": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Statement](t)
		got, err := decodeStatement(want.Number, encodeStatement(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeStatement(1, b); return err }},
	"hearing": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Hearing](t)
		got, err := decodeHearing(encodeHearing(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeHearing(b); return err }},
	"pause": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Pause](t)
		got, err := decodePause(encodePause(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodePause(b); return err }},
	"money": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[bots.Money](t)
		got, err := decodeMoney(encodeMoney(p, want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeMoney(b); return err }},
	"quarantined": {func(t *rapid.T, p []byte) (any, any, error) {
		want := sample[fallback.Quarantined](t)
		got, err := decodeQuarantined(encodeQuarantined(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeQuarantined(b); return err }},
	"generation": {func(t *rapid.T, p []byte) (any, any, error) {
		want := generation{no: sample[uint64](t), n: int(sample[uint32](t)), first: sample[time.Time](t), last: sample[time.Time](t)}
		got, err := decodeGeneration(encodeGeneration(p, &want)[len(p):])
		return want, got, err
	}, func(b []byte) error { _, err := decodeGeneration(b); return err }},
}

func TestRecordsReadAsWritten(t *testing.T) {
	t.Parallel()
	for name, c := range codecs {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			prefix := make([]byte, rapid.IntRange(0, 3).Draw(t, "prefix"), 200)
			want, got, err := c.trip(t, prefix)
			if err != nil {
				t.Fatalf("decode: %v", err)
			}
			if !reflect.DeepEqual(dressed(got), dressed(want)) {
				t.Fatalf("read   %+v\nwritten %+v", got, want)
			}
		}))
	}
}

// dressed makes errors comparable: only their words are kept.
func dressed(x any) any {
	if a, ok := x.(AttemptLine); ok && a.Result != nil && a.Result.Err != nil && a.Result.Err.Err != nil {
		res, e := *a.Result, *a.Result.Err
		e.Err = errors.New(e.Err.Error())
		res.Err, a.Result = &e, &res
		return a
	}
	return x
}

// A message that arrived in the microsecond in which it was written is one whose arrival is known.
func TestArrivalWithoutDelayIsKept(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, came := range []time.Time{{}, at, at.Add(time.Microsecond), at.Add(-time.Hour)} {
		m, err := decodeMessage(1, encodeMessage(nil, &bots.Message{At: at, Came: came}))
		if err != nil || !m.Came.Equal(came) {
			t.Errorf("written %v, read %v, %v", came, m.Came, err)
		}
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	c := &bots.Contact{Name: "Олена"}
	b := encodeContact(nil, c)
	b = encode(b, func(e *encoder) {
		e.str(900, "of a later version")
		e.fixed(901, 7)
		e.uint(902, 7)
	})
	got, err := decodeContact(0, b)
	if err != nil || got.Name != c.Name {
		t.Fatalf("decode = %+v, %v", got, err)
	}
}

// FuzzRecords reads any bytes as any kind of record: nothing may panic, and what was read and written reads the same again.
func FuzzRecords(f *testing.F) {
	f.Add(encodeContact(nil, &bots.Contact{Name: "n", Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: "telegram", ID: "1"}}}}))
	f.Add(encodePlan(nil, &fallback.Plan{To: "x", Cascade: cascade(), Metadata: map[string]string{"a": "b"}}))
	f.Add(encodeStatus(nil, 1, &fallback.Status{State: fallback.Queued, Route: []fallback.Leg{{Channel: "sms"}}}))
	f.Add(encodeState(nil, 1, &bots.MessageState{ProviderID: "7"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range codecs {
			_ = c.read(b)
		}
		_ = eachLine(1, b, 0, func(bots.Change) bool { return true })
		if s, err := decodeStatus(1, b); err == nil {
			again, err := decodeStatus(1, encodeStatus(nil, 1, &s))
			if err != nil || !reflect.DeepEqual(s, again) {
				t.Fatalf("%+v; again %+v, %v", s, again, err)
			}
		}
	})
}

// FuzzKeys: names of any bytes give keys that do not run into each other, and keys of any bytes can be read.
func FuzzKeys(f *testing.F) {
	f.Add("telegram", "42", "sms/main", "4", int64(7), []byte("send/sms/1\x00123456781234567"))
	f.Fuzz(func(t *testing.T, a, b, c, d string, us int64, raw []byte) {
		if (a != c || b != d) && bytes.HasPrefix(name(a, b), name(c, d)) {
			t.Fatalf("%q, %q begins with %q, %q", a, b, c, d)
		}
		if (a != c || b != d) && digest(a, b) == digest(c, d) {
			t.Fatalf("%q, %q and %q, %q have one digest", a, b, c, d)
		}
		if at := fromMicro(us); !keyTime(timeKey(nil, at)).Equal(at) {
			t.Fatalf("time %v reads as %v", at, keyTime(timeKey(nil, at)))
		}
		if at := fromMicro(us); at.Before(fromMicro(us/2)) != (bytes.Compare(timeKey(nil, at), timeKey(nil, fromMicro(us/2))) < 0) {
			t.Fatalf("keys of %d and %d sort the other way", us, us/2)
		}
		_, _ = laneEntry(raw)
		_, _, _ = lastID(raw), keyNumber(raw), keyTime(raw)
		_ = after(raw)
	})
}
