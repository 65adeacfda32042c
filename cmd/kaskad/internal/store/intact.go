package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The first two pages of a file say how long it is. bbolt maps it without asking: one that is cut off, as a copy may be, would end the
// process with SIGBUS when a page behind its end is read.

// intact says what is wrong with a file before it is opened: it is none of ours, or shorter than it says itself. One that is not there,
// or empty, is new.
func intact(path string) error {
	err := intactFile(path)
	if err == nil || !errors.Is(err, errBroken) {
		return err
	}
	if copy, at := newestCopy(path); copy != "" {
		return fmt.Errorf("%w; the newest copy that is known here is %s of %s: kaskad restore %s", err, copy, at.UTC().Format(time.RFC3339), copy)
	}
	return err
}

// LastBackupName is the file beside the store that says where the last backup was written: a store that is broken cannot say it.
const LastBackupName = "kaskad.lastbackup"

// NoteBackup notes where a backup was written.
func NoteBackup(dir, path string) error {
	f, err := os.CreateTemp(dir, ".lastbackup-*") // 0600; a new file, because the one that is there may be another user's
	if err != nil {
		return err
	}
	_, err = f.WriteString(path + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, LastBackupName))
	}
	if err != nil {
		return errors.Join(err, dropFile(f.Name()))
	}
	return nil
}

// newestCopy is the newest of the last backup that was noted and of the copies that upgrades made; empty: none is there and whole.
func newestCopy(path string) (newest string, at time.Time) {
	all, err := filepath.Glob(path + ".schema*")
	if err != nil {
		all = nil // a folder with a strange name: what was noted is left
	}
	if b, err := os.ReadFile(filepath.Join(filepath.Dir(path), LastBackupName)); err == nil {
		all = append(all, strings.TrimSpace(string(b)))
	}
	for _, name := range all {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Size() > 0 && info.ModTime().After(at) && intactFile(name) == nil {
			newest, at = name, info.ModTime()
		}
	}
	return newest, at
}

// errBroken is a file that cannot be opened as a store.
var errBroken = errors.New("restore a backup")

func intactFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	newest, ok, err := newestRoot(f)
	if err != nil {
		return err
	}
	info, err := f.Stat() // afterwards: who has it open may make it longer meanwhile
	switch {
	case err != nil:
		return err
	case info.Size() == 0:
		return nil
	case !ok:
		return fmt.Errorf("is no store of ours, or its beginning is broken; %w, or move the file away to begin with an empty store", errBroken)
	case info.Size() < newest.size():
		return fmt.Errorf("kaskad.db is cut off: it has %d bytes, its own record says %d; %w", info.Size(), newest.size(), errBroken)
	}
	return nil
}

// root is what a beginning of the file (bbolt's meta, common/meta.go of v1.5.0) says of the rest.
type root struct {
	page  uint32 // bytes of a page
	pages uint64 // that were ever used
	txid  uint64
}

func (r root) size() int64 { return int64(r.page) * int64(r.pages) }

const (
	pageHeader = 16
	rootLength = 64
	boltMagic  = 0xED0CDAED
	boltFormat = 2
)

// readRoot reads a beginning at a place; false: there is none, or its sum is wrong. Numbers are in the order of the machine.
func readRoot(f io.ReaderAt, at int64) (root, bool, error) {
	var b [rootLength]byte
	if _, err := f.ReadAt(b[:], at+pageHeader); errors.Is(err, io.EOF) {
		return root{}, false, nil
	} else if err != nil {
		return root{}, false, err
	}
	own := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:56])
	r := root{page: own.Uint32(b[8:]), pages: own.Uint64(b[40:]), txid: own.Uint64(b[48:])}
	ok := own.Uint32(b[:]) == boltMagic && own.Uint32(b[4:]) == boltFormat && own.Uint64(b[56:]) == sum.Sum64()
	return r, ok, nil
}

// newestRoot is the beginning that counts: the newer of two that are whole. The second stands one page behind the first; where that is
// broken, at any size a page may have.
func newestRoot(f io.ReaderAt) (newest root, ok bool, err error) {
	first, whole, err := readRoot(f, 0)
	if err != nil {
		return root{}, false, err
	}
	newest, ok = first, whole
	for page := int64(1024); page <= 16<<20; page *= 2 {
		if whole && page != int64(first.page) {
			continue
		}
		second, fits, err := readRoot(f, page)
		if err != nil {
			return root{}, false, err
		}
		if fits && int64(second.page) == page && (!ok || second.txid > newest.txid) {
			newest, ok = second, true
		}
	}
	return newest, ok, nil
}
