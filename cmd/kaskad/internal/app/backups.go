package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/backups"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// Backups is when copies of the store are made by themselves, where they are kept and for how long. Off unless at or every is written.
type Backups struct {
	At           string            `toml:"at"`
	Every        fallback.Duration `toml:"every"`
	Dir          string            `toml:"dir"`
	Keep         backups.Keep      `toml:"keep"`
	IncludeMedia bool              `toml:"include_media"`
	OffSite      []string          `toml:"off_site"`
}

func defaultBackups() Backups {
	return Backups{Dir: "backups", Keep: backups.Keep{Daily: 7, Weekly: 4, Monthly: 6}, IncludeMedia: true}
}

// leastEvery is the shortest time between two backups.
const leastEvery = 10 * time.Minute

func (b *Backups) on() bool { return b.At != "" || b.Every.Duration > 0 }

// interval is how often there is to be one.
func (b *Backups) interval() time.Duration {
	if b.At != "" {
		return day
	}
	return b.Every.Duration
}

// next is when the next one is due after another; at once if there was none.
func (b *Backups) next(last time.Time, zone *time.Location) time.Time {
	switch {
	case last.IsZero():
		return last
	case b.At != "":
		return nightly(b.At, zone, last)
	}
	return last.Add(b.Every.Duration)
}

// backups looks for a schedule that is none, and a folder in which a backup would go with what it saves.
func (l *loader) backups(cfg *Config) {
	b := &cfg.Backup
	if b.At != "" {
		if _, err := time.Parse(hourFormat, b.At); err != nil {
			l.add("backup.at", "%q is no time of day: write 03:30, in the zone of [company] timezone", b.At)
		}
		if b.Every.Duration > 0 {
			l.add("backup.every", "write either at or every, not both")
		}
	}
	if e := b.Every.Duration; e != 0 && e < leastEvery && !l.wrong("backup.every") {
		l.add("backup.every", "is shorter than %s; write that or more, or 0s for no backups", fallback.FormatDuration(leastEvery))
	}
	if b.Keep.Daily < 0 || b.Keep.Weekly < 0 || b.Keep.Monthly < 0 {
		l.add("backup.keep", "are numbers of backups from 0 up; the newest one stays in any case")
	}
	if len(b.OffSite) > 0 && !strings.Contains(strings.Join(b.OffSite[1:], " "), backups.Placeholder) {
		l.add("backup.off_site", "does not say where the backup goes into the command: write %s for its folder, as in [\"rclone\", \"copy\", \"%s\", \"remote:kaskad\"]", backups.Placeholder, backups.Placeholder)
	}
	if !b.on() {
		return
	}
	if b.Dir == "" {
		l.add("backup.dir", "is empty: name a folder, best on another disk than data_dir")
	}
	data, err := filepath.Abs(cfg.Server.DataDir)
	dir, wrong := filepath.Abs(b.Dir)
	if in, rel := filepath.Rel(filepath.Join(data, mediaDir), dir); err == nil && wrong == nil && rel == nil && filepath.IsLocal(in) {
		l.add("backup.dir", "is in the folder of people's files, which are backed up themselves: name another")
	}
}

// BackupState is how backups stand; it is kept in the store.
type BackupState struct {
	Since time.Time `json:"since,omitzero"` // the schedule was seen first
	Good  time.Time `json:"good,omitzero"`  // the last good one
	Path  string    `json:"path,omitempty"`
	Bytes int64     `json:"bytes,omitempty"`
	Tried time.Time `json:"tried,omitzero"`
	Error string    `json:"error,omitempty"` // of the last try; empty: it went well
}

// keeper makes backups, on the schedule and when it is asked to.
type backupKeeper struct {
	db      *store.DB
	cfg     Backups
	data    string // data_dir
	keys    *keyring.Ring
	copy    func() error // of the keys
	zone    *time.Location
	log     *slog.Logger
	records store.Records

	one   sync.Mutex // at a time
	mu    sync.Mutex
	state BackupState
}

const backupRecord = "state"

func (a *App) openBackups(ctx context.Context) error {
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return err
	}
	a.backups = &backupKeeper{db: a.db, cfg: a.cfg.Backup, data: a.cfg.Server.DataDir, keys: a.ring, copy: func() error { return a.cfg.copyKeys(a.ring) }, zone: zone, log: a.log, records: a.db.Records("backup")}
	raw, err := a.backups.records.Get(ctx, backupRecord)
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &a.backups.state)
	}
	return err
}

