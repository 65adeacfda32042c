package export

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"kaskad/cmd/kaskad/internal/tongues"
)

// field is one of the values that a company keeps of a person or wrote into a message.
type field struct{ Name, Value string }

// fields are the values of a JSON object, each under its name, as a person reads them. What is none stands as it is.
func fields(raw []byte, t tongues.Tongue) (all []field) {
	value, err := decoded(raw)
	object, is := value.(map[string]any)
	if err != nil || !is {
		return []field{{Value: string(raw)}}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		all = append(all, field{name, plain(object[name], t)})
	}
	return all
}

// decoded keeps numbers as they were written.
func decoded(raw []byte) (value any, err error) {
	from := json.NewDecoder(bytes.NewReader(raw))
	from.UseNumber()
	err = from.Decode(&value)
	return value, err
}

// plain is a value in words; a list has commas, and what is inside of another value is told in brackets.
func plain(value any, t tongues.Tongue) string {
	switch v := value.(type) {
	case nil:
		return "–"
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return t.Say("yes")
		}
		return t.Say("no")
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = plain(v[i], t)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+": "+plain(v[name], t))
		}
		return "(" + strings.Join(parts, "; ") + ")"
	}
	return ""
}
