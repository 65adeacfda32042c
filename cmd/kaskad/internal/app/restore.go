package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kaskad/bots/whatsapp"
	"kaskad/cmd/kaskad/internal/backups"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/store"
)

// Restored is what became of a backup that was put back.
type Restored struct {
	From      string    `json:"from"`
	At        time.Time `json:"at"` // when it was made
	Bytes     int64     `json:"bytes"`
	Store     string    `json:"store"`
	Kept      string    `json:"kept,omitempty"` // what stood there; empty: nothing did
	Journal   string    `json:"journal"`        // "there", "put_back" or "none"
	JournalOf string    `json:"journal_from,omitempty"`
	Media     int       `json:"media"`    // files of people that were put back
	WhatsApp  string    `json:"whatsapp"` // "there", "missing" or "off"
}

// What became of the journal, and of the paired phone's session.
const (
	IsThere   = "there"
	IsPutBack = "put_back"
	IsNone    = "none"
	IsMissing = "missing"
	IsOff     = "off"
)

// Restore puts a backup in the place of the store: a file of `kaskad backup FILE`, or a folder of the schedule. No gateway may run. Whatever
// fails, and whenever the process dies, the old store or the new one is there, whole.
func Restore(ctx context.Context, at Place, path string) (Restored, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return Restored{}, faults
	}
	return (&restoring{cfg: cfg, data: cfg.Server.DataDir, now: time.Now(), step: func(string) error { return nil }}).run(ctx, path)
}

// restoring is one at work.
type restoring struct {
	cfg  *Config
	data string
	now  time.Time
	step func(done string) error // called behind each step; tests break off there

	place  *store.Standing
	from   source
	folder string // where the copy is prepared, on the store's disk
	of     string // whose the copy is
	res    Restored
}

// source is a backup, as it was found.
type source struct {
	db       string
	journal  string           // of the same moment; may not be there
	folder   string           // of the schedule; empty: it is a single file
	manifest backups.Manifest // of the folder
}

// stopFirst is what to do about a gateway that runs.
const stopFirst = "nothing was changed; stop the gateway first (systemctl stop kaskad), then call this again"

func (r *restoring) run(ctx context.Context, path string) (res Restored, err error) {
	if _, err := control.Dial(ctx, filepath.Join(r.data, SocketName)); err == nil {
		return res, fmt.Errorf("a gateway runs with %s: %s", r.data, stopFirst)
	} else if !errors.Is(err, control.ErrNotRunning) {
		return res, err
	}
	if err := r.isBackup(path); err != nil {
		return res, err
	}
	if err := os.MkdirAll(r.data, 0o700); err != nil {
		return res, err
	}
	r.place, err = store.Stand(r.data)
	if errors.Is(err, store.ErrInUse) {
		return res, fmt.Errorf("%s: %w %s", r.data, err, stopFirst)
	}
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, r.place.Leave()) }()
	if err := r.prepare(ctx, path); err != nil {
		return res, fmt.Errorf("nothing was put back: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.folder)) }()
	if err := r.put(ctx); err != nil {
		return res, fmt.Errorf("%w; call this again: %s is the old store or the backup, whole", err, r.place.Path())
	}
	return r.res, nil
}

// isBackup refuses what cannot be meant before anything is done.
func (r *restoring) isBackup(path string) error {
	there, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w; kaskad backup list has those of the schedule", path, pathError(err))
	}
	if live, err := os.Stat(filepath.Join(r.data, store.FileName)); err == nil && os.SameFile(there, live) {
		return &usageError{fmt.Errorf("%s is the store itself: name a backup", path)}
	}
	if !there.IsDir() && !there.Mode().IsRegular() {
		return &usageError{fmt.Errorf("%s is no file and no folder: name a backup", path)}
	}
	return nil
}

// prepare makes the copy that is put in place, beside the store, and leaves everything as it is.
func (r *restoring) prepare(ctx context.Context, path string) (err error) {
	if err := r.find(ctx, path); err != nil {
		return err
	}
	if err := r.dropOld(); err != nil {
		return err
	}
	if r.folder, err = os.MkdirTemp(r.data, preparing+"*"); err != nil { // 0700
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(r.folder))
		}
	}()
	fresh := filepath.Join(r.folder, store.FileName)
	if err := backups.Copy(ctx, r.from.db, fresh); err != nil {
		return err
	}
	if err := r.step("copied"); err != nil {
		return err
	}
	keys, err := r.cfg.openKeys()
	if err != nil {
		return err
	}
	r.of, err = lookThrough(ctx, r.folder, keys)
	if err = errors.Join(err, closeKeys(keys)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := r.place.Suits(r.of); err != nil {
		return fmt.Errorf("%w: %s is a backup of another one; is this the right configuration? To put it here all the same, move kaskad.db and kaskad.journal away", err, path)
	}
	if err := store.MarkCopy(fresh); err != nil { // behind the look: the gateway gets a store that is restored
		return err
	}
	if err := errors.Join(store.GiveAs(fresh, r.data), syncFile(fresh)); err != nil {
		return err
	}
	if err := r.findJournal(ctx); err != nil {
		return err
	}
	return r.step("prepared")
}

