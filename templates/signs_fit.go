package templates

import (
	"strings"
	"unicode"
)

// styleSigns are what the marks of each style are made of.
var styleSigns = [...]rune{'*', '_', '~', '`', '`'}

// trimStyle takes a style from spaces at its edges: no mark takes effect beside one.
func trimStyle(cells []cell, style int) {
	runs(cells, style, func(from, to int) {
		start, end := from, to
		for start < end && unicode.IsSpace(cells[start].r) {
			start++
		}
		for end > start && unicode.IsSpace(cells[end-1].r) {
			end--
		}
		clearStyle(cells[from:start], style)
		clearStyle(cells[end:to], style)
	})
}

// fitStyle takes a style away where its marks would not take effect: inside words, and beside signs that are spaced or the same.
func fitStyle(cells []cell, style int, loose []bool) {
	bad := func(i int) bool { return loose[i] || cells[i].r == styleSigns[style] }
	runs(cells, style, func(from, to int) {
		if joins(cells, from-1) || joins(cells, to) || bad(from) || bad(to-1) || unicode.IsMark(cells[from].r) {
			clearStyle(cells[from:to], style)
		}
	})
}

// joins tells whether a mark beside a character takes no effect.
func joins(cells []cell, i int) bool {
	if i < 0 || i >= len(cells) {
		return false
	}
	r := cells[i].r
	return wordly(r) || isSign(r) || cells[i].address
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func isSign(r rune) bool { return strings.ContainsRune("*_~`", r) }

// isKeycap tells whether the sign at i is a piece of an emoji.
func isKeycap(cells []cell, i int) bool {
	if i+1 < len(cells) && cells[i+1].r == '\ufe0f' {
		i++
	}
	return i+1 < len(cells) && cells[i+1].r == '\u20e3'
}

// beginsBlock tells whether a line looks like a quote or an item that its author did not write as one.
func beginsBlock(cells []cell) bool {
	digits := 0
	for digits < len(cells) && cells[digits].r >= '0' && cells[digits].r <= '9' {
		digits++
	}
	if digits > 0 {
		return digits+1 < len(cells) && (cells[digits].r == '.' || cells[digits].r == ')') && unicode.IsSpace(cells[digits+1].r)
	}
	if len(cells) == 0 {
		return false
	}
	switch cells[0].r {
	case '>':
		return true
	case '-', '*', '•':
		return len(cells) > 1 && unicode.IsSpace(cells[1].r)
	}
	return false
}

// looseSigns finds the signs of the words that would take effect with another of the line.
func looseSigns(cells []cell) []bool {
	loose := make([]bool, len(cells))
	for style, sign := range styleSigns[:codeStyle] {
		firstOpen, lastClose := len(cells), -1
		each := func(f func(i int, opens, closes bool)) {
			for i, c := range cells {
				if c.has(style) && (i == 0 || !cells[i-1].has(style)) {
					f(-1-i, true, false)
				}
				if c.r == sign && !c.isCode() && !isKeycap(cells, i) {
					opens, closes := effect(cells, i)
					f(i, opens, closes)
				}
				if c.has(style) && (i+1 == len(cells) || !cells[i+1].has(style)) {
					f(-1-i, false, true)
				}
			}
		}
		each(func(i int, opens, closes bool) {
			at := max(i, -1-i)
			if opens {
				firstOpen = min(firstOpen, at)
			}
			if closes {
				lastClose = max(lastClose, at)
			}
		})
		each(func(i int, opens, closes bool) {
			if i >= 0 && (opens && lastClose > i || closes && firstOpen < i) {
				loose[i] = true
			}
		})
	}
	return loose
}

// effect tells whether a sign could open or close a span. Signs beside each other could do both.
func effect(cells []cell, i int) (opens, closes bool) {
	sign := cells[i].r
	before, after := ' ', ' '
	if i > 0 {
		before = cells[i-1].r
	}
	if i+1 < len(cells) {
		after = cells[i+1].r
	}
	if i > 0 && cells[i-1].styles != cells[i].styles || i == 0 && cells[i].styles != 0 {
		before = '.' // another mark
	}
	if i+1 < len(cells) && cells[i+1].styles != cells[i].styles || i+1 == len(cells) && cells[i].styles != 0 {
		after = '.'
	}
	if before == sign || after == sign {
		return true, true
	}
	return !unicode.IsSpace(after), !unicode.IsSpace(before) && !wordly(after)
}
