package stagetest

import (
	"maps"
	"runtime"
	"sync"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// What goes on is seen: else Close would be satisfied with anything.
func TestWhatGoesOnIsSeen(t *testing.T) {
	never := func(s *stage.Stage) { s.Sleep(s.Context(), time.Hour) }
	for name, begin := range map[string]func(*stage.Stage){
		"a delay": func(s *stage.Stage) { s.After(time.Hour, func() {}) },
		"an act of a person": func(s *stage.Stage) {
			stage.Perform(s.Context(), s, []int{1}, func(int) time.Duration { return time.Hour }, func(int) {})
		},
		"a lane that is emptied": func(s *stage.Stage) { stage.NewLanes(s, func(int) { never(s) }).Push("row", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			s := stage.New(&mu, "test simulator", 1)
			mu.Lock()
			begin(s)
			mu.Unlock()
			for !running(t) { // it needs a moment to begin
				runtime.Gosched()
			}
			Close(t, s)
			if running(t) {
				t.Error("something goes on after Close")
			}
		})
	}
}

func TestTheClockIsMovedOn(t *testing.T) {
	var c Clock
	began := c.Now()
	c.Pass(time.Hour)
	if got := c.Now().Sub(began); got != time.Hour {
		t.Errorf("%v passed, want an hour", got)
	}
}

func TestWith(t *testing.T) {
	got := With(map[string]any{"stays": 1, "changes": 2, "goes": 3}, "changes", "x", "goes", nil, "comes", true)
	if want := map[string]any{"stays": 1, "changes": "x", "comes": true}; !maps.Equal(got, want) {
		t.Errorf("With = %v, want %v", got, want)
	}
	if JSON(t, got) != `{"changes":"x","comes":true,"stays":1}` {
		t.Errorf("JSON = %s", JSON(t, got))
	}
}
