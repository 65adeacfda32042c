package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"kaskad/bots"
	"kaskad/fallback"
)

// Fault is one thing wrong, or worth a warning, in the configuration: where it stands and what to do.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"` // 0: the file as a whole
	Key     string `json:"key,omitempty"`
	Problem string `json:"problem"`
	Warning bool   `json:"warning,omitempty"`
}

func (f Fault) String() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	kind := ""
	if f.Warning {
		kind = "warning: "
	}
	if f.Key != "" {
		return fmt.Sprintf("%s: %s%s: %s", where, kind, f.Key, f.Problem)
	}
	return fmt.Sprintf("%s: %s%s", where, kind, f.Problem)
}

// Faults is everything wrong at once.
type Faults []Fault

// Errors reports whether anything but warnings is among them.
func (fs Faults) Errors() bool {
	for _, f := range fs {
		if !f.Warning {
			return true
		}
	}
	return false
}

func (fs Faults) Error() string {
	lines := make([]string, 0, len(fs))
	for _, f := range fs {
		if !f.Warning {
			lines = append(lines, f.String())
		}
	}
	return strings.Join(lines, "\n")
}

// loader reads one file and collects its faults with their lines.
type loader struct {
	file   string
	lines  map[string]int // of each key's path
	faults Faults
	// bad are the keys whose values could not be read: what is found out about them later follows from that.
	bad map[string]bool
}

// Load reads config.toml with everything it names, and says everything that is wrong with it at once. Keys that are missing have
// their defaults. Relative paths start at the file's folder, wherever the command was called.
func Load(path string) (*Config, Faults) {
	l := &loader{file: path, lines: map[string]int{}, bad: map[string]bool{}}
	raw, err := os.ReadFile(path)
	if err != nil {
		l.add("", "cannot be read: %v; copy config.example.toml and fill in what you need", pathError(err))
		return nil, l.faults
	}
	cfg := Default()
	l.decode(raw, &cfg)
	dir := filepath.Dir(path)
	cfg.Server.DataDir, cfg.Templates.Dir = beside(dir, cfg.Server.DataDir), beside(dir, cfg.Templates.Dir)
	l.secrets(&cfg, dir)
	l.encryption(&cfg.Server, dir)
	l.permissions(path, &cfg)
	l.standIns(&cfg)
	l.validate(&cfg)
	sort.SliceStable(l.faults, func(i, j int) bool {
		a, b := l.faults[i], l.faults[j]
		if a.File != b.File {
			return a.File == path || b.File != path && a.File < b.File // the configuration first
		}
		return a.Line < b.Line
	})
	return &cfg, l.faults
}

// beside is where a path of the configuration leads; none stays none.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// pathError drops the path from an error: the fault names the file already.
func pathError(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

func (l *loader) add(key, format string, args ...any) {
	l.note(Fault{File: l.file, Line: l.line(key), Key: key, Problem: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(key, format string, args ...any) {
	l.note(Fault{File: l.file, Line: l.line(key), Key: key, Problem: fmt.Sprintf(format, args...), Warning: true})
}

// note keeps a fault, unless it is about a value that could not be read at all.
func (l *loader) note(f Fault) {
	for key := f.Key; key != ""; key = key[:max(0, strings.LastIndexAny(key, ".["))] {
		if l.bad[key] {
			return
		}
	}
	l.faults = append(l.faults, f)
}

// line is where a key stands, or the nearest table around it.
func (l *loader) line(key string) int {
	for key != "" {
		if n, ok := l.lines[key]; ok {
			return n
		}
		i := strings.LastIndexAny(key, ".[")
		if i < 0 {
			break
		}
		key = key[:i]
	}
	return 0
}

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
		l.unread(row, strings.Join(bad.Key(), "."), plainly(bad.Error()))
		blanked, changed := blank(raw, row)
		if !changed {
			return
		}
		raw = blanked
	}
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

// standIns let a channel be checked whose token could not be read: without one it would count as off, and its other faults would
// come to light only after this one was mended.
func (l *loader) standIns(cfg *Config) {
	for key, token := range map[string]*bots.Secret{"telegram.token": &cfg.Telegram.Token, "viber.token": &cfg.Viber.Token} {
		if l.bad[key] {
			*token = "1:stand-in"
		}
	}
}
