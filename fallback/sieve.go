package fallback

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
)

// sievePages is how much of a lane is passed by at one look at it, so that those behind it have their turn.
const sievePages = 8

// sieve passes by what stands in a lane and cannot go while its channel is shut, limited, or has written as much today as it may: a
// lane that is paced would need hours to find that out one by one.
func (l *sendLoop) sieve(ctx context.Context, p Priority, now time.Time) error {
	closed, err := l.closed(ctx, p, now)
	if err != nil || !closed {
		return err
	}
	lane := SendLane(l.channel, p)
	after := Entry{}
	for range sievePages {
		entries, err := l.e.Store.Due(ctx, lane, after, now, sendPage)
		if err != nil {
			return err
		}
		if err := l.passBy(ctx, lane, entries, now); err != nil {
			return err
		}
		if len(entries) < sendPage {
			return nil
		}
		after = entries[len(entries)-1]
	}
	l.bell.ring() // there is more
	return nil
}

// closed reports whether a gate stands before a whole lane. It is asked at every look at it, and reads the store only where days are
// bound.
func (l *sendLoop) closed(ctx context.Context, p Priority, now time.Time) (bool, error) {
	stands := l.e.world().Standing[l.channel]
	if stands.Shut || stands.Limited {
		return true, nil
	}
	if l.limits.Daily == (bots.Daily{}) {
		return false, nil
	}
	w, err := l.e.Store.Written(ctx, l.channel)
	if err != nil {
		return false, err
	}
	e := &Env{Rules: l.e.Rules, written: map[string]Written{l.channel: w}}
	return e.capped(l.channel, now), nil
}

// passBy asks for each of some deliveries whether its leg can go; the entries of those that have moved are dropped when the lane is
// worked.
func (l *sendLoop) passBy(ctx context.Context, lane Lane, entries []Entry, now time.Time) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(comeAtOnce)
	moved := false
	for _, entry := range entries {
		if _, busy := l.busy(entry.ID); busy || l.stuck.skip(entry.ID, now) {
			continue
		}
		moves, err := l.gated(ctx, lane, entry, now)
		if err != nil {
			return errors.Join(err, g.Wait())
		}
		if !moves {
			continue
		}
		moved = true
		g.Go(func() error {
			if err := l.e.Store.PassBy(gctx, entry.ID, l.e.Rules, l.e.world()); err != nil {
				return l.setAside(gctx, entry.ID, err)
			}
			return nil
		})
	}
	err := g.Wait()
	if moved {
		l.e.wake() // other lanes have more now
	}
	return err
}

// gated reports whether a delivery stands at its entry with a leg that a gate keeps. It looks without a transaction, which would be
// one for every answer that may go.
func (l *sendLoop) gated(ctx context.Context, lane Lane, entry Entry, now time.Time) (bool, error) {
	have, err := l.e.Store.Load(ctx, entry.ID)
	if errors.Is(err, ErrUnknownDelivery) {
		return false, nil
	}
	if err != nil {
		return false, l.setAside(ctx, entry.ID, err)
	}
	d := have.Delivery
	if !d.Stands(lane, entry) || d.leg().Outcome != Untried {
		return false, nil
	}
	stands := l.e.world().Standing[l.channel]
	if stands.Shut || stands.Limited {
		return stands.Shut || d.Purpose != Conversation, nil
	}
	return d.Purpose.counts(), nil
}
