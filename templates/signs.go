package templates

import "strings"

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
