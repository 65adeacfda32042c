package app

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// keyLines finds the line of every key of a TOML file: "cascades.loyalty.steps[1].wait". Of a file that is not TOML it finds
// what stands before the fault.
func keyLines(raw []byte) map[string]int { return walkLines(raw).lines }

// keyOf finds the first key of a line with this text for its value; empty: there is none.
func keyOf(raw []byte, row int, text string) string {
	w, found := walkLines(raw), ""
	for key, value := range w.texts {
		if value == text && w.lines[key] == row && (found == "" || key < found) {
			found = key
		}
	}
	return found
}

func walkLines(raw []byte) *lineWalk {
	w := &lineWalk{lines: map[string]int{}, arrays: map[string]int{}, texts: map[string]string{}}
	p := &w.parser
	p.Reset(raw)
	prefix := ""
	for p.NextExpression() {
		node := p.Expression()
		switch node.Kind {
		case unstable.Table:
			prefix = w.path("", node.Key())
			w.mark(prefix, node)
		case unstable.ArrayTable:
			name := w.path("", node.Key())
			prefix = fmt.Sprintf("%s[%d]", name, w.arrays[name])
			w.arrays[name]++
			w.mark(prefix, node)
		case unstable.KeyValue:
			w.keyValue(prefix, node)
		}
	}
	return w
}

type lineWalk struct {
	parser unstable.Parser
	lines  map[string]int
	arrays map[string]int // how often [[name]] came
	texts  map[string]string
}

// path joins a key to the table it stands in. A table below [[name]] belongs to its last element.
func (w *lineWalk) path(prefix string, key unstable.Iterator) string {
	parts := []string{}
	if prefix != "" {
		parts = append(parts, prefix)
	}
	for key.Next() {
		parts = append(parts, string(key.Node().Data))
		so := strings.Join(parts, ".")
		if n := w.arrays[so]; n > 0 && !key.IsLast() {
			parts = []string{fmt.Sprintf("%s[%d]", so, n-1)}
		}
	}
	return strings.Join(parts, ".")
}

func (w *lineWalk) mark(path string, node *unstable.Node) {
	it := node.Key()
	if it.Next() {
		w.lines[path] = w.line(it.Node())
	}
}

func (w *lineWalk) line(n *unstable.Node) int {
	return w.parser.Shape(n.Raw).Start.Line
}

func (w *lineWalk) keyValue(prefix string, node *unstable.Node) {
	path := w.path(prefix, node.Key())
	w.mark(path, node)
	w.value(path, node.Value())
}

func (w *lineWalk) value(path string, v *unstable.Node) {
	switch v.Kind {
	case unstable.String:
		w.texts[path] = string(v.Data)
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			w.keyValue(path, it.Node())
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			item := fmt.Sprintf("%s[%d]", path, i)
			w.element(item, it.Node())
		}
	}
}

// element marks an element of an array by the first key inside it, or by itself.
func (w *lineWalk) element(path string, n *unstable.Node) {
	if n.Kind == unstable.InlineTable {
		w.value(path, n)
		if it := n.Children(); it.Next() {
			w.mark(path, it.Node())
		}
		return
	}
	if n.Raw.Length > 0 {
		w.lines[path] = w.line(n)
	}
}
