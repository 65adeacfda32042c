package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// TestBenchAll is `kaskad bench all` on a small file: what is measured says nothing, but all that it measures has to be true (it looks itself
// whether what was answered is stored), and stand in the page.
func TestBenchAll(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it reads /proc: run it on Linux")
	}
	page, dir := filepath.Join(t.TempDir(), "page.md"), t.TempDir()
	mustAll(t, os.WriteFile(page, []byte("before\n<!-- kaskad bench all: from here -->\nold numbers\n<!-- kaskad bench all: to here -->\nafter\n"), 0o600))
	o := app.BenchOptions{People: 300, Operates: 120, Only: []string{"store", "start", "api", "hooks", "looks"}, Dir: dir, Write: page, JSON: true, Env: []string{asProgram + "=1"}}
	var out, errs bytes.Buffer
	if err := app.Bench(t.Context(), o, app.Streams{Out: &out, Err: &errs}); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var report struct {
		Skipped []string
		Rows    []struct {
			Part, What string
			Done       int
			Rate       float64
		}
	}
	mustAll(t, json.Unmarshal(out.Bytes(), &report))
	done := map[string]int{}
	for _, r := range report.Rows {
		if done[r.Part]++; r.Done > 0 && r.Rate <= 0 {
			t.Errorf("%s: %s has no rate", r.Part, r.What)
		}
	}
	if done["store"] != 3 || done["start"] != 4 || done["api"] != 2 || done["hooks"] != 6 || done["looks"] != 3 || strings.Join(report.Skipped, " ") != "disk" {
		t.Errorf("measured are %v, skipped %v\n%s", done, report.Skipped, errs.String())
	}
	raw, err := os.ReadFile(page)
	mustAll(t, err)
	for _, want := range []string{"before\n", "\nafter\n", "| Telegram: a message that proves five open ones |", "wanted at least"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the page lacks %q:\n%s", want, raw)
		}
	}
	if strings.Contains(string(raw), "old numbers") {
		t.Error("the page still has the old numbers")
	}
	left, err := filepath.Glob(filepath.Join(dir, "run-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind are %v, %v", left, err)
	}
	for name, bad := range map[string]app.BenchOptions{
		"nobody": {People: 1, Operates: 1}, "nothing": {People: 300}, "a part that is none": {People: 300, Operates: 1, Only: []string{"speed"}, Dir: t.TempDir()},
	} {
		if err := app.Bench(t.Context(), bad, app.Streams{Out: &out, Err: &errs}); err == nil {
			t.Errorf("%s is measured", name)
		}
	}
}
