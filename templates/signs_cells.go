package templates

import "unicode"

// cell is one character of a text, and what is known of it.
type cell struct {
	r       rune
	styles  uint8
	address bool
	lead    bool
}

func (c cell) has(style int) bool { return c.styles&(1<<style) != 0 }

func (c cell) isCode() bool { return c.has(codeStyle) || c.has(preStyle) }

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
