package sms

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed presets/*.toml
var presetFiles embed.FS

// Preset is a description that comes with the program.
type Preset struct {
	Name       string // what [[sms]] preset = "…" says
	Title      string
	Countries  []string // ISO 3166; empty: everywhere
	Keys       []string // what the operator must write besides name and price: "token", or "login" and "password", …
	Reports    bool     // it tells us when a message was delivered
	Polls      bool     // it can be asked whether a message was delivered
	Inbound    bool     // it brings what people answer
	Balance    bool     // it can be asked what money is left
	Signed     bool     // its calls carry a signature, which is checked
	Unverified []string // sections of the description that nobody has seen work yet
	ReportsAt  string   // where the operator enters the address of the reports; empty: nothing is to be entered
	Note       string
	Text       string // the file itself: it can be put into config.toml instead of preset = "…", and changed there
}

// Presets lists all presets by name: for `kaskad sms presets`.
func Presets() []Preset {
	names := presetNames()
	all := make([]Preset, 0, len(names))
	for _, name := range names {
		c, text, err := readPreset(name)
		if err != nil {
			panic(err) // a file of ours: a test reads them all
		}
		all = append(all, Preset{
			Name: name, Title: c.About.Title, Countries: c.About.Countries, Keys: c.keys(), Unverified: c.Unverified,
			Reports: c.Report.Status != "", Polls: c.Poll.described(), Inbound: c.Inbound.From != "", Balance: c.Balance.described(),
			Signed: c.Report.Signature != (Signature{}), ReportsAt: c.About.Reports, Note: c.About.Note, Text: text,
		})
	}
	return all
}

func presetNames() []string {
	files, err := presetFiles.ReadDir("presets")
	if err != nil {
		panic(err) // it is embedded
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".toml"))
	}
	return names
}

// readPreset reads a file of ours as the program reads config.toml: unknown keys are errors.
func readPreset(name string) (Config, string, error) {
	text, err := presetFiles.ReadFile(path.Join("presets", name+".toml"))
	if err != nil {
		return Config{}, "", fmt.Errorf("%q is not there; there are %s", name, strings.Join(presetNames(), ", "))
	}
	var file struct {
		SMS []Config `toml:"sms"`
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return Config{}, "", fmt.Errorf("preset %s: %w", name, err)
	}
	if len(file.SMS) != 1 {
		return Config{}, "", fmt.Errorf("preset %s: it describes %d providers", name, len(file.SMS))
	}
	return file.SMS[0], string(text), nil
}

// overPreset lays the entry over its preset: what the operator wrote wins, field by field; tables such as faults and
// request.query are joined.
func (c Config) overPreset() (Config, error) {
	if c.Preset == "" {
		return c, nil
	}
	under, _, err := readPreset(c.Preset)
	if err != nil {
		return c, err
	}
	lay(reflect.ValueOf(&c).Elem(), reflect.ValueOf(under))
	return c, nil
}

// lay fills what is empty in over with what is under it.
func lay(over, under reflect.Value) {
	switch over.Kind() {
	case reflect.Struct:
		for i := range over.NumField() {
			lay(over.Field(i), under.Field(i))
		}
	case reflect.Map:
		joined := reflect.MakeMap(over.Type())
		for _, m := range []reflect.Value{under, over} {
			for _, key := range m.MapKeys() {
				joined.SetMapIndex(key, m.MapIndex(key))
			}
		}
		if joined.Len() > 0 {
			over.Set(joined)
		}
	default:
		if over.IsZero() {
			over.Set(under)
		}
	}
}

// keys are what a preset needs from the operator.
func (c Config) keys() (keys []string) {
	uses := map[string]bool{}
	ignored := &faults{}
	for section, r := range map[string]Request{"request": c.Request, "poll": c.Poll.Request, "balance": c.Balance.Request} {
		names := slices.Concat(placeholders, pollPlaceholders)
		maps.Copy(uses, compileRequest(section, c, r.withDefaults(), names, ignored).uses)
	}
	if c.APIURL == "" {
		keys = append(keys, "api_url")
	}
	for _, name := range []string{"token", "login", "password", "sender"} {
		if uses[name] && !(name == "sender" && c.Request.OmitEmpty) {
			keys = append(keys, name)
		}
	}
	return keys
}

// Hears reports whether the provider calls us at all: only then `kaskad check` has an address to show.
func (p *Provider) Hears() bool { return p.calls.status != nil || p.calls.from != nil }

// Reports reports whether the provider calls us to tell what became of messages, and can.
func (p *Provider) Reports() bool { return p.calls.status != nil && !p.cfg.Deaf }

// ReportsAt is where the operator enters that address, for `kaskad check` and `kaskad sms test`; empty: his own description does
// not say.
func (p *Provider) ReportsAt() string { return p.cfg.About.Reports }

func (p *Provider) isUnverified(part string) bool { return slices.Contains(p.cfg.Unverified, part) }

// unverified is what the operator should know of a description that was not seen at work in all its parts.
func (p *Provider) unverified() []string {
	if len(p.cfg.Unverified) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: nobody has seen these parts of its description work yet: %s; `kaskad sms test` goes through them", p.Name(), strings.Join(p.cfg.Unverified, ", "))}
}
