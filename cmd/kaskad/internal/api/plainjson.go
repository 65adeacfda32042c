package api

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// reader goes through JSON once, from its beginning to its end. What it does not take is not for it: other code, which takes longer,
// says what is wrong with it, if anything is.
type reader struct {
	b []byte
	i int
}

func (r *reader) space() {
	for r.i < len(r.b) && (r.b[r.i] == ' ' || r.b[r.i] == '\n' || r.b[r.i] == '\r' || r.b[r.i] == '\t') {
		r.i++
	}
}

// next is the first byte of what comes; 0: nothing does.
func (r *reader) next() byte {
	if r.space(); r.i < len(r.b) {
		return r.b[r.i]
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.next() != c {
		return false
	}
	r.i++
	return true
}

// text reads a string.
func (r *reader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	from := r.i
	for ; r.i < len(r.b) && r.b[r.i] >= ' '; r.i++ {
		switch r.b[r.i] {
		case '"':
			r.i++
			return string(r.b[from : r.i-1]), true
		case '\\':
			return r.escaped(from - 1)
		}
	}
	return "", false
}

// escaped reads a string that has a backslash.
func (r *reader) escaped(from int) (s string, ok bool) {
	for ; r.i < len(r.b); r.i++ {
		switch r.b[r.i] {
		case '\\':
			r.i++
		case '"':
			r.i++
			raw := r.b[from:r.i]
			if json.Unmarshal(raw, &s) != nil || halfCharacter(raw) {
				return "", false
			}
			return s, true
		}
	}
	return "", false
}

// flag reads true or false.
func (r *reader) flag() (is, ok bool) {
	r.space()
	for word, is := range map[string]bool{"true": true, "false": false} {
		if bytes.HasPrefix(r.b[r.i:], []byte(word)) {
			r.i += len(word)
			return is, true
		}
	}
	return false, false
}

// scalar reads a string, a number, or what is neither list nor object.
func (r *reader) scalar() (any, bool) {
	switch r.next() {
	case '"':
		return r.text()
	case '{', '[', 0:
		return nil, false
	}
	from := r.i
	for r.i < len(r.b) && bytes.IndexByte([]byte(",]} \t\r\n"), r.b[r.i]) < 0 {
		r.i++
	}
	switch raw := r.b[from:r.i]; {
	case string(raw) == "null":
		return nil, true
	case string(raw) == "true", string(raw) == "false":
		return raw[0] == 't', true
	case json.Valid(raw):
		n := json.Number(raw)
		_, err := n.Float64()
		return n, err == nil // one that is too large for most programs is not plain
	}
	return nil, false
}

// object reads the members of an object. Each reads one's value; it knows names that came twice.
func (r *reader) object(each func(name string) bool) bool {
	if !r.take('{') {
		return false
	}
	if r.take('}') {
		return true
	}
	for {
		name, ok := r.text()
		if !ok || !r.take(':') || !each(name) {
			return false
		}
		if r.take('}') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
}

// list reads the values of a list.
func (r *reader) list(each func() bool) bool {
	if !r.take('[') {
		return false
	}
	if r.take(']') {
		return true
	}
	for each() {
		if r.take(']') {
			return true
		}
		if !r.take(',') {
			return false
		}
	}
	return false
}

// all reports whether what was read is all there is, and is UTF-8.
func (r *reader) all() bool { return r.next() == 0 && r.i == len(r.b) && utf8.Valid(r.b) }
