package fallbacktest

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kaskad/fallback"
)

// A merge that is undone leaves both as they were, whatever they were, and whatever others do meanwhile.
func TestMergeAndUndoRestoreBoth(t *testing.T) { drawn(t, (*script).mergeAndUndo) }

// So do merges of those that absorbed others.
func TestMergesWithinMergesAreUndone(t *testing.T) { drawn(t, (*script).mergeTree) }

// What the two do while they are one is never lost, and their noes hold.
func TestWhatTheyDoWhileTheyAreOne(t *testing.T) { drawn(t, (*script).mergeAndLive) }

func drawn(t *testing.T, life func(*script, func(int) int, int) string) {
	rapid.Check(t, func(r *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 59), 1, 120).Draw(r, "choices") // 60 has every divisor that is picked from
		wrong := ""
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(10 * time.Hour)
			s := &script{t: t, Store: &Memory{}, rules: Rules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}, start: time.Now(), nexts: map[string][]func(*sent){}}
			wrong = life(s, func(n int) int {
				if len(choices) == 0 {
					return 0
				}
				next := choices[0]
				choices = choices[1:]
				return next % n
			}, 0)
			s.must(s.Check())
		})
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}
