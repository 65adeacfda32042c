package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// TestNoMinuteHasMore: messages are asked for as fast as the window allows, for an hour: no minute, wherever it begins, has more of them
// than the bound, and none of the bound is left unused.
func TestNoMinuteHasMore(t *testing.T) {
	w := newWindow(Channel{Limits: bots.Limits{PerMinute: 19}})
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var went []time.Time
	for end := now.Add(time.Hour); now.Before(end); {
		if wait := w.wait(now); wait > 0 {
			now = now.Add(wait)
			continue
		}
		w.took(now)
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
