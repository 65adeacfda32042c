package sms

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/sms"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/sms.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every example of the document is an entry that works.
func TestDocumentedExamples(t *testing.T) {
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(document(t), -1)
	if len(examples) != 5 {
		t.Errorf("%d examples, want 5", len(examples))
	}
	for _, example := range examples {
		cfg := configOf(t, example[1])
		if err := cfg.Validate(); err != nil {
			t.Errorf("%v\n%s", err, example[1])
		}
		if cfg.Name == "own" {
			works(t, cfg)
		}
	}
}

// works sends with an example, and asks all that it can ask.
func works(t *testing.T, cfg Config) {
	s := startSimulator(t, simulator.Options{})
	cfg.APIURL, cfg.Token = s.URL(), bots.Secret(s.Token())
	p := newProvider(t, cfg)
	got, err := p.Send(t.Context(), message(strings.Repeat("ж", 71)))
	if err != nil || got.Parts != 2 {
		t.Fatalf("Send = %+v, %v", got, err)
	}
	if err := s.Report(got.ID, simulator.Delivered); err != nil {
		t.Fatal(err)
	}
	batch, err := p.Ask(t.Context(), []Awaited{{ID: got.ID, Step: got.Step, Phone: anna}})
	if err != nil || len(batch.Events) != 1 || batch.Events[0].Receipt.Level != bots.Delivered {
		t.Errorf("Ask = %+v, %v", batch, err)
	}
	if m, err := p.Balance(t.Context()); err != nil || m.String() != "999 UAH" {
		t.Errorf("Balance = %v, %v", m, err)
	}
}

// The table of presets says what the files say.
func TestDocumentedPresets(t *testing.T) {
	rows := map[string][]string{}
	for _, line := range strings.Split(document(t), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) == 9 {
			name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(cells[1]), "`"), "`")
			rows[name] = cells
		}
	}
	for _, p := range Presets() {
		row := rows[p.Name]
		if row == nil {
			t.Errorf("%s is not in the table", p.Name)
			continue
		}
		for _, key := range p.Keys {
			if !strings.Contains(row[2], "`"+key+"`") {
				t.Errorf("%s: the table does not ask for %s", p.Name, key)
			}
		}
		var unverified []string
		for _, part := range p.Unverified {
			unverified = append(unverified, "`"+part+"`")
		}
		for what, ok := range map[string]bool{
			"reports":    strings.Contains(row[3], "reports") == p.Reports,
			"asked":      strings.Contains(row[3], "asked") == p.Polls,
			"signed":     strings.Contains(row[3], "signed") == p.Signed,
			"replies":    strings.Contains(row[5], "yes") == p.Inbound,
			"balance":    strings.Contains(row[6], "yes") == p.Balance,
			"unverified": strings.TrimSpace(row[7]) == strings.Join(unverified, ", "),
			"each goes":  strings.Contains(row[4], "each message") == strings.HasPrefix(p.ReportsAt, "nowhere"),
		} {
			if !ok {
				t.Errorf("%s: the table is wrong about %q: %s", p.Name, what, strings.Join(row, "|"))
			}
		}
	}
}
