package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"kaskad/bots"
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
	// inline: some secret stands in the file itself.
	inline bool
	// client: secrets that cannot be read here are no faults.
	client bool
}

// Load reads config.toml with everything it names, and says everything that is wrong with it at once. Keys that are missing have
// their defaults. Relative paths start at the file's folder, wherever the command was called.
func Load(path string) (*Config, Faults) { return newLoader(path).load(path) }

// loadForClient is Load for a command that talks to the running gateway, or only looks at templates: the secrets are the gateway's,
// and may be out of reach here, in another terminal's environment say. Something stands in for one that is, so nothing may be
// called with them.
func loadForClient(path string) (*Config, Faults) {
	l := newLoader(path)
	l.client = true
	return l.load(path)
}

func newLoader(path string) *loader {
	return &loader{file: path, lines: map[string]int{}, bad: map[string]bool{}}
}

func (l *loader) load(path string) (*Config, Faults) {
	raw, err := os.ReadFile(path)
	if err != nil {
		l.add("", "cannot be read: %v; copy config.example.toml and fill in what you need", pathError(err))
		return nil, l.faults
	}
	cfg := Default()
	if raw, err = plainText(raw); err != nil {
		l.add("", "%v", err)
		return nil, l.faults
	}
	l.decode(raw, &cfg)
	dir := filepath.Dir(path)
	cfg.Server.DataDir, cfg.Templates.Dir = beside(dir, cfg.Server.DataDir), beside(dir, cfg.Templates.Dir)
	cfg.Backup.Dir = beside(dir, cfg.Backup.Dir)
	cfg.Dialogue.FAQ = beside(dir, cfg.Dialogue.FAQ)
	for _, path := range []*string{&cfg.Encryption.Keys, &cfg.Encryption.KeysCopy, &cfg.Encryption.IndexDir} {
		*path = beside(dir, *path)
	}
	l.secrets(&cfg, dir)
	l.encryption(&cfg.Server, dir)
	if l.inline {
		l.readable("", path)
	}
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

// plainText is a file without the mark that some editors put in front of it.
func plainText(raw []byte) ([]byte, error) {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return nil, errors.New("is written in UTF-16: save it as UTF-8")
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), nil
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

// standIns let a channel be checked whose token could not be read: without one it would count as off, and its other faults would
// come to light only after this one was mended.
func (l *loader) standIns(cfg *Config) {
	if l.bad["telegram.token"] {
		cfg.Telegram.Token = standIn
	}
	if l.bad["viber.token"] {
		cfg.Viber.Token = standInViber
	}
	if l.bad["alerts.mail.password"] {
		cfg.Alerts.Mail.Password = standIn
	}
	for key, secret := range map[string]*bots.Secret{"token": &cfg.WhatsAppCloud.Token, "app_secret": &cfg.WhatsAppCloud.AppSecret, "verify_token": &cfg.WhatsAppCloud.VerifyToken} {
		if l.bad["whatsapp_cloud."+key] {
			*secret = standIn
		}
	}
}
