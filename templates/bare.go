package templates

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// A bare address is one that stands in the words of a text, without brackets. Only a text whose links are tracked looks for them.

// bareForm takes everything that is no space and no bracket or quotation mark; what a sentence puts behind an address goes in trimBare.
var bareForm = regexp.MustCompile(`(?i)https?://[^\s<>"'«»“”„‘’…\x60|]+`)

// bareAddresses finds the addresses in words, as pairs of offsets.
func bareAddresses(words string) [][2]int {
	var list [][2]int
	for _, at := range bareForm.FindAllStringIndex(words, -1) {
		before, _ := utf8.DecodeLastRuneInString(words[:at[0]])
		address := trimBare(words[at[0]:at[1]])
		if at[0] > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) || strings.HasSuffix(address, "://") {
			continue
		}
		list = append(list, [2]int{at[0], at[0] + len(address)})
	}
	return list
}

// trimBare takes away what belongs to the sentence: its signs, and a bracket that was not opened in the address.
func trimBare(s string) string {
	for {
		last := len(s) - 1
		switch {
		case last >= 0 && strings.IndexByte(`.,;:!?*_~\`, s[last]) >= 0,
			strings.HasSuffix(s, ")") && strings.Count(s, ")") > strings.Count(s, "("),
			strings.HasSuffix(s, "]") && strings.Count(s, "]") > strings.Count(s, "["):
			s = s[:last]
		default:
			return s
		}
	}
}

// wordRun joins the pieces into which Markdown cuts the words of one line: n and the texts after it, the last of which it returns.
// It is nothing when n is no text.
func wordRun(n ast.Node, source []byte) (words string, last *ast.Text) {
	var b strings.Builder
	for c := n; c != nil; c = c.NextSibling() {
		t, ok := c.(*ast.Text)
		if !ok || t.IsRaw() {
			break
		}
		b.Write(t.Value(source))
		if last = t; t.SoftLineBreak() || t.HardLineBreak() {
			break
		}
	}
	return b.String(), last
}

// wordsWithLinks writes words, and the addresses among them as links.
func (w *writer) wordsWithLinks(words string) {
	from := 0
	for _, at := range bareAddresses(words) {
		w.text(words[from:at[0]], true)
		address := words[at[0]:at[1]]
		w.link(address, address, func() {})
		from = at[1]
	}
	w.text(words[from:], true)
}
