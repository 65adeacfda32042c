package demo

import (
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	for name, c := range map[string]struct {
		s    string
		want int
	}{
		"Latin":                           {"bonus", 5},
		"Cyrillic":                        {"Їжак", 4},
		"a letter and its accent, apart":  {"е\u0301ж", 2},
		"East Asian wide":                 {"漢字", 4},
		"half width":                      {"ｶﾅ", 2},
		"Korean letters that join to one": {"\u1112\u1161\u11ab", 2},
		"emoji":                           {"🎁🙏", 4},
		"an old sign that may be emoji":   {"❤", 1},
		"our own signs":                   {"✓●○✗!→⇒…“”×", 11},
		"nothing":                         {"", 0},
	} {
		if got := columns(c.s); got != c.want {
			t.Errorf("%s: %q takes %d columns, want %d", name, c.s, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"Олена", 5, "Олена"}, {"Олена", 4, "Оле…"}, {"Олена", 1, "…"}, {"Олена", 0, ""}, {"漢字漢字", 4, "漢…"}, {"漢字", 3, "漢…"}, {"a b c", 3, "a…"},
	} {
		if got := cut(c.s, c.n); got != c.want || columns(got) > c.n {
			t.Errorf("cut(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
		if got := padded(c.s, c.n); columns(got) > c.n || c.n > 0 && columns(got) < c.n-1 {
			t.Errorf("padded(%q, %d) = %q", c.s, c.n, got)
		}
	}
}

// What people write is shown in a terminal: it can neither drive it nor leave its line.
func TestShown(t *testing.T) {
	for name, c := range map[string]struct{ s, want string }{
		"an escape sequence":            {"\x1b[2Jгаразд\x1b]0;x\a", "[2Jгаразд]0;x"},
		"lines":                         {"раз\r\nдва\tтри ", "раз два три"},
		"a sequence of eight bits":      {"a\u009b31mb", "a31mb"},
		"words that turn the direction": {"\u202eabc\u2066", "abc"},
		"skin and joined people":        {"👩🏽‍🚀", "👩🚀"},
		"emoji by selector":             {"❤️", "❤"},
		"no UTF-8":                      {"a\xff\xfeb", "ab"},
	} {
		if got := shown(c.s); got != c.want {
			t.Errorf("%s: %q is shown as %q, want %q", name, c.s, got, c.want)
		}
	}
	if got := quoted(strings.Repeat("слово ", 9), 12); got != " “слово сло…”" {
		t.Errorf("quoted = %q", got)
	}
}
