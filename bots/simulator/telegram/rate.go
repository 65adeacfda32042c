package telegram

import (
	"math"
	"time"
)

// bucket is a token bucket. A negative rate never runs dry.
type bucket struct {
	rate, burst float64
	level       float64
	at          time.Time
}

func newBucket(rate, burst float64) *bucket {
	burst = max(burst, 1)
	return &bucket{rate: rate, burst: burst, level: burst}
}

// wait is how long until there is a token; 0 = now.
func (b *bucket) wait(now time.Time) time.Duration {
	if b.rate < 0 {
		return 0
	}
	if now.After(b.at) {
		if !b.at.IsZero() {
			b.level = min(b.burst, b.level+now.Sub(b.at).Seconds()*b.rate)
		}
		b.at = now
	}
	const dust = 1e-9 // sums of fractions miss whole numbers by a hair
	if b.level >= 1-dust {
		return 0
	}
	return time.Duration((1 - b.level) / b.rate * float64(time.Second))
}

func (b *bucket) take() { b.level-- }

// takeToken allows n messages to a chat, or says when to come back.
func (s *Server) takeToken(p *person, n int) *failure {
	now := s.opt.Now()
	if wait := max(s.allCalls.wait(now), p.rate.wait(now)); wait > 0 {
		return tooMany(int(math.Ceil(wait.Seconds())))
	}
	for range n {
		s.allCalls.take()
		p.rate.take()
	}
	return nil
}
