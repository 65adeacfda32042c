package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

const root = "../../"

// pages are README and everything under docs.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob(root + "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(root + "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, more...) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(name, root)] = string(raw)
	}
	return all
}

var (
	mdLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	publicPath = regexp.MustCompile(`/[a-z]+`)
	heading    = regexp.MustCompile(`(?m)^#+ (.+)$`)
	testName   = regexp.MustCompile("`(Test[A-Z]\\w*)`")
	testFile   = regexp.MustCompile("`([\\w/]+_test\\.go)`")
)

// A link between pages leads to a file that exists, and to a heading of it.
func TestLinksOfTheDocs(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for name, text := range all {
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") || strings.ContainsAny(m[1], "…{") {
				continue // the web, or a field of a template
			}
			to, anchor, _ := strings.Cut(m[1], "#")
			target := filepath.Join(filepath.Dir(name), to)
			if to == "" {
				target = name
			}
			if _, err := os.Stat(root + target); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
				continue
			}
			if anchor != "" && !hasHeading(all[target], anchor) {
				t.Errorf("%s links to %s: there is no such heading", name, m[1])
			}
		}
	}
}

// hasHeading finds a heading by the name that a page gives it on the web.
func hasHeading(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		id := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case strings.ContainsRune("`.,:;!?()[]{}'\"/*&+—–", r):
				return -1
			}
			return r
		}, strings.ToLower(m[1]))
		if id == anchor {
			return true
		}
	}
	return false
}

// A test that a page names as the proof of a promise exists.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	source, files := testSources(t)
	for name, text := range pages(t) {
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(source, "func "+m[1]+"(") {
				t.Errorf("%s names %s, which no test is called", name, m[1])
			}
		}
		for _, m := range testFile.FindAllStringSubmatch(text, -1) {
			if !files[m[1]] && !files[filepath.Base(m[1])] {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
}

func testSources(t *testing.T) (string, map[string]bool) {
	t.Helper()
	var source strings.Builder
	files := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		source.Write(raw)
		files[filepath.Base(path)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return source.String(), files
}

// Every key of the configuration stands in the example and in its page.
func TestEveryKeyIsDocumented(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(root + "config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	all := pages(t)
	page := all["docs/configuration.md"] + all["docs/sms.md"]
	for _, key := range keysOf(reflect.TypeFor[app.Config](), map[reflect.Type]bool{}) {
		word := regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `\b`)
		if !word.MatchString(page) {
			t.Errorf("%s is in neither docs/configuration.md nor docs/sms.md", key)
		}
		if !strings.HasSuffix(key, "_file") && !word.Match(example) && !word.MatchString(all["docs/sms.md"]+ofPresets) {
			t.Errorf("%s is not in config.example.toml", key)
		}
	}
}

// ofPresets is what only a preset says of itself.
const ofPresets = "title countries note"

// keysOf lists the keys that a section can have, with those of its tables.
func keysOf(t reflect.Type, seen map[reflect.Type]bool) (keys []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		if key != "" && key != "-" {
			keys = append(keys, key)
		}
		if f.Anonymous || key != "" && key != "-" {
			keys = append(keys, keysOf(f.Type, seen)...)
		}
	}
	return keys
}

// Every path that the public listener serves stands wherever an operator reads what to let through, and nothing else does: behind a proxy
// that lets less through, printed codes lead to nothing.
func TestThePublicPathsOfTheDocs(t *testing.T) {
	t.Parallel()
	all := pages(t)
	example, err := os.ReadFile(root + "config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	all["config.example.toml"] = string(example)
	const health = "/healthz"
	for name, c := range map[string]struct {
		page string
		at   string // the first group lists them
		less string // what is not among them
	}{
		"what has to pass":         {"docs/webhooks.md", `The public paths are ([^;]+);`, ""},
		"what is not to be cached": {"docs/webhooks.md", `answer from a cache, or log ([^:]+):`, health},
		"Caddy":                    {"docs/webhooks.md", `@ours path (.*)`, ""},
		"Caddy, without a log":     {"docs/webhooks.md", `@secret path (.*)`, health},
		"nginx":                    {"docs/webhooks.md", `location ~ \^/\((.*)\)/`, health},
		"README":                   {"README.md", `The public listener serves ((?s:.*?)), over TLS`, ""},
		"README.uk":                {"README.uk.md", `На публічній адресі є ((?s:.*?)): через TLS`, ""},
		"the example":              {"config.example.toml", `what the world may reach: ([^;]+);`, ""},
		"the keys":                 {"docs/configuration.md", `what the world may reach: (.*) \|`, ""},
	} {
		m := regexp.MustCompile(c.at).FindStringSubmatch(all[c.page])
		if m == nil {
			t.Errorf("%s: %s does not say %s", name, c.page, c.at)
			continue
		}
		var want []string
		for _, path := range app.PublicPaths() {
			if path != c.less {
				want = append(want, strings.Trim(path, "/"))
			}
		}
		got := publicPath.FindAllString(m[1], -1)
		if name == "nginx" {
			got = strings.Split(m[1], "|")
		}
		for i, path := range got {
			got[i] = strings.Trim(path, "/")
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s (%s) lists %q, the listener serves %q", name, c.page, got, want)
		}
	}
}
