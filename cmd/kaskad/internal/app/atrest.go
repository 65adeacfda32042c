package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/keyring"
	"kaskad/cmd/kaskad/internal/store"
)

// AtRest is how what is kept of people is sealed. Without a key it is not.
type AtRest struct {
	Key      bots.Secret `toml:"key"` // the master key
	KeyFile  string      `toml:"key_file"`
	Keys     string      `toml:"keys"`      // the file of people's keys
	KeysCopy string      `toml:"keys_copy"` // its one copy, which is written anew with each backup and each erase
	IndexDir string      `toml:"index_dir"` // where search.db is, which is not sealed: a folder in memory
}

// KeysName is the file of people's keys in data_dir, where nothing else is written.
const KeysName = "people.keys"

func (e *AtRest) on() bool { return e.Key != "" }

// atRest looks for a master key that is none, and for a copy of the keys that would lie where copies of the store do.
func (l *loader) atRest(cfg *Config) {
	e := &cfg.Encryption
	if !e.on() {
		if (e.Keys != "" || e.KeysCopy != "" || e.IndexDir != "") && !l.bad["encryption.key"] {
			l.add("encryption.key", "is missing: kaskad encryption key makes one")
		}
		return
	}
	if _, err := keyring.ParseMaster(e.Key.Reveal()); err != nil && !l.bad["encryption.key"] {
		l.add("encryption.key", "%v", err)
	}
	if e.IndexDir == "" {
		l.warn("encryption.index_dir", "is empty: search.db has names and texts of people in clear, and lies in data_dir; name a folder in memory, such as /run/kaskad on Linux: it is made anew after each start of the machine")
	}
	inBackups := func(path string) bool {
		in, err := filepath.Rel(cfg.Backup.Dir, path)
		return path != "" && err == nil && filepath.IsLocal(in)
	}
	if inBackups(cfg.keysPath()) {
		l.add("encryption.keys", "is in the folder of backups: whoever has a backup would have its keys; name another place")
	}
	if inBackups(e.IndexDir) {
		l.add("encryption.index_dir", "is in the folder of backups: whoever has a backup would have names and texts of people in clear; name another place")
	}
	if e.KeysCopy == "" {
		l.warn("encryption.keys_copy", "names no copy of people's keys: when the disk with %s is lost, nothing of what the store or a backup has of people can be read again", cfg.keysPath())
		return
	}
	if filepath.Clean(e.KeysCopy) == filepath.Clean(cfg.keysPath()) {
		l.add("encryption.keys_copy", "is the file of keys itself: name one on another disk")
	}
	if inBackups(e.KeysCopy) {
		l.add("encryption.keys_copy", "is in the folder of backups: whoever has a backup would have its keys, and an erase would not reach the copies that go elsewhere; name another place")
	}
}

// keysPath is where people's keys are.
func (c *Config) keysPath() string {
	if c.Encryption.Keys != "" {
		return c.Encryption.Keys
	}
	return filepath.Join(c.Server.DataDir, KeysName)
}

// indexDir is where search.db is. That of simulated people may be seen by anybody.
func (a *App) indexDir() string {
	if a.world == nil && a.cfg.Encryption.IndexDir != "" {
		return a.cfg.Encryption.IndexDir
	}
	return a.cfg.Server.DataDir
}

