package app

import (
	"os"
	"path/filepath"
	"testing"

	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/templates"
)

// A reload while the test side is being built reaches it: else it would say the old words until the next one.
func TestAReloadDuringTheBuildOfTheTestSide(t *testing.T) {
	dir := t.TempDir()
	words := filepath.Join(dir, "words", "ready", "uk.md")
	if err := os.MkdirAll(filepath.Dir(words), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(words, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	a, _ := gateway(t, dir, "\n[templates]\ndir = \"words\"\n")
	world, err := demo.StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	side, err := newTestSide(t.Context(), a.sandbox, world, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer side.Close()
	write("new")
	if faults := a.Reload(Place(filepath.Join(dir, "config.toml"))); faults.Errors() {
		t.Fatal(faults)
	}
	a.sandbox.join(side)
	for name, one := range map[string]*App{"real": a, "test": a.sandbox.running()} {
		out, err := one.words.Load().Render(templates.Input{Template: "ready", Locale: "uk", Channel: "telegram", Format: templates.Telegram})
		if err != nil || out.Text != "new" {
			t.Errorf("the %s side says %q (%v); want new", name, out.Text, err)
		}
	}
}
