package evidence

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// A list tells days of the company's clock: the fourth of May in Kyiv begins on the third in UTC, and nobody said anything on the third.
func TestTheDocumentIsReadByTheCompanysClock(t *testing.T) {
	for zone, want := range map[string]string{"Europe/Kyiv": "2026-05-04 00:00:00", "": "2026-05-03 21:00:00", "Nowhere/Atall": "2026-05-03 21:00:00"} {
		f := facts()
		f.Zone, f.Locale = zone, "uk"
		f.Statements[0].At = time.Date(2026, 5, 3, 21, 0, 0, 0, time.UTC)
		f.Contact.Marketing = bots.Consent{State: bots.Given, At: f.Statements[0].At, ByPerson: true, Source: "form"}
		f.Contact.Created = f.Statements[0].At
		d := Build(f)
		before := d.Lines[0].At
		var text, page strings.Builder
		if err := d.Text(&text); err != nil {
			t.Fatal(err)
		}
		if err := d.HTML(&page); err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{"1. " + want + " маркетинг: дано", "маркетинг: дано, " + want + ", хто: людина"} {
			if !strings.Contains(text.String(), w) {
				t.Errorf("%q: the text has no %q:\n%s", zone, w, text.String())
			}
		}
		if !strings.Contains(page.String(), `<td class="when">`+want+"</td>") || !strings.Contains(page.String(), "відома з "+want) {
			t.Errorf("%q: the page has no %s:\n%s", zone, want, page.String())
		}
		if d.Lines[0].At != before || d.Lines[0].At.Location() != time.UTC {
			t.Errorf("%q: to show the document has changed it: %v", zone, d.Lines[0].At)
		}
	}
}
