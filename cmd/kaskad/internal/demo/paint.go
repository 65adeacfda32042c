package demo

import (
	"fmt"
	"slices"
	"strings"
)

// style is what a part of a line means; paint says how it looks.
type style int

const (
	plain style = iota
	faint
	strong
	title
	good
	busy
	late
	bad
)

// paint is the terminal's codes for a style; with none of them everything is said by words and signs alone.
type paint map[style]string

// colours are the eight that every terminal has: its own palette decides how they look on its ground.
func colours() paint {
	return paint{faint: "\x1b[2m", strong: "\x1b[1m", title: "\x1b[7m", good: "\x1b[32m", busy: "\x1b[36m", late: "\x1b[33m", bad: "\x1b[31m"}
}

// span is a piece of a line in one style.
type span struct {
	s     string
	style style
}

// text is a line.
type text []span

func (t text) columns() (n int) {
	for _, s := range t {
		n += columns(s.s)
	}
	return n
}

// and is the line with some more plain words.
func (t text) and(format string, args ...any) text {
	return append(slices.Clip(t), span{fmt.Sprintf(format, args...), plain})
}

// longest is the first that fits; the last one when none does.
func longest(width int, of ...text) text {
	for _, t := range of {
		if t.columns() <= width {
			return t
		}
	}
	return of[len(of)-1]
}

// fit cuts a line to n columns.
func (t text) fit(n int) text {
	if t.columns() <= n {
		return t
	}
	var all text
	for _, s := range t {
		w := columns(s.s)
		if w >= n {
			if n > 0 {
				all = append(all, span{cut(s.s+"  ", n), s.style}) // longer than it is: there was more
			}
			return all
		}
		all, n = append(all, s), n-w
	}
	return all
}

// painted is a line with the codes of its styles, without blanks at its end.
func (t text) painted(p paint) string {
	for len(t) > 0 && strings.TrimRight(t[len(t)-1].s, " ") == "" {
		t = t[:len(t)-1]
	}
	var b strings.Builder
	for i, s := range t {
		words := s.s
		if i == len(t)-1 {
			words = strings.TrimRight(words, " ")
		}
		code := p[s.style]
		if words == "" || code == "" {
			b.WriteString(words)
			continue
		}
		b.WriteString(code + words + "\x1b[0m")
	}
	return b.String()
}
