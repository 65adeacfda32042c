package templates

import (
	"slices"
	"strings"
)

// place is where in the text a value goes, and so how it is escaped.
type place uint8

const (
	asText     place = iota
	asLink           // the whole address
	asLinkPart       // a piece of an address behind its host
)

// op is one piece of a compiled text: literal bytes that are final, or the place of a value.
type op struct {
	literal string
	units   int  // of literal that are seen
	words   bool // literal has something to read, not only spaces, bullets and marks
	slot    int  // -1 for literals
	place   place
	hidden  bool     // inside an address that is not seen
	prefix  string   // after each line end of the value
	target  []op     // a tracked link: what its address is made of; slot is -1
	on      []string // the channels that it is for; nil: all
}

// program is a text compiled for one format.
type program struct {
	marks *marks
	ops   []op
}

// sight is what a person sees of a text.
type sight struct {
	units int  // UTF-16, marks and hidden addresses not counted
	words bool // there is something to read
}

// run writes the text with its values.
func (p program) run(v *values) (out string, seen sight, err error) {
	var b strings.Builder
	b.Grow(256)
	for i := range p.ops {
		o := &p.ops[i]
		if o.on != nil && !slices.Contains(o.on, v.channel) {
			continue
		}
		if o.target != nil {
			n, err := v.writeLink(&b, o, p.marks)
			if err != nil {
				return "", sight{}, err
			}
			seen.units += n
			seen.words = seen.words || !o.hidden
			continue
		}
		if o.slot < 0 {
			b.WriteString(o.literal)
			seen.units += o.units
			seen.words = seen.words || o.words
			continue
		}
		if v.slots[o.slot] == wordSlot(wayOutWord) {
			seen.units += v.wayOut.write(&b, p.marks)
			seen.words = true
			continue
		}
		s, err := v.at(o)
		if err != nil {
			return "", sight{}, err
		}
		if !o.hidden {
			seen.units += units(s)
			seen.words = seen.words || !blank(s)
		}
		b.WriteString(p.marks.placed(p.marks.text(s), o.place))
	}
	return b.String(), seen, nil
}

// writeLink writes the address of a tracked link, and tells how much of it is seen.
func (v *values) writeLink(b *strings.Builder, o *op, m *marks) (seen int, err error) {
	address, err := v.follow(o.target)
	if err != nil {
		return 0, err
	}
	b.WriteString(m.placed(m.text(address), asLink))
	if o.hidden {
		return 0, nil
	}
	return units(address), nil
}

// at gives a value as it must be in its place, before the format's escapes.
func (v *values) at(o *op) (string, error) {
	s := v.texts[o.slot]
	switch o.place {
	case asLink:
		link, ok := webLink(s)
		if !ok {
			return "", &FieldError{v.template, v.slots[o.slot].name, "is not an http or https link"}
		}
		return link, nil
	case asLinkPart:
		return linkPart(s), nil
	}
	if o.prefix != "" && strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, "\n", "\n"+o.prefix)
	}
	return s, nil
}

// text writes literal text, and the places of the values that its placeholders stand for. With resolve,
// Markdown's escapes (\* and &amp;) are taken out first, piece by piece: a placeholder is never part of one.
func (w *writer) text(s string, resolve bool) {
	eachPiece(s, func(literal string, slot int) {
		if slot >= 0 {
			w.flush()
			w.ops = append(w.ops, op{slot: slot, place: asText, prefix: w.prefix, on: w.on})
			return
		}
		if resolve {
			literal = unescape(literal)
		}
		w.literal(clean(literal))
	})
}

// address writes a checked address; see checkAddress. Where links are tracked, it is settled when the message is written.
func (w *writer) address(s string) {
	if !w.track || !trackable(s) {
		w.plainAddress(s)
		return
	}
	if !slices.Contains(w.links, s) {
		w.links = append(w.links, s)
	}
	plain := &writer{marks: plainMarks()}
	plain.plainAddress(s)
	w.flush()
	w.ops = append(w.ops, op{slot: -1, hidden: w.hidden, target: plain.ops, on: w.on})
}

