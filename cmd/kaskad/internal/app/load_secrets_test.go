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
