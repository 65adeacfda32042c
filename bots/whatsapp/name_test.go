package whatsapp

import (
	"regexp"
	"testing"

	"kaskad/bots"
)

func TestNames(t *testing.T) {
	b, other := &Bot{pen: pen{key: []byte("one")}}, &Bot{pen: pen{key: []byte("two")}}
	form := regexp.MustCompile(`^3EB0[0-9A-F]{18}$`) // as WhatsApp Web makes them
	seen := map[string]bool{}
	for step := range bots.ID(1000) {
		name := b.NameOf(step + 1_700_000_000_000_000)
		if !form.MatchString(name) || seen[name] {
			t.Fatalf("step %d is %q, seen before: %t", step, name, seen[name])
		}
		seen[name] = true
	}
	if one, again := b.NameOf(7), b.NameOf(7); one != again || one == other.NameOf(7) {
		t.Error("a name depends on more than the step and the key, or on less")
	}
}
