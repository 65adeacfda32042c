package app

import (
	"strconv"
	"sync"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

// answers counts how long first answers of staff took since the start, for /metrics.
type answers struct {
	mu  sync.Mutex
	all api.FirstAnswers
}

// add takes a change, if it is about one.
func (a *answers) add(c *bots.Change) {
	seconds, err := strconv.ParseFloat(c.Reason, 64)
	if c.Type != fallback.Answered || err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all.Count++
	a.all.Seconds += seconds
	if a.all.UpTo == nil {
		a.all.UpTo = map[float64]uint64{}
	}
	for _, bound := range api.AnswerBounds() {
		if seconds <= bound {
			a.all.UpTo[bound]++
		}
	}
}

func (a *answers) read() api.FirstAnswers {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.all
	now.UpTo = map[float64]uint64{}
	for _, bound := range api.AnswerBounds() {
		now.UpTo[bound] = a.all.UpTo[bound]
	}
	return now
}
