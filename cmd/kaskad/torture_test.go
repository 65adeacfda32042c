package main

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// TestTorture is `kaskad bench torture` with the test's own program: once, or as often as KASKAD_TORTURE says.
func TestTorture(t *testing.T) {
	t.Parallel()
	o := app.TortureOptions{Kills: 1, Env: []string{asProgram + "=1"}, Dir: t.TempDir()}
	if n, err := strconv.Atoi(os.Getenv("KASKAD_TORTURE")); err == nil && n > 0 {
		o.Kills = n
	}
	if seed, err := strconv.ParseUint(os.Getenv("KASKAD_TORTURE_SEED"), 10, 64); err == nil {
		o.Seed = &seed
	}
	var out, errs bytes.Buffer
	err := app.Torture(t.Context(), o, app.Streams{Out: &out, Err: &errs})
	t.Logf("%s%s", errs.String(), out.String())
	if err != nil {
		t.Error(err)
	}
}
