package app

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"kaskad/fallback"
)

// maxDecodes bounds how many values that cannot be read are reported at once.
const maxDecodes = 50

// decode reads the file. A value that cannot be read stops the decoder, so its line is noted, blanked, and the rest read again:
// all faults come at once.
func (l *loader) decode(raw []byte, cfg *Config) {
	for range maxDecodes {
		for key, row := range keyLines(raw) { // what is behind a fault is found when the fault is gone
			if _, known := l.lines[key]; !known {
				l.lines[key] = row
			}
		}
		fresh := Default()
		dec := toml.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		err := dec.Decode(&fresh)
		if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
			l.unknown(strict)
			dec = toml.NewDecoder(bytes.NewReader(raw))
			err = dec.Decode(&fresh)
		}
		bad, ok := errors.AsType[*toml.DecodeError](err)
		if number, is := errors.AsType[*fallback.BadDuration](err); is && !ok {
			// The decoder hands a bare number to the duration, and does not say where it stood.
			row := bareDuration(raw, number.Text)
			l.unread(row, "", number.Error())
			if blanked, changed := blank(raw, row); changed {
				raw = blanked
				continue
			}
			return
		}
		if !ok {
			if err != nil {
				l.add("", "%v", err)
			}
			*cfg = fresh
			return
		}
		row, _ := bad.Position()
		problem := plainly(bad.Error())
		if mended, ok := l.noDuration(raw, row, problem); ok {
			raw = mended
			continue
		}
		l.unread(row, strings.Join(bad.Key(), "."), problem)
		blanked, changed := blank(raw, row)
		if !changed {
			return
		}
		raw = blanked
	}
}

// noDuration notes a text that is no duration, and puts one in its place for the next reading: what else is wrong on its line is
// found then.
func (l *loader) noDuration(raw []byte, row int, problem string) ([]byte, bool) {
	quoted, err := strconv.QuotedPrefix(problem) // the decoder keeps only the words of a fallback.BadDuration
	if err != nil {
		return raw, false
	}
	text, err := strconv.Unquote(quoted)
	if err != nil || problem != (&fallback.BadDuration{Text: text}).Error() {
		return raw, false
	}
	lines, key := bytes.Split(raw, []byte("\n")), keyOf(raw, row, text)
	if key == "" || row > len(lines) {
		return raw, false
	}
	name := key[strings.LastIndex(key, ".")+1:]
	at := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `"?\s*=\s*(["']` + regexp.QuoteMeta(text) + `["'])`).FindSubmatchIndex(lines[row-1])
	if at == nil {
		return raw, false
	}
	l.faults = append(l.faults, Fault{File: l.file, Line: row, Key: key, Problem: problem})
	lines[row-1] = slices.Concat(lines[row-1][:at[2]], []byte(`"1m"`), lines[row-1][at[3]:])
	return bytes.Join(lines, []byte("\n")), true
}

// bareDuration finds the line on which a duration was written as a number: at a key that is known to take one, or at any.
func bareDuration(raw []byte, number string) int {
	for _, key := range []string{`\b(wait|deadline|ramp|catch_up|same_message)`, `\b[A-Za-z0-9_-]+`} {
		at := regexp.MustCompile(key + `"?\s*=\s*` + regexp.QuoteMeta(number) + `\b`).FindIndex(raw)
		if at != nil {
			return 1 + bytes.Count(raw[:at[0]], []byte("\n"))
		}
	}
	return 0
}

// undecodable is what the decoder says of a value of the wrong kind, in the words of Go.
var undecodable = regexp.MustCompile(`^(?:cannot decode TOML|cannot decode|cannot assign) (.+?) into .*`)

// plainly says what is wrong with a value without the words of Go.
func plainly(s string) string {
	s = strings.TrimPrefix(s, "toml: ")
	if strings.Contains(s, "array table") {
		return "is no list: write it once, with one pair of brackets"
	}
	kind := undecodable.FindStringSubmatch(s)
	if kind == nil {
		return s
	}
	article := "a"
	if strings.ContainsAny(kind[1][:1], "aeiou") {
		article = "an"
	}
	return "cannot be " + article + " " + kind[1] + ": see config.example.toml for what this key takes"
}

// unknown notes keys that mean nothing here, each once.
func (l *loader) unknown(strict *toml.StrictMissingError) {
	for i := range strict.Errors {
		e := &strict.Errors[i]
		row, _ := e.Position()
		f := Fault{File: l.file, Line: row, Key: strings.Join(e.Key(), "."), Problem: "unknown key; config.example.toml lists all of them"}
		known := false
		for _, have := range l.faults {
			known = known || have == f
		}
		if !known {
			l.faults = append(l.faults, f)
		}
	}
}

// blank empties one line, so that the lines after it keep their numbers.
func blank(raw []byte, row int) ([]byte, bool) {
	lines := bytes.Split(raw, []byte("\n"))
	if row < 1 || row > len(lines) || len(lines[row-1]) == 0 {
		return raw, false
	}
	lines[row-1] = nil
	return bytes.Join(lines, []byte("\n")), true
}

// unread notes a line whose value cannot be read: name is its key without the places in lists.
func (l *loader) unread(row int, name, problem string) {
	f := Fault{File: l.file, Line: row, Key: name, Problem: problem}
	found := ""
	for key, line := range l.lines {
		if line != row || l.isTable(key) {
			continue
		}
		l.bad[key] = true // the line is gone, with all that stood on it
		plain := places.ReplaceAllString(key, "")
		if fits := plain == name || strings.HasSuffix(plain, "."+name); fits && (found == "" || len(key) < len(found)) {
			found = key
		}
	}
	if name != "" && found != "" {
		f.Key = found
	}
	l.faults = append(l.faults, f)
}

// places are the numbers in the path of a key: sms[0].rate.
var places = regexp.MustCompile(`\[\d+\]`)

// isTable reports whether keys stand below one on later lines: its own line is a header, or opens a list.
func (l *loader) isTable(key string) bool {
	for other, line := range l.lines {
		if line > l.lines[key] && (strings.HasPrefix(other, key+".") || strings.HasPrefix(other, key+"[")) {
			return true
		}
	}
	return false
}