// status is how backups stand; false: nobody asked for any.
func (k *backupKeeper) status() (s BackupState, on bool) {
	if k == nil {
		return s, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, k.cfg.on() || !k.state.Tried.IsZero()
}

// troubled is since when there should be a backup that is not there, and why.
func (k *backupKeeper) troubled(now time.Time) (since time.Time, why string) {
	s, on := k.status()
	last := s.Since
	if s.Good.After(last) {
		last = s.Good
	}
	switch late := last.Add(2 * k.interval()); {
	case !on:
	case s.Error != "":
		return s.Tried, s.Error
	case k.cfg.on() && !last.IsZero() && now.After(late):
		return late, "the last good one is older than two intervals"
	}
	return time.Time{}, ""
}

func (k *backupKeeper) interval() time.Duration {
	if k == nil {
		return 0
	}
	return k.cfg.interval()
}

// backupDegraded is what /readyz names while there is no good backup that is new enough.
const backupDegraded = "backup"

func adviseBackup(why string) string {
	return "there is no new backup: " + why + "; kaskad backup now makes one and says what is wrong"
}

// report is what /readyz and /metrics say.
func (k *backupKeeper) report() (api.BackupStatus, bool) {
	s, on := k.status()
	return api.BackupStatus{Good: s.Good, Path: s.Path, Bytes: s.Bytes, Tried: s.Tried, Error: s.Error}, on
}

const backupAgain = time.Hour // after one that failed

// run makes one whenever it is due, until ctx ends. One that came due while nothing ran is made at once.
func (k *backupKeeper) run(ctx context.Context) error {
	if !k.cfg.on() {
		return nil
	}
	if s, _ := k.status(); s.Since.IsZero() {
		s.Since = time.Now().UTC()
		if err := k.put(ctx, s); err != nil && ctx.Err() == nil {
			k.log.Warn("how backups stand was not written down", "err", err)
		}
	}
	for ctx.Err() == nil {
		s, _ := k.status()
		due := k.cfg.next(s.Tried, k.zone)
		if again := s.Tried.Add(backupAgain); s.Error != "" && again.Before(due) {
			due = again
		}
		if now := time.Now(); now.Before(due) {
			pause(ctx, nil, min(due.Sub(now), time.Minute)) // the clock may be put right meanwhile
			continue
		}
		if _, err := k.now(ctx); err != nil && ctx.Err() == nil {
			k.log.Error("backup failed", "err", err)
		}
	}
	return nil
}

// now makes a backup, looks through it, takes it elsewhere and removes the old ones.
func (k *backupKeeper) now(ctx context.Context) (backups.Made, error) {
	k.one.Lock()
	defer k.one.Unlock()
	s, _ := k.status()
	s.Tried, s.Error = time.Now().UTC().Truncate(time.Second), ""
	made, err := k.make(ctx, s.Tried)
	if err == nil {
		s.Good, s.Path, s.Bytes = made.Manifest.At, made.Path, made.Manifest.Size()
		k.log.Info("backup", "path", made.Path, "bytes", s.Bytes)
		err = errors.Join(store.NoteBackup(k.data, filepath.Join(made.Path, store.FileName)), k.copy())
		if len(k.cfg.OffSite) > 0 {
			err = errors.Join(err, backups.OffSite(ctx, k.cfg.OffSite, made.Path))
		}
		err = errors.Join(err, backups.Rotate(k.cfg.Dir, k.cfg.Keep, k.zone))
	}
	if err != nil {
		if ctx.Err() != nil {
			return made, err // we end, which is no fault of the backup
		}
		s.Error = err.Error()
	}
	return made, errors.Join(err, k.put(ctx, s))
}

func (k *backupKeeper) put(ctx context.Context, s BackupState) error {
	k.mu.Lock()
	k.state = s
	k.mu.Unlock()
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return k.records.Put(ctx, backupRecord, raw)
}

func (k *backupKeeper) make(ctx context.Context, now time.Time) (backups.Made, error) {
	o := backups.Options{Dir: k.cfg.Dir, Schema: store.Schema(), Fill: k.fill}
	if k.cfg.IncludeMedia {
		o.Media = filepath.Join(k.data, mediaDir)
	}
	return backups.Make(ctx, o, now)
}

// fill copies the store and its journal into a folder, and looks through the copy as check --store does.
func (k *backupKeeper) fill(ctx context.Context, folder string) (err error) {
	path := filepath.Join(folder, store.FileName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = k.db.Backup(ctx, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := copyJournal(k.data, path); err != nil {
		return err
	}
	if err := os.Rename(path+JournalSuffix, filepath.Join(folder, store.JournalName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := lookThrough(ctx, folder, k.keys); err != nil {
		return err
	}
	return store.MarkCopy(path) // behind the look: who opens a marked one gets a store that is restored
}

// lookThrough opens a copy and compares its records with its indexes. It says which store it was made of.
func lookThrough(ctx context.Context, folder string, keys *keyring.Ring) (of string, err error) {
	if err := store.CheckFile(folder); err != nil {
		return "", fmt.Errorf("the copy is broken: %w", err)
	}
	db, err := store.Open(folder, store.Options{Keys: keys})
	if err != nil {
		return "", fmt.Errorf("the copy cannot be opened: %w", err)
	}
	of = db.Whose()
	found, err := db.Check(ctx)
	if err = errors.Join(err, db.Close()); err != nil {
		return "", fmt.Errorf("the copy cannot be read: %w", err)
	}
	if len(found) > 0 {
		return "", fmt.Errorf("the copy does not agree with itself in %d places, the first: %v; kaskad check --store says whether the store does", len(found), found[0])
	}
	return of, nil
}

// Readiness is the answer of /readyz.
type Readiness = api.Readiness

// backupNowPath is where the socket has a backup made.
const backupNowPath = "/v1/backup/now"

// BackupMade is one backup, as commands tell of it.
type BackupMade struct {
	Path  string    `json:"path"`
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
	Files int       `json:"files"`
}

func asBackup(m backups.Made) BackupMade {
	return BackupMade{Path: m.Path, At: m.Manifest.At, Bytes: m.Manifest.Size(), Files: len(m.Manifest.Files)}
}

// backupNow serves the socket.
func (a *App) backupNow(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it takes as long as it takes
	made, err := a.backups.now(r.Context())
	a.noteSocket(r.Context(), "backup", "folder", err)
	status, body := http.StatusOK, any(asBackup(made))
	if err != nil {
		a.log.Error("backup failed", "err", err)
		status, body = http.StatusInternalServerError, map[string]string{"code": "backup", "detail": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// BackupNow makes a backup as the schedule would: in the running gateway or, when none runs, in the command itself.
func BackupNow(ctx context.Context, at Place) (made BackupMade, err error) {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return made, err
	}
	err = gate.Call(ctx, http.MethodPost, backupNowPath, nil, &made)
	return made, errors.Join(err, gate.Close())
}

// ListBackups are those in the folder of the configuration, the newest first.
func ListBackups(at Place) (dir string, all []BackupMade, err error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return "", nil, faults
	}
	list, err := backups.List(cfg.Backup.Dir)
	all = []BackupMade{}
	for _, m := range list {
		all = append(all, asBackup(m))
	}
	return cfg.Backup.Dir, all, err
}

// VerifyBackup compares a backup with the sums that it was sealed with; one that is a single file, as `kaskad backup FILE` makes, it looks
// through in a copy.
func VerifyBackup(ctx context.Context, at Place, path string) (BackupMade, error) {
	info, err := os.Stat(path)
	if err != nil {
		return BackupMade{}, err
	}
	if !info.IsDir() {
		return verifyFile(ctx, at, path, info)
	}
	m, err := backups.Verify(ctx, path)
	if err != nil {
		return BackupMade{}, fmt.Errorf("%s: %w", path, err)
	}
	return asBackup(backups.Made{Path: path, Manifest: m}), nil
}

// verifyFile looks through a copy of a file, so that the file stays as it is.
func verifyFile(ctx context.Context, at Place, path string, info os.FileInfo) (made BackupMade, err error) {
	folder, err := os.MkdirTemp(filepath.Dir(path), ".verify-")
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := backups.Copy(ctx, path, filepath.Join(folder, store.FileName)); err != nil {
		return made, err
	}
	_, err = lookThrough(ctx, folder, nil)
	if errors.Is(err, store.ErrSealed) {
		err = lookThroughSealed(ctx, at, folder)
	}
	if err != nil {
		return made, fmt.Errorf("%s: %w", path, err)
	}
	return BackupMade{Path: path, At: info.ModTime().UTC().Truncate(time.Second), Bytes: info.Size(), Files: 1}, nil
}

// lookThroughSealed looks through a copy that is sealed, with the keys of the configuration.
func lookThroughSealed(ctx context.Context, at Place, folder string) error {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return faults
	}
	keys, err := cfg.openKeys()
	if err == nil {
		_, err = lookThrough(ctx, folder, keys)
	}
	return errors.Join(err, closeKeys(keys))
}
