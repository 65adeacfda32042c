package app

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows is who may import whom: docs/architecture.md draws it. A package that is not listed may import nothing of ours, and a
// pattern ending in /* stands for every package below.
var arrows = []struct {
	from string
	to   []string
}{
	{"templates", nil},
	{"bots", nil},
	{"bots/simulator/internal/stage", nil},
	{"bots/simulator/internal/stagetest", nil},
	{"bots/simulator/*", []string{"bots/simulator/internal/stage"}},
	{"bots/bottest", []string{"bots"}},
	{"bots/*", []string{"bots"}},
	{"fallback", []string{"bots", "templates"}},
	{"fallback/fallbacktest", []string{"bots", "fallback"}},
	{"fallback/*", []string{"bots"}},
	{internal + "people", []string{"bots"}},
	{internal + "store", []string{"bots", "fallback", "templates", "fallback/*", "bots/*", internal + "*"}},
	{internal + "store/storetest", []string{"bots", "fallback", "fallback/fallbacktest"}},
	{internal + "contacts", []string{"bots", "fallback"}},
	{internal + "api", []string{"bots", "fallback", "templates", internal + "people", internal + "contacts", internal + "qrcode", internal + "evidence", internal + "export", internal + "webhooks"}},
	{internal + "export", []string{"bots", "fallback", internal + "tongues"}},
	{internal + "erasure", []string{"bots", "fallback"}},
	{internal + "signon", []string{"bots"}},
	{internal + "inbox", []string{"bots", internal + "people", internal + "qrcode", internal + "signon"}},
	{internal + "qrcode", nil},
	{internal + "evidence", []string{"bots", "fallback", internal + "tongues"}},
	{internal + "tongues", nil},
	{internal + "tongues/tonguestest", []string{internal + "tongues"}},
	{internal + "control", []string{"bots", "fallback", "templates", internal + "people"}},
	{internal + "dialogue", []string{"bots", "fallback", "fallback/sms", "templates"}},
	{internal + "barcode", nil},
	{internal + "desk", []string{"bots", "fallback", "templates"}},
	{internal + "tickets", []string{"bots", "fallback"}},
	{internal + "diagram", []string{"bots", "fallback"}},
	{internal + "media", []string{"bots"}},
	{internal + "webhooks", []string{"bots"}},
	{internal + "webhooks/webhookstest", []string{internal + "webhooks"}},
	{internal + "backups", nil},
	{internal + "keyring", nil},
	{internal + "alert", nil},
	{internal + "mail", []string{"bots"}},
	{internal + "ticks", []string{"bots", "fallback"}},
	{internal + "search", []string{"bots", "fallback"}},
	{internal + "mailing", []string{"bots", "templates", internal + "sheet"}},
	{internal + "intake", []string{"bots", "templates", internal + "sheet"}},
	{internal + "links", []string{"bots", "fallback", "templates", internal + "qrcode"}},
	{internal + "demo", []string{"bots/simulator/*", "bots", "fallback", "templates"}},
	{internal + "torture", []string{"bots/simulator/*"}},
	{internal + "bench", []string{"bots", "fallback", "bots/simulator/*", internal + "store", internal + "contacts"}},
	{internal + "app", []string{"*"}},
	{"cmd/kaskad", []string{internal + "app"}},
}

const internal = "cmd/kaskad/internal/"

