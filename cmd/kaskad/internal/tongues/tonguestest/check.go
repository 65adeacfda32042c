// Package tonguestest holds a document against its table of phrases: what every document in several languages must do.
package tonguestest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/tongues"
)

// Check reads the sources and pages of the package that is tested. The table is without fault, every phrase that they say (as the first
// argument, written out, of one of the calls) is in it, and they say at least so many: fewer, and the calls are no longer those.
func Check(t *testing.T, table tongues.Table, least int, calls ...string) {
	t.Helper()
	for _, fault := range table.Faults() {
		t.Error(fault)
	}
	words, found := table.In("en"), 0
	for file, said := range phrasesSaid(t, calls) {
		for _, phrase := range said {
			if found++; phrase != "%s" && !words.Knows(phrase) {
				t.Errorf("%s says %q, which has no translation", file, phrase)
			}
		}
	}
	if found < least {
		t.Errorf("only %d phrases were found in the sources, want %d and more", found, least)
	}
}

// phrasesSaid are the phrases in the files of the package that is tested, by file.
func phrasesSaid(t *testing.T, calls []string) map[string][]string {
	t.Helper()
	said := regexp.MustCompile(`\b(?:` + strings.Join(calls, "|") + `)(?:\(| )("(?:[^"\\\n]|\\.)*"|` + "`[^`]*`" + `)`)
	all := map[string][]string{}
	for _, pattern := range []string{"*.go", "*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range said.FindAllStringSubmatch(string(raw), -1) {
				phrase, err := strconv.Unquote(m[1])
				if err != nil {
					t.Fatal(err)
				}
				all[file] = append(all[file], phrase)
			}
		}
	}
	return all
}
