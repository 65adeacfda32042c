package store

import (
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
)

// migration brings a file from one schema to the next, in as many transactions as it wants: each begins where the one before said, the
// first at nil, and the last says nil. One that was interrupted begins anew, and must not mind what it has done.
type migration func(btx *bolt.Tx, from []byte) (next []byte, err error)

// migrations is append-only: entry n makes schema n+1 of schema n. A file without a schema is new.
var migrations = []migration{
	createBuckets,
	fillNewest,
}

// Schema is the schema of files that this program writes.
func Schema() int { return len(migrations) }

func createBuckets(btx *bolt.Tx, _ []byte) (next []byte, err error) {
	names := [][]byte{metaBucket, genBucket, logBucket, filterBucket}
	for t := range tables {
		names = append(names, []byte(layouts[t].bucket))
	}
	for _, name := range names {
		if _, err := btx.CreateBucketIfNotExists(name); err != nil {
			return nil, fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return nil, nil
}

// rightKind refuses a file of the other kind before anything of it is changed.
func (db *DB) rightKind() error {
	return db.bolt.View(func(btx *bolt.Tx) error {
		meta := btx.Bucket(metaBucket)
		switch {
		case meta == nil || (meta.Get(keyTest) != nil) == db.opt.Test: // nil: the file is new
			return nil
		case db.opt.Test:
			return fmt.Errorf("%w: it holds real records, and test keys never touch those; move it away", ErrKind)
		}
		return fmt.Errorf("%w: it holds what test keys made; is [server] data_dir right?", ErrKind)
	})
}

// migrate brings the file to the schema of this program; before it changes a file that has one, it makes a copy beside it.
func (db *DB) migrate() error {
	have, want := uint64(0), uint64(len(db.opt.migrations))
	err := db.bolt.View(func(btx *bolt.Tx) error {
		if meta := btx.Bucket(metaBucket); meta != nil {
			have = keyNumber(meta.Get(keySchema))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case have == want:
		return nil
	case have > want:
		return fmt.Errorf("%w: it has schema %d, this one knows %d; start the newer version, or restore a backup", ErrNewer, have, want)
	case have > 0:
		if err := db.copyBeside(have); err != nil {
			return fmt.Errorf("backup before the migration: %w", err)
		}
	}
	for from := []byte(nil); have < want; {
		if have, from, err = db.migrateOn(have, from); err != nil {
			return err
		}
	}
	return nil
}

// migrateOn goes on with migrations from a schema, in one transaction. The file has the new schema with the last one.
func (db *DB) migrateOn(have uint64, from []byte) (uint64, []byte, error) {
	want := uint64(len(db.opt.migrations))
	err := db.bolt.Update(func(btx *bolt.Tx) (err error) {
		for ; have < want; have++ {
			if from, err = db.opt.migrations[have](btx, from); err != nil {
				return fmt.Errorf("migration to schema %d: %w", have+1, err)
			}
			if from != nil {
				return nil
			}
		}
		meta := btx.Bucket(metaBucket)
		if db.opt.Test {
			if err := meta.Put(keyTest, []byte{1}); err != nil {
				return err
			}
		}
		return meta.Put(keySchema, numberKey(want))
	})
	return have, from, err
}

// copyBeside copies the file, whole and synced, under the name of its schema.
func (db *DB) copyBeside(schema uint64) (err error) {
	path := fmt.Sprintf("%s.schema%d", db.path, schema)
	f, err := os.CreateTemp(dirOf(db.path), "copy-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = db.bolt.View(func(btx *bolt.Tx) error {
		_, err := btx.WriteTo(f)
		return err
	})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dirOf(path))
}
