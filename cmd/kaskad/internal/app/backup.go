package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
)

// backupPath is where the socket gives the whole file out. It is not part of the API: over a network a slow reader would keep
// the store from using its free pages again.
const backupPath = "/v1/backup"

// socket is what the control socket serves: the API, the backup, tests of SMS providers, and the paired phone.
func (a *App) socket() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", a.api)
	mux.HandleFunc("GET "+backupPath, a.backup)
	mux.HandleFunc("POST "+backupNowPath, a.backupNow)
	mux.HandleFunc("POST "+compactPath, a.compact)
	tests := a.api.SMSTests(notedTests{a.tests, a})
	mux.Handle(smsTestPath, tests)
	mux.Handle(smsTestPath+"/", tests)
	phone := a.api.WhatsApp(notedPhone{phoneSession{app: a, running: !a.idle}})
	mux.Handle(whatsAppPath, phone)
	mux.Handle(whatsAppPath+"/", phone)
	return mux
}

// backup gives the file as it is now. One that breaks off is cut in a way that its reader sees.
func (a *App) backup(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it takes as long as it takes
	w.Header().Set("Content-Type", "application/octet-stream")
	a.noteSocket(r.Context(), "backup", "", nil) // first: who copies the store has it, also when the copy breaks off
	if err := a.copyOut(r.Context(), w); err != nil {
		a.log.Warn("backup broke off", "err", err)
		panic(http.ErrAbortHandler)
	}
}

// copyOut copies the store, and then people's keys to their one copy: a key that came after it would be missing there for good, if the disk dies.
func (a *App) copyOut(ctx context.Context, w io.Writer) error {
	if _, err := a.db.Backup(ctx, w); err != nil {
		return err
	}
	return a.cfg.copyKeys(a.ring)
}

// Backup writes the whole store into a file, through the running gateway or, when none runs, from the file itself.
func Backup(ctx context.Context, at Place, path string) (int64, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return 0, faults
	}
	live := filepath.Join(cfg.Server.DataDir, store.FileName)
	if _, err := os.Stat(live); err != nil {
		return 0, fmt.Errorf("%s: %w: there is nothing to back up; is %s the right configuration?", live, pathError(err), at)
	}
	if err := mayReplace(path, live); err != nil {
		return 0, err
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return 0, err
	}
	size, err := gate.backup(ctx, path)
	if err == nil {
		err = copyJournal(cfg.Server.DataDir, path)
	}
	if err == nil {
		err = noteBackup(cfg.Server.DataDir, path)
	}
	return size, errors.Join(err, gate.Close())
}

// noteBackup notes where a backup is, for the day on which the store cannot be opened.
func noteBackup(dir, path string) error {
	full, err := filepath.Abs(path)
	if err == nil {
		err = store.NoteBackup(dir, full)
	}
	if err != nil {
		return fmt.Errorf("the backup is written, but not noted beside the store: %w", err)
	}
	return nil
}

// backup writes a file: 0600, complete or not at all, on disk when it returns.
func (g *Gate) backup(ctx context.Context, path string) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // 0600
	if err != nil {
		return 0, fmt.Errorf("%s: %w; a backup needs a folder that is there and may be written", filepath.Dir(path), pathError(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = g.copyStore(ctx, f)
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	if err := store.MarkCopy(f.Name()); err != nil { // synced
		return 0, fmt.Errorf("backup: %w", err)
	}
	if at, err := os.Stat(f.Name()); err == nil { // the mark may have made it a page longer
		size = at.Size()
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	return size, syncFolder(filepath.Dir(path))
}

func (g *Gate) copyStore(ctx context.Context, w io.Writer) error {
	if g.app != nil {
		g.app.noteSocket(people.With(ctx, people.Local()), "backup", "", nil)
		return g.app.copyOut(ctx, w)
	}
	return g.client.Stream(ctx, backupPath, w)
}

// mayReplace refuses to put a copy in place of the store itself, or of what is no file.
func mayReplace(path, store string) error {
	there, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if !there.Mode().IsRegular() {
		return &usageError{fmt.Errorf("%s is no file: name one, such as %s", path, filepath.Join(path, "kaskad-backup.db"))}
	}
	live, err := os.Stat(store)
	if err == nil && os.SameFile(there, live) {
		return &usageError{fmt.Errorf("%s is the store itself: name another file", path)}
	}
	return nil
}

// syncFolder makes a new name in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
