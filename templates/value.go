package templates

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// printed turns a value of the data into text. The problem is empty when it can be printed.
func printed(v any) (text, problem string) {
	switch v := v.(type) {
	case nil:
		return "", "is missing"
	case string:
		return clean(v), ""
	case json.Number:
		return plainNumber(string(v))
	case float64:
		return float(v)
	case int:
		return strconv.Itoa(v), ""
	case bool:
		return "", "is true or false: ask about it with {{if}}"
	case fmt.Stringer:
		return clean(v.String()), ""
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return clean(r.String()), ""
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10), ""
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(r.Uint(), 10), ""
	case reflect.Float32, reflect.Float64:
		return float(r.Float())
	case reflect.Slice, reflect.Array:
		return "", "is a list: send text or a number"
	}
	return "", "is an object: send text or a number"
}

// plainNumber prints a number of JSON as it was written, but without an exponent, and never less than nothing as "-0".
func plainNumber(s string) (text, problem string) {
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	if !strings.ContainsAny(s, "eE") {
		return clean(s), ""
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", "is not a number we can print"
	}
	return float(f)
}

func float(f float64) (text, problem string) {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) >= 1e21 {
		return "", "is not a number we can print"
	}
	if f == 0 {
		f = 0 // not -0
	}
	return strconv.FormatFloat(f, 'f', -1, 64), ""
}

// truth answers an {{if}}: missing, empty, zero and false are no.
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return strings.TrimSpace(v) != ""
	case json.Number:
		f, err := v.Float64()
		return err != nil && v != "" || f != 0
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Map:
		return r.Len() > 0
	}
	return !r.IsZero()
}

// clean makes any string fit to be shown: valid UTF-8, no control characters, nothing that turns the writing
// direction of what follows, at most one blank line in a row. It does not escape.
func clean(s string) string {
	if isPrintableASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	ends := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if r == '\r' && i < len(s) && s[i] == '\n' {
			continue
		}
		r = shown(r)
		if r == '\n' {
			ends++
		} else if r >= 0 {
			ends = 0
		}
		if r >= 0 && ends <= 2 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shown maps a character to what we show for it; -1 is nothing.
func shown(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\u2028', r == '\u2029', r == '\u0085', r == '\v', r == '\f':
		return '\n'
	case r == '\t':
		return ' '
	case r < ' ', r >= 0x7f && r < 0xa0: // control characters
		return -1
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069': // direction overrides, embeddings, isolates
		return -1
	case r == '\ufeff', r >= '\ufff9' && r <= '\ufffb', r&0xfffe == 0xfffe: // byte order marks, annotations, no characters
		return -1
	case r >= firstPlaceholder && r <= lastPlaceholder: // no phone has a picture for it
		return utf8.RuneError
	}
	return r
}

// oneLine is for labels.
func oneLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\n", " ")) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
