package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/store"
)

// shelf is a folder with a configuration, a store that says "old" then "new", and a backup of the schedule of when it said "old".
type shelf struct {
	t            *testing.T
	at           Place
	data, backup string
}

const word = "word of the test"

func newShelf(t *testing.T) *shelf {
	t.Helper()
	root := t.TempDir()
	s := &shelf{t: t, at: Place(filepath.Join(root, "config.toml")), data: filepath.Join(root, "data")}
	s.needs(os.WriteFile(string(s.at), []byte("[server]\ndata_dir = \"data\"\n"), 0o600),
		os.MkdirAll(filepath.Join(s.data, mediaDir), 0o700), os.WriteFile(s.media("cat"), []byte("of a cat"), 0o600))
	long := time.Now().Add(-80 * 24 * time.Hour)
	s.needs(os.Chtimes(s.media("cat"), long, long))
	s.say("old")
	made, err := BackupNow(t.Context(), s.at)
	s.needs(err)
	s.backup = made.Path
	s.say("new")
	return s
}

func (s *shelf) needs(errs ...error) {
	s.t.Helper()
	if err := errors.Join(errs...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) media(name string) string { return filepath.Join(s.data, mediaDir, name) }

func (s *shelf) say(text string) {
	s.t.Helper()
	db, err := store.Open(s.data, store.Options{})
	s.needs(err)
	s.needs(db.PutSetting(s.t.Context(), word, []byte(text)), db.Close())
}

// said opens the store of a folder as the gateway does, and compares its records with its indexes.
func (s *shelf) said(data string) string {
	s.t.Helper()
	if err := store.CheckFile(data); err != nil {
		s.t.Fatal(err)
	}
	db, err := store.Open(data, store.Options{})
	s.needs(err)
	text, err := db.Setting(s.t.Context(), word)
	s.needs(err)
	found, err := db.Check(s.t.Context())
	s.needs(err, db.Close())
	if len(found) > 0 {
		s.t.Errorf("%s: %v", data, found)
	}
	return string(text)
}

func (s *shelf) restoring(step func(string) error) *restoring {
	s.t.Helper()
	cfg, faults := loadForClient(string(s.at))
	if faults.Errors() {
		s.t.Fatal(faults)
	}
	return &restoring{cfg: cfg, data: cfg.Server.DataDir, now: time.Now(), step: step}
}

// copyAll copies a folder, as a power cut would leave it.
func copyAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		in, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, in), 0o700)
		}
		src, err := os.Open(path)
		if err != nil {
			return err
		}
		defer src.Close()
		dst, err := os.Create(filepath.Join(to, in))
		if err != nil {
			return err
		}
		_, err = io.Copy(dst, src)
		return errors.Join(err, dst.Close())
	})
}

var restoreSteps = []string{"copied", "prepared", "media", "kept", "journal", "replaced"}

