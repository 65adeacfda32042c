package main

import (
	"strings"
	"testing"
)

func TestATableThatIsTooWideStandsUpright(t *testing.T) {
	const wide = `       KEPT            GOES INTO IT
name   Олена Шевченко  Ірина Ткач
phone  +380501112201
`
	const narrow = `name
  kept          Олена Шевченко
  goes into it  Ірина Ткач
phone
  kept  +380501112201
`
	for name, c := range map[string]struct {
		columns int
		want    string
	}{
		"no terminal":      {0, wide},
		"it fits":          {35, wide},
		"a column too few": {34, narrow},
	} {
		var out strings.Builder
		b := &beside{out: &out, heads: []string{"KEPT", "GOES INTO IT"}}
		b.row("name", "Олена Шевченко", "Ірина Ткач")
		b.row("phone", "+380501112201", "")
		b.row("e-mail", "", "")
		if err := b.fit(c.columns); err != nil {
			t.Fatal(err)
		}
		if got := trimmed(out.String()); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func trimmed(text string) string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}
