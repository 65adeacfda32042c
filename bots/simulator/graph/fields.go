package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"

	"kaskad/bots/simulator/internal/stage"
)

// report keeps the first fault of a body.
type report struct{ wrong *refusal }

func (r *report) refuse(wrong *refusal) {
	if r.wrong == nil {
		r.wrong = wrong
	}
}

// invalid is what Meta says about a value that breaks the shape of a parameter.
func (r *report) invalid(format string, args ...any) { r.refuse(say(badParameter, format, args...)) }

// object is a JSON object that knows which of its fields were read: the others are unknown to Meta.
type object struct {
	*report
	*stage.Fields
	path  string // "" at the top, "template['components'][0]" below
	below []*object
}

func newObject(path string, values map[string]any, r *report) *object {
	return &object{report: r, Fields: stage.NewFields(values), path: path}
}

// at is how Meta names a field.
func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "['" + name + "']"
}

// typed reads a field that must be of one JSON type when it is there.
func typed[T any](o *object, name, kind string) (T, bool) {
	v, ok := o.Value(name)
	t, fits := v.(T)
	if ok && !fits {
		o.invalid("Param %s must be %s.", o.at(name), kind)
	}
	return t, fits
}

func (o *object) text(name string) string {
	t, _ := typed[string](o, name, "a string")
	return t
}

func (o *object) flag(name string) bool {
	b, _ := typed[bool](o, name, "a boolean")
	return b
}

// decimal reads a number; Graph takes a string of digits for one. ok is false when there is none.
func (o *object) decimal(name string) (float64, bool) {
	v, ok := o.Value(name)
	if !ok {
		return 0, false
	}
	n, isNumber := v.(json.Number)
	if text, isText := v.(string); isText {
		n, isNumber = json.Number(text), true
	}
	f, err := n.Float64()
	if !isNumber || err != nil {
		o.invalid("Param %s must be a number.", o.at(name))
		return 0, false
	}
	return f, true
}

// need refuses a call that lacks a field.
func (o *object) need(names ...string) {
	for _, name := range names {
		if !o.Has(name) {
			o.invalid("The parameter %s is required.", o.at(name))
		}
	}
}

// within reads an optional string of bounded length.
func (o *object) within(name string, limit int) string {
	t := o.text(name)
	if length(t) > limit {
		o.invalid("Param %s must be at most %d characters long.", o.at(name), limit)
	}
	return t
}

// filled reads a string that must be there, not empty and not too long.
func (o *object) filled(name string, limit int) string {
	t := o.within(name, limit)
	if t == "" {
		o.invalid("The parameter %s is required.", o.at(name))
	}
	return t
}

// oneOf reads an optional string that is one of a few.
func (o *object) oneOf(name string, values ...string) string {
	t := o.text(name)
	if t != "" && !slices.Contains(values, t) {
		o.invalid("Param %s must be one of %v - got %q.", o.at(name), values, t)
	}
	return t
}

// object reads an object; it is never nil, but empty when there is none.
func (o *object) object(name string) *object {
	values, _ := typed[map[string]any](o, name, "a JSON object")
	return o.inside(o.at(name), values)
}

func (o *object) inside(path string, values map[string]any) *object {
	inner := newObject(path, values, o.report)
	o.below = append(o.below, inner)
	return inner
}

// needObject reads an object that must be there.
func (o *object) needObject(name string) *object {
	o.need(name)
	return o.object(name)
}

// objects reads a list of objects of bounded length.
func (o *object) objects(name string, least, most int) []*object {
	list, ok := typed[[]any](o, name, "an array")
	if ok && (len(list) < least || len(list) > most) {
		o.invalid("Param %s must have between %d and %d elements - got %d.", o.at(name), least, most, len(list))
	}
	var out []*object
	for i, v := range list {
		path := fmt.Sprintf("%s[%d]", o.at(name), i)
		values, fits := v.(map[string]any)
		if !fits {
			o.invalid("Param %s must be a JSON object.", path)
			continue
		}
		out = append(out, o.inside(path, values))
	}
	return out
}

// strict refuses unknown fields in all objects below: Graph ignores unknown parameters of a call, not unknown keys in one.
func (o *object) strict() {
	for _, inner := range o.below {
		for _, name := range inner.Unread() {
			o.invalid("Unexpected key %q on param %q.", name, inner.path)
		}
		inner.strict()
	}
}

// length counts UTF-16 code units: the strictest of what "characters" may mean.
func length(s string) int { return len(utf16.Encode([]rune(s))) }
