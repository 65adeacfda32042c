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
	under time.Time // when the commit under way began; zero: there is none
	ended time.Time // when the last one did
	slow  time.Time // when the first began of those in a row that took too long; zero: the last one did not
	again atomic.Uint64
	pages atomic.Int64 // written to files that were compacted since
}

func (c *counters) begin(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.under = at
}

func (c *counters) batch(ops int, wrote bool, began, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.under = time.Time{}
	c.s.Ops += uint64(ops)
	if !wrote {
		return
	}
	took := now.Sub(began)
	c.ended = now
	switch {
	case took < slowCommit:
		c.slow = time.Time{}
	case c.slow.IsZero():
		c.slow = began
	}
	c.s.Batches++
	c.s.LastBatch, c.s.MaxBatch = ops, max(c.s.MaxBatch, ops)
	c.s.Commit, c.s.MaxCommit = took, max(c.s.MaxCommit, took)
	c.s.Commits += took
}

const (
	slowCommit = time.Second // a commit that takes longer holds everything up, and is the disk's
	slowKnown  = time.Minute // for so long after a commit is it said of the disk what that commit showed
)

// slowness is since when commits have taken too long, at a time, and how long the last one took, or has taken until then.
func (c *counters) slowness(now time.Time) (since time.Time, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if running := now.Sub(c.under); !c.under.IsZero() && running >= slowCommit {
		if since = c.slow; since.IsZero() {
			since = c.under
		}
		return since, running
	}
	if c.slow.IsZero() || c.under.IsZero() && now.Sub(c.ended) > slowKnown {
		return time.Time{}, 0
	}
	return c.slow, c.s.Commit
}

// Slow is since when each commit has taken a second or longer, and how long the last one took, or the one under way has taken until now. Zero: they are quick,
// or there were none for a minute.
func (db *DB) Slow() (since time.Time, took time.Duration) { return db.stats.slowness(time.Now()) }

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
