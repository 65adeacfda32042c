package api_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocsHaveEveryCall compares docs/api.md with the document that the code makes, both ways.
func TestTheDocsHaveEveryCall(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		for _, call := range regexp.MustCompile(`(GET|POST|PUT|DELETE) (/v1/[^ ,]+)`).FindAllStringSubmatch(heading[1], -1) {
			told[call[1]+" "+strings.ReplaceAll(call[2], "{REF}", "{ref}")] = true
		}
	}
	for path, methods := range read(t, newDesk(t)).Paths {
		for method := range methods {
			name := strings.ToUpper(method) + " " + path
			if !told[name] {
				t.Errorf("docs/api.md does not have %s", name)
			}
			delete(told, name)
		}
	}
	for name := range told {
		t.Errorf("docs/api.md has %s, which is not there", name)
	}
}
