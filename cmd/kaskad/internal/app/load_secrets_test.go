package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What everyone on the machine can read is warned of when a secret stands in it, and not when one is only named.
func TestSecretsThatEveryoneCanRead(t *testing.T) {
	t.Setenv("KASKAD_TEST_TOKEN", "1:secret")
	sms := "[[sms]]\nname = \"main\"\npreset = \"turbosms\"\nsender = \"Shop\"\nprice = { amount = \"1\", currency = \"UAH\" }\n"
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		warn bool
	}{
		"a token":                                {"[telegram]\ntoken = \"1:secret\"\n", 0o644, true},
		"a token in a file of the owner":         {"[telegram]\ntoken = \"1:secret\"\n", 0o600, false},
		"a token in the environment":             {"[telegram]\ntoken = \"env:KASKAD_TEST_TOKEN\"\n", 0o644, false},
		"a token in a file of its own":           {"[telegram]\ntoken_file = \"token\"\n", 0o644, false},
		"a provider's token":                     {sms + "token = \"secret\"\n", 0o644, true},
		"a provider's token in the environment":  {sms + "token = \"env:KASKAD_TEST_TOKEN\"\n", 0o644, false},
		"the secret of a provider's reports":     {sms + "token_file = \"token\"\nreport_secret = \"secret\"\n", 0o644, true},
		"one in the environment, another is not": {"[telegram]\ntoken = \"env:KASKAD_TEST_TOKEN\"\n" + sms + "token = \"secret\"\n", 0o644, true},
		"none at all":                            {"[company]\nname = \"Shop\"\n", 0o644, false},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "config.toml")
		if err := os.WriteFile(filepath.Join(dir, "token"), []byte("1:secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, faults := Load(path)
		warned := false
		for _, f := range faults {
			warned = warned || f.Warning && strings.Contains(f.Problem, "holds secrets and everyone")
		}
		if warned != c.warn {
			t.Errorf("%s: warned %t, want %t; %v", name, warned, c.warn, faults)
		}
	}
}

// A command that talks to the running gateway runs where its secrets are not; whatever else is wrong is told there too.
func TestAClientNeedsNoSecrets(t *testing.T) {
	sms := "[[sms]]\nname = \"main\"\npreset = \"turbosms\"\nsender = \"Shop\"\nprice = { amount = \"1\", currency = \"UAH\" }\n[spend]\nper_day = { amount = \"5\", currency = \"UAH\" }\n"
	for name, c := range map[string]struct {
		text, fault string // fault: of a client; empty: none
	}{
		"a token in another environment":         {"[telegram]\ntoken = \"env:KASKAD_TEST_NOWHERE\"\n", ""},
		"a token in a file out of reach":         {"[telegram]\ntoken_file = \"nowhere\"\n", ""},
		"another channel's":                      {"public_url = \"https://bots.example.com\"\n[viber]\nname = \"Shop\"\nprice = { amount = \"0.84\", currency = \"UAH\" }\ntoken = \"env:KASKAD_TEST_NOWHERE\"\n[spend]\nper_day = { amount = \"5\", currency = \"UAH\" }\n", ""},
		"a provider's":                           {sms[:strings.Index(sms, "[spend]")] + "token = \"env:KASKAD_TEST_NOWHERE\"\n" + sms[strings.Index(sms, "[spend]"):], ""},
		"a key of TLS":                           {"tls = { cert_file = \"nowhere\", key_file = \"nowhere\" }\n[telegram]\ntoken = \"1:secret\"\n", ""},
		"a token that stands in two places":      {"[telegram]\ntoken = \"env:KASKAD_TEST_NOWHERE\"\ntoken_file = \"nowhere\"\n", "not both"},
		"something wrong beside it":              {"[company]\nlocale = \"../..\"\n[telegram]\ntoken = \"env:KASKAD_TEST_NOWHERE\"\n", "company.locale"},
		"a token in the file that cannot be one": {"[telegram]\ntoken = \"no token\"\n", "telegram.token"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.toml")
			if err := os.WriteFile(path, []byte("[server]\ndata_dir = \"data\"\n"+c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, faults := Load(path); !faults.Errors() {
				t.Error("the gateway would start with it")
			}
			cfg, faults := loadForClient(path)
			if faults.Errors() != (c.fault != "") || !strings.Contains(faults.Error(), c.fault) {
				t.Fatalf("faults %v, want %q", faults, c.fault)
			}
			if c.fault != "" {
				return
			}
			if _, err := loadWords(cfg); err != nil {
				t.Error(err)
			}
			if channels, err := openChannels(cfg, deps{}); err != nil || len(channels) == 0 {
				t.Errorf("%d channels, %v", len(channels), err)
			}
		})
	}
}
