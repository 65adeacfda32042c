package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestNamesInAnObjectAreDifferent(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf(`"n%d":%d`, i, i)
	}
	for name, c := range map[string]struct {
		body string
		want string // part of the error; empty: none
	}{
		"different ones":                     {`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}`, ""},
		"a value that looks like the name":   {`{"a":"a","b":["a","a"],"c":"\"a\":"}`, ""},
		"twice":                              {`{"a":1,"b":2,"a":3}`, `"a"`},
		"twice, deep inside":                 {`{"x":[1,{"y":{"a":1,"a":1}}]}`, `"a"`},
		"twice, once escaped":                {`{"a\/b":1,"a/b":1}`, `"a/b"`},
		"another case is another name":       {`{"a":1,"A":2}`, ""},
		"many different ones":                {"{" + strings.Join(many, ",") + "}", ""},
		"many, the last again":               {"{" + strings.Join(many, ",") + `,"n39":1}`, `"n39"`},
		"many, an early one again":           {"{" + strings.Join(many, ",") + `,"n0":1}`, `"n0"`},
		"brackets and quotes inside texts":   {`{"a":"}{][\"","b":"\\","c":1}`, ""},
		"a whole character, escaped":         {`{"a":"\ud83d\ude00 \u0041","\ud83d\ude00":1}`, ""},
		"the first half of a character":      {`{"a":"\ud800"}`, "UTF-8"},
		"the second half of a character":     {`{"a":"x\udc00y"}`, "UTF-8"},
		"two first halves":                   {`{"a":"\ud83d\ud83d"}`, "UTF-8"},
		"half a character in a name":         {`{"\ud83d":1}`, "UTF-8"},
		"what only looks like half of one":   {`{"a":"\\ud800"}`, ""},
		"nested as deep as it may be":        {strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), ""},
		"nested deeper":                      {strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), "nested"},
		"a name of a megabyte, not repeated": {`{"` + strings.Repeat("n", 1<<20) + `":1,"` + strings.Repeat("n", 1<<20) + `":1}`, "twice"},
	} {
		var v any
		err := strictJSON.Unmarshal([]byte(c.body), &v)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}

// FuzzJSON: what is taken is valid, and reads back with as many names as it was written with.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"a":2}`, `"a`, `{"\u0061":1,"a":2}`, `[{"a":"\\"}]`, "\xff", `{"a":{"b":[1,2,{"c":null}]}}`, ` 1 `, `{"a":1} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		if strictJSON.Unmarshal(b, &v) != nil {
			return
		}
		if !json.Valid(b) {
			t.Fatalf("%q is taken", b)
		}
		written, read := 0, count(v)
		dec := json.NewDecoder(bytes.NewReader(b))
		var object []bool
		name := false
		for {
			token, err := dec.Token()
			if err != nil {
				break
			}
			switch x := token.(type) {
			case json.Delim:
				if x == '{' || x == '[' {
					object = append(object, x == '{')
				} else {
					object = object[:len(object)-1]
				}
				name = len(object) > 0 && object[len(object)-1]
				continue
			case string:
				if name {
					written++
					name = false
					continue
				}
			}
			name = len(object) > 0 && object[len(object)-1]
		}
		if written != read {
			t.Errorf("%q has %d names, %d are read", b, written, read)
		}
	})
}

// count is how many names stand in a value.
func count(v any) (n int) {
	switch x := v.(type) {
	case map[string]any:
		for _, inner := range x {
			n += 1 + count(inner)
		}
	case []any:
		for _, inner := range x {
			n += count(inner)
		}
	}
	return n
}
