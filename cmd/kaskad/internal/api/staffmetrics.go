package api

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// FirstAnswers is how long it took staff to answer first, of working time.
type FirstAnswers struct {
	Count   uint64
	Seconds float64
	UpTo    map[float64]uint64 // how many took at most so many seconds
}

// AnswerBounds are the bounds by which first answers are counted, in seconds.
func AnswerBounds() []float64 { return []float64{60, 300, 900, 1800, 3600, 14400, 28800, 86400} }

// staff writes who waits for people, and how long that took.
func (h *Health) staff(x exposition) {
	h.waiting(x)
	h.slowed(x)
	if h.FirstAnswers == nil {
		return
	}
	a := h.FirstAnswers()
	desc := prometheus.NewDesc("kaskad_staff_first_response_seconds", "How long it took until staff first answered since a conversation was opened, of working time.", nil, nil)
	x.out <- prometheus.MustNewConstHistogram(desc, a.Count, a.Seconds, a.UpTo)
}

func (h *Health) waiting(x exposition) {
	if h.Waiting == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	n, since, err := h.Waiting(ctx)
	if err != nil {
		return
	}
	oldest := 0.0
	if !since.IsZero() {
		oldest = max(0, time.Since(since).Seconds())
	}
	x.gauge("kaskad_staff_waiting", "Conversations in which somebody waits for an answer of people.", float64(n))
	x.gauge("kaskad_staff_waiting_oldest_seconds", "For how long the one who waits the longest does; 0: nobody waits.", oldest)
}
