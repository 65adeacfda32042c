package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// Object decodes a body that is one JSON object and nothing else. Numbers are json.Number: ids do not fit a float64.
func Object(body []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("there is more than one JSON value")
	}
	if values == nil {
		return nil, errors.New("it is null, not an object")
	}
	return values, nil
}

// Fields are those of a JSON object. They know which of them were read: the others are unknown to the messenger.
type Fields struct {
	values map[string]any
	read   map[string]bool
}

// NewFields are fields that nobody has read.
func NewFields(values map[string]any) *Fields {
	return &Fields{values: values, read: map[string]bool{}}
}

// Value reads a field; null is as good as none.
func (f *Fields) Value(name string) (any, bool) {
	f.read[name] = true
	v := f.values[name]
	return v, v != nil
}

// Has reads a field, whatever is in it.
func (f *Fields) Has(name string) bool {
	_, ok := f.Value(name)
	return ok
}

// Free lets all fields count as read: they are the caller's own.
func (f *Fields) Free() {
	for name := range f.values {
		f.read[name] = true
	}
}

// Unread names the fields that nothing asked for.
func (f *Fields) Unread() []string {
	var out []string
	for name := range f.values {
		if !f.read[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
