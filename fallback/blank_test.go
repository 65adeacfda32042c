package fallback_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"kaskad/fallback"
)

// TestATextThatShowsNothing: what nobody could read is refused when it is asked for, not found unsendable at night.
func TestATextThatShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		defer r.stop()
		to := r.person().String()
		for _, text := range []string{" ", "\n\n", "\u200b", "\u00a0\t", "\x00"} {
			_, err := r.engine.Accept(t.Context(), fallback.Ask{To: to, Text: text, Purpose: "service"})
			var refused *fallback.Invalid
			if !errors.As(err, &refused) || refused.Code != "text_empty" {
				t.Errorf("%q: %v; want text_empty", text, err)
			}
		}
		if _, err := r.engine.Accept(t.Context(), fallback.Ask{To: to, Text: "👍", Purpose: "service"}); err != nil {
			t.Errorf("an emoji: %v", err)
		}
	})
}
