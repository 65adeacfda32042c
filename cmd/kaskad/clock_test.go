package main

import (
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// A moment half an hour before midnight, UTC, is of the next day in the shop: every command says so, and names the zone.
func TestTimesAreThoseOfTheCompanysClocks(t *testing.T) {
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 1, 31, 23, 30, 15, 0, time.UTC)
	for name, c := range map[string]struct {
		print func(out *strings.Builder) error
		want  []string
	}{
		"contacts find": {func(out *strings.Builder) error {
			return new(findCmd).show(out, &app.FoundPeople{Messages: []app.FoundMessage{{At: late, Direction: "in"}}}, kyiv)
		}, []string{"WROTE (Europe/Kyiv)", "2026-02-01 01:30 in"}},
		"audit": {func(out *strings.Builder) error {
			return printAudit(out, &app.AuditPage{Items: []app.AuditLine{{At: late}}}, kyiv)
		}, []string{"WHEN (Europe/Kyiv)", "2026-02-01 01:30:15"}},
		"contacts erase": {func(out *strings.Builder) error {
			return printErased(out, &app.ErasedView{CompactAt: late}, kyiv)
		}, []string{"until 2026-02-01 01:30 (Europe/Kyiv) at the latest"}},
		"quarantine show": {func(out *strings.Builder) error {
			(&quarantined{At: late}).print(out, kyiv)
			return nil
		}, []string{"came 2026-02-01 01:30:15 (Europe/Kyiv)"}},
	} {
		var out strings.Builder
		if err := c.print(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("kaskad %s prints\n%s\nwant %q", name, out.String(), want)
			}
		}
	}
}
