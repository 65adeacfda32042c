package main

import "testing"

// The list speaks of the sources as they are: code that moved takes its mutation along.
func TestTheListIsOfTheseSources(t *testing.T) {
	root, err := root()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mutations {
		if names[m.Name] || len(m.Rules) == 0 || len(m.Edits) == 0 {
			t.Errorf("%s: a name that is there already, no rule, or nothing to change", m.Name)
		}
		names[m.Name] = true
		if _, err := mutate(root, t.TempDir(), m); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}
