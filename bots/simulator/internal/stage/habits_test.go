package stage

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// act is a word that somebody says some time later.
type act struct {
	after time.Duration
	word  string
}

func TestOneOfFollowsTheWeights(t *testing.T) {
	habits := OneOf[int]([]Chance[act]{{Weight: 3, Acts: []act{{word: "often"}}}, {Weight: 1, Acts: []act{{word: "seldom"}}}, {Weight: 0, Acts: []act{{word: "never"}}}})
	dice := rand.New(rand.NewPCG(1, 1))
	got := map[string]int{}
	for range 4000 {
		got[habits(0, dice)[0].word]++
	}
	if got["often"] < 2800 || got["often"] > 3200 || got["often"]+got["seldom"] != 4000 {
		t.Errorf("4000 throws at 3:1:0 gave %v", got)
	}
}

func TestOneOfNothingDoesNothing(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	for name, chances := range map[string][]Chance[act]{"no chance": nil, "no weight": {{Acts: []act{{}}}}} {
		if got := OneOf[int](chances)(0, dice); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPerformDoesOneActAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShow(t, 2)
		acts := []act{{4 * time.Second, "last"}, {0, "first"}, {2 * time.Second, "second"}, {2 * time.Second, "third"}, {time.Hour, "after the end"}}
		began := time.Now()
		var got []string
		s.locked(func() {
			Perform(s.Context(), s.Stage, acts, func(a act) time.Duration { return a.after }, func(a act) {
				s.locked(func() { got = append(got, a.word+" "+time.Since(began).String()) }) // it is called without the lock
			})
		})
		time.Sleep(time.Minute)
		must(t, s.Close())
		if want := []string{"first 0s", "second 1s", "third 1s", "last 2s"}; !slices.Equal(got, want) {
			t.Errorf("done: %q, want %q", got, want)
		}
		if acts[0].word != "last" {
			t.Error("the caller's row was sorted")
		}
	})
}
