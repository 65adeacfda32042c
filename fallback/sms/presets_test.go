package sms

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"kaskad/bots"
)

func TestPresets(t *testing.T) {
	want := map[string]string{
		"alphasms": "token sender", "decision": "login password sender", "infobip": "api_url token sender", "kannel": "api_url login password",
		"smsc": "login password", "smsru": "token", "turbosms": "token sender", "twilio": "login password sender",
	}
	all := Presets()
	if len(all) != len(want) {
		t.Errorf("%d presets, want %d", len(all), len(want))
	}
	for _, p := range all {
		if got := strings.Join(p.Keys, " "); got != want[p.Name] {
			t.Errorf("%s needs %q, want %q", p.Name, got, want[p.Name])
		}
		if p.Title == "" || !strings.Contains(p.Text, "Sources: ") || p.Reports != (p.ReportsAt != "") {
			t.Errorf("%s lacks a title, its sources, or where its reports are entered: %+v", p.Name, p)
		}
		cfg := presetAt(p.Name, "https://x.example")
		if q := newProvider(t, cfg); q.Hears() != (p.Reports || p.Inbound) || q.ReportsAt() != p.ReportsAt {
			t.Errorf("%s: Hears = %v, ReportsAt = %q", p.Name, q.Hears(), q.ReportsAt())
		}
		if !p.Reports && !p.Polls {
			t.Errorf("%s can never say delivered", p.Name)
		}
	}
}

// What the operator must write is asked for, and nothing else is.
func TestPresetsSayWhatIsMissing(t *testing.T) {
	for _, p := range Presets() {
		err := Config{Name: "main", Preset: p.Name, Price: price("0")}.Validate()
		if err == nil {
			t.Fatalf("%s is valid without %v", p.Name, p.Keys)
		}
		for _, key := range []string{"api_url", "token", "login", "password", "sender"} {
			if got := strings.Contains(err.Error(), `"main": `+key+": "); got != slices.Contains(p.Keys, key) {
				t.Errorf("%s: asked for %s: %v, want %v\n%v", p.Name, key, got, !got, err)
			}
		}
		cfg := presetAt(p.Name, "")
		if slices.Contains(p.Keys, "api_url") {
			cfg.APIURL = "https://x.example"
		}
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s with its keys: %v", p.Name, err)
		}
	}
}

// A preset's file is an entry of the configuration: with the operator's keys in it, it does what the preset does.
func TestPresetFileCanBeCopied(t *testing.T) {
	for _, p := range Presets() {
		url := ""
		if slices.Contains(p.Keys, "api_url") {
			url = "api_url = \"https://x.example\"\n"
		}
		text := strings.Replace(p.Text, "api_url    = \"\"\n", "", 1)
		text = strings.Replace(text, "[[sms]]\n", "[[sms]]\nname = \"main\"\nprice = { amount = \"0.92\", currency = \"UAH\" }\ntoken = \"t\"\nlogin = \"l\"\npassword = \"p\"\nsender = \"Shop\"\n"+url, 1)
		cfg := configOf(t, text)
		if err := cfg.Validate(); err != nil {
			t.Errorf("%s as a copy: %v", p.Name, err)
		}
		if l := newProvider(t, cfg).Limits(); (l.Reports == bots.Delivered) != p.Reports || l.WayBack != p.Inbound {
			t.Errorf("%s as a copy: Limits = %+v", p.Name, l)
		}
	}
}

func TestOperatorWins(t *testing.T) {
	cfg := configOf(t, `
[[sms]]
name = "main"
preset = "turbosms"
token = "t"
sender = "Shop"
price = { amount = "0.92", currency = "UAH" }
max_parts = 2
unverified = []
[sms.faults]
406 = "unreachable"
778 = "misconfigured"
[sms.report.states]
read = "delivered"
[sms.poll]
every = "5m"
`)
	got, err := cfg.overPreset()
	if err != nil || cfg.Validate() != nil {
		t.Fatal(err, cfg.Validate())
	}
	for what, ok := range map[string]bool{
		"a fault of ours wins":          got.Faults["406"] == "unreachable",
		"a new fault is added":          got.Faults["778"] == "misconfigured",
		"the others stay":               got.Faults["404"] == "refused",
		"a new state is added":          got.Report.States["read"] == "delivered" && got.Report.States["delivered"] == "delivered",
		"an empty list is a word":       len(got.Unverified) == 0,
		"one key of a section":          got.Poll.Every == "5m" && got.Poll.Path == "/message/status.json" && got.Poll.Batch == 100,
		"what is not written":           got.APIURL == "https://api.turbosms.ua" && got.Request.Path == "/message/send.json",
		"what only he knows":            got.Token == "t" && got.MaxParts == 2,
		"nothing is left for questions": len(newProvider(t, cfg).Questions()) == 0,
	} {
		if !ok {
			t.Errorf("%s: %+v", what, got)
		}
	}
	kannel := configOf(t, "[[sms]]\npreset = \"kannel\"\n[sms.request.query]\nsmsc = \"second\"\n")
	if got, err := kannel.overPreset(); err != nil || got.Request.Query["smsc"] != "second" || got.Request.Query["username"] == nil {
		t.Errorf("a field more in a query: %v, %v", got.Request.Query, err)
	}
}

// Presets are shared by nobody: what one entry adds is not in another.
func TestPresetsAreNotShared(t *testing.T) {
	one := configOf(t, "[[sms]]\npreset = \"smsc\"\n[sms.faults]\n77 = \"temporary\"\n")
	if _, err := one.overPreset(); err != nil {
		t.Fatal(err)
	}
	other, err := Config{Preset: "smsc"}.overPreset()
	if err != nil || other.Faults["77"] != "" {
		t.Errorf("another entry has %v, %v", other.Faults, err)
	}
}

func TestUnknownKeysHaveTheirLine(t *testing.T) {
	for _, key := range []string{"[sms.report.signature]\nheadr = \"X\"", "[sms.poll]\neverry = \"1m\"", "[sms.balance]\namont = \".\"", "[sms.about]\nname = \"x\"", "verified = []"} {
		var file struct {
			SMS []Config `toml:"sms"`
		}
		d := toml.NewDecoder(strings.NewReader("[[sms]]\nname = \"x\"\n" + key + "\n"))
		d.DisallowUnknownFields()
		strict, ok := errors.AsType[*toml.StrictMissingError](d.Decode(&file))
		if !ok || len(strict.Errors) != 1 {
			t.Errorf("%q: no error", key)
			continue
		}
		if line, _ := strict.Errors[0].Position(); line != 3+strings.Count(key, "\n") {
			t.Errorf("%q is found in line %d", key, line)
		}
	}
}
