package fallbacktest

import (
	"bytes"
	"reflect"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

var erasedStories = map[string]func(*script){
	"what is left of somebody who was erased is read as it was written": func(s *script) {
		want := fallback.Erased{
			Contact: 7, At: s.start.UTC().Truncate(time.Microsecond), By: "crm", Marks: [][]byte{{1, 2}, {3}}, Numbers: [][]byte{{4}}, Same: []bots.ID{7, 6}, TakeBacks: []bots.ID{9}, Ended: s.start.UTC().Truncate(time.Microsecond),
			Counts: fallback.ErasedCounts{Deliveries: 1, Cancelled: 2, Messages: 3, Files: 4, Posts: 5, Links: 6, Quarantine: 7},
		}
		s.update(func(tx fallback.Tx) { tx.PutErased(want) })
		s.update(func(tx fallback.Tx) {
			if got, ok := tx.Erased(7); !ok || !reflect.DeepEqual(got, want) {
				s.t.Errorf("Erased = %+v, %t; want %+v", got, ok, want)
			}
			if got, ok := tx.Erased(8); ok {
				s.t.Errorf("somebody else was erased: %+v", got)
			}
		})
	},
	"a no outlives its person at the keyed hash of a name, and can be lifted": func(s *script) {
		want := fallback.KeptNo{At: s.start.UTC().Truncate(time.Microsecond), Marketing: true, All: true, On: []string{bots.Viber}, Told: true}
		s.update(func(tx fallback.Tx) {
			phone := tx.Mark(bots.Ref{Kind: "phone", Value: "+380501112233"})
			if sms := tx.Mark(bots.Ref{Kind: bots.SMS, Value: "+380501112233"}); !bytes.Equal(phone, sms) {
				s.t.Errorf("a phone and the number of a text have two marks")
			}
			if other := tx.Mark(bots.Ref{Kind: bots.WhatsApp, Value: "+380501112233"}); bytes.Equal(phone, other) || bytes.Contains(phone, []byte("0501112233")) {
				s.t.Errorf("the mark of a phone is %x, that of a WhatsApp number %x", phone, other)
			}
			tx.PutKeptNo(phone, want)
		})
		s.update(func(tx fallback.Tx) {
			phone := tx.Mark(bots.Ref{Kind: "phone", Value: "+380501112233"})
			if got := tx.KeptNo(phone); !reflect.DeepEqual(got, want) {
				s.t.Errorf("KeptNo = %+v, want %+v", got, want)
			}
			tx.PutKeptNo(phone, fallback.KeptNo{})
			if got := tx.KeptNo(phone); !got.Zero() {
				s.t.Errorf("KeptNo = %+v, want none", got)
			}
		})
	},
}
