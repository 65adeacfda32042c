package store

import (
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"kaskad/fallback"
)

// snapshot is a read transaction of the last durable commit, shared by everyone who reads at that time. A transaction of one's
// own could show a commit whose root is written and not yet synced: Tx.writeMeta gives metalock back before it syncs.
//
// bbolt does not promise that goroutines may share a transaction. That they may, for what is used here, is read from v1.5.0 and
// has to be read again with every other version:
//   - Tx.Bucket, Bucket.Bucket, Bucket.Get and Bucket.ForEach write nothing that is shared: newBucket makes the maps "buckets" and "nodes" only
//     for a writable transaction, so Bucket.Bucket and Bucket.openBucket make a new Bucket each time and remember none.
//   - Bucket.Cursor adds to Tx.stats, atomically (TxStats.IncCursorCount). Cursor.First, Last, Next, Prev and Seek change the
//     cursor's own stack alone, so a cursor belongs to one reader at a time (cursors, below). Below them Bucket.pageNode,
//     Tx.page and DB.page read: Bucket.nodes and Tx.pages are nil here.
//   - DB.data, DB.meta0 and DB.meta1 are set only under mmaplock (DB.mmap, DB.munmap), which a read transaction holds from
//     DB.beginTx to DB.removeTx; a RWMutex may be given back by another goroutine than took it.
//   - Tx.Size, Tx.ID and Tx.WriteTo read Tx.meta, which DB.beginTx copies and nothing changes before Tx.close.
//   - Tx.Rollback clears the transaction (Tx.close) and counts its statistics: only the last reader calls it (refs).
//   - Pages that it shows are not used again before that: DB.beginTx tells its number to the freelist.
//
// Whatever else a read transaction offers (Tx.Check, Tx.Stats, Bucket.Stats, Inspect) is not called on a shared one. Keys and
// values lie in the mapped file and are good until release.
type snapshot struct {
	btx     *bolt.Tx
	no      uint64 // of the commit
	buckets [tables]atomic.Pointer[bolt.Bucket]
	pauses  atomic.Pointer[[]fallback.Pause] // as they were read first
	lists   [tables]*genList
	refs    int // under snapshots.mu; the store itself holds one

	mu   sync.Mutex
	idle []*cursors
}

func (s *snapshot) bucket(t table) *bolt.Bucket {
	b := s.buckets[t].Load()
	if b == nil {
		b = s.btx.Bucket([]byte(layouts[t].bucket))
		s.buckets[t].Store(b)
	}
	return b
}

// cursors are places in the buckets of a snapshot, for one reader at a time: a cursor that has been used finds its next key
// without taking memory.
type cursors struct {
	snap   *snapshot
	table  [tables]*bolt.Cursor
	sealed map[sealedNo]block
}

type sealedNo struct {
	t  table
	no uint64
}

// take returns cursors that nobody uses.
func (s *snapshot) take() *cursors {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		return c
	}
	return &cursors{snap: s}
}

func (s *snapshot) give(c *cursors) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle = append(s.idle, c)
}

// of is the cursor of an ordinary table.
func (c *cursors) of(t table) *bolt.Cursor {
	if c.table[t] == nil {
		c.table[t] = c.snap.bucket(t).Cursor()
	}
	return c.table[t]
}

// in is a sealed generation; empty when there is none of this number.
func (c *cursors) in(t table, no uint64) block {
	b, ok := c.sealed[sealedNo{t, no}]
	if !ok {
		if c.sealed == nil {
			c.sealed = make(map[sealedNo]block)
		}
		b = blockOf(c.snap.bucket(t), no)
		c.sealed[sealedNo{t, no}] = b
	}
	return b
}

// snapshots hands out the current snapshot.
type snapshots struct {
	mu      sync.Mutex
	turn    sync.Cond // the current one was replaced
	current *snapshot
	ended   bool
}

// acquire returns the current snapshot; nil when the store has ended. While there is none (see yield) it waits for the next.
func (s *snapshots) acquire() *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.current == nil && !s.ended {
		s.turn.Wait()
	}
	if s.current != nil {
		s.current.refs++
	}
	return s.current
}

func (s *snapshots) release(old *snapshot) {
	if old == nil {
		return
	}
	s.mu.Lock()
	old.refs--
	last := old.refs == 0
	s.mu.Unlock()
	if last {
		_ = old.btx.Rollback()
	}
}

// replace makes the state of now current.
func (s *snapshots) replace(db *DB) error {
	btx, err := db.bolt.Begin(false)
	if err != nil {
		return err
	}
	fresh := &snapshot{btx: btx, no: db.base + uint64(btx.ID()), refs: 1}
	for t := range tables {
		fresh.lists[t] = db.gens[t].list.Load()
	}
	s.swap(fresh)
	return nil
}

func (s *snapshots) swap(fresh *snapshot) {
	s.mu.Lock()
	old := s.current
	s.current = fresh
	s.turn.Broadcast()
	s.mu.Unlock()
	s.release(old)
}

// newest is the number of the last durable commit. Only the writer asks: nobody else replaces the snapshot.
func (s *snapshots) newest() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.no
}

// yield gives up the current snapshot before a commit that may have to map more of the file: bbolt does that only when nobody
// reads.
func (s *snapshots) yield() { s.swap(nil) }

// stop keeps the current snapshot, if there is one, for ever: there will be no other.
func (s *snapshots) stop() {
	s.mu.Lock()
	s.ended = true
	s.turn.Broadcast()
	s.mu.Unlock()
}

// end lets nobody read any more.
func (s *snapshots) end() {
	s.stop()
	s.swap(nil)
}
