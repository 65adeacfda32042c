package whatsapp

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/store/sqlstore"
)

// A file that is another program's is refused, and nothing is changed in it or beside it, but for the index that every reader of a log
// writes.
func TestAFileOfAnotherProgramIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"no database":                {func(t *testing.T, path string) { needs(t, os.WriteFile(path, []byte("[telegram]"), 0o644)) }, "no SQLite database"},
		"a database":                 {func(t *testing.T, path string) { lay(t, path, "DELETE", false) }, `another program's SQLite database (its tables: "a", "b", "c", …)`},
		"a database with a log":      {func(t *testing.T, path string) { lay(t, path, "WAL", false) }, `another program's`},
		"a database after a kill":    {func(t *testing.T, path string) { lay(t, path, "WAL", true) }, `another program's`},
		"a session of the library's": {func(t *testing.T, path string) { anothers(t, path) }, "the WhatsApp session of another program"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, FileName)
			c.make(t, path)
			needs(t, os.Chmod(path, 0o644))
			before := leftIn(t, dir)
			_, err := Open(t.Context(), DefaultConfig(), Options{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "move it away") {
				t.Errorf("Open = %v; want %q, and what to do", err, c.says)
			}
			for at, was := range before {
				if is := leftIn(t, dir)[at]; is != was && !strings.HasSuffix(at, "-shm") {
					t.Errorf("%s was changed", at)
				}
			}
			if is := leftIn(t, dir); len(is) != len(before) {
				t.Errorf("%d files are there; there were %d", len(is), len(before))
			}
		})
	}
}

// lay makes a database of somebody's; killed: what was written last is only in its log.
func lay(t *testing.T, path, mode string, killed bool) {
	t.Helper()
	at := path
	if killed {
		at = filepath.Join(t.TempDir(), "theirs.db")
	}
	db, err := sql.Open("sqlite", at)
	needs(t, err)
	db.SetMaxOpenConns(1)
	for _, do := range []string{"PRAGMA journal_mode = " + mode, "CREATE TABLE a (x)", "CREATE TABLE b (x)", "CREATE TABLE c (x)", "CREATE TABLE d (x)"} {
		_, err := db.ExecContext(t.Context(), do)
		needs(t, err)
	}
	if killed {
		for _, side := range []string{"", "-wal", "-shm"} {
			text, err := os.ReadFile(at + side)
			needs(t, err)
			needs(t, os.WriteFile(path+side, text, 0o644))
		}
	}
	needs(t, db.Close())
}

// anothers makes the store of another program that uses the library, with a phone paired there.
func anothers(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", fileURL(path, map[string][]string{"_pragma": {"foreign_keys(1)"}}))
	needs(t, err)
	db.SetMaxOpenConns(1)
	needs(t, sqlstore.NewWithDB(db, "sqlite3", nil).Upgrade(t.Context()))
	_, err = db.ExecContext(t.Context(), `INSERT INTO whatsmeow_device (jid, registration_id, noise_key, identity_key, signed_pre_key, signed_pre_key_id, signed_pre_key_sig,
		adv_key, adv_details, adv_account_sig, adv_account_sig_key, adv_device_sig) VALUES ('380441112233:1@s.whatsapp.net', 1,
		zeroblob(32), zeroblob(32), zeroblob(32), 1, zeroblob(64), x'00', x'00', zeroblob(64), zeroblob(32), zeroblob(64))`)
	needs(t, err)
	needs(t, db.Close())
}

// leftIn is what a directory holds, with the rights.
func leftIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all, err := os.ReadDir(dir)
	needs(t, err)
	held := map[string]string{}
	for _, f := range all {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		needs(t, err)
		info, err := f.Info()
		needs(t, err)
		held[f.Name()] = info.Mode().String() + string(text)
	}
	return held
}

// Killed while it is being made, in whichever state, and killed at work: our own file is taken again.
func TestOurOwnFileIsTakenHoweverItWasLeft(t *testing.T) {
	t.Parallel()
	cases := map[string]func(t *testing.T, dir string){
		"there is none":    func(*testing.T, string) {},
		"it is empty":      func(t *testing.T, dir string) { needs(t, os.WriteFile(filepath.Join(dir, FileName), nil, 0o600)) },
		"nothing is in it": func(t *testing.T, dir string) { begun(t, dir, "PRAGMA journal_mode = WAL", "PRAGMA user_version = 1") },
		"the library had begun": func(t *testing.T, dir string) {
			begun(t, dir, "CREATE TABLE whatsmeow_version (version INTEGER, compat INTEGER)")
		},
		"the library was done":    func(t *testing.T, dir string) { begun(t, dir); dropOurs(t, dir) },
		"all of it is in its log": unsettled,
	}
	for name, leave := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			leave(t, dir)
			b, err := Open(t.Context(), DefaultConfig(), Options{Dir: dir})
			needs(t, err)
			needs(t, b.Close())
		})
	}
}

// begun leaves what some statements write; none: what Open does.
func begun(t *testing.T, dir string, statements ...string) {
	t.Helper()
	if len(statements) == 0 {
		b, err := Open(t.Context(), DefaultConfig(), Options{Dir: dir})
		needs(t, err)
		needs(t, b.Close())
		return
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, FileName))
	needs(t, err)
	db.SetMaxOpenConns(1)
	for _, do := range statements {
		_, err := db.ExecContext(t.Context(), do)
		needs(t, err)
	}
	needs(t, db.Close())
}

func dropOurs(t *testing.T, dir string) {
	t.Helper()
	begun(t, dir, "DROP TABLE kaskad_breaker", "DROP TABLE kaskad_mark")
}

// unsettled leaves what a process does that is killed right after its start.
func unsettled(t *testing.T, dir string) {
	t.Helper()
	other := t.TempDir()
	b, err := Open(t.Context(), DefaultConfig(), Options{Dir: other})
	needs(t, err)
	for _, side := range []string{"", "-wal"} {
		text, err := os.ReadFile(filepath.Join(other, FileName+side))
		needs(t, err)
		if side != "" && len(text) == 0 {
			t.Fatal("nothing is in the log")
		}
		needs(t, os.WriteFile(filepath.Join(dir, FileName+side), text, 0o600))
	}
	needs(t, b.Close())
}
