package viber

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"

	"kaskad/bots/simulator/internal/stage"
)

// report collects what is wrong with a body. Of each kind the first fault counts.
type report struct {
	wrong  *refusal // found by the server
	client string   // found on the phone, after status 0
}

func (r *report) refuse(status int, format string, args ...any) {
	if r.wrong == nil {
		r.wrong = refuse(status, format, args...)
	}
}

// onClient notes a fault that Viber finds on the person's phone only.
func (r *report) onClient(format string, args ...any) {
	if r.client == "" {
		r.client = fmt.Sprintf(format, args...)
	}
}

// object is a JSON object that knows which of its fields were read: the others are unknown to Viber.
type object struct {
	*report
	*stage.Fields
	path  string // "" at the top, "keyboard.Buttons[0]." below
	below []*object
}

func newObject(path string, values map[string]any, r *report) *object {
	return &object{report: r, Fields: stage.NewFields(values), path: path}
}

// typed reads a field that must be of one JSON type when it is there.
func typed[T any](o *object, name, kind string) (T, bool) {
	v, ok := o.Value(name)
	t, fits := v.(T)
	if ok && !fits {
		o.refuse(badData, "%s%s: not %s", o.path, name, kind)
	}
	return t, fits
}

func (o *object) text(name string) string {
	t, _ := typed[string](o, name, "a string")
	return t
}

func (o *object) flag(name string) bool {
	b, _ := typed[bool](o, name, "true or false")
	return b
}

// integer reads a whole number; ok is false when there is none.
func (o *object) integer(name string) (int, bool) {
	n, ok := typed[json.Number](o, name, "a number")
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	if err != nil {
		o.refuse(badData, "%s%s: not a whole number", o.path, name)
		return 0, false
	}
	return int(i), true
}

func (o *object) decimal(name string) (float64, bool) {
	n, ok := typed[json.Number](o, name, "a number")
	f, err := n.Float64()
	return f, ok && err == nil
}

// need refuses a call that lacks a field.
func (o *object) need(names ...string) {
	for _, name := range names {
		if !o.Has(name) {
			o.refuse(missingData, "%s%s is missing", o.path, name)
		}
	}
}

// within reads an optional string of bounded length.
func (o *object) within(name string, limit int) string {
	t := o.text(name)
	if n := length(t); n > limit {
		o.refuse(badData, "%s%s: %d characters, at most %d", o.path, name, n, limit)
	}
	return t
}

// filled reads a string that must be there, not empty and not too long.
func (o *object) filled(name string, limit int) string {
	t := o.within(name, limit)
	if t == "" {
		o.refuse(missingData, "%s%s is missing or empty", o.path, name)
	}
	return t
}

// object reads an object; it is never nil, but empty when there is none.
func (o *object) object(name string) *object {
	values, _ := typed[map[string]any](o, name, "an object")
	inner := newObject(o.path+name+".", values, o.report)
	o.below = append(o.below, inner)
	return inner
}

// objects reads a list of objects.
func (o *object) objects(name string) []*object {
	list, _ := typed[[]any](o, name, "a list")
	var out []*object
	for i, v := range list {
		values, ok := v.(map[string]any)
		if !ok {
			o.refuse(badData, "%s%s[%d]: not an object", o.path, name, i)
			continue
		}
		inner := newObject(fmt.Sprintf("%s%s[%d].", o.path, name, i), values, o.report)
		o.below = append(o.below, inner)
		out = append(out, inner)
	}
	return out
}

// texts reads a list of strings; ok is false when there is none.
func (o *object) texts(name string) (out []string, ok bool) {
	list, ok := typed[[]any](o, name, "a list")
	for _, v := range list {
		t, fits := v.(string)
		if !fits {
			o.refuse(badData, "%s%s: not a list of strings", o.path, name)
		}
		out = append(out, t)
	}
	return out, ok
}

// unread names the fields that nothing asked for, here and below.
func (o *object) unread() []string {
	var out []string
	for _, name := range o.Unread() {
		out = append(out, o.path+name)
	}
	for _, inner := range o.below {
		out = append(out, inner.unread()...)
	}
	return out
}

// length counts UTF-16 code units: the strictest of what "characters" may mean.
func length(s string) int { return len(utf16.Encode([]rune(s))) }
