package fallback

import (
	"testing"
	"time"
)

func TestAWaveIsAShareOfManyAndNotAFew(t *testing.T) {
	for name, c := range map[string]struct {
		all, every int // outcomes, and which of them deactivates
		want       bool
	}{
		"a broadcast in which one of twenty has left": {2000, 20, false},
		"every second address at once":                {200, 2, true},
		"a handful of people who all left":            {20, 1, false},
		"everybody":                                   {60, 1, true},
	} {
		h := newHolds()
		for i := range c.all {
			h.outcome("telegram", i%c.every == 0, noon)
		}
		if got := h.distrusted(noon)["telegram"]; got != c.want {
			t.Errorf("%s: distrusted %v, want %v", name, got, c.want)
		}
		if h.distrusted(noon.Add(waveRest))["telegram"] {
			t.Errorf("%s: distrusted for ever", name)
		}
	}
}

func TestAChannelIsHeldWhileAllItsSendersAre(t *testing.T) {
	h := newHolds()
	both := []string{"sms/a", "sms/b"}
	h.blame("sms/a", noon, noon)
	if _, _, held := h.channel(both, noon); held {
		t.Error("held although one sender is well")
	}
	h.wait("sms/b", noon.Add(30*time.Second), noon.Add(time.Second))
	since, _, held := h.channel(both, noon.Add(2*time.Second))
	if !held || !since.Equal(noon.Add(time.Second)) {
		t.Errorf("held %v since %v, want since the second one fell out", held, since)
	}
	if _, _, held := h.channel(both, noon.Add(31*time.Second)); held {
		t.Error("held although the second one's wait is over")
	}
	if !h.avoided(noon.Add(1000 * time.Second))["sms/a"] {
		t.Error("a misconfigured sender is used again without a check")
	}
}

// A bot that was refused before its channel knew where we are is not held for the half minute of an account that is refused.
func TestASenderIsCheckedOnceItsChannelCanCallUs(t *testing.T) {
	for name, c := range map[string]struct {
		began, told time.Duration // the attempt, and its refusal; the channel can call us at noon
		want        time.Duration // the check
	}{
		"refused before":                       {-2 * time.Second, -time.Second, 0},
		"asked before and refused after":       {-time.Second, time.Second, time.Second},
		"asked after: that was not the reason": {time.Second, 2 * time.Second, 2*time.Second + firstProbe},
	} {
		h := newHolds()
		if c.told < 0 {
			h.blame("viber", noon.Add(c.began), noon.Add(c.told))
		}
		h.meet([]string{"viber"}, noon)
		if c.told > 0 {
			h.blame("viber", noon.Add(c.began), noon.Add(c.told))
		}
		at := noon.Add(c.want)
		if early := h.due(at.Add(-time.Millisecond)); len(early) > 0 {
			t.Errorf("%s: checked before %v", name, at)
		}
		if due := h.due(at); len(due) != 1 || !h.avoided(at)["viber"] {
			t.Errorf("%s: %v is checked at %v, and used meanwhile: %v", name, due, at, !h.avoided(at)["viber"])
		}
	}
}
