package whatsapp

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAnyPathWorks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space", "with#hash", "with?question", "with%20percent", "кирилиця", "a&b=c"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), name)
			needs(t, os.Mkdir(dir, 0o700))
			b, err := Open(t.Context(), DefaultConfig(), Options{Dir: dir})
			needs(t, err)
			for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
				var got string
				needs(t, b.db.QueryRow("PRAGMA "+pragma).Scan(&got))
				if got != want {
					t.Errorf("PRAGMA %s = %s; want %s", pragma, got, want)
				}
			}
			all, err := os.ReadDir(filepath.Dir(dir))
			needs(t, err)
			if len(all) != 1 {
				t.Errorf("beside the directory there is %v", all)
			}
			for _, file := range []string{FileName, FileName + "-wal", FileName + "-shm"} {
				info, err := os.Stat(filepath.Join(dir, file))
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v; want it readable by us alone", file, info, err)
				}
			}
			needs(t, b.Close())
		})
	}
}

func TestAStoreThatOthersCouldReadIsClosedToThem(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	needs(t, os.WriteFile(path, nil, 0o644))
	b, err := Open(t.Context(), DefaultConfig(), Options{Dir: dir})
	needs(t, err)
	needs(t, b.Close())
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestAStoreThatCannotBeOpenedSaysSo(t *testing.T) {
	for name, prepare := range map[string]func(dir string) string{
		"no directory": func(dir string) string { return filepath.Join(dir, "missing") },
		"no database": func(dir string) string {
			needs(t, os.WriteFile(filepath.Join(dir, FileName), []byte("this is not a database, though it is long enough to be taken for one"), 0o600))
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(t.Context(), DefaultConfig(), Options{Dir: prepare(t.TempDir())}); err == nil {
				t.Error("it was opened")
			}
		})
	}
}