func (w *writer) plainAddress(s string) {
	whole := isPlaceholder(s)
	eachPiece(s, func(literal string, slot int) {
		w.flush()
		switch {
		case slot >= 0 && whole:
			w.ops = append(w.ops, op{slot: slot, place: asLink, hidden: w.hidden, on: w.on})
		case slot >= 0:
			w.ops = append(w.ops, op{slot: slot, place: asLinkPart, hidden: w.hidden, on: w.on})
		default:
			w.literalAt(escapeAddress(unescape(literal)), asLink)
		}
	})
}

// literal writes words of the template itself.
func (w *writer) literal(s string) { w.literalAt(s, asText) }

func (w *writer) literalAt(s string, at place) {
	if s == "" {
		return
	}
	w.flush()
	if w.hidden {
		w.raw(w.marks.text(s))
		return
	}
	w.add(op{literal: w.marks.placed(w.marks.text(s), at), units: units(s), words: !blank(s)})
}

// raw writes marks.
func (w *writer) raw(s string) { w.add(op{literal: s}) }

// sign writes what is seen but says nothing: bullets, line ends and what stands before each line of a quote.
func (w *writer) sign(s string) { w.add(op{literal: w.marks.text(s), units: units(s)}) }

// add appends a literal, to the one before it when there is one.
func (w *writer) add(o op) {
	o.slot, o.on = -1, w.on
	if last := len(w.ops) - 1; last >= 0 && w.ops[last].slot < 0 && w.ops[last].target == nil && w.on == nil && w.ops[last].on == nil {
		w.ops[last].literal += o.literal
		w.ops[last].units += o.units
		w.ops[last].words = w.ops[last].words || o.words
		return
	}
	w.ops = append(w.ops, o)
}

// span writes what inner writes between a mark. A mark inside itself is left out.
func (w *writer) span(m mark, inner func()) {
	if m.open == "" || w.open[m.open] {
		inner()
		return
	}
	w.flush()
	w.raw(m.open)
	if m != w.marks.quote {
		if w.open == nil {
			w.open = map[string]bool{}
		}
		w.open[m.open] = true
		defer delete(w.open, m.open)
	}
	inner()
	w.raw(m.close)
}

// gap asks for line ends before the next word, if one comes.
func (w *writer) gap(n int) {
	if len(w.ops) > 0 {
		w.pending = max(w.pending, n)
	}
}

func (w *writer) flush() {
	for n := w.pending; n > 0; n-- {
		w.pending = 0
		if n > 1 {
			w.newline(strings.TrimRight(w.prefix, " "))
		} else {
			w.newline(w.prefix)
		}
	}
}

func (w *writer) lineEnd() {
	w.flush()
	w.newline(w.prefix)
}

func (w *writer) newline(prefix string) {
	w.sign("\n" + prefix)
}

// eachPiece parts a text at its placeholders; slot is -1 for literal pieces.
func eachPiece(s string, f func(literal string, slot int)) {
	from := 0
	for i, r := range s {
		if r < firstPlaceholder || r > lastPlaceholder {
			continue
		}
		if from < i {
			f(s[from:i], -1)
		}
		f("", int(r-firstPlaceholder))
		from = i + len(string(r))
	}
	if from < len(s) {
		f(s[from:], -1)
	}
}

// isPlaceholder tells whether s is one placeholder and nothing else.
func isPlaceholder(s string) bool {
	r := []rune(s)
	return len(r) == 1 && r[0] >= firstPlaceholder && r[0] <= lastPlaceholder
}

// needs lists the slots a form prints in places that are asked for.
func needs(f form, slots int, tracks *tracking, besides []*program, in func(place) bool) []int {
	has := make([]bool, slots)
	links := false
	var mark func(ops []op)
	mark = func(ops []op) {
		for _, o := range ops {
			if o.slot >= 0 && in(o.place) {
				has[o.slot] = true
			}
			links = links || o.target != nil
			mark(o.target)
		}
	}
	for _, p := range f.programs {
		mark(p.ops)
	}
	for _, b := range f.buttons {
		mark(b.text.ops)
		mark(b.url.ops)
	}
	for _, p := range besides {
		mark(p.ops)
	}
	if links && tracks != nil {
		for _, p := range tracks.utm {
			mark(p.value.ops)
		}
	}
	var list []int
	for i, yes := range has {
		if yes {
			list = append(list, i)
		}
	}
	return list
}
