package templates

import (
	"strings"
	"unicode"
)

// Viber and WhatsApp read marks that are signs of the text itself: *bold*, _italic_, ~strike~, ```code```. Neither has a sign that
// escapes another, so that a program cannot write final bytes for them. What it writes instead are characters of the private use
// area around spans, addresses and beginnings of lines, which neither files nor data can hold; when the text is whole they become
// marks where marks take effect, and are left out elsewhere. The signs of the text itself are kept from taking effect.
//
// Sources: https://developers.viber.com/docs/tools/text-formatting/ (from Viber 14.6 on; a mark needs a space behind it, and takes no
// effect with a space inside it) and https://faq.whatsapp.com/539178204879377. WhatsApp publishes no grammar; that a mark stands at
// the edge of a word, with no space inside it, on one line, is what people report (devlikeapro/waha #1643), and unconfirmed.
type signs struct {
	marks  [5]string // by style: what opens and closes
	blocks bool      // a line that begins with "> ", "- ", "* " or "1. " is a quote or an item of a list
}

const (
	boldStyle = iota
	italicStyle
	strikeStyle
	codeStyle
	preStyle

	firstSign    = '\uF800' // opens style 0, the next one closes it, and so on
	addressBegin = '\uF810'
	addressEnd   = '\uF811'
	leadBegin    = '\uF812' // what the template begins a line with
	leadEnd      = '\uF813'
)

const (
	hairSpace  = '\u200a' // a space to every reader, and nearly none to the eye
	wordJoiner = '\u2060' // at the beginning of a line: the line begins with another sign then
	likeGrave  = '\u02cb' // looks like `
)

func viberMarks() *marks {
	m := signMarks(&signs{marks: [5]string{"*", "_", "~", "```", "```"}})
	m.buttons, m.maxUnits = true, 7000
	return m
}

func whatsappMarks() *marks {
	m := signMarks(&signs{marks: [5]string{"*", "_", "~", "`", "```"}, blocks: true})
	m.buttons, m.lines, m.beside, m.maxUnits = true, true, lined, 4096
	return m
}

func signMarks(s *signs) *marks {
	around := func(style rune) mark {
		return mark{string(firstSign + 2*style), string(firstSign + 2*style + 1)}
	}
	return &marks{
		bold: around(boldStyle), italic: around(italicStyle), strike: around(strikeStyle), code: around(codeStyle), pre: around(preStyle),
		bullet: "- ", quotePrefix: "> ", text: func(s string) string { return s }, markup: true, signs: s,
	}
}

// placed marks an address: its signs are encoded, not spaced.
func (m *marks) placed(s string, at place) string {
	if m.signs == nil || at == asText || s == "" {
		return s
	}
	return string(addressBegin) + s + string(addressEnd)
}

// lead marks what the template itself begins a line with.
func (m *marks) lead(s string) string {
	if m.signs == nil || s == "" {
		return s
	}
	return string(leadBegin) + s + string(leadEnd)
}

// cell is one character of a text, and what is known of it.
type cell struct {
	r       rune
	styles  uint8
	address bool
	lead    bool
}

func (c cell) has(style int) bool { return c.styles&(1<<style) != 0 }

// finish writes a whole text.
func (s *signs) finish(text string) string {
	lines := cellsOf(text)
	graves := 0
	for _, line := range lines {
		for i, c := range line {
			if c.r == '`' || c.isCode() && (i == 0 || !line[i-1].isCode()) {
				graves++
			}
		}
	}
	var b strings.Builder
	b.Grow(len(text))
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		s.line(&b, line, graves > 1)
	}
	return b.String()
}

// cellsOf reads what a program wrote.
func cellsOf(text string) (lines [][]cell) {
	var now cell
	var line []cell
	for _, r := range text {
		switch {
		case r == '\n':
			lines, line = append(lines, line), nil
		case r == addressBegin, r == addressEnd:
			now.address = r == addressBegin
		case r == leadBegin, r == leadEnd:
			now.lead = r == leadBegin
		case r >= firstSign && r < addressBegin:
			style := uint8(1) << ((r - firstSign) / 2)
			if (r-firstSign)%2 == 0 {
				now.styles |= style
			} else {
				now.styles &^= style
			}
		default:
			now.r = r
			line = append(line, now)
		}
	}
	return append(lines, line)
}

// line writes one line: no mark goes over its end.
func (s *signs) line(b *strings.Builder, line []cell, graves bool) {
	from := 0
	for from < len(line) && (line[from].lead || line[from].r == ' ') {
		from++
	}
	lead, rest := line[:from], line[from:]
	if len(rest) == 0 {
		s.emptyLine(b, lead)
		return
	}
	for _, c := range lead {
		b.WriteRune(c.r)
	}
	noteAddresses(rest)
	for style := range s.marks {
		trimStyle(rest, style)
	}
	for style := preStyle; style >= boldStyle; style-- { // code first: within it other signs are words
		fitStyle(rest, style, looseSigns(rest))
	}
	if s.blocks && beginsBlock(rest) {
		b.WriteRune(wordJoiner)
	}
	w := signWriter{signs: s, out: b, cells: rest, loose: looseSigns(rest), graves: graves}
	w.write()
}

// emptyLine writes a line with nothing in it; one of a quote is left empty, where a lonely > would be read as one.
func (s *signs) emptyLine(b *strings.Builder, lead []cell) {
	var begins strings.Builder
	for _, c := range lead {
		begins.WriteRune(c.r)
	}
	if begun := strings.TrimRight(begins.String(), " "); !s.blocks || begun != ">" {
		b.WriteString(begun)
	}
}

// noteAddresses finds addresses among the words: messengers make links of them, signs and all. No mark goes around an address, as it
// could be taken for a piece of it.
func noteAddresses(cells []cell) {
	for i := range cells {
		if cells[i].address || !startsAddress(cells[i:]) {
			continue
		}
		for j := i; j < len(cells) && !unicode.IsSpace(cells[j].r); j++ {
			cells[j].address = true
		}
	}
	for i := range cells {
		if cells[i].address {
			cells[i].styles = 0
		}
	}
}

func startsAddress(cells []cell) bool {
	for _, scheme := range []string{"https://", "http://"} {
		i := 0
		for i < len(scheme) && i < len(cells) && unicode.ToLower(cells[i].r) == rune(scheme[i]) {
			i++
		}
		if i == len(scheme) {
			return true
		}
	}
	return false
}

// runs finds the stretches of a style, so that each may lose it.
func runs(cells []cell, style int, f func(from, to int)) {
	for from := 0; from < len(cells); from++ {
		if !cells[from].has(style) {
			continue
		}
		to := from
		for to < len(cells) && cells[to].has(style) {
			to++
		}
		f(from, to)
		from = to
	}
}

func clearStyle(cells []cell, style int) {
	for i := range cells {
		cells[i].styles &^= 1 << style
	}
}

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

// styleSigns are what the marks of each style are made of.
var styleSigns = [...]rune{'*', '_', '~', '`', '`'}

func (c cell) isCode() bool { return c.has(codeStyle) || c.has(preStyle) }

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
