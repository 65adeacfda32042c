package store

import (
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// snapshot is a read transaction of the last durable commit, shared by everyone who reads at that time. (A transaction of
// bbolt that only reads keeps no state of its own besides atomic counters; the race detector watches over that in the tests.)
// A transaction of one's own could show a commit whose root is written and not yet synced.
type snapshot struct {
	btx     *bolt.Tx
	no      uint64 // of the commit
	buckets [tables]atomic.Pointer[bolt.Bucket]
	refs    int // under snapshots.mu; the store itself holds one
}

func (s *snapshot) bucket(t table) *bolt.Bucket {
	b := s.buckets[t].Load()
	if b == nil {
		b = s.btx.Bucket([]byte(layouts[t].bucket))
		s.buckets[t].Store(b)
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
func (s *snapshots) replace(file *bolt.DB) error {
	btx, err := file.Begin(false)
	if err != nil {
		return err
	}
	s.swap(&snapshot{btx: btx, no: uint64(btx.ID()), refs: 1})
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
