package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, text string) (*Config, Faults) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func TestTheExampleIsTheDefault(t *testing.T) {
	cfg, faults := Load("../../../../config.example.toml")
	if faults.Errors() {
		t.Fatalf("config.example.toml has faults:\n%v", faults)
	}
	want := Default()
	if cfg.Server.Listen != want.Server.Listen || cfg.Server.CatchUp != want.Server.CatchUp || *cfg.Frequency.Marketing != *want.Frequency.Marketing ||
		*cfg.Spend.PerDay != *want.Spend.PerDay || cfg.Telegram != want.Telegram || cfg.Company.Timezone != want.Company.Timezone {
		t.Errorf("config.example.toml says other things than the defaults: %+v", cfg)
	}
}

// The example's commented parts are an example too: with the comment signs gone they must be a configuration.
func TestTheExampleUncommentedWorks(t *testing.T) {
	raw, err := os.ReadFile("../../../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	code := false
	for _, line := range strings.Split(string(raw), "\n") {
		if strings.HasPrefix(line, "# [") {
			code = true
		}
		if line == "" {
			code = false
		}
		if code {
			line = strings.TrimPrefix(line, "# ")
		}
		lines = append(lines, line)
	}
	t.Setenv("SMS_TOKEN", "secret")
	text := strings.Replace(strings.Join(lines, "\n"), `token      = ""`, `token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"`, 1)
	if _, faults := load(t, text); faults.Errors() {
		t.Errorf("the example has faults:\n%v", faults)
	}
}

func TestAllFaultsAtOnceWithTheirLines(t *testing.T) {
	_, faults := load(t, strings.TrimLeft(`
[company]
nam = "Shop"
timezone = "Mars/Base"
[server]
catch_up = "soon"
public_url = "http://bots.example.com"
[telegram]
token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
rate = "fast"
[cascades.a]
steps = [
  { channel = "telegram", until = "seen" },
  { channel = "pigeon", wait = "1h" },
]
deadline = "1 day"
[frequency]
same_message = "1h"
unknown = 1
`, "\n"))
	want := map[int]string{
		2: "unknown key", 3: "no time zone", 5: "no duration", 6: "https", 9: "", 12: "no proof", 13: "no channel", 15: "no duration", 18: "unknown key",
	}
	for line, word := range want {
		found := false
		for _, f := range faults {
			found = found || f.Line == line && !f.Warning && strings.Contains(f.Problem, word)
		}
		if !found {
			t.Errorf("line %d: no fault with %q among:\n%v", line, word, faults)
		}
	}
}

func TestSecretsComeThreeWays(t *testing.T) {
	dir := t.TempDir()
	const token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TG", token)
	for name, line := range map[string]string{
		"the value":       `token = "` + token + `"`,
		"a file":          `token_file = "token"`,
		"the environment": `token = "env:TG"`,
	} {
		path := filepath.Join(dir, "config.toml")
		if err := os.WriteFile(path, []byte("[telegram]\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, faults := Load(path)
		if faults.Errors() || cfg.Telegram.Token.Reveal() != token {
			t.Errorf("%s: token %q, faults %v", name, cfg.Telegram.Token.Reveal(), faults)
		}
	}
}

func TestSecretsAreNeverInFaults(t *testing.T) {
	_, faults := load(t, "[telegram]\ntoken = \"not-a-token-but-secret\"\n")
	if !faults.Errors() {
		t.Fatal("a bad token is no fault")
	}
	if strings.Contains(faults.Error(), "but-secret") {
		t.Errorf("the token is in: %v", faults)
	}
}
