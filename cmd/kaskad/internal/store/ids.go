package store

import (
	"sync/atomic"
	"time"

	"kaskad/bots"
)

// counter gives ids: the microsecond of now, or one more than the last where that is higher. The last one is written with
// every commit. Ids handed to an operation that never commits are gaps; nobody has seen them.
type counter struct {
	mark bots.ID // in all of them: that of a test store, or nothing
	last atomic.Uint64
}

func (c *counter) next(now time.Time) bots.ID {
	for {
		last := c.last.Load()
		id := max(last+1, uint64(c.at(now)))
		if c.last.CompareAndSwap(last, id) {
			return bots.ID(id)
		}
	}
}

// at is the least id that is given from a moment on.
func (c *counter) at(now time.Time) bots.ID { return bots.ID(max(now.UnixMicro(), 0)) | c.mark }

// idSource gives the ids of one operation; a second run of it gets the same ones again.
type idSource struct {
	given []bots.ID
	used  int
}

func (s *idSource) next(db *DB) bots.ID {
	if s.used == len(s.given) {
		s.given = append(s.given, db.ids.next(time.Now()))
	}
	s.used++
	return s.given[s.used-1]
}
