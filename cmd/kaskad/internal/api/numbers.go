package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// readPlain reads JSON into maps, lists and values, as huma checks them. A number that no float64 holds is JSON as well: it stays a
// json.Number, which fits nowhere but in free data, and there hugeNumber finds it.
func readPlain(data []byte, v *any) error {
	err := json.Unmarshal(data, v)
	if _, number := errors.AsType[*json.UnmarshalTypeError](err); !number {
		return err // or nil; into any, only a number can be of the wrong type
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	*v = floats(*v)
	return nil
}

// floats makes every number a float64 that can be one.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case map[string]any:
		for name := range v {
			v[name] = floats(v[name])
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	}
	return v
}

// hugeNumber refuses free data with a number that most programs cannot read back.
func hugeNumber(at string, v any) error {
	switch v := v.(type) {
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return unfit("invalid_field", at, "%s: the number is too large; write it as a text.", at)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := hugeNumber(fmt.Sprintf("%s.%.64s", at, name), v[name]); err != nil {
				return err
			}
		}
	case []any:
		for i := range v {
			if err := hugeNumber(fmt.Sprintf("%s[%d]", at, i), v[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
