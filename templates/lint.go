package templates

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// textFault is a fault in a text whose line is found by looking for the snippet.
type textFault struct{ snippet, problem, fix string }

// linter finds what Markdown allows and messengers do not have.
type linter struct {
	source []byte
	slots  []slot
	bare   bool // addresses among the words are links
	faults []textFault
}

func (l *linter) fault(snippet, problem, fix string) {
	first, _, _ := strings.Cut(show(snippet, l.slots), "\n")
	l.faults = append(l.faults, textFault{first, problem, fix})
}

func (l *linter) walk(n ast.Node) {
	switch n := n.(type) {
	case *ast.HTMLBlock:
		if n.Lines().Len() > 0 {
			segment := n.Lines().At(0)
			l.html(string(segment.Value(l.source)))
		}
	case *ast.RawHTML:
		l.html(string(n.Segments.Value(l.source)))
	case *ast.Image:
		l.fault(string(n.Destination), "an image in the text", "write a link")
	case *ast.Link:
		l.link(n)
	case *ast.AutoLink:
		if n.AutoLinkType == ast.AutoLinkURL {
			l.address(string(n.Label(l.source)))
		}
	case *ast.CodeSpan:
		l.noWayOut(n, "code")
	}
	l.words(n)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		l.walk(c)
	}
}

// words looks at the addresses among the words of n.
func (l *linter) words(n ast.Node) {
	if _, link := n.(*ast.Link); link || !l.bare {
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		words, last := wordRun(c, l.source)
		if last == nil {
			continue
		}
		for _, at := range bareAddresses(words) {
			l.address(words[at[0]:at[1]])
		}
		c = last
	}
}

func (l *linter) html(snippet string) {
	l.fault(snippet, "HTML in the text: "+quote(strings.TrimSpace(show(snippet, l.slots))), `write Markdown (**bold**, *italic*, [words](https://…)), or \< for the sign itself`)
}

func (l *linter) link(n *ast.Link) {
	if len(n.Title) > 0 {
		l.fault(string(n.Title), "a title in a link, which no messenger shows", "take it out")
	}
	l.address(string(n.Destination))
	l.noWayOut(n, "a link")
}

func (l *linter) address(address string) {
	if problem, fix := checkAddress(address, l.slots); problem != "" {
		l.fault(address, problem, fix)
	}
}

func (l *linter) noWayOut(n ast.Node, where string) {
	for _, s := range addressSlots(plainText(n, l.source), l.slots) {
		if s == wordSlot(wayOutWord) {
			l.fault("way_out", "{{way_out}} inside "+where, "write it alone: it brings its own link, or a sentence")
		}
	}
}

// lost finds fields that stand where nothing is shown: the language of a code block, an unused link definition.
func (l *linter) lost(text string, needs []int) {
	eachPiece(text, func(_ string, n int) {
		for _, have := range needs {
			if have == n {
				return
			}
		}
		if n >= 0 {
			l.fault(string(firstPlaceholder+rune(n)), l.slots[n].String()+" is never shown where it stands", "move it into the text")
		}
	})
}

// unescape takes out Markdown's escapes: \* and &amp; and &#39;.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			chars, size := entity(s[i:])
			b.WriteString(chars)
			i += size - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// entity reads what s starts with: a reference to a character, or just an ampersand.
func entity(s string) (chars string, size int) {
	end := strings.IndexByte(s, ';')
	if end < 2 || end > 40 {
		return "&", 1
	}
	name := s[1:end]
	if name[0] == '#' {
		if len(name) > 9 || strings.Trim(name[1:], "0123456789xXabcdefABCDEF") != "" {
			return "&", 1
		}
		resolved := util.ResolveNumericReferences([]byte(s[:end+1]))
		if r, _ := utf8.DecodeRune(resolved); r == '&' && len(resolved) > 1 {
			return "&", 1
		}
		return string(resolved), end + 1
	}
	if e, ok := util.LookUpHTML5EntityByName(name); ok {
		return string(e.Characters), end + 1
	}
	return "&", 1
}
