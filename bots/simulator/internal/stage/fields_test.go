package stage

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestObject(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"an object":            {`{"a":1} `, ""},
		"no JSON":              {`{"a"`, "unexpected EOF"},
		"another value":        {`[1]`, "json: cannot unmarshal array into Go value of type map[string]interface {}"},
		"null":                 {`null`, "it is null, not an object"},
		"something behind it":  {`{"a":1}{}`, "there is more than one JSON value"},
		"a whole lot of words": {`{"a":1} and more`, "there is more than one JSON value"},
	} {
		t.Run(name, func(t *testing.T) {
			values, err := Object([]byte(tc.body))
			if tc.want == "" && (err != nil || values["a"] != json.Number("1")) || tc.want != "" && (err == nil || err.Error() != tc.want) {
				t.Errorf("Object(%s) = %v, %v; want %q", tc.body, values, err, tc.want)
			}
		})
	}
}

func TestFieldsKnowWhatWasRead(t *testing.T) {
	f := NewFields(map[string]any{"b": "x", "a": nil, "c": 1, "d": 2})
	if v, ok := f.Value("b"); v != "x" || !ok {
		t.Errorf("b is %v, %v", v, ok)
	}
	if f.Has("a") || f.Has("nowhere") {
		t.Error("null, and what is not there, count as something")
	}
	if got := f.Unread(); !slices.Equal(got, []string{"c", "d"}) {
		t.Errorf("unread: %v, want c and d", got)
	}
	f.Free()
	if got := f.Unread(); len(got) != 0 {
		t.Errorf("unread although they are free: %v", got)
	}
}
