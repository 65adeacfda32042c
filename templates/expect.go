package templates

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Bounds of expect. An expectation is asked at every acceptance, so it must cost next to nothing, whatever the data: there are
// no functions, no loops and no ranges in it, and a pattern stands in the file.
const (
	maxExpects    = 8
	maxExpectLen  = 200
	maxExpectSize = 60 // nodes
)

// expectation is one condition that the data must meet.
type expectation struct {
	text    string
	fields  []string
	program *vm.Program
}

// Unmet is the first expectation of a template that the data does not meet; empty when it meets all. What is missing counts as
// 0, no text or no, as it does for an {{if}}. The error is a FieldError when a value cannot be compared, or UnknownTemplate.
func (s *Set) Unmet(name string, data map[string]any) (string, error) {
	t, err := s.template(name)
	if err != nil {
		return "", err
	}
	for i := range t.expects {
		met, err := t.expects[i].ask(t, data)
		if err != nil {
			return "", err
		}
		if !met {
			return t.expects[i].text, nil
		}
	}
	return "", nil
}

func (e *expectation) ask(t *template, data map[string]any) (bool, error) {
	env := make(map[string]any, len(e.fields))
	for _, f := range e.fields {
		value, problem := like(t.example[f], data[f])
		if problem != "" {
			return false, &FieldError{t.name, f, problem}
		}
		env[f] = value
	}
	got, err := expr.Run(e.program, env)
	if err != nil {
		return false, fmt.Errorf("template %s: expect %q: %w", t.name, e.text, err)
	}
	met, _ := got.(bool) // compiled with AsBool
	return met, nil
}

// newExpectation reads one; what it names has the kind of its example. The problem is empty when it is well.
func newExpectation(text string, example map[string]any) (e expectation, problem, fix string) {
	e.text = text
	if len(text) > maxExpectLen {
		return e, "is longer than 200 bytes", "write two"
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return e, firstLine(err), "write it like points > 0"
	}
	v := &expectVisitor{}
	ast.Walk(&tree.Node, v)
	if v.problem != "" || v.nodes > maxExpectSize {
		return e, firstOf(v.problem, "is too long"), "compare fields: points > 0, city in [\"Kyiv\", \"Lviv\"], not vip"
	}
	e.fields = v.fields
	env := map[string]any{}
	for _, f := range v.fields {
		if example[f] == nil {
			return e, "asks about " + quote(f) + ", which has no example", didYouMean(Nearest(f, keys(example)), "set one under [example], so that we know its kind")
		}
		env[f], _ = like(example[f], nil)
	}
	e.program, err = expr.Compile(text, expr.Env(env), expr.AsBool(), expr.DisableAllBuiltins(), expr.MaxNodes(2*maxExpectSize))
	if err != nil {
		return e, firstLine(err), "compare a field with what is of its example's kind"
	}
	return e, "", ""
}

// expectVisitor collects the fields, and refuses what could cost or surprise.
type expectVisitor struct {
	fields  []string
	nodes   int
	problem string
}

func (v *expectVisitor) Visit(node *ast.Node) {
	v.nodes++
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(v.fields, n.Value) {
			v.fields = append(v.fields, n.Value)
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode, *ast.UnaryNode, *ast.ArrayNode, *ast.ConditionalNode:
	case *ast.BinaryNode:
		_, literal := n.Right.(*ast.StringNode)
		if n.Operator == ".." || n.Operator == "matches" && !literal {
			v.problem = "uses " + n.Operator + ", which could cost too much"
		}
	default:
		v.problem = "holds more than fields, values and comparisons"
	}
}

// like gives a value the kind of its example: a number, a yes or no, or text. No value is the kind's nothing.
func like(example, value any) (any, string) {
	switch kind := kindOf(example); {
	case kind == reflect.Bool && value == nil:
		return false, ""
	case kind == reflect.Bool:
		return yesNo(value)
	case kind == reflect.Float64 && value == nil:
		return 0.0, ""
	case kind == reflect.Float64:
		return amount(value)
	case value == nil:
		return "", ""
	}
	return printed(value)
}

func kindOf(example any) reflect.Kind {
	if _, isNumber := example.(json.Number); isNumber {
		return reflect.Float64
	}
	switch k := reflect.ValueOf(example).Kind(); {
	case k == reflect.Bool:
		return k
	case k >= reflect.Int && k <= reflect.Float64:
		return reflect.Float64
	}
	return reflect.String
}

func yesNo(value any) (any, string) {
	switch value {
	case true, "true":
		return true, ""
	case false, "false":
		return false, ""
	}
	return nil, "is not true or false, as its example is"
}

func amount(value any) (any, string) {
	text, problem := printed(value)
	if problem == "" {
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, ""
		}
	}
	return nil, "is not a number, as its example is"
}

// expectations: the variants of one layer agree, what is written can be asked, and the examples meet it.
func (c *checker) expectations(t *template) {
	var first *variant
	for _, v := range t.sorted() {
		switch {
		case v.front.Expect == nil:
		case first == nil || v.layer > first.layer:
			first = v
		case v.layer == first.layer && !slices.Equal(v.front.Expect, first.front.Expect):
			c.fault(v.file, v.expectLine(), "expect differs from that of "+first.file, "write the same in all variants, or in one of them only")
		}
	}
	if first == nil {
		return
	}
	if len(first.front.Expect) > maxExpects {
		c.fault(first.file, first.expectLine(), "more than 8 expectations", "join some with and")
	}
	for _, text := range first.front.Expect {
		c.expectation(t, first, text)
	}
}

func (c *checker) expectation(t *template, v *variant, text string) {
	e, problem, fix := newExpectation(text, t.example)
	if problem != "" {
		c.fault(v.file, v.expectLine(), "expect "+quote(text)+" "+problem, fix)
		return
	}
	met, err := e.ask(t, t.example)
	if err == nil && !met {
		c.fault(v.file, v.expectLine(), "expect "+quote(text)+" is not met by the example data", "set an example that could be sent")
	}
	if err != nil {
		c.fault(v.file, v.expectLine(), err.Error(), "set a fitting value under [example]")
	}
}

func (v *variant) expectLine() int { return v.frontLine("expect") }

// settleExpects compiles what the uppermost layer expects; Check says what is wrong with it.
func (t *template) settleExpects() {
	top := -1
	var texts []string
	for _, v := range t.sorted() {
		if v.front.Expect != nil && v.layer > top {
			top, texts = v.layer, v.front.Expect
		}
	}
	for _, text := range texts[:min(len(texts), maxExpects)] {
		if e, problem, _ := newExpectation(text, t.example); problem == "" {
			t.expects = append(t.expects, e)
		}
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return "cannot be read: " + line
}