// testArrows are what tests may import besides: simulators at the wire, and what all implementations share.
var testArrows = map[string][]string{
	"bots/viber":                        {"bots/bottest", "bots/simulator/viber"},
	"bots/telegram":                     {"bots/bottest", "bots/simulator/telegram"},
	"bots/whatsapp":                     {"bots/bottest", "bots/simulator/whatsapp"},
	"bots/whatsappcloud":                {"bots/bottest", "bots/simulator/graph"},
	"bots/simulator/graph":              {"bots/simulator/internal/stagetest"},
	"bots/simulator/sms":                {"bots/simulator/internal/stagetest"},
	"bots/simulator/telegram":           {"bots/simulator/internal/stagetest"},
	"bots/simulator/viber":              {"bots/simulator/internal/stagetest"},
	"bots/simulator/internal/stagetest": {"bots/simulator/internal/stage"},
	"fallback/sms":                      {"bots/bottest", "bots/simulator/sms"},
	"fallback":                          {"fallback/fallbacktest"},
	"fallback/fallbacktest":             {"templates"},
	internal + "store":                  {"fallback/fallbacktest", internal + "store/storetest"},
	internal + "api":                    {"fallback/fallbacktest", internal + "webhooks/webhookstest"},
	internal + "webhooks":               {internal + "webhooks/webhookstest"},
	internal + "control":                {"fallback/fallbacktest", internal + "api"},
	internal + "links":                  {"fallback/fallbacktest"},
	internal + "dialogue":               {"fallback/fallbacktest"},
	internal + "desk":                   {"fallback/fallbacktest"},
	internal + "tickets":                {"fallback/fallbacktest", "templates", internal + "desk"},
	internal + "mail":                   {"bots/simulator/smtp"},
	internal + "evidence":               {internal + "tongues/tonguestest"},
	internal + "export":                 {internal + "tongues/tonguestest"},
	"cmd/kaskad":                        {"bots/simulator/*", "bots", "fallback", internal + "store"},
	"bots":                              {"bots/simulator/*"},
	internal + "people":                 {},
}

func TestWhoMayImportWhom(t *testing.T) {
	for _, p := range packages(t) {
		allowed := allowedFrom(p.name)
		for _, to := range p.imports {
			if !matches(to, allowed) {
				t.Errorf("%s imports %s; it may import %v. A new arrow is a line in this test and in docs/architecture.md.", p.name, to, allowed)
			}
		}
		for _, to := range p.tests {
			if to != p.name && !matches(to, slices.Concat(allowed, testArrows[p.name])) {
				t.Errorf("the tests of %s import %s; they may import %v and %v.", p.name, to, allowed, testArrows[p.name])
			}
		}
	}
}

// The page draws the arrows as they are.
func TestThePageDrawsTheArrows(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.+`) \\| (.+?) \\| .+ \\|$").FindAllStringSubmatch(string(page), -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			name := strings.Replace(m[1], "…/internal/", internal, 1)
			drawn[name] = true
			if want := inWords(allowedFrom(name)); row[2] != want {
				t.Errorf("docs/architecture.md lets %s import %q; the test, %q", name, row[2], want)
			}
		}
	}
	for _, a := range arrows {
		if !drawn[a.from] && !strings.HasSuffix(a.from, "/*") {
			t.Errorf("docs/architecture.md has no row of %s", a.from)
		}
	}
}

func inWords(to []string) string {
	if len(to) == 0 {
		return "–"
	}
	return strings.NewReplacer(internal+"*", "internal/*", internal, "").Replace(strings.Join(to, ", "))
}

type pkg struct {
	name           string
	imports, tests []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "kaskad/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, pkg{strip(p.ImportPath), ours(p.Imports), ours(append(p.TestImports, p.XTestImports...))})
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func strip(path string) string { return strings.TrimPrefix(path, "kaskad/") }

func ours(imports []string) []string {
	var found []string
	for _, i := range imports {
		if strings.HasPrefix(i, "kaskad/") {
			found = append(found, strip(i))
		}
	}
	return found
}

// allowedFrom is the first line of the table that is about the package: exact lines stand before patterns.
func allowedFrom(name string) []string {
	for _, exact := range []bool{true, false} {
		for _, a := range arrows {
			if exact && a.from == name || !exact && strings.HasSuffix(a.from, "/*") && matches(name, []string{a.from}) {
				return a.to
			}
		}
	}
	return nil
}

func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		prefix, deep := strings.CutSuffix(p, "*")
		return p == name || deep && strings.HasPrefix(name, prefix)
	})
}
