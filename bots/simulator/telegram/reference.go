package telegram

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// named are the only character references with names.
var named = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`}

// reference reads what starts with an ampersand. An ampersand by itself is only an ampersand.
func (p *htmlParser) reference() (string, error) {
	start := p.pos
	p.pos++
	if strings.HasPrefix(p.src[p.pos:], "#") {
		return p.numeric(start)
	}
	name := p.takeWhile(isLetter)
	if text, known := named[name]; known {
		p.skip(';')
		return text, nil
	}
	if !p.lax && name != "" && p.peek() == ';' {
		return "", saying("Unsupported character entity \"&%s;\" at byte offset %d", name, start) // ours: see the package doc
	}
	return p.src[start:p.pos], nil
}

func (p *htmlParser) numeric(start int) (string, error) {
	p.pos++
	base, digit := 10, isDigit
	if p.peek() == 'x' {
		p.pos++
		base, digit = 16, isHex
	}
	code := 0
	for _, c := range p.takeWhile(digit) {
		code = min(code*base+hexValue(byte(c)), utf8.MaxRune+1)
	}
	switch {
	case utf16.IsSurrogate(rune(code)):
		return "", saying("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")
	case code > 0 && code < utf8.MaxRune && p.pos-start < 10:
		p.skip(';')
		return string(rune(code)), nil
	case !p.lax && p.peek() == ';':
		return "", saying("Unsupported character entity %q at byte offset %d", p.src[start:p.pos]+";", start)
	}
	return p.src[start:p.pos], nil
}
