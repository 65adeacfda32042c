package viber_test

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/viber"
)

// seenAt is a seen of one message that Viber tells at a time, and that reaches us at another.
func seenAt(t *testing.T, b *viber.Bot, message int, told, reached time.Time) bots.Event {
	t.Helper()
	call := hookCall(fmt.Appendf(nil, `{"event":"seen","timestamp":%d,"message_token":%d,"user_id":%s}`, told.UnixMilli(), message, strconv.Quote(olena)))
	call.At = reached
	batch, err := b.Parse(call)
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("Parse = %+v, %v", batch, err)
	}
	return batch.Events[0]
}

// One wild time must not make every later one useless: a message that was read would be followed by an SMS until the next start.
// What it says of time is not believed either, so that nothing sent after it counts as read.
func TestOneWildTime(t *testing.T) {
	for name, wild := range map[string]time.Duration{"years": 200 * 365 * 24 * time.Hour, "a zone": 3 * time.Hour, "minutes": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			b, now := newBot(t, "", viber.Options{}), calledAt
			told := now.Add(wild)
			for range 3 { // the same call, repeated: it confirms nothing
				if e := seenAt(t, b, 1, told, now); !e.At.IsZero() || !e.Receipt.At.IsZero() || e.Receipt.ID != "1" || e.Receipt.Level != bots.Read {
					t.Errorf("the wild one is of %v, ahead by %v, %+v; want its message and no time", e.At, e.Ahead, e.Receipt)
				}
				now = now.Add(5 * time.Second)
			}
			if e := seenAt(t, b, 2, now.Add(-time.Second), now); e.Ahead > 0 || !e.At.Equal(now.Add(-time.Second)) || !e.Receipt.At.Equal(e.At) {
				t.Errorf("after it, Viber is ahead by %v, and a good seen is of %v", e.Ahead, e.At)
			}
		})
	}
}

// A clock that really runs ahead, or ours that is behind, is told by every call.
func TestAClockFarAhead(t *testing.T) {
	b, now := newBot(t, "", viber.Options{}), calledAt
	const lead = time.Hour
	if e := seenAt(t, b, 1, now.Add(lead), now); !e.At.IsZero() {
		t.Errorf("the first is believed: %v", e.At)
	}
	now = now.Add(time.Minute)
	if e := seenAt(t, b, 2, now.Add(lead-2*time.Second), now); e.Ahead < lead-2*time.Second || e.Ahead > lead || e.At.IsZero() {
		t.Errorf("the second says ahead by %v, at %v; want an hour, and its time", e.Ahead, e.At)
	}
	now = now.Add(time.Minute)
	if e := seenAt(t, b, 3, now.Add(lead), now); e.Ahead != lead {
		t.Errorf("the third says ahead by %v, want an hour", e.Ahead)
	}
}

// A message of a wild time is kept, and proves nothing by its time.
func TestAMessageOfAWildTime(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	call := hookCall(bytes.Replace(recorded(t, "wrote"), []byte(`"timestamp":`), []byte(`"timestamp":9`), 1))
	batch, err := b.Parse(call)
	if err != nil || len(batch.Events) != 1 || batch.Events[0].Kind != bots.Wrote || !batch.Events[0].At.IsZero() {
		t.Errorf("Parse = %+v, %v", batch.Events, err)
	}
}