// preparing begins the names of folders in which a copy is prepared.
const preparing = ".restore-"

// dropOld removes what a command left that was killed.
func (r *restoring) dropOld() error {
	old, err := filepath.Glob(filepath.Join(r.data, preparing+"*"))
	for _, name := range old {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// find finds out what a path means, and compares a folder of the schedule with its sums.
func (r *restoring) find(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	r.from = source{db: path, journal: path + JournalSuffix}
	r.res = Restored{From: path, At: info.ModTime().UTC().Truncate(time.Second), Bytes: info.Size()}
	folder, ok := backups.FolderOf(path)
	if !ok || !info.IsDir() && filepath.Base(path) != store.FileName {
		return nil
	}
	m, err := backups.Verify(ctx, folder)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	r.from = source{filepath.Join(folder, store.FileName), filepath.Join(folder, store.JournalName), folder, m}
	r.res = Restored{From: folder, At: m.At, Bytes: m.Size()}
	return nil
}

// findJournal looks at the journal that is there. It stays, for it is the newest; only where it is lost the newest copy that belongs to the
// store is made ready.
func (r *restoring) findJournal(ctx context.Context) error {
	mine := store.JournalIn(r.data)
	r.res.Journal = IsNone
	if _, err := os.Lstat(mine.Path()); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			_, err = mine.LastOf(r.of)
		}
		r.res.Journal = IsThere
		return err
	}
	newest, found, err := r.newestJournal()
	if err != nil || !found {
		return err
	}
	to := filepath.Join(r.folder, store.JournalName)
	if err := backups.Copy(ctx, newest, to); err != nil {
		return err
	}
	r.res.Journal, r.res.JournalOf = IsPutBack, newest
	return errors.Join(store.GiveAs(to, r.data), syncFile(to))
}

// newestJournal is the copy with the highest line, of the backup's own and those of the schedule's folder: where an older backup is put
// back, a newer one knows noes that it does not.
func (r *restoring) newestJournal() (path string, found bool, err error) {
	all := []string{r.from.journal}
	list, err := backups.List(r.cfg.Backup.Dir)
	if err != nil {
		return "", false, err
	}
	for _, b := range list {
		all = append(all, filepath.Join(b.Path, store.JournalName))
	}
	highest := uint64(0)
	for i, name := range all {
		if _, err := os.Stat(name); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return "", false, err
		}
		last, err := store.JournalAt(name).LastOf(r.of)
		if err != nil {
			if i > 0 {
				continue // of another store, or broken: it is not what was asked for
			}
			return "", false, err
		}
		if !found || last > highest {
			path, found, highest = name, true, last
		}
	}
	return path, found, nil
}

// put puts everything in its place; the store is the last, and with it all is done.
func (r *restoring) put(ctx context.Context) (err error) {
	if err := r.putMedia(ctx); err != nil {
		return err
	}
	if err := r.step("media"); err != nil {
		return err
	}
	if r.res.Kept, err = r.place.Keep(r.now); err != nil {
		return err
	}
	if err := r.step("kept"); err != nil {
		return err
	}
	if r.res.Journal == IsPutBack {
		if err := os.Rename(filepath.Join(r.folder, store.JournalName), filepath.Join(r.data, store.JournalName)); err != nil {
			return err
		}
		if err := syncFolder(r.data); err != nil {
			return err
		}
	}
	if err := r.step("journal"); err != nil {
		return err
	}
	if err := r.place.Replace(filepath.Join(r.folder, store.FileName)); err != nil {
		return err
	}
	r.res.Store, r.res.WhatsApp = r.place.Path(), r.phone()
	return r.step("replaced")
}

func (r *restoring) putMedia(ctx context.Context) error {
	if r.from.folder == "" {
		return nil
	}
	to := filepath.Join(r.data, mediaDir)
	if err := os.Mkdir(to, 0o700); err == nil {
		if err := store.GiveAs(to, r.data); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	n, err := backups.PutMedia(ctx, r.from.folder, r.from.manifest, to, func(path string) error { return store.GiveAs(path, r.data) })
	r.res.Media = n
	return err
}

// phone is how the session of the paired phone stands; it is left as it is.
func (r *restoring) phone() string {
	if !r.cfg.WhatsApp.Enabled {
		return IsOff
	}
	if _, err := os.Stat(filepath.Join(r.data, whatsapp.FileName)); err != nil {
		return IsMissing
	}
	return IsThere
}

// syncFile brings a file to disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
