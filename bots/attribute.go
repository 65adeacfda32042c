package bots

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Attribute reads one of what the retailer says of a contact, by its name; in a dotted name each part is of the object before, unless
// something has the whole name. Numbers are json.Number: "450.00" stays what it is, and a card number does not become 4.2e+15. Nil: the
// contact has none of this name.
func (c *Contact) Attribute(name string) any {
	if len(c.Attributes) == 0 {
		return nil
	}
	var all any
	read := json.NewDecoder(bytes.NewReader(c.Attributes))
	read.UseNumber()
	if read.Decode(&all) != nil {
		return nil // a record of another build
	}
	return attribute(all, name)
}

func attribute(in any, name string) any {
	object, _ := in.(map[string]any)
	if v, ok := object[name]; ok || object == nil {
		return v
	}
	first, rest, dotted := strings.Cut(name, ".")
	if !dotted {
		return nil
	}
	return attribute(object[first], rest)
}
