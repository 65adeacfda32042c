package fallback

import (
	"strconv"
	"testing"
	"time"

	"kaskad/bots"
)

// What is kept of guesses is bounded, however many accounts guess, and so is how many are looked at.
func TestTriesAreBounded(t *testing.T) {
	var tries StaffTries
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	who := func(i int) bots.Address { return bots.Address{Channel: bots.Viber, ID: strconv.Itoa(i)} }
	looked, told := 0, 0
	for i := range 2 * MaxAllTries {
		if !tries.hears(who(i), now) {
			continue
		}
		looked++
		if tries.wrong(who(i), now) == TriedAllOut {
			told++
		}
	}
	if looked != MaxAllTries || told != 1 || len(tries.By) != maxTriedBy {
		t.Errorf("%d were looked at, that was told %d times, %d accounts are kept; want %d, once, %d", looked, told, len(tries.By), MaxAllTries, maxTriedBy)
	}
	if now = now.Add(triesLife); !tries.hears(who(1), now) {
		t.Error("an hour later nobody is heard")
	}
	tries.wrong(who(1), now)
	if tries.Wrong != 1 || len(tries.By) != 1 {
		t.Errorf("a new hour begins with %+v", tries)
	}
}
