package templates

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser reads CommonMark and ~~strikethrough~~.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(), util.Prioritized(extension.NewStrikethroughParser(), 500))...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
}

// compileForm parses one text and compiles it for every format.
func compileForm(markdown string, slots []slot, buttons []button, tracks *tracking, besides []*program) (form, []textFault) {
	source := []byte(markdown)
	doc := newParser().Parse(text.NewReader(source))
	l := &linter{source: source, slots: slots, bare: tracks != nil}
	l.walk(doc)
	f := form{buttons: buttons}
	for i := range f.programs {
		w := &writer{marks: formats(Format(i)), source: source, track: tracks != nil}
		if w.marks.elements {
			w.elements(doc)
		} else {
			w.blocks(doc)
		}
		if w.marks.lines && !w.marks.elements {
			w.buttonLines(buttons)
		}
		f.programs[i] = program{w.marks, w.ops}
		if Format(i) == Plain {
			f.links = w.links
		}
	}
	f.needs = needs(f, len(slots), tracks, besides, func(place) bool { return true })
	f.whole = needs(f, len(slots), tracks, besides, func(at place) bool { return at == asLink })
	l.lost(markdown, f.needs)
	if address, found := f.tooMany(); found {
		l.fault(address, "more than 8 links to track", "leave the most useful ones, or take track away")
	}
	return f, l.faults
}

// writer compiles a Markdown tree to the program of one format.
type writer struct {
	marks   *marks
	source  []byte
	ops     []op
	prefix  string          // of each new line: lists and quotes
	pending int             // line ends to write before the next word
	open    map[string]bool // marks around what is written now
	quoted  bool
	hidden  bool // what is written is an address inside a mark
	track   bool
	linked  bool     // what is written are the words of a link
	links   []string // the addresses that are tracked, with placeholders
	on      []string // the channels that what is written is for; nil: all
}

// blocks writes the children of n, a blank line between them (none in tight lists).
func (w *writer) blocks(n ast.Node) {
	gap := 2
	if item, ok := n.(*ast.ListItem); ok {
		if list, ok := item.Parent().(*ast.List); ok && list.IsTight {
			gap = 1
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.block(c)
		w.gap(gap)
	}
}

func (w *writer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		w.span(w.marks.bold, func() { w.inlines(n) })
	case *ast.Blockquote:
		w.quote(n)
	case *ast.List:
		w.list(n)
	case *ast.ThematicBreak:
		w.text("---", false)
	case *ast.CodeBlock:
		w.pre(n.Lines())
	case *ast.FencedCodeBlock:
		w.pre(n.Lines())
	case *ast.HTMLBlock: // a fault as well
		w.lines(n.Lines())
	case *ast.LinkReferenceDefinition:
	default:
		w.inlines(n)
	}
}

// quote writes a quote; one inside another is not marked again, because Telegram refuses that.
func (w *writer) quote(n ast.Node) {
	if w.quoted {
		w.blocks(n)
		return
	}
	w.flush()
	outer := w.prefix
	w.quoted, w.prefix = true, outer+w.marks.lead(w.marks.quotePrefix)
	w.sign(w.marks.lead(w.marks.quotePrefix))
	w.span(w.marks.quote, func() { w.blocks(n); w.pending = 0 })
	w.quoted, w.prefix = false, outer
}

func (w *writer) list(n *ast.List) {
	outer, number := w.prefix, n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := w.marks.bullet
		if n.IsOrdered() {
			bullet = strconv.Itoa(number) + ". "
			number++
		}
		w.flush()
		w.sign(w.marks.lead(bullet))
		w.prefix = outer + strings.Repeat(" ", units(bullet))
		w.blocks(item)
		w.prefix = outer
		if n.IsTight {
			w.gap(1)
		} else {
			w.gap(2)
		}
	}
}

func (w *writer) pre(lines *text.Segments) {
	w.span(w.marks.pre, func() { w.lines(lines) })
}

// lines writes a block as it stands.
func (w *writer) lines(lines *text.Segments) {
	for i := range lines.Len() {
		segment := lines.At(i)
		if i > 0 {
			w.lineEnd()
		}
		w.text(strings.TrimSuffix(string(segment.Value(w.source)), "\n"), false)
	}
}

func (w *writer) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if words, last := wordRun(c, w.source); w.track && !w.linked && last != nil {
			if w.wordsWithLinks(words); last.SoftLineBreak() || last.HardLineBreak() {
				w.lineEnd()
			}
			c = last
			continue
		}
		w.inline(c)
	}
}

func (w *writer) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(string(n.Value(w.source)), !n.IsRaw())
		if n.SoftLineBreak() || n.HardLineBreak() {
			w.lineEnd() // in a chat a new line is a new line
		}
	case *ast.String:
		w.text(string(n.Value), !n.IsRaw() && !n.IsCode())
	case *ast.Emphasis:
		if n.Level == 1 {
			w.span(w.marks.italic, func() { w.inlines(n) })
		} else {
			w.span(w.marks.bold, func() { w.inlines(n) })
		}
	case *extast.Strikethrough:
		w.span(w.marks.strike, func() { w.inlines(n) })
	case *ast.CodeSpan:
		w.code(n)
	case *ast.Link:
		w.link(string(n.Destination), plainText(n, w.source), func() { w.inlines(n) })
	case *ast.AutoLink:
		address := string(n.Label(w.source))
		if n.AutoLinkType == ast.AutoLinkEmail {
			w.text(address, false)
			return
		}
		w.link(address, address, func() { w.text(address, false) })
	case *ast.RawHTML: // a fault as well
		for i := range n.Segments.Len() {
			segment := n.Segments.At(i)
			w.text(string(segment.Value(w.source)), false)
		}
	default: // an image is a fault as well: its words
		w.inlines(n)
	}
}

// code writes a code span. Code in bold or in a link loses its mark: Telegram does not nest it.
func (w *writer) code(n ast.Node) {
	words := strings.ReplaceAll(plainText(n, w.source), "\n", " ")
	if len(w.open) > 0 {
		w.text(words, false)
		return
	}
	w.span(w.marks.code, func() { w.text(words, false) })
}

// link writes words that lead to an address. Addresses that are no web pages are shown: Telegram links no others.
func (w *writer) link(address, words string, inner func()) {
	empty := strings.TrimSpace(words) == ""
	if w.track && words == address && trackable(address) {
		empty = true // words that show another address than they open would be a lie
	}
	w.linked = true
	defer func() { w.linked = false }()
	if shown, ok := contactAddress(address); ok {
		if !empty && words != shown && words != address {
			inner()
			w.literal(": ")
		}
		w.text(shown, true)
		return
	}
	switch {
	case w.marks.link:
		w.span(mark{`<a href="`, `</a>`}, func() {
			w.hidden = true
			w.address(address)
			w.hidden = false
			w.raw(`">`)
			if empty {
				w.address(address)
			} else {
				inner()
			}
		})
	case empty || words == address:
		w.address(address)
	default:
		inner()
		w.literal(": ")
		w.address(address)
	}
}

// plainText is the source of a node's words, placeholders and escapes in it.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Value(source))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteByte('\n')
			}
			continue
		}
		b.WriteString(plainText(c, source))
	}
	return b.String()
}
