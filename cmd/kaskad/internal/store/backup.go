package store

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Backup writes a copy of the file as it is now, while the store goes on. Until it is done, pages that the copy needs are not
// used again and the file may grow: write to a disk first, to slow places from there.
func (db *DB) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = db.bolt.View(func(btx *bolt.Tx) (err error) {
		n, err = btx.WriteTo(&patient{ctx, w})
		return err
	})
	return n, err
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

// syncDir makes a new name in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
