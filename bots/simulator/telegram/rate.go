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

// window bounds what is sent in any minute that slides, as the real server's does as far as anybody knows.
type window struct {
	most int
	sent []time.Time // in the last minute, oldest first
}

// wait is how long until n more may be sent; 0 = now.
func (w *window) wait(now time.Time, n int) time.Duration {
	for len(w.sent) > 0 && now.Sub(w.sent[0]) >= time.Minute {
		w.sent = w.sent[1:]
	}
	over := len(w.sent) + n - w.most
	if w.most <= 0 || over <= 0 {
		return 0
	}
	last := w.sent[min(over, len(w.sent))-1] // an album that is larger than the window goes when the window is empty
	return time.Minute - now.Sub(last)
}

func (w *window) take(now time.Time, n int) {
	for range n {
		w.sent = append(w.sent, now)
	}
}

// takeToken allows n messages to a chat, or says when to come back.
func (s *Server) takeToken(p *person, n int) *failure {
	now := s.opt.Now()
	wait := max(s.allCalls.wait(now), p.rate.wait(now))
	if p.window != nil {
		wait = max(s.allCalls.wait(now), p.window.wait(now, n))
	}
	if wait > 0 {
		return tooMany(int(math.Ceil(wait.Seconds())))
	}
	for range n {
		s.allCalls.take()
		p.rate.take()
	}
	if p.window != nil {
		p.window.take(now, n)
	}
	return nil
}

// takeEdit allows an edit. Only a strict group counts those.
func (s *Server) takeEdit(p *person) *failure {
	if p.window == nil {
		return nil
	}
	return s.takeToken(p, 1)
}
