package diagram

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"kaskad/bots"
	"kaskad/fallback"
)

var update = flag.Bool("update", false, "rewrite docs/cascade.svg")

// sample is the cascade of the documentation, as an operator writes it.
const sample = `
[loyalty]
steps = [
  { channel = "telegram", wait = "15m", until = "read" },
  { channel = "viber", wait = "30m", until = "read" },
  { channel = "sms" },
]
paid_steps = 2
`

func channels() map[string]fallback.Channel {
	paid := bots.Money{Amount: 9200, Currency: "UAH"}
	return map[string]fallback.Channel{
		bots.Telegram: {Limits: bots.Limits{Reports: bots.Accepted, CanEngage: true}},
		bots.Viber:    {Limits: bots.Limits{Reports: bots.Read, CanEngage: true}, Price: paid},
		bots.SMS:      {Limits: bots.Limits{Reports: bots.Delivered}, Price: paid},
	}
}

func build(t *testing.T, name, text string) fallback.Cascade {
	t.Helper()
	var written map[string]fallback.CascadeConfig
	if err := toml.Unmarshal([]byte(text), &written); err != nil {
		t.Fatal(err)
	}
	all, faults := (&fallback.Config{Cascades: written}).Cascade(channels())
	for _, f := range faults {
		if !f.Warning {
			t.Fatal(f)
		}
	}
	return all[name]
}

// The picture in the documentation is the one that the code draws.
func TestThePictureOfTheDocs(t *testing.T) {
	got, err := Cascade(build(t, "loyalty", sample), channels())
	if err != nil {
		t.Fatal(err)
	}
	const path = "../../../../docs/cascade.svg"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/cascade.svg is not what the code draws (%v); go test ./cmd/kaskad/internal/diagram -update", err)
	}
}

func TestCascade(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		says []string
		not  []string
	}{
		"waits, proofs and rules": {sample, []string{
			"Telegram", "no proof in 15m", "Viber", "no proof in 30m", "SMS", "delivered", "quiet from 21:00 to 09:00", "after 1d of allowed time", "at most 2 paid steps", "unconfirmed", "the person chose comes first",
		}, []string{"order is settled"}},
		"one step, never quiet, cheapest": {
			"[loyalty]\nsteps = [{ channel = \"telegram\", wait = \"1h\", until = \"replied\" }]\norder = \"cheapest\"\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\n",
			[]string{"a reply", "cheapest"}, []string{"quiet from", "costs money", "paid step"},
		},
	} {
		got, err := Cascade(build(t, "loyalty", c.text), channels())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wellFormed(t, name, got)
		for _, s := range c.says {
			if !strings.Contains(string(got), s) {
				t.Errorf("%s: the picture does not say %q", name, s)
			}
		}
		for _, s := range c.not {
			if strings.Contains(string(got), s) {
				t.Errorf("%s: the picture says %q", name, s)
			}
		}
	}
}

// A name is text, whatever it holds.
func TestNamesAreNoMarkup(t *testing.T) {
	c := build(t, "loyalty", sample)
	c.Name = `"><script>alert(1)</script>`
	got, err := Cascade(c, channels())
	if err != nil || strings.Contains(string(got), "<script") {
		t.Errorf("%v\n%s", err, got)
	}
	wellFormed(t, c.Name, got)
}

func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: no XML: %v", name, err)
			return
		}
	}
}
