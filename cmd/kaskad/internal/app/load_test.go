package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	if p := cfg.Telegram.Price; p.Amount != "0" || p.Currency != want.Spend.PerDay.Currency {
		t.Errorf("a Telegram message costs %+v; want 0 in the currency of [spend]", p)
	}
	want.Telegram.Price = cfg.Telegram.Price // filled in from the others when it is loaded
	if cfg.Server.Listen != want.Server.Listen || cfg.Server.CatchUp != want.Server.CatchUp || *cfg.Frequency.Marketing != *want.Frequency.Marketing ||
		*cfg.Spend.PerDay != *want.Spend.PerDay || cfg.Telegram != want.Telegram || cfg.Company.Timezone != want.Company.Timezone {
		t.Errorf("config.example.toml says other things than the defaults: %+v", cfg)
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
		"a wait in bare seconds":           {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = 900 }]\n", "config.toml:4"},
		"a deadline in bare hours":         {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\" }]\ndeadline = 24\n", "config.toml:5"},
		"a channel named twice":            {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = \"1h\" }, { channel = \"telegram\" }]\n", "named twice"},
		"a proof that nothing can give":    {bot + "[cascades.a]\nsteps = [{ channel = \"telegram\", until = \"clicked\" }]\n", "only a click gives"},
		"a language that is none":          {"[company]\nlocale = \"xx-invalid-zz\"\n", "no language"},
		"a country that is none":           {"[company]\ncountry = \"ZZ\"\n", "no country"},
		"a port that is none":              {"[server]\nadmin = \"127.0.0.1:99999\"\n", "no address"},
		"a secret that anybody guesses":    {"[[sms]]\nname = \"a\"\nreport_secret = \"a\"\n", "too short"},
		"a token that travels in clear":    {bot + "api_url = \"http://telegram.example.com\"\n", "plain http"},
		"a price of Telegram that is none": {bot + "price = { amount = \"x\", currency = \"UAH\" }\n", "config.toml:3"},
		"prices of two currencies":         {bot + "price = { amount = \"0.1\", currency = \"EUR\" }\n[spend]\nper_day = { amount = \"5\", currency = \"UAH\" }\n", "one currency"},
		"a number where a name is meant":   {"[company]\nname = 5\n", "cannot be an integer"},
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

// One wrong value must not hide the others of its section: not when the token cannot be read, which switches the channel on, and
// not when a line cannot be decoded at all. And it must not bring faults along that are only its own consequence.
func TestOneBadValueHidesNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // the faults, warnings not among them, as LINE KEY
	}{
		"a token that is none":                      {"[telegram]\ntoken = \"x\"\nupdates = \"x\"\napi_url = \"x\"\nrate = -5\n", []string{"2 telegram.token", "3 telegram.updates", "4 telegram.api_url", "5 telegram.rate"}},
		"a token that the environment lacks":        {"[telegram]\ntoken = \"env:KASKAD_NOPE\"\nupdates = \"x\"\nrate = -5\n", []string{"2 telegram.token", "3 telegram.updates", "4 telegram.rate"}},
		"a token in a file that is not there":       {"[telegram]\ntoken_file = \"nope\"\nupdates = \"x\"\nrate = -5\n", []string{"2 telegram.token_file", "3 telegram.updates", "4 telegram.rate"}},
		"a token written in two ways":               {"[telegram]\ntoken = \"x\"\ntoken_file = \"nope\"\nrate = -5\n", []string{"2 telegram.token", "4 telegram.rate"}},
		"a token that is a number":                  {"[telegram]\ntoken = 5\nrate = \"x\"\nstaff_chat = 7\nupdates = \"x\"\n", []string{"2 telegram.token", "3 telegram.rate", "4 telegram.staff_chat", "5 telegram.updates"}},
		"values of the wrong kind":                  {"[telegram]\nrate = 2020-01-01\nupdates = [1]\napi_url = {a = 1}\n", []string{"2 telegram.rate", "3 telegram.updates", "4 telegram.api_url"}},
		"a section written as a list":               {"[[telegram]]\n[company]\nlocale = \"xx-invalid-zz\"\n", []string{"1 telegram[0]", "3 company.locale"}},
		"a value that is not there":                 {"[telegram]\nrate =\n[company]\nname = 5\ntimezone = \"Mars\"\n", []string{"2 ", "4 company.name", "5 company.timezone"}},
		"a key that stands twice":                   {"[company]\nlocale = \"uk\"\nlocale = \"ru\"\ntimezone = \"Mars\"\n", []string{"3 company.locale", "4 company.timezone"}},
		"a bare number that is no known duration":   {"[server]\ncatch_up = 900\n[cascades.a]\nsteps = 5\n[cascades.b]\nsteps = [{ channel = 5 }]\n", []string{"2 ", "4 cascades.a.steps", "6 cascades.b.steps"}},
		"a provider whose values cannot be read":    {provider("name = 5", "price = { amount = 92, currency = \"UAH\" }", "max_parts = \"two\"", "rate = -3"), []string{"2 sms[0].name", "3 sms[0].price", "4 sms[0].max_parts", "5 sms[0].rate"}},
		"a provider whose values are wrong":         {provider("name = \"A B\"", "price = { amount = \"x\", currency = \"UAH\" }", "max_parts = 900", "rate = -3"), []string{"2 sms[0].name", "3 sms[0].price", "4 sms[0].max_parts", "5 sms[0].rate"}},
		"a provider whose token cannot be read":     {provider("name = \"a\"", "price = { amount = \"1\", currency = \"UAH\" }", "token = \"env:KASKAD_NOPE\"", "rate = -3"), []string{"4 sms[0].token", "5 sms[0].rate"}},
		"the second of two providers is at fault":   {provider("name = \"a\"", "price = { amount = \"1\", currency = \"UAH\" }") + provider("name = \"b\"", "price = 5", "rate = \"x\""), []string{"12 sms[1].price", "13 sms[1].rate"}},
		"a preset that is not there":                {"[[sms]]\nname = \"a\"\npreset = \"turbo\"\nprice = 5\nsender = \"ShopShopShop\"\nrate = -1\n[sms.faults]\n44 = \"broken\"\n", []string{"3 sms[0].preset", "4 sms[0].price", "5 sms[0].sender", "6 sms[0].rate", "8 sms[0].faults.44"}},
		"a name of two providers, and other things": {provider("name = \"a\"", "price = { amount = \"1\", currency = \"UAH\" }") + provider("name = \"a\"", "price = { amount = \"1\", currency = \"UAH\" }", "rate = -1"), []string{"11 sms[1].name", "13 sms[1].rate"}},
	} {
		_, faults := load(t, c.text)
		var got []string
		for _, f := range faults {
			if !f.Warning {
				got = append(got, fmt.Sprint(f.Line, " ", f.Key))
			}
			if strings.Contains(f.Problem, "struct") || strings.Contains(f.Problem, "float64") {
				t.Errorf("%s: the words of Go are no words for an operator: %s", name, f.Problem)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: faults at\n%q, want\n%q\n%v", name, got, c.want, faults)
		}
	}
}

// provider is one [[sms]] with lines of its own.
func provider(lines ...string) string {
	return "[[sms]]\n" + strings.Join(lines, "\n") + `
api_url = "https://sms.example.com"
[sms.request]
path = "/send"
form = { to = "{{.to}}", text = "{{.text}}" }
[sms.accept]
id = ".id"
`
}
