package store

import (
	"time"

	bolt "go.etcd.io/bbolt"
)

// What is deleted stays in free pages until they are used again, or until the file is compacted. The store notes when that began to hold
// for a person's data: the first such deletion since the last compaction, in the commit that made it. The note is in the file, so no
// restart loses it, and a compaction leaves it out of the new one.

// keyFreed is that time, in bucket meta; none: nothing of a person is in free pages.
var keyFreed = []byte("freed")

// personal are the tables whose records say something of a person.
var personal = [tables]bool{tPlan: true, tMessage: true, tContact: true, tPlace: true, tHead: true, tQuarantine: true, tNewest: true}

// erasures begin the keys of records that say that a person was erased: whatever was emptied for that is in free pages, deleted or not.
var erasures = string(name("erased"))

// frees reports whether an entry leaves data of a person in free pages.
func (p *put) frees() bool {
	if p.del {
		return personal[p.table]
	}
	return p.table == tRecord && len(p.key) > len(erasures) && string(p.key[:len(erasures)]) == erasures
}

// saveFreed notes the time with the first deletion.
func (w *batch) saveFreed(meta *bolt.Bucket) error {
	if !w.freed || w.db.freed.Load() != 0 {
		return nil
	}
	w.freedAt = w.now.UnixMicro()
	return meta.Put(keyFreed, timeKey(nil, w.now))
}

// forgetFreed takes the note out of a file in which nothing was ever deleted.
func forgetFreed(file *bolt.DB) error {
	return file.Update(func(btx *bolt.Tx) error { return btx.Bucket(metaBucket).Delete(keyFreed) })
}

func (db *DB) loadFreed(meta *bolt.Bucket) {
	if b := meta.Get(keyFreed); b != nil {
		db.freed.Store(keyTime(b).UnixMicro())
	}
}

// FreedSince is when the oldest of those deletions of a person's data was made that are still in free pages of the file; the zero time:
// there is nothing of that kind.
func (db *DB) FreedSince() time.Time {
	at := db.freed.Load()
	if at == 0 {
		return time.Time{}
	}
	return fromMicro(at)
}