// openKeys opens people's keys; nil: nothing is sealed. They are made together with the store, and never later: keys that are missing are
// those of a store that cannot be read without them.
func (c *Config) openKeys() (*keyring.Ring, error) {
	if !c.Encryption.on() {
		return nil, nil
	}
	master, err := keyring.ParseMaster(c.Encryption.Key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("[encryption] key: %w", err)
	}
	path := c.keysPath()
	keys, err := keyring.Open(path, master)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if _, there := os.Stat(filepath.Join(c.Server.DataDir, store.FileName)); !errors.Is(there, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: people's keys are not there, and without them the store cannot be read: put their copy back ([encryption] keys_copy)", path)
	}
	if copied := c.Encryption.KeysCopy; copied != "" {
		if _, there := os.Stat(copied); !errors.Is(there, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: neither people's keys are there nor the store, but their copy is, at %s: mount the disk that is missing, or put the copy back and restore a backup (docs/disasters.md); to begin anew move the copy away, without which no old backup can be read", path, copied)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := keyring.Make(path, master); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return keyring.Open(path, master)
}

// closeKeys closes them, if there are any.
func closeKeys(keys *keyring.Ring) error {
	if keys == nil {
		return nil
	}
	return keys.Close()
}

// copyKeys brings the copy of people's keys to what they are now: what was forgotten here is forgotten there.
func (c *Config) copyKeys(keys *keyring.Ring) error {
	if keys == nil || c.Encryption.KeysCopy == "" {
		return nil
	}
	if err := keys.Copy(c.Encryption.KeysCopy); err != nil {
		return fmt.Errorf("people's keys were not copied, so that their copy may lack new ones and have those of people who were erased: %w", err)
	}
	return nil
}

// forgetKeys makes unreadable everywhere what was of people whose erase has come to its end.
func (a *App) forgetKeys(ctx context.Context) error {
	n, err := a.db.ForgetKeys(ctx, func() error { return a.cfg.copyKeys(a.ring) })
	if n > 0 {
		a.log.Info("keys of people who were erased are forgotten: copies of the store have nothing of them any more", "people", n)
	}
	return err
}

// eraseNameless erases once more, in a store that was put back from a copy, who was erased after the copy was made: their keys are gone, and
// what the copy still has of them are indexes without names. The keys know that, also when all of data_dir was put back and nothing else tells.
func (a *App) eraseNameless(ctx context.Context, restored bool) error {
	behind, err := a.db.BehindKeys(ctx)
	if err != nil || !behind && !restored {
		return err
	}
	people, err := a.db.Nameless(ctx)
	for _, id := range people {
		if err == nil {
			_, err = a.db.Erase(ctx, id, "restored", "", store.Record{})
		}
	}
	if err == nil && len(people) > 0 {
		a.log.Info("people who were erased after this copy of the store was made are erased once more", "people", len(people))
	}
	if err == nil && behind {
		err = a.db.CaughtUpWithKeys(ctx)
	}
	return err
}

// RotateMasterKey seals people's keys, and their copy, with the master key of another file, while no gateway runs. It may be called again
// after it failed.
func RotateMasterKey(ctx context.Context, at Place, file string) (err error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return faults
	}
	if !cfg.Encryption.on() {
		return errors.New("[encryption] is not in the configuration: nothing is sealed")
	}
	old, err := keyring.ParseMaster(cfg.Encryption.Key.Reveal())
	if err != nil {
		return fmt.Errorf("[encryption] key: %w", err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	other, err := keyring.ParseMaster(string(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if other == old {
		return fmt.Errorf("%s has the master key that is in use: kaskad encryption key makes another one", file)
	}
	if _, err := os.Stat(filepath.Join(cfg.Server.DataDir, store.FileName)); err != nil {
		return fmt.Errorf("there is no store yet: write the key of %s into [encryption]: %w", file, err)
	}
	place, err := store.Stand(cfg.Server.DataDir)
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%s: %w %s", cfg.Server.DataDir, err, stopFirst)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, place.Leave()) }()
	if err := errors.Join(keyring.Rewrap(cfg.keysPath(), old, other), store.GiveAs(cfg.keysPath(), place.Path())); err != nil {
		return err
	}
	keys, err := keyring.Open(cfg.keysPath(), other)
	if err != nil {
		return err
	}
	err = errors.Join(cfg.copyKeys(keys), keys.Close())
	if err == nil && cfg.Encryption.KeysCopy != "" {
		err = store.GiveAs(cfg.Encryption.KeysCopy, place.Path()) // the gateway replaces it
	}
	if err != nil {
		return fmt.Errorf("the keys are sealed with the new master key, their copy is not: mend that and call this again, before the new key is in the configuration: %w", err)
	}
	return nil
}

// NewMasterKey is a new key for [encryption] key.
func NewMasterKey() string { return keyring.NewMaster().String() }
