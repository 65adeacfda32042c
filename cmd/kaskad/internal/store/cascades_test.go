package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback/fallbacktest"
)

// What memory plays (TestCascadesInAnyOrder), on the real file: a program that dies leaves the file as it stands, and the next one opens that.
func TestCascadesInAnyOrderOnDisk(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 5*7*11*17*19-1), 60, 120).Draw(r, "choices")
		dirs := map[fallbacktest.Store]string{}
		start := func(t *testing.T, dir string) fallbacktest.Store {
			t.Helper()
			db, err := store.Open(dir, store.Unsynced(store.Options{Generation: 16})) // what the kernel has outlives a process
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			s := conforming{db}
			dirs[s] = dir
			return s
		}
		wrong := fallbacktest.Cascades(t, 40, func(t *testing.T) fallbacktest.Store { return start(t, t.TempDir()) }, func(t *testing.T, dead fallbacktest.Store) fallbacktest.Store {
			dir := t.TempDir()
			raw, err := os.ReadFile(filepath.Join(dirs[dead], store.FileName))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, store.FileName), raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			return start(t, dir)
		}, fallbacktest.Picks(choices))
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}
