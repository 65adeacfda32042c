package fallback

import (
	"sync"
	"time"
)

// rests is when nothing can be stored because of work that was begun on purpose. What people do meanwhile waits at their messengers, or with
// us: a wait that ran out now would send what a proof would have stopped.
type rests struct {
	mu    sync.Mutex
	works int
	until time.Time
}

// afterRest is how long after such work waits still stand: what came in is stored first, and who is asked is asked once more.
const afterRest = 5 * time.Second

// Rest does work during which nothing can be stored, and lets no wait run out before what came in meanwhile is stored.
func (e *Engine) Rest(work func() error) error {
	e.rests.add(1)
	defer e.wake()
	defer e.rests.add(-1)
	return work()
}

func (r *rests) add(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.works += n
	r.until = time.Now().Add(afterRest)
}

// next is when to look again; the zero time: nothing rests.
func (r *rests) next(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.works > 0:
		return now.Add(afterRest)
	case now.Before(r.until):
		return r.until
	}
	return time.Time{}
}