// Whenever a restore fails, or the machine dies, there is the old store or the new one, whole; and to call it again brings it to its end.
func TestARestoreThatBreaksOff(t *testing.T) {
	t.Parallel()
	for i, at := range restoreSteps {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			cut := filepath.Join(t.TempDir(), "cut")
			seen := []string{}
			broken := errors.New("the disk is gone")
			_, err := s.restoring(func(done string) error {
				seen = append(seen, done)
				if done != at {
					return nil
				}
				if err := copyAll(s.data, cut); err != nil {
					t.Error(err)
				}
				return broken
			}).run(t.Context(), s.backup)
			if !errors.Is(err, broken) || len(seen) != i+1 {
				t.Fatalf("the restore says %v after %q", err, seen)
			}
			want := "new"
			if at == "replaced" {
				want = "old"
			}
			for name, data := range map[string]string{"an error": s.data, "a power cut": cut} {
				if got := s.said(data); got != want {
					t.Errorf("behind %q, after %s, the store says %q; want %q", at, name, got, want)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(s.data, preparing+"*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if kept, _ := filepath.Glob(filepath.Join(s.data, "*.replaced-*")); (len(kept) > 0) != (at == "replaced") {
				t.Errorf("behind %q there are %v", at, kept)
			}
			r := s.restoring(func(string) error { return nil })
			r.data, r.cfg.Server.DataDir = cut, cut
			if _, err := r.run(t.Context(), s.backup); err != nil || s.said(cut) != "old" {
				t.Errorf("called again after the power cut: %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(cut, preparing+"*")); len(left) > 0 {
				t.Errorf("left behind by who was killed: %v", left)
			}
		})
	}
}

// What stood there is kept, what is beside it stays, people's files are as old as they were, and all of it is its owner's alone.
func TestWhatARestorePutsWhere(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	journal, phone := []byte(""), []byte("a session")
	s.needs(os.WriteFile(filepath.Join(s.data, store.JournalName), journal, 0o600), os.WriteFile(filepath.Join(s.data, "whatsapp.db"), phone, 0o600))
	s.needs(os.RemoveAll(filepath.Join(s.data, mediaDir)))
	res, err := Restore(t.Context(), s.at, filepath.Join(s.backup, store.FileName)) // the file in the folder means the folder
	s.needs(err)
	if res.Journal != IsThere || res.Media != 1 || res.From != s.backup || res.WhatsApp != IsOff {
		t.Errorf("the restore says %+v", res)
	}
	info, err := os.Stat(s.media("cat"))
	s.needs(err)
	if age := time.Since(info.ModTime()); age < 79*24*time.Hour {
		t.Errorf("a person's file is %s old after it was put back; it was 80 days old", age)
	}
	if raw, err := os.ReadFile(filepath.Join(s.data, "whatsapp.db")); err != nil || string(raw) != string(phone) {
		t.Errorf("whatsapp.db is %q, %v", raw, err)
	}
	for _, name := range []string{filepath.Join(s.data, store.FileName), s.media("cat"), res.Kept} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want 0600", name, info, err)
		}
	}
	if got := s.said(s.data); got != "old" {
		t.Errorf("the store says %q", got)
	}
	other := t.TempDir()
	s.needs(os.Rename(res.Kept, filepath.Join(other, store.FileName)))
	if got := s.said(other); got != "new" {
		t.Errorf("what was kept says %q", got)
	}
}

// A restore refuses what would do harm, says what to do, and leaves everything as it is.
func TestWhatARestoreRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(s *shelf) (path string)
		says string
	}{
		"a store that somebody has open": {func(s *shelf) string {
			db, err := store.Open(s.data, store.Options{})
			s.needs(err)
			s.t.Cleanup(func() { db.Close() })
			return s.backup
		}, "stop the gateway first"},
		"a backup that was changed": {func(s *shelf) string {
			path := filepath.Join(s.backup, store.FileName)
			raw, err := os.ReadFile(path)
			s.needs(err)
			raw[len(raw)/2] ^= 1
			s.needs(os.WriteFile(path, raw, 0o600))
			return s.backup
		}, "take another backup"},
		"a file that is cut off": {func(s *shelf) string {
			path := s.single()
			s.needs(os.Truncate(path, 3*4096))
			return path
		}, "cut off"},
		"a backup of another store": {func(s *shelf) string { return newShelf(s.t).backup }, "backup of another one"},
		"a journal of another store": {func(s *shelf) string {
			path := s.single()
			s.needs(os.Rename(filepath.Join(s.data, store.FileName), filepath.Join(s.data, "away")))
			other := newShelf(s.t)
			s.needs(copyAll(other.journalled(), filepath.Join(s.data, store.JournalName)))
			s.t.Cleanup(func() { s.needs(os.Rename(filepath.Join(s.data, "away"), filepath.Join(s.data, store.FileName))) })
			return path
		}, "another store"},
		"the store itself": {func(s *shelf) string { return filepath.Join(s.data, store.FileName) }, "the store itself"},
		"nothing":          {func(s *shelf) string { return s.backup + "x" }, "kaskad backup list"},
		"no store": {func(s *shelf) string {
			path := filepath.Join(s.t.TempDir(), "text")
			s.needs(os.WriteFile(path, []byte(strings.Repeat("no store at all ", 1000)), 0o600))
			return path
		}, "no store of ours"},
		"a folder without a manifest": {func(s *shelf) string { return s.t.TempDir() }, "manifest.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			path := c.do(s)
			_, err := Restore(t.Context(), s.at, path)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Restore = %v; want %q in it", err, c.says)
			}
			entries, err := os.ReadDir(s.data)
			s.needs(err)
			for _, e := range entries {
				if strings.Contains(e.Name(), "replaced") || strings.HasPrefix(e.Name(), preparing) {
					t.Errorf("left behind: %s", e.Name())
				}
			}
		})
	}
}

