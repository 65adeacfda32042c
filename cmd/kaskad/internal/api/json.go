package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// strictJSON reads what encoding/json is lenient about as an error: bytes that are no UTF-8, a name twice in one object, and
// nesting that nobody needs. Numbers of free data keep their digits.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if plain, first := v.(*any); first { // huma reads twice: once to check, once into the struct
			if !utf8.Valid(data) {
				return errUTF8
			}
			if err := readPlain(data, plain); err != nil {
				return err
			}
			return checkNames(data)
		}
		if body, ok := v.(*contactBody); ok { // it is checked where it is read
			body.raw = bytes.Clone(data)
			return nil
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		return dec.Decode(v)
	},
}

const maxDepth = 32

var (
	errUTF8  = errors.New("it holds bytes that are no UTF-8")
	errDepth = fmt.Errorf("it is nested deeper than %d", maxDepth)
)

// checkNames looks in valid JSON for what json.Unmarshal lets pass.
func checkNames(data []byte) error {
	var open []level
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if len(open) == maxDepth {
				return errDepth
			}
			open = append(open, level{object: data[i] == '{', name: data[i] == '{'})
		case '}', ']':
			open = open[:len(open)-1]
		case ',':
			open[len(open)-1].name = open[len(open)-1].object
		case '"':
			end := stringEnd(data, i)
			if halfCharacter(data[i:end]) {
				return errUTF8
			}
			if len(open) > 0 && open[len(open)-1].name {
				if err := open[len(open)-1].add(data[i:end]); err != nil {
					return err
				}
			}
			i = end - 1
		}
	}
	return nil
}

// stringEnd is the place behind the string of valid JSON that begins at i.
func stringEnd(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// halfCharacter reports whether a string of valid JSON escapes one half of a character beyond the first plane without the other:
// encoding/json would read it as a sign that nobody wrote.
func halfCharacter(s []byte) bool {
	for i := 1; i < len(s)-1; i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		if s[i] != 'u' {
			continue
		}
		first := escaped(s[i+1:])
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		rest := s[i+1:]
		if len(rest) < 7 || rest[0] != '\\' || rest[1] != 'u' || utf16.DecodeRune(first, escaped(rest[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escaped reads the four digits of a \u escape.
func escaped(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // valid JSON has four
	return rune(n)
}

// level is an object or array that is open.
type level struct {
	object bool
	name   bool // the next string is a name
	few    [][]byte
	many   map[string]bool
}

const fewNames = 12

// add takes the next name of the object, as it is written.
func (l *level) add(raw []byte) error {
	l.name = false
	name := raw[1 : len(raw)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		name = []byte(s)
	}
	if l.many != nil {
		if l.many[string(name)] {
			return twice(name)
		}
		l.many[string(name)] = true
		return nil
	}
	for _, have := range l.few {
		if bytes.Equal(have, name) {
			return twice(name)
		}
	}
	l.few = append(l.few, name)
	if len(l.few) > fewNames {
		l.many = make(map[string]bool, 2*len(l.few))
		for _, have := range l.few {
			l.many[string(have)] = true
		}
	}
	return nil
}

func twice(name []byte) error { return fmt.Errorf("%.64q stands in it twice", name) }
