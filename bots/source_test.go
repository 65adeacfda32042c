package bots

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWayIn(t *testing.T) {
	for text, want := range map[string][2]string{
		"Hello! #shop7":                 {"shop7", "Hello!"},
		"  Вітаю!\n#ABCDEFGHIJKLM\n":    {"ABCDEFGHIJKLM", "Вітаю!"},
		"#shop7":                        {"", "#shop7"}, // nothing stands before it: a hashtag
		"Hello! shop7":                  {"", "Hello! shop7"},
		"Hello! #":                      {"", "Hello! #"},
		"Hello! #шоп":                   {"", "Hello! #шоп"},
		"Hello! #shop7 thanks":          {"", "Hello! #shop7 thanks"},
		"":                              {"", ""},
		"x #" + strings.Repeat("a", 65): {"", "x #" + strings.Repeat("a", 65)},
	} {
		if code, rest := WayIn(text); code != want[0] || rest != want[1] {
			t.Errorf("%q is read as %q after %q, want %q after %q", text, code, rest, want[0], want[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "code")
		hello := rapid.StringMatching(`\pL(.*\pL)?`).Draw(t, "hello")
		if got, _ := WayIn(WayText(hello, code)); got != code {
			t.Errorf("%q behind %q is read as %q", code, hello, got)
		}
	})
}
