package viber

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"
)

// fieldsOf are the names of all fields, with those of objects below.
func fieldsOf(t *testing.T, body []byte) []string {
	t.Helper()
	var v map[string]any
	must(t, json.Unmarshal(body, &v))
	return slices.Sorted(maps.Keys(flat("", v)))
}

func flat(path string, v map[string]any) map[string]bool {
	out := map[string]bool{}
	for name, value := range v {
		if inner, ok := value.(map[string]any); ok {
			maps.Copy(out, flat(path+name+".", inner))
			continue
		}
		out[path+name] = true
	}
	return out
}

func TestLoadLooksLikeTheServers(t *testing.T) {
	s, b := start(t, Options{})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true}))
	send(t, s, boris, "tracking_data", "d1/0")
	must(t, second(s.Say(boris, "hi")))
	must(t, s.WaitIdle(t.Context()))
	l := NewLoad(s.Token(), 1<<40)
	at := time.UnixMilli(1700000000123)
	for i, signed := range []Signed{l.Delivered(boris, 1<<62, at), l.Seen(boris, 1<<62, at), l.Message(boris, "hi", "d1/0", at)} {
		real := b.got()[i]
		if got, want := fieldsOf(t, signed.Body), fieldsOf(t, []byte(real.raw)); !slices.Equal(got, want) {
			t.Errorf("%s: fields %v, want %v", real.Event, got, want)
		}
		var h heard
		must(t, json.Unmarshal(signed.Body, &h))
		if h.Event != real.Event || h.Timestamp != 1700000000123 || h.Token != signed.Token || signed.Signature != Sign(s.Token(), signed.Body) {
			t.Errorf("got %s signed %s", signed.Body, signed.Signature)
		}
		if signed.Header().Get("X-Viber-Content-Signature") != signed.Signature {
			t.Error("the header lacks the signature")
		}
	}
}

func TestLoadEscapes(t *testing.T) {
	l := NewLoad("key", 1)
	for _, text := range []string{"plain", "a\"b\\c", "a\nb", "Дякую 🎁", "<b>&", "", "\x7f\u2028"} {
		var h heard
		if err := json.Unmarshal(l.Message(anna, text, text, time.Now()).Body, &h); err != nil || h.Message.Text != text || h.Message.TrackingData != text {
			t.Errorf("%q became %+v: %v", text, h.Message, err)
		}
	}
}

func TestLoadForks(t *testing.T) {
	var mu sync.Mutex
	var all sync.WaitGroup
	tokens := map[uint64]bool{}
	l := NewLoad("key", 1)
	for range 4 {
		mine := l.Fork()
		all.Go(func() {
			for range 1000 {
				m := mine.Message(anna, "hi", "", time.UnixMilli(1))
				mu.Lock()
				tokens[m.Token] = true
				mu.Unlock()
				if m.Signature != Sign("key", m.Body) || bytes.Contains(m.Body, []byte("tracking_data")) {
					t.Errorf("got %s", m.Body)
				}
			}
		})
	}
	all.Wait()
	if len(tokens) != 4000 {
		t.Errorf("%d different tokens, want 4000", len(tokens))
	}
}

func BenchmarkLoad(b *testing.B) {
	l := NewLoad("key", 1)
	at := time.Now()
	b.Run("message", func(b *testing.B) {
		for b.Loop() {
			l.Message(anna, "Дякую, отримала", "d1/0", at)
		}
	})
	b.Run("seen", func(b *testing.B) {
		for b.Loop() {
			l.Seen(anna, 1<<62, at)
		}
	})
}
