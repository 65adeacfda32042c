package templates

import (
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"
)

// Placeholders stand for actions while Markdown is parsed: private-use characters, which Markdown takes for letters.
const (
	firstPlaceholder = '\uE000'
	lastPlaceholder  = '\uF8FF'
	maxSlots         = 64
	maxTests         = 4 // every combination of answers is a text of its own: at most 16
)

// The words a template may use besides fields.
const (
	companyWord = "company"
	privacyWord = "privacy_url"
	wayOutWord  = "way_out"
)

func words() map[string]any {
	return map[string]any{companyWord: 0, privacyWord: 0, wayOutWord: 0, "not": 0, numberWord: 0, moneyWord: 0, dateWord: 0, pluralWord: 0}
}

// slot is what an action prints: a field of the data, as it is or in a shape, or one of the words.
type slot struct {
	name  string
	field bool
	shape string // number, money, date or plural; empty: as it is
	args  string // of the shape
}

func fieldSlot(name string) slot { return slot{name: name, field: true} }
func wordSlot(name string) slot  { return slot{name: name} }

func (s slot) String() string {
	if s.shape != "" {
		words := []string{s.shape, "." + s.name}
		for _, a := range s.arguments() {
			words = append(words, quote(a))
		}
		return "{{" + strings.Join(words, " ") + "}}"
	}
	if s.field {
		return "{{." + s.name + "}}"
	}
	return "{{" + s.name + "}}"
}

// body is the text of one variant with its actions read.
type body struct {
	slots []slot   // a placeholder's number is the index
	tests []int    // the slots that an {{if}} asks about
	texts []string // Markdown for each combination of answers: bit i of the index is the answer to tests[i]
	lines []int    // where each slot is first used
}

// bodyReader reads the actions of one text.
type bodyReader struct {
	source string
	line   int // of the file, where source starts
	body   *body
	faults []Fault
}

// read parses text, adds its slots and tests to b, and gives its tree; nil when there are faults.
func (r *bodyReader) read() *parse.ListNode {
	trees, err := parse.Parse("t", r.source, "{{", "}}", words())
	if err != nil {
		r.faults = append(r.faults, syntaxFault(err, r.line))
		return nil
	}
	if len(trees) > 1 {
		r.fault(0, "{{define}} and {{block}} are not known here", "write the text where it is used")
	}
	tree := trees["t"]
	if tree == nil || tree.Root == nil {
		return &parse.ListNode{}
	}
	r.list(tree.Root)
	if len(r.body.slots) > maxSlots {
		r.fault(0, "more than "+strconv.Itoa(maxSlots)+" fields", "make two templates")
	}
	if len(r.body.tests) > maxTests {
		r.fault(0, "{{if}} asks about more than "+strconv.Itoa(maxTests)+" fields", "make two templates")
	}
	if len(r.faults) > 0 {
		return nil
	}
	return tree.Root
}

func (r *bodyReader) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
		case *parse.ActionNode:
			if s, ok := r.pipe(n.Pipe); ok {
				r.note(n.Pos, s)
			}
		case *parse.IfNode:
			r.branch(n)
		default:
			r.fault(n.Position(), "only fields and {{if}} are known here", "write {{.name}}, or {{if .name}}…{{else}}…{{end}}")
		}
	}
}

func (r *bodyReader) branch(n *parse.IfNode) {
	pipe, _ := negated(n.Pipe)
	if s, ok := r.pipe(pipe); ok {
		if s.shape != "" {
			r.fault(n.Position(), "{{if}} asks about a field, not about "+s.String(), "write {{if ."+s.name+"}}")
		} else if s.name == wayOutWord && !s.field {
			r.fault(n.Position(), "{{if way_out}} is always true", "write {{way_out}} alone")
		} else {
			r.body.test(r.note(n.Pos, s))
		}
	}
	r.list(n.List)
	r.list(n.ElseList)
}

// pipe reads what stands between {{ and }}: one field or one word.
func (r *bodyReader) pipe(p *parse.PipeNode) (slot, bool) {
	if p == nil {
		return slot{}, false
	}
	if s, ok := shapedSlot(p); ok {
		return s, true
	}
	if len(p.Decl) == 0 && len(p.Cmds) == 1 && len(p.Cmds[0].Args) == 1 {
		switch a := p.Cmds[0].Args[0].(type) {
		case *parse.FieldNode:
			if len(a.Ident) == 1 {
				return fieldSlot(a.Ident[0]), true
			}
			r.fault(p.Position(), "a field of a field: "+a.String(), "send it as a field of its own")
			return slot{}, false
		case *parse.IdentifierNode:
			if a.Ident != "not" && !isShape(a.Ident) {
				return wordSlot(a.Ident), true
			}
		}
	}
	r.fault(p.Position(), "{{"+p.String()+"}} is not known here", "print one field, {{.name}}, or {{number .n}}, {{money .sum}}, {{date .until}}, {{plural .n \"…\"}}, company, privacy_url, way_out")
	return slot{}, false
}

