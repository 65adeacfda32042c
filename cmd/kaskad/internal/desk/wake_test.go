package desk

import (
	"testing"
	"time"

	"kaskad/fallback"
)

// What is waited for may come before the turn ends that said so, on a machine that is busy: then nothing else wakes the desk, until somebody
// writes.
func TestTheDeskDoesNotSleepOverWhatItMayPost(t *testing.T) {
	for name, change := range map[string]func(k *keeper){
		"a line that waited for its topic":   func(k *keeper) { k.still = time.Now().Add(-time.Millisecond) },
		"a post that the group did not take": func(k *keeper) { k.hold = time.Now().Add(-time.Millisecond) },
		"neither":                            func(*keeper) {},
	} {
		k := &keeper{desk: New(Options{}), room: fallback.StaffRoom{Contact: 1, Group: "-100500", Forum: true}}
		k.Waiting = []waiting{{Contact: 2, Lines: nil}}
		change(k)
		if at := k.wake(false); at.IsZero() || time.Until(at) > 0 {
			t.Errorf("%s: it wakes at %v", name, at)
		}
	}
}
