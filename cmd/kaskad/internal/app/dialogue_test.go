package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/fallback/sms"
)

// What the retailer's system has not is told once, in one set of words, and known to the dialogue.
func TestWhatTheSystemHasNotIsSaidOnce(t *testing.T) {
	for was, want := range map[error]error{sms.ErrNothing: dialogue.ErrNothing, sms.ErrEmpty: dialogue.ErrUnread} {
		err := forDialogue(fmt.Errorf("%w: it answered with status 404", was))
		if !errors.Is(err, want) || !errors.Is(err, was) {
			t.Errorf("%v is not %v", err, want)
		}
		if n := strings.Count(err.Error(), was.Error()); n != 1 {
			t.Errorf("%q says it %d times", err, n)
		}
	}
	if other := errors.New("down"); forDialogue(other) != other || forDialogue(nil) != nil {
		t.Error("what is none of the two is changed")
	}
}
