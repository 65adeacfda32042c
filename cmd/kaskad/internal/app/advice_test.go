package app

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every problem of the API that tells its caller what to call next has other words for the command line, and they stand in its source.
func TestProgramsAndPeopleAreAdvisedEachInTheirWords(t *testing.T) {
	source := ""
	for _, path := range []string{"../api/problem.go", "../api/stream.go", "../api/sources.go", "../api/staff.go", "../api/webhooks.go", "../api/alerts.go"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		source += string(raw)
	}
	for _, a := range advice {
		code := a.code
		if !strings.Contains(source, a.program) {
			t.Errorf("%s: the API does not advise %q", code, a.program)
		}
		if got := Advised(code, "Something. "+a.program); got != "Something. "+a.person {
			t.Errorf("%s: %q", code, got)
		}
	}
	said := regexp.MustCompile(`"(unknown_[a-z]+|[a-z]+_[a-z_]+)", "[a-z]*", "([^"]*(?:GET|PUT|POST|DELETE) /v1[^"]*)"`).FindAllStringSubmatch(source, -1)
	if len(said) < 3 {
		t.Fatalf("the API's advice is not found: %q", said)
	}
	for _, one := range said {
		if got := Advised(one[1], one[2]); strings.Contains(got, " /v1/") {
			t.Errorf("%s: a command says %q", one[1], got)
		}
	}
}
