package templates

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	maxSubject = 200 // characters; programs show some 60
	// Programs for mail know few rules of style, and only those on the element itself.
	pageStyle   = `margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font:16px/1.5 -apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif`
	columnStyle = `max-width:600px;margin:0 auto;overflow-wrap:anywhere`
	imageStyle  = `display:block;max-width:100%;height:auto;border:0`
	buttonStyle = `display:inline-block;margin:0 8px 8px 0;padding:10px 18px;border-radius:6px;background:#1a5fb4;color:#ffffff;text-decoration:none`
	quoteStyle  = `margin:0 0 16px;padding:0 0 0 12px;border-left:3px solid #c0c0c0`
	preStyles   = `white-space:pre-wrap;overflow-wrap:anywhere`
)

// emailMarks are elements with nothing in them that is fetched or run.
func emailMarks() *marks {
	return &marks{
		bold: mark{"<b>", "</b>"}, italic: mark{"<i>", "</i>"}, strike: mark{"<s>", "</s>"}, code: mark{"<code>", "</code>"},
		pre: mark{`<pre style="` + preStyles + `">`, "</pre>"}, link: true, text: emailEscape.Replace,
		lines: true, markup: true, beside: lined, elements: true, maxBytes: 100 << 10, // longer ones are cut by some who show them
	}
}

var emailEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;", "\n", "<br>\n")

// elements writes the children of n as elements of HTML.
func (w *writer) elements(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.element(c)
	}
}

func (w *writer) element(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		name := "h" + strconv.Itoa(n.Level)
		w.around("<"+name+">", "</"+name+">\n", func() { w.inlines(n) })
	case *ast.Paragraph:
		w.around("<p>", "</p>\n", func() { w.inlines(n) })
	case *ast.Blockquote:
		w.around(`<blockquote style="`+quoteStyle+`">`, "</blockquote>\n", func() { w.elements(n) })
	case *ast.List:
		open, end := "<ul>\n", "</ul>\n"
		if n.IsOrdered() {
			open, end = `<ol start="`+strconv.Itoa(n.Start)+"\">\n", "</ol>\n"
		}
		w.around(open, end, func() { w.elements(n) })
	case *ast.ListItem:
		w.around("<li>", "</li>\n", func() { w.elements(n) })
	case *ast.ThematicBreak:
		w.add(op{literal: "<hr>\n", words: true}) // it is seen
	case *ast.CodeBlock:
		w.around("", "\n", func() { w.pre(n.Lines()) })
	case *ast.FencedCodeBlock:
		w.around("", "\n", func() { w.pre(n.Lines()) })
	case *ast.HTMLBlock: // a fault as well
		w.lines(n.Lines())
	case *ast.LinkReferenceDefinition:
	default:
		w.inlines(n)
	}
}

func (w *writer) around(open, end string, inner func()) {
	w.raw(open)
	inner()
	w.raw(end)
}

// mailPage is the whole of an e-mail in HTML: the body that a program wrote, under the picture and over the buttons.
func mailPage(locale, subject, body, image string, buttons []Button) string {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"" + emailEscape.Replace(locale) + "\">\n<head>\n<meta charset=\"utf-8\">\n")
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + emailEscape.Replace(subject) + "</title>\n</head>\n")
	b.WriteString(`<body style="` + pageStyle + "\">\n<div dir=\"auto\" style=\"" + columnStyle + "\">\n")
	if image != "" {
		b.WriteString(`<p><img src="` + emailEscape.Replace(image) + `" alt="" style="` + imageStyle + "\"></p>\n")
	}
	b.WriteString(body + "\n")
	if len(buttons) > 0 {
		b.WriteString("<p>")
		for _, button := range buttons {
			b.WriteString(`<a href="` + emailEscape.Replace(button.URL) + `" style="` + buttonStyle + `">` + emailEscape.Replace(button.Text) + "</a>\n")
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("</div>\n</body>\n</html>")
	return b.String()
}

// compileLine reads a line of the front matter that may have fields; nil when it is empty.
func compileLine(key, text, matter string, b *body) (*program, []Fault) {
	if text == "" {
		return nil, nil
	}
	at := lineOf(matter, key) + 1
	raw, faults := buttonText(text, at, b)
	if len(faults) > 0 {
		for i := range faults {
			faults[i].Problem = strings.Replace(faults[i].Problem, "in a button", "in the "+key, 1)
		}
		return nil, faults
	}
	w := &writer{marks: plainMarks()}
	w.text(raw, false)
	for _, o := range w.ops {
		if o.slot >= 0 && b.slots[o.slot] == wordSlot(wayOutWord) {
			return nil, []Fault{{Line: at, Problem: "front matter: {{way_out}} in the " + key, Fix: "write it into the text"}}
		}
	}
	if strings.ContainsAny(raw, "\r\n") {
		return nil, []Fault{{Line: at, Problem: "front matter: the " + key + " has two lines", Fix: "write one"}}
	}
	return &program{w.marks, w.ops}, nil
}

// subject fills the subject of an e-mail. It is one line of text, whatever the data: nothing in it can end a header.
func (v *variant) subjectOf(vals *values) (string, error) {
	if v.subject == nil {
		return "", &NoSubject{vals.template}
	}
	text, seen, err := v.subject.run(vals)
	if err != nil {
		return "", err
	}
	if !seen.words {
		return "", &Empty{vals.template}
	}
	return shorten(oneLine(text), maxSubject), nil
}

// NoSubject says that a template has no subject to write an e-mail with.
type NoSubject struct{ Template string }

func (e *NoSubject) Error() string {
	return "template " + e.Template + " has no subject: an e-mail needs one"
}
