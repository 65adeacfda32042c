package fallback

import "sync"

// counts are for /metrics.
type counts struct {
	mu sync.Mutex
	m  map[[3]string]uint64
}

func (c *counts) add(what, channel, kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[[3]string]uint64{}
	}
	c.m[[3]string{what, channel, kind}]++
}

// events is how many events a channel has told since we began.
func (c *counts) events(channel string) (n uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, some := range c.m {
		if k[0] == "event" && k[1] == channel {
			n += some
		}
	}
	return n
}

// Count is one counter of the engine: what (event, send), channel, kind or outcome.
type Count struct {
	What, Channel, Kind string
	N                   uint64
}

// Counts reads all counters.
func (e *Engine) Counts() []Count {
	e.counts.mu.Lock()
	defer e.counts.mu.Unlock()
	all := make([]Count, 0, len(e.counts.m))
	for k, n := range e.counts.m {
		all = append(all, Count{k[0], k[1], k[2], n})
	}
	return all
}
