package telegram

import (
	"math"
	"testing"
)

func TestAMentionBeyondItsTextNamesNobody(t *testing.T) {
	b := &Bot{}
	for _, e := range []entity{{Offset: math.MaxInt, Length: 2}, {Offset: 1, Length: math.MaxInt}, {Offset: 4, Length: 2}, {Offset: -1, Length: 2}} {
		e.Type = "mention"
		if b.mentions("hello", []entity{e}) {
			t.Errorf("%+v names somebody", e)
		}
	}
	if !b.mentions("@olena", []entity{{Type: "mention", Length: 6}}) {
		t.Error("a mention within its text names nobody")
	}
}