// journalled erases somebody, and returns the journal that says so.
func (s *shelf) journalled() string {
	s.t.Helper()
	gate, err := Connect(s.t.Context(), s.at, RunningOrFile)
	s.needs(err)
	s.needs(gate.Call(s.t.Context(), "PUT", "/v1/contacts/ext:C-1", map[string]any{"phone": "+380501110001"}, nil), gate.Close())
	_, err = EraseContact(s.t.Context(), s.at, "ext:C-1", false)
	s.needs(err)
	return filepath.Join(s.data, store.JournalName)
}

// journalledBackup is one that is newer than the one that says "old", and has a line in its journal.
func (s *shelf) journalledBackup() string {
	s.t.Helper()
	s.journalled()
	made, err := BackupNow(s.t.Context(), s.at)
	s.needs(err)
	return made.Path
}

// single is a backup of one file.
func (s *shelf) single() string {
	path := filepath.Join(s.t.TempDir(), "single.db")
	_, err := Backup(s.t.Context(), s.at, path)
	s.needs(err)
	return path
}

// A folder that is gone is made anew, and the newest journal that belongs to the store comes with it.
func TestARestoreIntoNothing(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	away := filepath.Join(t.TempDir(), "taken-elsewhere")
	s.needs(os.Rename(s.backup, away))
	s.backup = away
	newer := s.journalledBackup()
	s.needs(os.RemoveAll(s.data))
	res, err := Restore(t.Context(), s.at, s.backup)
	s.needs(err)
	if res.Kept != "" || res.Journal != IsPutBack || res.JournalOf != filepath.Join(newer, store.JournalName) || res.Media != 1 {
		t.Errorf("the restore says %+v; want the journal of %s", res, newer)
	}
	if got := s.said(s.data); got != "old" {
		t.Errorf("the store says %q", got)
	}
	if info, err := os.Stat(s.data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v", s.data, info, err)
	}
}

// A store that is broken is put away, and no reason not to put a backup back.
func TestARestoreOverABrokenStore(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(raw []byte) []byte{
		"cut off": func(raw []byte) []byte { return raw[:3*4096] },
		"empty":   func([]byte) []byte { return nil },
		"zeroed": func(raw []byte) []byte {
			clear(raw[2*4096:])
			return raw
		},
		"noise": func(raw []byte) []byte {
			for i := range raw[2*4096:] {
				raw[2*4096+i] = byte(i * 7)
			}
			return raw
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			path := filepath.Join(s.data, store.FileName)
			raw, err := os.ReadFile(path)
			s.needs(err)
			raw = harm(raw)
			s.needs(os.WriteFile(path, raw, 0o600))
			res, err := Restore(t.Context(), s.at, s.backup)
			s.needs(err)
			if got := s.said(s.data); got != "old" {
				t.Errorf("the store says %q", got)
			}
			if kept, err := os.ReadFile(res.Kept); len(raw) > 0 && (err != nil || fmt.Sprintf("%x", kept) != fmt.Sprintf("%x", raw)) {
				t.Errorf("what stood there was not kept: %d bytes of %d, %v", len(kept), len(raw), err)
			}
		})
	}
}
