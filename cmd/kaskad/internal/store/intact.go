package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The first two pages of a file say how long it is. bbolt maps it without asking: one that is cut off, as a copy may be, would end the
// process with SIGBUS when a page behind its end is read.

// intact says what is wrong with a file before it is opened: it is none of ours, or shorter than it says itself. One that is not there,
// or empty, is new.
func intact(path string) error {
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
		return errors.New("is no store of ours, or its beginning is broken; restore a backup, or move the file away to begin with an empty store")
	case info.Size() < newest.size():
		return fmt.Errorf("kaskad.db is cut off: it has %d bytes, its own record says %d; restore a backup", info.Size(), newest.size())
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
