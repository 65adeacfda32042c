package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const aBot = "[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n"

// What is written and would silently mean something else is said, at its line.
func TestWhatIsWrittenAndNotMeant(t *testing.T) {
	const open = "other machines"
	sms := func(lines ...string) string {
		return provider(append([]string{"name = \"a\"", "price = { amount = \"1\", currency = \"UAH\" }"}, lines...)...)
	}
	viber := "[viber]\ntoken = \"4453b6ac12345678-e02c5f12174805f9-daec9cbb5448c51f\"\nname = \"Shop\"\nprice = { amount = \"1\", currency = \"UAH\" }\n"
	for name, c := range map[string]struct {
		text string
		want []string // LINE KEY: a word of it
	}{
		"no time at all":                      {aBot + "[cascades.a]\nsteps = [{ channel = \"telegram\" }]\ndeadline = \"0s\"\n", []string{"5 cascades.a.deadline: leave it out"}},
		"a ramp of no time":                   {aBot + "[cascades.a]\nsteps = [{ channel = \"telegram\" }]\nquiet_hours = { from = \"21:00\", to = \"09:00\", ramp = \"0s\" }\n", []string{"5 cascades.a.quiet_hours.ramp: leave it out"}},
		"a bot that may send nothing":         {aBot + "rate = 0\n", []string{"3 telegram.rate: "}},
		"a Viber bot that may send nothing":   {"[server]\npublic_url = \"https://bots.example.com\"\n" + viber + "rate = 0\n", []string{"7 viber.rate: leave it out"}},
		"a provider that may send nothing":    {sms("rate = 0"), []string{"4 sms[0].rate: leave it out"}},
		"a message of no parts":               {sms("max_parts = 0"), []string{"4 sms[0].max_parts: leave it out"}},
		"a bad wait beside a bad proof":       {aBot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = \"-5m\", until = \"reed\" }]\n", []string{"4 cascades.a.steps[0].wait: no duration", "4 cascades.a.steps[0].until: reed"}},
		"two bad waits on a line":             {aBot + "[cascades.a]\nsteps = [{ channel = \"telegram\", wait = \"-5m\", until = \"reed\" }, { channel = \"sms\", wait = \"1x\" }]\n", []string{"4 cascades.a.steps[0].wait: -5m", "4 cascades.a.steps[1].wait: 1x", "4 cascades.a.steps[0].until: reed"}},
		"a price that [spend] does not fit":   {strings.Replace(sms(), "UAH", "USD", 1), []string{`3 sms[0].price.currency: write [spend] per_day = { amount = "…", currency = "USD" }`}},
		"the same with [spend] written":       {strings.Replace(sms(), "UAH", "USD", 1) + "[spend]\nper_day = { amount = \"5\", currency = \"UAH\" }\n", []string{"11 spend.per_day.currency: one currency"}},
		"the calls for everyone":              {"[server]\nadmin = \"0.0.0.0:8081\"\n" + aBot, []string{"2 server.admin: " + open}},
		"the calls for everyone, said so":     {"[server]\nadmin = \":8081\"\n" + aBot, []string{"2 server.admin: " + open}},
		"the calls for everyone, by IPv6":     {"[server]\nadmin = \"[::]:8081\"\n" + aBot, []string{"2 server.admin: " + open}},
		"the calls where the world calls":     {"[server]\nlisten = \":8080\"\nadmin = \"\"\n" + aBot, []string{"3 server.admin: " + open}},
		"a port to which Viber does not call": {"[server]\npublic_url = \"https://bots.example.com:8443\"\n" + viber, []string{"2 server.public_url: 443"}},
	} {
		_, faults := load(t, "[company]\nname = \"Shop\"\n"+c.text)
		for _, want := range c.want {
			place, word, _ := strings.Cut(want, ": ")
			row, key, _ := strings.Cut(place, " ")
			if !slices.ContainsFunc(faults, func(f Fault) bool {
				return row == fmt.Sprint(f.Line-2) && f.Key == key && strings.Contains(f.Problem, word)
			}) {
				t.Errorf("%s: nothing like %q among\n%v", name, want, []Fault(faults))
			}
		}
	}
}

func TestWhatIsNoFault(t *testing.T) {
	for name, text := range map[string]string{
		"a byte order mark":                "\ufeff[company]\nname = \"Shop\"\n" + aBot,
		"calls from this machine":          "[company]\nname = \"Shop\"\n[server]\nadmin = \"localhost:8081\"\n" + aBot,
		"calls from a net of one's own":    "[company]\nname = \"Shop\"\n[server]\nadmin = \"10.0.0.5:8081\"\n" + aBot,
		"no limits where 0 means no limit": "[company]\nname = \"Shop\"\n[frequency]\nmarketing = { per_day = 0, per_week = 0 }\nsame_message = \"0s\"\n" + aBot,
	} {
		if _, faults := load(t, text); len(faults) > 0 {
			t.Errorf("%s: %v", name, []Fault(faults))
		}
	}
	if _, faults := load(t, "\xff\xfe[\x00"); len(faults) != 1 || !strings.Contains(faults[0].Problem, "UTF-8") {
		t.Errorf("UTF-16: %v", faults)
	}
}

func TestWhereCodesGo(t *testing.T) {
	for written, want := range map[string]string{
		`countries = ["UA", "PL"]`: "", `countries = []`: "",
		`countries = ["ua"]`: "dialogue.code.countries", `countries = ["Ukraine"]`: "dialogue.code.countries",
	} {
		cfg, faults := load(t, "[company]\nname = \"Shop\"\n[dialogue.code]\n"+written+"\n")
		got := ""
		for _, f := range faults {
			if strings.HasPrefix(f.Key, "dialogue.") {
				got = f.Key
			}
		}
		if got != want {
			t.Errorf("%s: a fault of %q, want %q", written, got, want)
		}
		if want != "" {
			continue
		}
		if rules := cfg.Dialogue.Code.Rules("key", cfg.Company.Country); len(rules.Countries) == 0 || rules.Countries[0] != "UA" {
			t.Errorf("%s: codes go to %v; no list is the company's own country", written, rules.Countries)
		}
	}
}
