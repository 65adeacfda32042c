package templates

import (
	"strings"
	"unicode"
)

// signWriter writes the cells of one line with their marks.
type signWriter struct {
	*signs
	out    *strings.Builder
	cells  []cell
	loose  []bool
	graves bool
	open   []int // styles, innermost last
	spaced bool  // a space was written last
}

func (w *signWriter) write() {
	for i, c := range w.cells {
		w.turn(i, c.styles)
		switch {
		case c.r == '`' && c.address:
			w.out.WriteString("%60")
		case c.r == '`' && w.graves:
			w.out.WriteRune(likeGrave)
		case !w.loose[i]:
			w.out.WriteRune(c.r)
		case c.address:
			w.out.WriteString(map[rune]string{'*': "%2A", '_': "%5F", '~': "%7E"}[c.r])
		default:
			w.apart(i)
			continue
		}
		w.spaced = unicode.IsSpace(c.r)
	}
	w.turn(len(w.cells), 0)
}

// apart writes a sign between spaces, where the words have none.
func (w *signWriter) apart(i int) {
	if !w.spaced && i > 0 {
		w.out.WriteRune(hairSpace)
	}
	w.out.WriteRune(w.cells[i].r)
	w.spaced = i+1 < len(w.cells) && !unicode.IsSpace(w.cells[i+1].r)
	if w.spaced {
		w.out.WriteRune(hairSpace)
	}
}

// turn closes and opens marks so that those of styles are open before cell i.
func (w *signWriter) turn(i int, styles uint8) {
	keep := 0
	for keep < len(w.open) && styles&(1<<w.open[keep]) != 0 {
		keep++
	}
	for len(w.open) > keep {
		w.out.WriteString(w.marks[w.open[len(w.open)-1]])
		w.open = w.open[:len(w.open)-1]
		w.spaced = false
	}
	for _, style := range w.longest(i, styles) {
		w.out.WriteString(w.marks[style])
		w.open = append(w.open, style)
		w.spaced = true // an opened mark needs no space behind it
	}
}

// longest lists the styles to open before cell i, the one that lasts longest first.
func (w *signWriter) longest(i int, styles uint8) (list []int) {
	for _, style := range w.open {
		styles &^= 1 << style
	}
	length := func(style int) (n int) {
		for n = i; n < len(w.cells) && w.cells[n].has(style); n++ {
		}
		return n
	}
	for style := range w.marks {
		if styles&(1<<style) == 0 {
			continue
		}
		at := len(list)
		for at > 0 && length(list[at-1]) < length(style) {
			at--
		}
		list = append(list[:at], append([]int{style}, list[at:]...)...)
	}
	return list
}