// shapedSlot reads {{number .n}} and its like: a word, a field, and texts.
func shapedSlot(p *parse.PipeNode) (slot, bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) < 2 {
		return slot{}, false
	}
	args := p.Cmds[0].Args
	word, isWord := args[0].(*parse.IdentifierNode)
	field, isField := args[1].(*parse.FieldNode)
	if !isWord || !isField || !isShape(word.Ident) || len(field.Ident) != 1 {
		return slot{}, false
	}
	var texts []string
	for _, a := range args[2:] {
		text, ok := a.(*parse.StringNode)
		if !ok {
			return slot{}, false
		}
		texts = append(texts, text.Text)
	}
	return slot{name: field.Ident[0], field: true, shape: word.Ident, args: strings.Join(texts, argSep)}, true
}

// negated unwraps {{if not .x}}.
func negated(p *parse.PipeNode) (*parse.PipeNode, bool) {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 2 {
		return p, false
	}
	word, ok := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	if !ok || word.Ident != "not" {
		return p, false
	}
	inner := p.Cmds[0].Copy().(*parse.CommandNode)
	inner.Args = inner.Args[1:]
	c := p.CopyPipe()
	c.Cmds = []*parse.CommandNode{inner}
	return c, true
}

// note gives the number of s, and remembers the line it is first used on.
func (r *bodyReader) note(at parse.Pos, s slot) int {
	n := r.body.slot(s)
	if n == len(r.body.lines) {
		r.body.lines = append(r.body.lines, r.lineAt(at))
	}
	return n
}

func (r *bodyReader) lineAt(at parse.Pos) int {
	return r.line + strings.Count(r.source[:min(int(at), len(r.source))], "\n")
}

// slot gives the number of s, a new one the first time.
func (b *body) slot(s slot) int {
	for i, have := range b.slots {
		if have == s {
			return i
		}
	}
	b.slots = append(b.slots, s)
	return len(b.slots) - 1
}

func (b *body) test(slot int) {
	for _, have := range b.tests {
		if have == slot {
			return
		}
	}
	b.tests = append(b.tests, slot)
}

// expand writes the text for every combination of answers, placeholders for actions.
func (b *body) expand(root *parse.ListNode) {
	for answers := range 1 << len(b.tests) {
		var w strings.Builder
		b.write(&w, root, uint(answers))
		b.texts = append(b.texts, w.String())
	}
}

func (b *body) write(w *strings.Builder, list *parse.ListNode, answers uint) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			w.Write(n.Text)
		case *parse.ActionNode:
			w.WriteRune(firstPlaceholder + rune(b.slotOf(n.Pipe)))
		case *parse.IfNode:
			pipe, not := negated(n.Pipe)
			if b.answer(b.slotOf(pipe), answers) != not {
				b.write(w, n.List, answers)
			} else {
				b.write(w, n.ElseList, answers)
			}
		}
	}
}

// slotOf is for pipes that were read well.
func (b *body) slotOf(p *parse.PipeNode) int {
	if s, ok := shapedSlot(p); ok {
		return b.slot(s)
	}
	switch a := p.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		return b.slot(fieldSlot(a.Ident[0]))
	case *parse.IdentifierNode:
		return b.slot(wordSlot(a.Ident))
	}
	return 0
}

func (b *body) answer(slot int, answers uint) bool {
	for i, t := range b.tests {
		if t == slot {
			return answers&(1<<i) != 0
		}
	}
	return false
}

func (r *bodyReader) fault(at parse.Pos, problem, fix string) {
	r.faults = append(r.faults, Fault{Line: r.lineAt(at), Problem: problem, Fix: fix})
}

var syntaxForm = regexp.MustCompile(`(?s)^template: t:(\d+)(?::\d+)?: (.*)$`)

// syntaxFault reads the line out of an error of text/template.
func syntaxFault(err error, line int) Fault {
	problem, fix := err.Error(), "fields are written {{.name}}"
	if m := syntaxForm.FindStringSubmatch(problem); m != nil {
		n, _ := strconv.Atoi(m[1])
		line, problem = line+n-1, m[2]
	}
	if strings.HasPrefix(problem, "function ") {
		problem = "unknown " + strings.TrimSuffix(problem, " not defined")
		fix = "the words are number, money, date, plural, company, privacy_url and way_out; a field has a dot before it"
	}
	return Fault{Line: line, Problem: problem, Fix: fix}
}
