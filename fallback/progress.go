package fallback

import (
	"math"
	"time"
)

// Progress is how far a channel has come that was not heard for a while.
type Progress struct {
	Since time.Time // when it was last heard
	Until time.Time // when its waits go on whatever it tells; Gone: since when they do
	Gone  bool
	Taken uint64 // events that it has told since
}

// CatchingUp lists the channels that are not heard, or tell again what they could not.
func (e *Engine) CatchingUp() map[string]Progress {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	all := map[string]Progress{}
	for channel, a := range e.ears.m {
		if !a.deafFrom.IsZero() {
			until := a.progress.Add(a.limit())
			all[channel] = Progress{a.deafFrom, until, !time.Now().Before(until), e.counts.events(channel) - a.before}
		}
	}
	return all
}

// Ramps lists the channels that send at a part of their rate after a pause or a fault: how large that part is.
func (e *Engine) Ramps() map[string]float64 {
	all := map[string]float64{}
	for channel, l := range e.loops {
		if share := math.Float64frombits(l.share.Load()); share > 0 && share < 1 {
			all[channel] = share
		}
	}
	return all
}
