package sms

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// node is one value of a JSON body: a template, a fixed value, a list or an object.
type node struct {
	text  *text
	fixed any
	list  []*node
	keys  map[string]*node
}

func compileNode(section, key string, value any, compile compiler, f *faults) *node {
	switch v := value.(type) {
	case string:
		return &node{text: compile(key, v, asIs)}
	case []any:
		n := &node{list: []*node{}}
		for i, item := range v {
			n.list = append(n.list, compileNode(section, fmt.Sprintf("%s[%d]", key, i), item, compile, f))
		}
		return n
	case map[string]any:
		n := &node{keys: make(map[string]*node, len(v))}
		for name, item := range v {
			n.keys[name] = compileNode(section, key+"."+name, item, compile, f)
		}
		return n
	case int64, float64, bool:
		return &node{fixed: v}
	}
	f.add(section+"."+key, "a JSON value is a string, number, boolean, list or table; put a date into quotes")
	return &node{}
}

// value is one JSON value filled in; keep is false for one that is left out.
func (r *request) value(n *node, v values) (value any, keep bool, err error) {
	switch {
	case n.text != nil:
		return r.scalar(n.text, v)
	case n.list != nil:
		list := make([]any, 0, len(n.list))
		for i, item := range n.list {
			value, keep, err := r.value(item, v)
			if err != nil {
				return nil, false, fmt.Errorf("[%d]: %w", i, err)
			}
			if keep {
				list = append(list, value)
			}
		}
		return list, true, nil
	case n.keys != nil:
		object := make(map[string]any, len(n.keys))
		for name, item := range n.keys {
			value, keep, err := r.value(item, v)
			if err != nil {
				return nil, false, fmt.Errorf("%s: %w", name, err)
			}
			if keep {
				object[name] = value
			}
		}
		return object, len(object) > 0 || !n.hangsOnReports(), nil
	}
	return n.fixed, true, nil
}

// hangsOnReports reports whether everything in an object goes when nobody can reach us: then the object goes too.
func (n *node) hangsOnReports() bool {
	for _, item := range n.keys {
		if item.text == nil && !item.hangsOnReports() || item.text != nil && !slices.Contains(item.text.uses, "report_url") {
			return false
		}
	}
	return len(n.keys) > 0
}

func (r *request) scalar(t *text, v values) (any, bool, error) {
	s, err := t.render(v)
	if err != nil {
		return nil, false, err
	}
	switch t.kind {
	case "int":
		return json.Number(s), true, nil
	case "bool":
		return s == "true", true, nil
	case "list":
		return strings.Split(s, ","), true, nil
	}
	return s, r.keeps(t, s), nil
}
