package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// TestNoMinuteHasMore: messages are asked for as fast as the window allows, for an hour: no minute, wherever it begins, has more of them
// than the bound, and none of the bound is left unused.
func TestNoMinuteHasMore(t *testing.T) {
	w, chat := newWindow(Channel{Limits: bots.Limits{PerMinute: 19}}), bots.Address{Channel: bots.Staff, ID: "-100"}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var went []time.Time
	for end := now.Add(time.Hour); now.Before(end); {
		if wait := w.wait(chat, now); wait > 0 {
			now = now.Add(wait)
			continue
		}
		w.took(chat, now)
		went = append(went, now)
		now = now.Add(37 * time.Millisecond)
	}
	for i := range went {
		in := 0
		for j := i; j < len(went) && went[j].Sub(went[i]) < time.Minute; j++ {
			in++
		}
		if in > 19 {
			t.Fatalf("%d in the minute from %v", in, went[i])
		}
	}
	if want := 19 * int(time.Hour/(time.Minute+windowSpare)); len(went) < want {
		t.Errorf("%d in an hour, want %d", len(went), want)
	}
}

// TestEachChatHasItsMinute: a chat whose minute is full keeps no other waiting, and one to which nothing goes any more leaves nothing behind.
func TestEachChatHasItsMinute(t *testing.T) {
	w := newWindow(Channel{Limits: bots.Limits{PerMinute: 2}})
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	one, other := bots.Address{Channel: bots.Staff, ID: "-100"}, bots.Address{Channel: bots.Staff, ID: "-200"}
	w.took(one, now)
	w.took(one, now.Add(10*time.Second))
	if got, want := w.wait(one, now.Add(20*time.Second)), 42*time.Second; got != want {
		t.Errorf("the full one waits %v, want %v", got, want)
	}
	if got := w.wait(other, now.Add(20*time.Second)); got != 0 {
		t.Errorf("the other one waits %v", got)
	}
	w.took(other, now.Add(20*time.Second))
	w.forget(now.Add(72*time.Second - 1))
	if len(w.gone) != 2 {
		t.Errorf("before their minutes were over, %d chats are known, want 2", len(w.gone))
	}
	w.forget(now.Add(72 * time.Second))
	if len(w.gone) != 1 || len(w.gone[other]) != 1 {
		t.Errorf("after the minute of one was over, these are known: %v", w.gone)
	}
	w.forget(now.Add(82 * time.Second))
	w.took(bots.Address{}, now)
	if len(w.gone) != 0 {
		t.Errorf("in the end these are known: %v", w.gone)
	}
}

// TestWithoutABoundNothingIsKept: a channel that has no bound of a minute pays nothing for those that have one.
func TestWithoutABoundNothingIsKept(t *testing.T) {
	w := newWindow(Channel{Limits: bots.Limits{PerSecond: 25}})
	now, chat := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), bots.Address{Channel: bots.Telegram, ID: "42"}
	allocs := testing.AllocsPerRun(100, func() {
		if w.wait(chat, now) != 0 {
			t.Error("it waits")
		}
		w.took(chat, now)
		w.forget(now)
	})
	if allocs != 0 || w.gone != nil {
		t.Errorf("%v allocations, and %d chats are known", allocs, len(w.gone))
	}
}

func TestWhatNoMinuteCounts(t *testing.T) {
	for act, free := range map[bots.Act]bool{
		"": false, bots.EditAct: false, bots.OpenTopicAct: false, bots.CopyAct: false, bots.CloseTopicAct: false,
		bots.DeleteAct: true, bots.ReactAct: true, bots.PinAct: true, bots.DeleteTopicAct: true,
	} {
		d := &Delivery{}
		d.Act = act
		if got := unbounded(d); got != free {
			t.Errorf("%q is unbounded: %v", act, got)
		}
		d.Act, d.Cascade.Steps = "", []Step{{Channel: bots.Staff}}
		d.Data = []byte(`{"act":"` + string(act) + `"}`)
		if got := unbounded(d); got != free {
			t.Errorf("a post that is to %q is unbounded: %v", act, got)
		}
	}
}
