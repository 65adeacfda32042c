package backups

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func options(t *testing.T) Options {
	root := t.TempDir()
	media := filepath.Join(root, "media")
	must(t, os.Mkdir(media, 0o700), os.WriteFile(filepath.Join(media, "picture"), []byte("of a cat"), 0o600), os.WriteFile(filepath.Join(media, "part-1"), []byte("of a c"), 0o600))
	return Options{Dir: filepath.Join(root, "backups"), Schema: 2, Media: media, Fill: func(_ context.Context, folder string) error {
		return os.WriteFile(filepath.Join(folder, "kaskad.db"), []byte("a store"), 0o600)
	}}
}

func TestABackupIsWholeAndItsSumsSaySo(t *testing.T) {
	t.Parallel()
	o, now := options(t), time.Date(2026, 3, 1, 3, 30, 0, 0, time.UTC)
	first, err := Make(t.Context(), o, now)
	must(t, err)
	second, err := Make(t.Context(), o, now.Add(24*time.Hour))
	must(t, err)
	for _, made := range []Made{first, second} {
		m, err := Verify(t.Context(), made.Path)
		must(t, err)
		var names []string
		for _, f := range m.Files {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, []string{"kaskad.db", "media/picture"}) || m.Schema != 2 {
			t.Errorf("%s has %q of schema %d", made.Path, names, m.Schema)
		}
	}
	a, err := os.Stat(filepath.Join(first.Path, "media", "picture"))
	must(t, err)
	b, err := os.Stat(filepath.Join(second.Path, "media", "picture"))
	must(t, err)
	if !os.SameFile(a, b) {
		t.Error("a file of a person that did not change takes its room twice")
	}
	must(t, os.WriteFile(filepath.Join(second.Path, "kaskad.db"), []byte("a stone"), 0o600))
	if _, err := Verify(t.Context(), second.Path); err == nil || !strings.Contains(err.Error(), "kaskad.db") {
		t.Errorf("of a store that was changed Verify says %v", err)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	o := options(t)
	broken := errors.New("an index has a hole")
	o.Fill = func(context.Context, string) error { return broken }
	must(t, os.MkdirAll(filepath.Join(o.Dir, making+"killed"), 0o700))
	if _, err := Make(t.Context(), o, time.Now()); !errors.Is(err, broken) {
		t.Fatalf("Make = %v, want %v", err, broken)
	}
	left, err := os.ReadDir(o.Dir)
	if must(t, err); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatIsOldGoesAndTheLastOneStays(t *testing.T) {
	t.Parallel()
	var all []Made
	newest := time.Date(2026, 3, 31, 3, 30, 0, 0, time.UTC) // a Tuesday
	for d := range 90 {
		all = append(all, Made{Path: newest.AddDate(0, 0, -d).Format(time.DateOnly), Manifest: Manifest{At: newest.AddDate(0, 0, -d)}})
	}
	for name, of := range map[string]struct {
		keep Keep
		want string
	}{
		"days, weeks and months": {Keep{Daily: 3, Weekly: 3, Monthly: 3}, "2026-03-31 2026-03-30 2026-03-29 2026-03-22 2026-02-28 2026-01-31"},
		"nothing but the last":   {Keep{}, "2026-03-31"},
		"more than there are":    {Keep{Daily: 100}, ""},
	} {
		old := map[string]bool{}
		for _, m := range of.keep.Old(all, time.UTC) {
			old[m.Path] = true
		}
		var stays []string
		for _, m := range all {
			if !old[m.Path] {
				stays = append(stays, m.Path)
			}
		}
		if got := strings.Join(stays, " "); of.want != "" && got != of.want || of.want == "" && len(old) > 0 {
			t.Errorf("%s: %s stay; want %s", name, got, of.want)
		}
	}
}

func TestOnlyOurOwnFoldersAreRotated(t *testing.T) {
	t.Parallel()
	o := options(t)
	for d := range 3 {
		_, err := Make(t.Context(), o, time.Date(2026, 3, 1+d, 3, 30, 0, 0, time.UTC))
		must(t, err)
	}
	must(t, os.WriteFile(filepath.Join(o.Dir, "kaskad-20200101T000000Z"), []byte("a file"), 0o600), os.Mkdir(filepath.Join(o.Dir, "kaskad-by-hand"), 0o700))
	must(t, Rotate(o.Dir, Keep{Daily: 1}, time.UTC))
	entries, err := os.ReadDir(o.Dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), "kaskad-20200101T000000Z kaskad-20260303T033000Z kaskad-by-hand"; got != want {
		t.Errorf("after the rotation there are %s; want %s", got, want)
	}
}

func TestTheCommandThatTakesItElsewhere(t *testing.T) {
	t.Setenv("TELEGRAM_TOKEN", "123:secret")
	if err := OffSite(t.Context(), []string{"test", "-d", Placeholder}, t.TempDir()); err != nil {
		t.Error(err)
	}
	err := OffSite(t.Context(), []string{"sh", "-c", `echo "no room at $0; token=$TELEGRAM_TOKEN."; exit 3`, Placeholder}, "/b;touch x")
	if err == nil || !strings.Contains(err.Error(), "no room at /b;touch x; token=.") || !strings.Contains(err.Error(), "status 3") {
		t.Errorf("a command that fails says %v", err)
	}
}
