package sms

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/nyaruka/phonenumbers"
)

// placeholders are what a description can ask for, in the order in which they are explained.
var placeholders = []string{"to", "text", "sender", "id", "token", "login", "password", "report_url"}

// What requests without a message can ask for.
var (
	accountPlaceholders = []string{"token", "login", "password", "sender"}
	pollPlaceholders    = append([]string{"ids", "phones"}, accountPlaceholders...)
)

// values are one message's placeholders.
type values map[string]string

// functions are the filters of a description.
var functions = template.FuncMap{
	"phone":    phoneAs,
	"e164":     func(v string) (string, error) { return phoneAs("e164", v) },
	"digits":   func(v string) (string, error) { return phoneAs("digits", v) },
	"national": func(v string) (string, error) { return phoneAs("national", v) },
	"is_gsm7":  IsGSM7,
	"parts":    func(v string) int { _, n := Parts(v); return n },
	"base64":   func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	"int":      asInt,
	"bool":     asBool,
	"list":     func(v string) string { return v }, // {{.ids | list}} is an array in JSON
}

// phoneAs writes an E.164 phone as a provider wants it.
func phoneAs(format, phone string) (string, error) {
	digits := strings.TrimPrefix(phone, "+")
	switch format {
	case "e164":
		return "+" + digits, nil
	case "digits":
		return digits, nil
	case "00":
		return "00" + digits, nil
	case "national":
		n, err := phonenumbers.Parse("+"+digits, "")
		if err != nil {
			return "", errors.New("the phone has no national form")
		}
		return phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(n, phonenumbers.NATIONAL)), nil
	}
	return "", fmt.Errorf("%q is no way to write a phone; one of e164, digits, 00, national", format)
}

func asInt(v any) (string, error) {
	n, ok := new(big.Int).SetString(strings.TrimPrefix(fmt.Sprint(v), "+"), 10)
	if !ok {
		return "", errors.New("int: the value is no whole number")
	}
	return n.String(), nil
}

func asBool(v any) (string, error) {
	b, err := strconv.ParseBool(fmt.Sprint(v))
	if err != nil {
		return "", errors.New("bool: the value is neither true nor false")
	}
	return strconv.FormatBool(b), nil
}

// escaper keeps a value inside the place where it is put.
type escaper func(string) string

func asIs(s string) string { return s }

// pathPart: "." and ".." alone would climb.
func pathPart(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes everything
	return b.String()
}

// jsonText is the inside of a JSON string.
func jsonText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// text is one template string of a description. Every value it prints is escaped for its place; a value can therefore
// not change the shape of a request.
type text struct {
	tmpl *template.Template
	kind string // "int", "bool" or "list" for a string that is one value of that kind, else ""
	uses []string

	names []string // the placeholders that it can use
}

const escapeName = "escape_for_its_place"

func compileText(source string, escape escaper, names []string) (*text, error) {
	own := template.FuncMap{escapeName: func(v any) string { return escape(fmt.Sprint(v)) }}
	tmpl, err := template.New("").Option("missingkey=error").Funcs(functions).Funcs(own).Parse(source)
	if err != nil {
		return nil, fmt.Errorf("%s; write placeholders as {{.text}}", strings.TrimPrefix(err.Error(), "template: :1: "))
	}
	t := &text{tmpl: tmpl, names: names}
	if len(tmpl.Templates()) > 1 || tmpl.Tree == nil && source != "" {
		return nil, errors.New("{{define}} has no place here")
	}
	if tmpl.Tree == nil {
		return t, nil
	}
	t.kind = kindOf(tmpl.Root)
	return t, t.walk(tmpl.Root)
}

// kindOf tells a string that is one value and ends in int, bool or list.
func kindOf(root *parse.ListNode) string {
	if len(root.Nodes) != 1 {
		return ""
	}
	action, ok := root.Nodes[0].(*parse.ActionNode)
	if !ok || len(action.Pipe.Cmds) == 0 {
		return ""
	}
	last, ok := action.Pipe.Cmds[len(action.Pipe.Cmds)-1].Args[0].(*parse.IdentifierNode)
	if ok && (last.Ident == "int" || last.Ident == "bool" || last.Ident == "list") {
		return last.Ident
	}
	return ""
}

// walk checks a template and appends the escaper to everything that prints. Loops, variables and the bare dot are left
// out: the first could run long, the last prints secrets.
func (t *text) walk(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if err := t.pipe(n.Pipe); err != nil {
				return err
			}
			name := parse.NewIdentifier(escapeName).SetPos(n.Pos).SetTree(t.tmpl.Tree)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{name}})
		case *parse.IfNode:
			if err := errors.Join(t.pipe(n.Pipe), t.walk(n.List), t.walk(n.ElseList)); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s cannot be used here; only placeholders and {{if}}", n)
		}
	}
	return nil
}

func (t *text) pipe(p *parse.PipeNode) error {
	if len(p.Decl) > 0 {
		return errors.New("variables cannot be used here; write the placeholder itself")
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			if err := t.arg(arg); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *text) arg(n parse.Node) error {
	switch n := n.(type) {
	case *parse.FieldNode:
		if len(n.Ident) != 1 || !slices.Contains(t.names, n.Ident[0]) {
			return fmt.Errorf("%s is no placeholder; there are .%s", n, strings.Join(t.names, " ."))
		}
		t.uses = append(t.uses, n.Ident[0])
	case *parse.PipeNode:
		return t.pipe(n)
	case *parse.IdentifierNode, *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
	default:
		return fmt.Errorf("%s cannot be used here; write a placeholder such as .text", n)
	}
	return nil
}

const maxRendered = 64 << 10

// render fills the template in. Its errors tell the place and hold no value.
func (t *text) render(v values) (string, error) {
	if t.tmpl.Tree == nil {
		return "", nil
	}
	out := &boundedBuffer{}
	if err := t.tmpl.Execute(out, v); err != nil {
		if cause, ok := errors.AsType[template.ExecError](err); ok && cause.Err != nil {
			err = rootCause(cause.Err)
		}
		return "", err
	}
	return out.String(), nil
}

// rootCause is the sentence of the filter that failed, without the template around it.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxRendered {
		return 0, errors.New("it is too long")
	}
	return b.Buffer.Write(p)
}
