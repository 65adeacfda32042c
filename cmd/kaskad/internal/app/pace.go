package app

import (
	"context"
	"time"
)

// paceEvery is how often the engine is told how many people wait for staff: the count is one walk over a lane.
const paceEvery = 5 * time.Second

// paceWithin is for how long somebody who waits slows marketing. A week has all the days on which a shop works: whom nobody answers in it
// nobody means to answer, and fewer of the others would not change that.
const paceWithin = 7 * 24 * time.Hour

// paceAds tells the engine how many people wait for an answer, so that marketing asks no more of them to write than staff can answer.
func (a *App) paceAds(ctx context.Context) error {
	if a.cfg.Staff.PaceAt == 0 {
		return nil
	}
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	for {
		a.countWaiting(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// countWaiting leaves the pace as it is when the store cannot tell; it is asked again soon.
func (a *App) countWaiting(ctx context.Context) {
	if n, err := a.db.WaitingSince(ctx, time.Now().Add(-paceWithin)); err == nil {
		a.engine.PeopleWait(n)
	}
}

// slowed is how long marketing waits between two messages of a channel; false: it never waits for staff.
func (a *App) slowed() (gap time.Duration, on bool) {
	gap, _ = a.engine.Slowed()
	return gap, a.cfg.Staff.PaceAt > 0
}
