package fallback

import (
	"testing"
	"time"
)

func TestASenderThatTakesMessagesAndFailsThem(t *testing.T) {
	const who = "whatsapp_cloud"
	mine := []string{who}
	held := func(h *holds, at time.Time) bool { _, _, on := h.channel(mine, at); return on }
	fallen := func() *holds {
		h := newHolds()
		h.accuse(who, noon)
		h.try(who)
		return h
	}
	for name, check := range map[string]func(t *testing.T){
		"it is held until a check succeeds, whatever else it takes": func(t *testing.T) {
			h := newHolds()
			if _, news := h.accuse(who, noon); !news {
				t.Error("the first failure is no news")
			}
			h.release(who, noon.Add(time.Second)) // was under way
			if _, news := h.accuse(who, noon.Add(2*time.Second)); news || !held(h, noon.Add(10*time.Hour)) {
				t.Errorf("the second failure is news: %v; held %v", news, held(h, noon.Add(10*time.Hour)))
			}
		},
		"after the check one message is tried, and the lane rests": func(t *testing.T) {
			h := fallen()
			if held(h, noon) || !h.trial(mine, noon) {
				t.Errorf("held %v, on trial %v", held(h, noon), h.trial(mine, noon))
			}
			h.release(who, noon)
			if !held(h, noon.Add(trialRest-1)) || !h.doubts(who) {
				t.Error("it counts as well before its failure could be told")
			}
			if held(h, noon.Add(trialRest)) || h.trial(mine, noon.Add(trialRest)) {
				t.Error("it is held after the rest")
			}
			if h.release(who, noon.Add(trialRest)); h.doubts(who) {
				t.Error("it is doubted although a message has lasted")
			}
		},
		"a message that fails in the rest is asked after later than the first": func(t *testing.T) {
			h := fallen()
			h.release(who, noon)
			at, news := h.accuse(who, noon.Add(3*time.Second))
			if want := noon.Add(3*time.Second + 2*firstProbe); !news || !at.Equal(want) {
				t.Errorf("checked at %v, news %v; want %v", at, news, want)
			}
		},
		"one that falls out again soon is checked as late as the last time": func(t *testing.T) {
			for after, want := range map[time.Duration]time.Duration{time.Minute: 2 * firstProbe, 2 * lapseLife: firstProbe} {
				h := fallen()
				h.release(who, noon)
				back := noon.Add(trialRest)
				h.release(who, back)
				if at, _ := h.accuse(who, back.Add(after)); !at.Equal(back.Add(after + want)) {
					t.Errorf("after %v it is checked in %v, want %v", after, at.Sub(back.Add(after)), want)
				}
			}
		},
		"another sender of the channel carries on without a trial": func(t *testing.T) {
			h := newHolds()
			h.accuse(who, noon)
			if both := []string{who, "spare"}; h.trial(both, noon) {
				t.Error("the spare is on trial")
			}
		},
	} {
		t.Run(name, check)
	}
}
