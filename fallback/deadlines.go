package fallback

import (
	"context"
	"errors"
	"slices"
	"time"
)

// deadlines are the ends of deliveries whose waits came due in a lane that is not worked off because its channel is deaf. Deaf time
// does not move a deadline. Each entry is read once, and forgotten when the channel is heard again; lost at a crash, and read again.
type deadlines struct {
	read Entry    // the last entry that was looked at
	ends []ending // by end, the earliest last
}

type ending struct {
	at    time.Time
	entry Entry
}

// expire ends what has passed its deadline in a lane whose waits are held. It says when to look again.
func (w *waitLoop) expire(ctx context.Context, lane Lane, now time.Time) (time.Time, error) {
	known := w.ends[lane]
	if known == nil {
		known = &deadlines{}
		w.ends[lane] = known
	}
	if err := w.readEnds(ctx, lane, known, now); err != nil {
		return now, err
	}
	var over []Entry
	for n := len(known.ends) - 1; n >= 0 && !known.ends[n].at.After(now); n-- {
		over = append(over, known.ends[n].entry)
		known.ends = known.ends[:n]
	}
	for batch := range slices.Chunk(over, comeBatch) {
		if err := w.come(ctx, lane, batch); err != nil {
			delete(w.ends, lane) // from the start again
			return now, err
		}
	}
	next := now.Add(idle)
	if n := len(known.ends); n > 0 {
		next = earlier(next, known.ends[n-1].at)
	}
	unread, err := w.e.Store.Due(ctx, lane, known.read, next, 1)
	if len(unread) > 0 {
		next = unread[0].Due
	}
	return next, err
}

// readEnds looks at the entries that came due since the last time.
func (w *waitLoop) readEnds(ctx context.Context, lane Lane, known *deadlines, now time.Time) error {
	world := w.e.paused()
	before := len(known.ends)
	for {
		entries, err := w.e.Store.Due(ctx, lane, known.read, now, comeBatch)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			have, err := w.e.Store.Load(ctx, entry.ID)
			if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
				return err
			}
			if err == nil && have.Delivery.Stands(lane, entry) {
				known.ends = append(known.ends, ending{have.Delivery.end(&Env{Rules: w.e.Rules, World: world, Contact: have.Contact, Holds: w.e.regions.Load().Of(have.Contact, w.e.Rules, now.Add(-holdLife))}, now), entry})
			}
			known.read = entry
		}
		if len(entries) < comeBatch {
			break
		}
	}
	if len(known.ends) != before {
		slices.SortFunc(known.ends, func(a, b ending) int { return b.at.Compare(a.at) })
	}
	return nil
}
