package store

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// A store is put back by a command, while no gateway runs:
//
//  1. Standing has the lock of the file that is there: a gateway that runs has it, and one that starts meanwhile does not get it.
//  2. The copy is prepared elsewhere on the same disk, looked through and marked as one.
//  3. Keep gives the file that is there a second name. It is never deleted, and it is the store still.
//  4. Replace renames the copy to the store's name and syncs the folder. Before that the old file is the store, after it the new one.

// ErrOtherStore is a copy that another store was made of.
var ErrOtherStore = errors.New("another store stands there")

// Standing is the place of the store in a folder, whatever stands there, for one who has it alone.
type Standing struct {
	dir  string
	file *os.File // locked
	made bool     // nothing stood there: the file is an empty one of ours
	of   string   // whose it is; empty: nothing that can be read says so
	kept string   // the second name of what stands there still
}

// Stand takes the place of the store in a folder. ErrInUse: a gateway runs, or a command is at work.
func Stand(dir string) (*Standing, error) {
	s := &Standing{dir: dir}
	info, err := os.Lstat(s.Path())
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.made = true
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file: move it away, and put the backup back then", s.Path())
	}
	if !s.made {
		if s.of, err = whose(s.Path()); err != nil {
			return nil, err
		}
	}
	if s.file, err = os.OpenFile(s.Path(), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err := s.own(); err != nil {
		return nil, errors.Join(err, s.Leave())
	}
	return s, nil
}

// own locks the file and makes sure that it still is the one of that name.
func (s *Standing) own() error {
	if err := lock(s.file); err != nil {
		s.made = false // it is somebody's
		return err
	}
	have, err := s.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(s.Path())
	if err != nil || !os.SameFile(have, named) {
		s.made = false
		return errors.Join(ErrInUse, err)
	}
	s.made = s.made && have.Size() == 0
	return nil
}

// Path is the file.
func (s *Standing) Path() string { return filepath.Join(s.dir, FileName) }

// Suits refuses a copy of another store than the one that stands there: what is beside it (the journal) is about other people.
func (s *Standing) Suits(of string) error {
	if s.of != "" && s.of != of {
		return ErrOtherStore
	}
	return nil
}

// Keep gives the file that stands there a second name, with the time in it; empty: nothing stood there.
func (s *Standing) Keep(now time.Time) (path string, err error) {
	if s.made {
		return "", nil
	}
	for ; ; now = now.Add(time.Second) { // of two in one second the later has the next one's name
		path = s.Path() + ".replaced-" + now.UTC().Format("20060102T150405Z")
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			break
		} else if err != nil {
			return "", err
		}
	}
	if os.Link(s.Path(), path) != nil { // some file systems have no second names
		if err := s.copyTo(path); err != nil {
			return "", fmt.Errorf("what stands there cannot be kept: %w", err)
		}
	}
	s.kept = path
	return path, syncDir(s.dir)
}

// copyTo copies the file that stands there, byte by byte: it may be broken.
func (s *Standing) copyTo(path string) error {
	f, err := os.CreateTemp(s.dir, "copy-*") // 0600
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(s.file, 0, math.MaxInt64))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, dropFile(f.Name()))
	}
	return nil
}

// Replace puts a file of the same disk, which is on it, in the place of the store.
func (s *Standing) Replace(fresh string) error {
	if err := os.Rename(fresh, s.Path()); err != nil {
		return err
	}
	s.made, s.kept = false, ""
	return syncDir(s.dir)
}

// Leave gives the place up. Where nothing stood and nothing was put, nothing stays.
func (s *Standing) Leave() error {
	var err error
	if s.made {
		err = dropFile(s.Path())
	}
	if s.kept != "" { // it stands where it stood, and needs no second name
		err = dropFile(s.kept)
	}
	return errors.Join(err, s.file.Close())
}

// Whose says which store a file was made of: a copy has it from the store that it is a copy of.
func (db *DB) Whose() string { return db.journalOf() }

// whose reads that of a file that may be broken, which says nothing then. ErrInUse: another process has it open.
func whose(path string) (of string, err error) {
	if intactFile(path) != nil {
		return "", nil
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a page number of a broken file leads anywhere
	defer func() {
		if recover() != nil { // bbolt's, on a page it cannot read
			of, err = "", nil
		}
	}()
	file, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return "", ErrInUse
	}
	if err != nil {
		return "", nil // it is broken
	}
	defer file.Close()
	db := &DB{}
	err = file.View(func(btx *bolt.Tx) error {
		if b := settings(btx); b != nil {
			db.markKey = append([]byte(nil), unwrapped(b.Get(name(markSetting)))...)
		}
		return nil
	})
	if err != nil || len(db.markKey) == 0 {
		return "", nil
	}
	return db.Whose(), nil
}

// LastOf is the number of the newest line of a journal, 0 without one; ErrOtherJournal when another store wrote it.
func (j *Journal) LastOf(store string) (uint64, error) {
	s, err := j.survey(journalPlace{}, store)
	return s.last.number, err
}
