package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// copyCommit is about how many bytes one commit of a copy has: pages are built in memory first.
const copyCommit = 8 << 20

// copyFill is how full the pages of a copy are: what grows is appended to, the rest has a little room.
const copyFill = 0.9

// heeded ends what takes long when its caller leaves or the store is closed.
func (c *compaction) heeded() error {
	select {
	case <-c.ctx.Done():
		return c.ctx.Err()
	case <-c.db.quit:
		return ErrClosed
	default:
		return nil
	}
}

// copy writes the new file and brings it to disk.
func (c *compaction) copy() error {
	size := c.db.bolt.Info().PageSize
	dst, err := bolt.Open(c.path, 0o600, &bolt.Options{NoSync: true, NoGrowSync: true, PageSize: size, InitialMmapSize: mapSize(c.db.path), FreelistType: bolt.FreelistArrayType})
	if err != nil {
		return err
	}
	to := &copier{heeded: c.heeded, dst: dst}
	err = c.db.bolt.View(to.all)
	if to.btx != nil {
		err = errors.Join(err, to.btx.Rollback())
	}
	if err == nil {
		err = dst.Sync()
	}
	return errors.Join(err, dst.Close())
}

// copier copies buckets into a file, in commits of a bounded size.
type copier struct {
	heeded func() error
	dst    *bolt.DB
	btx    *bolt.Tx // nil: no commit is open
	size   int
	path   [][]byte     // of the bucket that is being copied
	at     *bolt.Bucket // that bucket in btx; nil: look for it
}

// all copies everything that a transaction shows.
func (c *copier) all(src *bolt.Tx) error {
	err := src.ForEach(c.bucket)
	if err != nil || c.btx == nil {
		return err
	}
	btx := c.btx
	c.btx = nil
	return btx.Commit()
}

// bucket copies one bucket, and those in it.
func (c *copier) bucket(name []byte, src *bolt.Bucket) error {
	if err := c.make(name, src.Sequence()); err != nil {
		return err
	}
	c.path, c.at = append(c.path, name), nil
	err := src.ForEach(func(k, v []byte) error {
		if v == nil {
			return c.bucket(k, src.Bucket(k))
		}
		if err := c.room(len(k) + len(v)); err != nil {
			return err
		}
		return c.at.Put(k, v)
	})
	c.path, c.at = c.path[:len(c.path)-1], nil
	return err
}

// make makes a bucket in the one that is being copied.
func (c *copier) make(name []byte, sequence uint64) error {
	if err := c.room(len(name)); err != nil {
		return err
	}
	var fresh *bolt.Bucket
	var err error
	if c.at == nil {
		fresh, err = c.btx.CreateBucket(name)
	} else {
		fresh, err = c.at.CreateBucket(name)
	}
	if err != nil || sequence == 0 {
		return err
	}
	return fresh.SetSequence(sequence)
}

// room commits what is large enough, and makes sure that a commit and the bucket in it are open.
func (c *copier) room(size int) error {
	if c.size += size; c.size > copyCommit && c.btx != nil {
		btx := c.btx
		c.btx, c.at, c.size = nil, nil, size
		if err := errors.Join(btx.Commit(), c.heeded()); err != nil {
			return err
		}
	}
	if c.btx == nil {
		btx, err := c.dst.Begin(true)
		if err != nil {
			return err
		}
		c.btx = btx
	}
	if c.at != nil || len(c.path) == 0 {
		return nil
	}
	c.at = c.btx.Bucket(c.path[0])
	for _, name := range c.path[1:] {
		c.at = c.at.Bucket(name)
	}
	c.at.FillPercent = copyFill
	return nil
}

// compare reads both files side by side, and the new one's pages: every entry is there, nothing else is, and every page is used once.
func (c *compaction) compare(fresh *bolt.DB) error {
	return c.db.bolt.View(func(old *bolt.Tx) error {
		return fresh.View(func(btx *bolt.Tx) error {
			if err := c.same(old.Cursor(), btx.Cursor(), old.Bucket, btx.Bucket); err != nil {
				return err
			}
			var first error
			for err := range btx.Check() { // to its end: it is a goroutine
				if first == nil {
					first = err
				}
			}
			return first
		})
	})
}

// same compares what two cursors show.
func (c *compaction) same(a, b *bolt.Cursor, inA, inB func([]byte) *bolt.Bucket) error {
	ka, va := a.First()
	kb, vb := b.First()
	for n := 0; ka != nil || kb != nil; n++ {
		if n%4096 == 0 {
			if err := c.heeded(); err != nil {
				return err
			}
		}
		if !bytes.Equal(ka, kb) || !bytes.Equal(va, vb) || (va == nil) != (vb == nil) {
			return fmt.Errorf("entry %x against %x", ka, kb)
		}
		if va == nil {
			old, fresh := inA(ka), inB(kb)
			if old.Sequence() != fresh.Sequence() {
				return fmt.Errorf("bucket %x has another sequence", ka)
			}
			if err := c.same(old.Cursor(), fresh.Cursor(), old.Bucket, fresh.Bucket); err != nil {
				return fmt.Errorf("%x: %w", ka, err)
			}
		}
		ka, va = a.Next()
		kb, vb = b.Next()
	}
	return nil
}
