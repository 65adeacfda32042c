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
}

// Load reads config.toml with everything it names, and says everything that is wrong with it at once. Keys that are missing have
// their defaults.
func Load(path string) (*Config, Faults) {
	l := &loader{file: path}
	raw, err := os.ReadFile(path)
	if err != nil {
		l.add("", "cannot be read: %v; copy config.example.toml and fill in what you need", pathError(err))
		return nil, l.faults
	}
	cfg := Default()
	l.decode(raw, &cfg)
	l.secrets(&cfg, filepath.Dir(path))
	l.encryption(&cfg.Server, filepath.Dir(path))
	l.permissions(path, &cfg)
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

// pathError drops the path from an error: the fault names the file already.
func pathError(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

func (l *loader) add(key, format string, args ...any) {
	l.faults = append(l.faults, Fault{File: l.file, Line: l.line(key), Key: key, Problem: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(key, format string, args ...any) {
	l.faults = append(l.faults, Fault{File: l.file, Line: l.line(key), Key: key, Problem: fmt.Sprintf(format, args...), Warning: true})
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
	l.lines = keyLines(raw)
	for range maxDecodes {
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
			l.faults = append(l.faults, Fault{File: l.file, Line: row, Problem: number.Error()})
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
		l.faults = append(l.faults, Fault{File: l.file, Line: row, Key: strings.Join(bad.Key(), "."), Problem: plainly(bad.Error())})
		blanked, changed := blank(raw, row)
		if !changed {
			return
		}
		raw = blanked
	}
}

// bareDuration finds the line on which a duration was written as a number.
func bareDuration(raw []byte, number string) int {
	at := regexp.MustCompile(`\b(wait|deadline|ramp|catch_up|same_message)"?\s*=\s*` + regexp.QuoteMeta(number) + `\b`).FindIndex(raw)
	if at == nil {
		return 0
	}
	return 1 + bytes.Count(raw[:at[0]], []byte("\n"))
}

// plainly says what is wrong with a value without the words of Go.
func plainly(s string) string {
	s = strings.TrimPrefix(s, "toml: ")
	if what, _, ok := strings.Cut(s, " into struct field"); ok {
		s = strings.Replace(what, "cannot decode TOML", "cannot be a", 1) + ": see config.example.toml for what this key takes"
	}
	if i := strings.Index(s, "into a Go value of type"); i > 0 {
		s = strings.TrimSpace(s[:i]) + ": see config.example.toml for what this key takes"
	}
	return s
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

// secrets resolves the three ways to write one: the value, a file, or env:NAME.
func (l *loader) secrets(cfg *Config, dir string) {
	l.secret("telegram.token", &cfg.Telegram.Token, cfg.Telegram.TokenFile, dir)
	l.secret("viber.token", &cfg.Viber.Token, cfg.Viber.TokenFile, dir)
	for i := range cfg.SMS {
		s := &cfg.SMS[i]
		key := fmt.Sprintf("sms[%d].", i)
		l.secret(key+"token", &s.Token, s.TokenFile, dir)
		l.secret(key+"password", &s.Password, s.PasswordFile, dir)
		l.secret(key+"report_secret", &s.ReportSecret, s.ReportSecretFile, dir)
	}
}

func (l *loader) secret(key string, value *bots.Secret, file, dir string) {
	name, env := strings.CutPrefix(value.Reveal(), "env:")
	switch {
	case *value != "" && file != "":
		l.add(key, "write either %s or %s_file, not both", key, key)
	case file != "":
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			l.add(key+"_file", "cannot be read: %v", pathError(err))
			return
		}
		l.readable(key+"_file", file)
		*value = bots.Secret(strings.TrimSpace(string(raw)))
	case env:
		got, ok := os.LookupEnv(name)
		if !ok || got == "" {
			l.add(key, "the environment has no %s; set it, or write the secret into a file and name it in %s_file", name, key)
		}
		*value = bots.Secret(got)
	}
}

// permissions warns when strangers on this machine could read secrets.
func (l *loader) permissions(path string, cfg *Config) {
	inline := cfg.Telegram.Token != "" && cfg.Telegram.TokenFile == "" || cfg.Viber.Token != "" && cfg.Viber.TokenFile == ""
	for i := range cfg.SMS {
		inline = inline || cfg.SMS[i].Token != "" && cfg.SMS[i].TokenFile == "" || cfg.SMS[i].Password != ""
	}
	if inline {
		l.readable("", path)
	}
}

func (l *loader) readable(key, path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
		l.warn(key, "%s holds secrets and everyone on this machine can read it: chmod 600 %s", filepath.Base(path), path)
	}
}
