package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
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

// The test side drops what is too old, and its file is rid of it, as the real one's.
func TestTheTestSideIsKept(t *testing.T) {
	a, _ := gateway(t, t.TempDir(), "\n[retention]\nquarantine = \"3d\"\n")
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
	k := side.keeping
	if k.cfg != a.cfg.Retention || k.cfg.Quarantine.Duration != 3*day || k.journal != nil {
		t.Fatalf("it keeps %+v; want the real side's times, and no journal", k.cfg)
	}
	if err := side.db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Viber, Event: "e1", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	k.cfg.Quarantine = fallback.Lasting(1)
	if err := errors.Join(k.begin(t.Context()), k.look(t.Context(), time.Now().Add(25*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if s := side.keepingNow(); s.Dropped[store.KeptQuarantine] != 1 || s.CompactAt.IsZero() {
		t.Fatalf("after a night: %+v; want what is too old dropped, and a time at which the file is compacted", s)
	}
	if err := k.look(t.Context(), time.Now().Add(7*day)); err != nil {
		t.Fatal(err)
	}
	if s := side.keepingNow(); !s.DeletedSince.IsZero() {
		t.Errorf("after a week: %+v; want the file compacted", s)
	}
	if s := a.keepingNow(); s.Dropped[store.KeptQuarantine] != 0 {
		t.Errorf("the real side has dropped %+v", s)
	}
}
