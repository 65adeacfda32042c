package templates

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"bonus", "birthday", "ready"}
	for asked, want := range map[string]string{
		"bonsu": "bonus", "redy": "ready", "Bonus": "bonus", "birtday": "birthday", "invoice": "", "": "", "x": "",
		strings.Repeat("bonus", 20): "",
	} {
		if got := Nearest(asked, names); got != want {
			t.Errorf("Nearest(%q) = %q; want %q", asked, got, want)
		}
	}
}
