package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"kaskad/bots"
	"kaskad/fallback"
)

// A store that was put back from a copy does not know what went out since. It is recognised by two marks: a backup has one in itself, and a
// small file beside the store counts the starts of the gateway, which a store that is older has seen fewer of. From then on a pause of its
// own stands in it, fallback.RestoredScope, until somebody confirms.

// StartsName is the file beside the store that counts starts.
const StartsName = "kaskad.starts"

// Settings of restored stores.
const (
	settingCopy     = "copy"     // there in a backup
	settingStarts   = "starts"   // how often the gateway was started with this store
	settingRestored = "restored" // an id: deliveries with a lower one were made before the store was put back
)

// changesLost is how far the numbers of changes jump when a store was put back: those behind the backup were told to programs already, which
// would take another change of the same number for one that they know.
const changesLost = 1 << 24

// starts is what the file beside the store says.
type starts struct {
	Store string `json:"store"` // whose it is: journalOf
	Count uint64 `json:"starts"`
}

func settings(btx *bolt.Tx) *bolt.Bucket { return btx.Bucket([]byte(layouts[tSetting].bucket)) }

// MarkCopy marks a file as a copy of a store: who opens it as the store gets one that is restored. Nobody has the file open.
func MarkCopy(path string) error {
	file, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistArrayType})
	if err != nil {
		return err
	}
	err = file.Update(func(btx *bolt.Tx) error { return settings(btx).Put(name(settingCopy), wrapped(nil)) })
	return errors.Join(err, file.Close())
}

// readStarts reads the file beside the store. One that is missing, cannot be read as ours, or is another store's, says nothing.
func (db *DB) readStarts() (uint64, error) {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(db.path), StartsName))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var s starts
	if json.Unmarshal(b, &s) != nil || s.Store != db.journalOf() {
		return 0, nil
	}
	return s.Count, nil
}

// lookRestored begins the safe mode of a store that was put back, in one commit, before anything else is done with it.
func (db *DB) lookRestored() error {
	if db.opt.Test {
		return nil
	}
	beside, err := db.readStarts()
	if err != nil {
		return err
	}
	restored := false
	err = db.bolt.View(func(btx *bolt.Tx) error {
		s := settings(btx)
		restored = s.Get(name(settingCopy)) != nil || keyNumber(unwrapped(s.Get(name(settingStarts)))) < beside
		return nil
	})
	if err != nil || !restored {
		return err
	}
	return db.bolt.Update(func(btx *bolt.Tx) error { return db.putRestored(btx, beside) })
}

func (db *DB) putRestored(btx *bolt.Tx, beside uint64) error {
	s, meta, at := settings(btx), btx.Bucket(metaBucket), now()
	first := max(keyNumber(meta.Get(keyLastID))+1, uint64(at.UnixMicro()))
	counted := max(beside, keyNumber(unwrapped(s.Get(name(settingStarts)))))
	err := errors.Join(
		s.Delete(name(settingCopy)),
		s.Put(name(settingStarts), wrapped(numberKey(counted))),
		s.Put(name(settingRestored), wrapped(numberKey(first))),
		meta.Put(keyLastID, numberKey(first)),
		meta.Put(keyChange, numberKey(keyNumber(meta.Get(keyChange))+changesLost)))
	pauses := btx.Bucket([]byte(layouts[tPause].bucket))
	return errors.Join(err, pauses.ForEach(func(_, v []byte) error {
		p, err := decodePause(v)
		if err == nil && p.Scope == fallback.RestoredScope && p.To.IsZero() {
			at = time.Time{} // it stands
		}
		return err
	}), putPause(pauses, at))
}

func putPause(pauses *bolt.Bucket, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	p := fallback.Pause{Scope: fallback.RestoredScope, From: at}
	return pauses.Put(pauseKey(&p), encodePause(nil, &p))
}

// NoteStart counts a start of the gateway, in the store and then beside it, before anything is sent. It needs room on the disk; that the file
// beside could not be written is no reason not to start.
func (db *DB) NoteStart(ctx context.Context) error {
	count, err := write(ctx, db, func(t *tx) (uint64, error) {
		n := keyNumber(unwrapped(t.get(tSetting, name(settingStarts)))) + 1
		t.set.put(tSetting, name(settingStarts), wrapped(numberKey(n)))
		return n, nil
	})
	if err != nil {
		return err
	}
	b, err := json.Marshal(starts{db.journalOf(), count})
	if err != nil {
		return err
	}
	return db.putStarts(append(b, '\n'))
}

func (db *DB) putStarts(b []byte) (err error) {
	dir := filepath.Dir(db.path)
	f, err := os.CreateTemp(dir, ".starts-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, StartsName))
	}
	if err != nil {
		return errors.Join(err, dropFile(f.Name()))
	}
	return syncDir(dir)
}

// restoredAtOnce is how many entries of the due index one commit looks at.
const restoredAtOnce = 200

// EndRestored ends, as fallback.EndRestored, every open delivery that was made before the store was put back, but for those to be sent. It
// works in commits of a few: whoever breaks off calls it again, and it goes on. It reports how many ended.
func (db *DB) EndRestored(ctx context.Context, send map[bots.ID]bool) (ended int, err error) {
	for from := []byte{}; from != nil; {
		page, err := db.openPage(ctx, from, send)
		if err != nil {
			return ended, err
		}
		n, err := write(ctx, db, func(t *tx) (n int, err error) {
			for _, id := range page.ids {
				did, err := fallback.EndRestored(t, id)
				if err != nil {
					return 0, err
				}
				if did {
					n++
				}
			}
			return n, nil
		})
		if err != nil {
			return ended, err
		}
		ended, from = ended+n, page.next
	}
	return ended, nil
}

type openPage struct {
	ids  []bots.ID
	next []byte // where the next one begins; nil: nowhere
}

func (db *DB) openPage(ctx context.Context, from []byte, send map[bots.ID]bool) (openPage, error) {
	return view(ctx, db, func(t *tx) (p openPage, err error) {
		first := bots.ID(keyNumber(unwrapped(t.get(tSetting, name(settingRestored)))))
		c := t.bucket(tDue).Cursor()
		n := 0
		for k, _ := c.Seek(from); k != nil; k, _ = c.Next() {
			if n++; n > restoredAtOnce {
				p.next = bytes.Clone(k)
				return p, nil
			}
			if id := lastID(k); id < first && !send[id] {
				p.ids = append(p.ids, id)
			}
		}
		return p, nil
	})
}

// OpenBefore says which of some deliveries are none that was open when the store was put back: *fallback.UnknownDeliveries.
func (db *DB) OpenBefore(ctx context.Context, ids []bots.ID) error {
	unknown, err := view(ctx, db, func(t *tx) (unknown []bots.ID, err error) {
		first := bots.ID(keyNumber(unwrapped(t.get(tSetting, name(settingRestored)))))
		for _, id := range ids {
			d := t.Delivery(id)
			if d == nil || id >= first || d.State.Final() {
				unknown = append(unknown, id)
			}
		}
		return unknown, nil
	})
	if err == nil && len(unknown) > 0 {
		err = &fallback.UnknownDeliveries{IDs: unknown}
	}
	return err
}
