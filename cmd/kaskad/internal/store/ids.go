package store

import (
	"sync/atomic"
	"time"

	"kaskad/bots"
)

// counter gives ids: the microsecond of now, or one more than the last where that is higher. The last one is written with
// every commit. Ids handed to an operation that never commits are gaps; nobody has seen them.
type counter struct{ last atomic.Uint64 }

func (c *counter) next(now time.Time) bots.ID {
	for {
		last := c.last.Load()
		id := max(last+1, uint64(max(now.UnixMicro(), 0)))
		if c.last.CompareAndSwap(last, id) {
			return bots.ID(id)
		}
	}
}

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
