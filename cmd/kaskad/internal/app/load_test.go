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

func TestWhatLooksRightAndIsNot(t *testing.T) {
	const bot = "[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n"
	for name, c := range map[string]struct{ text, says string }{
		"a wait in bare seconds":         {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = 900 }]\n", "config.toml:4"},
		"a deadline in bare hours":       {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\" }]\ndeadline = 24\n", "config.toml:5"},
		"a channel named twice":          {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = \"1h\" }, { channel = \"telegram\" }]\n", "named twice"},
		"a proof that nothing can give":  {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", until = \"clicked\" }]\n", "nothing can give"},
		"a language that is none":        {"[company]\nlocale = \"xx-invalid-zz\"\n", "no language"},
		"a country that is none":         {"[company]\ncountry = \"ZZ\"\n", "no country"},
		"a port that is none":            {"[server]\nadmin = \"127.0.0.1:99999\"\n", "no address"},
		"a secret that anybody guesses":  {"[[sms]]\nname = \"a\"\nreport_secret = \"a\"\n", "too short"},
		"a token that travels in clear":  {bot + "api_url = \"http://telegram.example.com\"\n", "plain http"},
		"a number where a name is meant": {"[company]\nname = 5\n", "cannot be a integer"},
	} {
		_, faults := load(t, c.text)
		all := ""
		for _, f := range faults {
			all += f.String() + "\n"
		}
		if !strings.Contains(all, c.says) {
			t.Errorf("%s: nothing with %q among:\n%s", name, c.says, all)
		}
		if strings.Contains(all, "Go value") || strings.Contains(all, "struct field") {
			t.Errorf("%s: the words of Go are no words for an operator:\n%s", name, all)
		}
	}
}
