package fallback

import (
	"math/rand/v2"
	"time"
)

// pace keeps the sends of a channel apart as a person's are: besides the channel's rate, a pause of random length lies between two of
// them. It lies before the claim: between the claim and the socket nothing waits. Messages of the first priority do not wait for it,
// because a person does; what comes after them does.
type pace struct {
	each   time.Duration // the channel's rate, as the time between two sends
	jitter time.Duration // the longest pause besides; 0: none
	next   time.Time     // when the next message may go that is not of the first priority
}

func newPace(c Channel) pace {
	p := pace{jitter: c.Jitter}
	if c.PerSecond > 0 {
		p.each = time.Duration(float64(time.Second) / c.PerSecond)
	}
	return p
}

// wait is how long a message of a priority still has to wait.
func (p *pace) wait(of Priority, now time.Time) time.Duration {
	if of == First {
		return 0
	}
	return max(0, p.next.Sub(now))
}

// took notes that a message goes.
func (p *pace) took(now time.Time) {
	if p.jitter > 0 {
		p.next = now.Add(p.each + rand.N(p.jitter))
	}
}
