package demo

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how many columns of a terminal a text takes.
func columns(s string) (n int) {
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

// columnsOf is how many columns a character takes: none for what is drawn onto the one before, two for East Asian wide ones and
// emoji, which Unicode counts among them.
func columnsOf(r rune) int {
	switch {
	case r < ' ', r == 0x7f:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), r >= 0x1160 && r <= 0x11ff: // the last: vowels and ends of Korean syllables
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// shown is a text of other people's as it may stand in a terminal: one line, no control characters, nothing that turns the
// direction of writing. What makes one emoji of several is left out, too: terminals disagree about the width of such.
func shown(s string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r >= 0xfe00 && r <= 0xfe0f, r >= 0x1f3fb && r <= 0x1f3ff, r == unicode.ReplacementChar, r == 0x20e3:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(clean), " ")
}

// cut shortens a text to at most n columns; a text that lost something ends in an ellipsis.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	left := n - 1
	for i, r := range s {
		if left -= columnsOf(r); left < 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// padded fills a text up to n columns, or cuts it.
func padded(s string, n int) string {
	s = cut(s, n)
	return s + strings.Repeat(" ", max(0, n-columns(s)))
}

// quoted are the first words that somebody wrote, with a blank before; nothing for nothing.
func quoted(said string, n int) string {
	said = shown(said)
	if said == "" || n < 4 {
		return ""
	}
	return " “" + cut(said, n-2) + "”"
}
