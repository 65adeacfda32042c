package store

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Backup writes a copy of the file as it is now, while the store goes on. Until it is done, pages that the copy needs are not
// used again and the file may grow: write to a disk first, to slow places from there. A commit that has to map more of the file
// (one far beyond leastMap, or any on Windows) waits until the copy is done.
func (db *DB) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	db.long.RLock()
	defer db.long.RUnlock()
	snap := db.snapshots.acquire()
	if snap == nil {
		return 0, db.stopped()
	}
	defer db.snapshots.release(snap)
	return snap.btx.WriteTo(&patient{ctx, w})
}

// patient is a writer that gives up when its context has ended.
type patient struct {
	ctx context.Context
	w   io.Writer
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.w.Write(b)
}

func dirOf(path string) string { return filepath.Dir(path) }

// syncDir makes a new name in a directory durable. Windows has no such call and keeps names in a journal; some file systems have
// none either, and say so.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
