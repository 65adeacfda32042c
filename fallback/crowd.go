package fallback

import (
	"sync"
	"time"
)

// crowd keeps marketing from asking more people to write than staff can answer: while more wait for an answer than staff keep up with,
// marketing goes out slower, on every channel, and the slower the more they are. Replies, urgent and service messages go as ever.
type crowd struct {
	most int // Options.PaceAt; 0: marketing never waits for staff

	mu      sync.Mutex
	waiting int
	next    map[string]time.Time // when a channel's next marketing message may go
}

const (
	crowdStep = 10 * time.Second // between two marketing messages of a channel, with twice as many waiting as staff keep up with
	crowdMost = time.Minute
)

// gap is the time between two marketing messages of one channel: none up to the bound, then growing with what is above it.
func (c *crowd) gap(waiting int) time.Duration {
	if c.most <= 0 || waiting <= c.most {
		return 0
	}
	over := float64(waiting-c.most) / float64(c.most)
	return min(max(time.Duration(over*float64(crowdStep)), time.Second), crowdMost)
}

// wait is how long the next marketing message of a channel has to wait.
func (c *crowd) wait(channel string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	gap := c.gap(c.waiting)
	if gap == 0 {
		delete(c.next, channel)
		return 0
	}
	return max(0, min(c.next[channel].Sub(now), gap)) // the crowd may be smaller than it was
}

// took notes that a marketing message of a channel goes.
func (c *crowd) took(channel string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gap := c.gap(c.waiting); gap > 0 {
		if c.next == nil {
			c.next = map[string]time.Time{}
		}
		c.next[channel] = now.Add(gap)
	}
}

// PeopleWait tells the engine how many people wait for an answer of staff. Marketing is looked at anew when that changes its pace.
func (e *Engine) PeopleWait(n int) {
	e.crowd.mu.Lock()
	changed := e.crowd.gap(e.crowd.waiting) != e.crowd.gap(n)
	e.crowd.waiting = n
	e.crowd.mu.Unlock()
	if changed {
		e.wake()
	}
}

// Slowed tells how long marketing waits between two messages of a channel because so many people wait for an answer; 0: not at all.
func (e *Engine) Slowed() (gap time.Duration, waiting int) {
	e.crowd.mu.Lock()
	defer e.crowd.mu.Unlock()
	return e.crowd.gap(e.crowd.waiting), e.crowd.waiting
}
