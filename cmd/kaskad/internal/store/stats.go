package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stats are numbers about the store since it was opened.
type Stats struct {
	Queue     int // operations that wait for a worker or the writer
	Batches   uint64
	Ops       uint64        // operations that went through the writer
	Again     uint64        // of those, how many had to run once more inside the writer
	LastBatch int           // operations
	MaxBatch  int           // operations
	Commit    time.Duration // of the last commit
	MaxCommit time.Duration
	Commits   time.Duration // sum
	Dirty     int           // heads of conversations that are in memory and the log
	FileSize  int64
	FreePages int
	PageSize  int
	Pages     int64 // written
	Change    uint64
}

type counters struct {
	mu    sync.Mutex
	s     Stats
	again atomic.Uint64
	pages atomic.Int64 // written to files that were compacted since
}

func (c *counters) batch(ops int, wrote bool, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Ops += uint64(ops)
	if !wrote {
		return
	}
	c.s.Batches++
	c.s.LastBatch, c.s.MaxBatch = ops, max(c.s.MaxBatch, ops)
	c.s.Commit, c.s.MaxCommit = took, max(c.s.MaxCommit, took)
	c.s.Commits += took
}

// Stats reads the numbers; it is cheap.
func (db *DB) Stats() Stats {
	db.stats.mu.Lock()
	s := db.stats.s
	db.stats.mu.Unlock()
	s.Queue, s.Again, s.Dirty, s.Change = len(db.jobs)+len(db.queue), db.stats.again.Load(), db.heads.len(), db.LastChange()
	if snap := db.snapshots.acquire(); snap != nil {
		file := snap.btx.DB()
		stats := file.Stats()
		s.FreePages, s.Pages = stats.FreePageN+stats.PendingPageN, db.stats.pages.Load()+stats.TxStats.GetPageCount()
		s.FileSize, s.PageSize = snap.btx.Size(), file.Info().PageSize
		db.snapshots.release(snap)
	}
	return s
}
