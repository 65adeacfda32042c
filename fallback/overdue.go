package fallback

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
)

const (
	overduePage = 64 // entries of a lane that are looked through for one that stands
	overdueMost = 1024
)

// Overdue is since when the oldest step of each channel could have gone out that was due before a time and has not. What quiet hours, a
// pause, the day's spend or the hold of a region keeps is not due; and marketing, which waits for its rate, does not count.
func (e *Engine) Overdue(ctx context.Context, before time.Time) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	for channel := range e.Rules.Channels {
		for _, p := range []Priority{First, Second} {
			if e.pausedNow(channel, p) || e.skippedNow(channel) {
				continue
			}
			since, err := e.oldest(ctx, SendLane(channel, p), before)
			if err != nil {
				return nil, err
			}
			if was := all[channel]; !since.IsZero() && (was.IsZero() || since.Before(was)) {
				all[channel] = since
			}
		}
	}
	return all, nil
}

// oldest is since when the first delivery of a lane is due that really stands there; the zero time: none was due before.
func (e *Engine) oldest(ctx context.Context, lane Lane, before time.Time) (time.Time, error) {
	var after Entry
	for range overdueMost / overduePage {
		list, err := e.Store.Due(ctx, lane, after, before, overduePage)
		if err != nil {
			return time.Time{}, err
		}
		for _, entry := range list {
			got, err := e.Store.Load(ctx, entry.ID)
			if errors.Is(err, ErrUnknownDelivery) {
				continue // it was erased, or dropped as too old
			}
			if err != nil {
				return time.Time{}, err
			}
			if d := got.Delivery; d != nil && d.Stands(lane, entry) {
				return entry.Due, nil
			}
		}
		if len(list) < overduePage {
			break
		}
		after = list[len(list)-1]
	}
	return time.Time{}, nil
}

// SpendToday is what today's messages cost, and whether paid steps wait for tomorrow because of the day's limit, or soon will.
func SpendToday(v View, r *Rules) (spent bots.Money, warn, reached bool) {
	today := day(v.Now(), r.Zone)
	spent = v.Spent(today)
	if r.SpendPerDay.Amount <= 0 {
		return spent, false, false
	}
	_, held := v.Key("spend.reached\x00" + today)
	return spent, near(spent, r.SpendPerDay), held && near(spent, r.SpendPerDay) || spent.Amount >= r.SpendPerDay.Amount
}

// Jumped is when the clock was last noticed to have jumped, or the machine to have slept; the zero time: never since the start.
func (e *Engine) Jumped() time.Time {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	return e.ears.leapt
}
