package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// off is a key or a table that the example has switched off: "#" and no space.
var off = regexp.MustCompile(`(?m)^#([^ #\n])`)

func exampleText(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(root + "config.example.toml")
	mustAll(t, err)
	return string(raw)
}

// The example with everything in it switched on, and filled in where only the operator can, is a configuration.
func TestTheWholeExampleIsAConfiguration(t *testing.T) {
	text := off.ReplaceAllString(exampleText(t), "$1")
	for _, fill := range [][2]string{
		{"[login]                            # people sign in on the pages at [server] admin: docs/people.md\nurl = \"\"", "[login]\nurl = \"https://kaskad.shop.example\""},
		{`public_url = ""`, `public_url = "https://bots.example.com"`},
		{`token      = ""`, `token      = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"`},
		{`token   = ""`, `token   = "4453b6ac12345678-e02c5f12174805f9-daf9cbb5448c51b0"`},
		{"\nname    = \"\"", "\nname    = \"Shop\""},
		{`price   = { amount = "", currency = "" }`, `price   = { amount = "0.84", currency = "UAH" }`},
		{`enabled          = false`, `enabled          = true`},
		{`phone_number_id = ""`, `phone_number_id = "106540352242922"`},
		{`token           = ""`, `token           = "EAAJB0LUHZC1ABO4Yo9x"`},
		{`app_secret      = ""`, `app_secret      = "5f4dcc3b5aa765d61d8327deb882cf99"`},
		{`verify_token    = ""`, `verify_token    = "a-word-of-ours"`},
		{`price           = { amount = "", currency = "" }`, `price           = { amount = "1.10", currency = "UAH" }`},
	} {
		if strings.Count(text, fill[0]) != 1 {
			t.Fatalf("%s stands %d times in the example", fill[0], strings.Count(text, fill[0]))
		}
		text = strings.Replace(text, fill[0], fill[1], 1)
	}
	for name := range strings.FieldsSeq("SMS_TOKEN SMS_PASSWORD SMS_REPORT_SECRET OIDC_SECRET") {
		t.Setenv(name, "sixteen-letters-or-more")
	}
	t.Setenv("KASKAD_KEY", app.NewMasterKey())
	path := filepath.Join(t.TempDir(), "config.toml")
	mustAll(t, os.WriteFile(path, []byte(text), 0o600))
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"check", "-c", path}, app.Streams{Out: &out, Err: &errs}); code != exitDone {
		t.Errorf("kaskad check of the whole example: exit %d\n%s%s", code, &out, &errs)
	}
}

// Every key stands in the section of the example that is its own, not just somewhere.
func TestTheExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	sections := sectionsOf(exampleText(t))
	for path, keys := range tablesOf("", reflect.TypeFor[app.Config]()) {
		text, is := sections[path]
		if !is && len(keys) > 0 {
			t.Errorf("the example has no section [%s]", path)
			continue
		}
		for _, key := range keys {
			if _, own := sections[key]; own && path == "" { // a table whose keys are names
				continue
			}
			if !regexp.MustCompile(`\b`+key+`\b`).MatchString(text) && !strings.HasSuffix(key, "_file") {
				t.Errorf("[%s] of the example has no %s", path, key)
			}
		}
	}
	for _, key := range []string{"token_file", "password_file", "report_secret_file", "app_secret_file", "verify_token_file"} {
		if !strings.Contains(sections[""], key) {
			t.Errorf("the beginning of the example has no %s", key)
		}
	}
}

var header = regexp.MustCompile(`^#?\[+([a-z_.]+)\]+`)

// sectionsOf cuts the example at its tables; those of one name are taken together, and of [cascades.NAME] all.
func sectionsOf(text string) map[string]string {
	all, at := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if m := header.FindStringSubmatch(line); m != nil {
			at = m[1]
			if strings.HasPrefix(at, "cascades.") {
				at = "cascades"
			}
			if strings.HasPrefix(at, "alerts.hears.") {
				at = "alerts.hears"
			}
		}
		all[at] += line
	}
	return all
}

// written are the tables that the example writes in one line, as a value of the table around them.
var written = map[string]bool{"price": true, "daily": true, "per_day": true, "quiet_hours": true, "marketing": true, "steps": true, "weekdays": true, "card": true, "keep": true, "alerts.hears.hours": true}

// tablesOf lists the keys of every table, by the table's name.
func tablesOf(path string, of reflect.Type) map[string][]string {
	all := map[string][]string{path: nil}
	for i := range of.NumField() {
		f := of.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		under := strings.TrimPrefix(path+"."+key, ".")
		switch {
		case key == "-" || key == "" && !f.Anonymous:
			continue
		case f.Anonymous || (written[key] || written[under]) && inner.Kind() == reflect.Struct && !strings.HasSuffix(inner.Name(), "Duration"):
			under = path
		case inner.Kind() != reflect.Struct || strings.HasSuffix(inner.Name(), "Duration"):
			all[path] = append(all[path], key)
			continue
		}
		if under == path && !f.Anonymous {
			all[path] = append(all[path], key)
		}
		for table, keys := range tablesOf(under, inner) {
			all[table] = append(all[table], keys...)
		}
	}
	return all
}
