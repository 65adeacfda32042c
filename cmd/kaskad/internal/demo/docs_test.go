package demo

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// docs/demo.md states the chances as they are, and every field of the JSON.
func TestTheDocsAgree(t *testing.T) {
	raw, err := os.ReadFile("../../../../docs/demo.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(raw)
	rows := 0
	for _, group := range Chances() {
		for i, c := range group {
			of := ""
			if i == 0 {
				of = c.Of
			}
			row := strings.Join(strings.Fields(fmt.Sprintf("| %s | %s | %d | %s |", of, c.Does, c.Percent, strings.TrimPrefix(c.when(), "after "))), " ")
			if !strings.Contains(docs, "\n"+row+"\n") {
				t.Errorf("docs/demo.md does not say %q", row)
			}
			rows++
		}
	}
	_, table, _ := strings.Cut(docs, "| of a hundred customers")
	table, _, _ = strings.Cut(table, "\n\n")
	if n := strings.Count(table, "\n") - 1; n != rows {
		t.Errorf("docs/demo.md has %d chances, there are %d", n, rows)
	}
	for _, of := range []any{Row{}, Report{}, Crowd{}, Plan{}, Chance{}} {
		for f := range fields(reflect.TypeOf(of)) {
			if !strings.Contains(docs, "`"+f+"`") {
				t.Errorf("docs/demo.md does not name the field %s", f)
			}
		}
	}
}

// fields are the names of a record in JSON.
func fields(of reflect.Type) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" && !yield(name) {
				return
			}
		}
	}
}
