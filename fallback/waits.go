package fallback

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"kaskad/bots"
)

const (
	comeBatch   = 1024
	comeAtOnce  = 256
	idle        = time.Minute // loops look again at least this often: a ring that was missed costs a minute, not a delivery
	perGoneEar  = 5           // waits per second that go on while their channel is deaf beyond its cap
	perHeldLane = 5           // steps per second that leave a lane a fault holds
)

// waitLoop moves deliveries whose time came in the lanes that are not for sending.
type waitLoop struct {
	e    *Engine
	bell bell
	gone map[string]*rate.Limiter // by channel
}

func newWaitLoop(e *Engine) *waitLoop {
	w := &waitLoop{e: e, bell: newBell(), gone: map[string]*rate.Limiter{}}
	for channel := range e.Rules.Channels {
		w.gone[channel] = rate.NewLimiter(perGoneEar, perGoneEar)
	}
	return w
}

// lanes of the loop. Those of channels that were switched off since are among them: nothing may be an orphan.
func (w *waitLoop) lanes() []Lane {
	lanes := []Lane{LaneStart, LaneLease, LaneGap}
	for _, channel := range bots.Channels() {
		for _, p := range Priorities() {
			lanes = append(lanes, WaitLane(channel, p))
			if !w.e.Rules.on(channel) {
				lanes = append(lanes, SendLane(channel, p)) // nobody sends there any more
			}
		}
	}
	return lanes
}

func (w *waitLoop) run(ctx context.Context) error {
	for {
		next, err := w.pass(ctx)
		if err != nil {
			return err
		}
		if err := sleep(ctx, w.bell, next); err != nil {
			return err
		}
	}
}

// pass moves everything that is due now, and says when to look again.
func (w *waitLoop) pass(ctx context.Context) (time.Time, error) {
	next := time.Now().Add(idle)
	for _, lane := range w.lanes() {
		at, err := w.lane(ctx, lane)
		if err != nil {
			return next, err
		}
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next, nil
}

// lane moves what is due in one lane, and says when to look at it again.
func (w *waitLoop) lane(ctx context.Context, lane Lane) (time.Time, error) {
	now := time.Now()
	ear := w.e.world().Ears[lane.Channel()]
	if ear.Deaf && !now.Before(ear.Until) {
		w.e.look()
		ear = w.e.world().Ears[lane.Channel()]
	}
	if ear.Deaf && lane != WaitLane(lane.Channel(), First) {
		return ear.Until, nil
	}
	if strings.HasPrefix(string(lane), "wait/") && w.e.pausedNow(lane.Channel(), First) {
		return time.Time{}, nil // a resume rings
	}
	limit := comeBatch
	if ear.Gone {
		limit = int(w.gone[lane.Channel()].TokensAt(now))
		if limit == 0 {
			return now.Add(time.Second / perGoneEar), nil
		}
	}
	for after := (Entry{}); ; {
		entries, err := w.e.Store.Due(ctx, lane, after, now, limit)
		if err != nil {
			return now, err
		}
		if err := w.come(ctx, lane, entries); err != nil {
			return now, err
		}
		if ear.Gone {
			w.gone[lane.Channel()].AllowN(now, len(entries))
			break
		}
		if len(entries) < limit {
			break
		}
		after = entries[len(entries)-1]
	}
	return w.e.Store.NextDue(ctx, lane)
}

// come moves a batch of deliveries and drops the entries they have left.
func (w *waitLoop) come(ctx context.Context, lane Lane, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(comeAtOnce)
	for _, entry := range entries {
		g.Go(func() error {
			err := w.e.Store.Come(gctx, entry.ID, w.e.Rules, w.e.world())
			if err != nil && !errors.Is(err, ErrUnavailable) && gctx.Err() == nil {
				w.e.Log.Error("delivery cannot go on", "delivery", entry.ID.String(), "err", err)
				return nil // one broken record must not stop the others; check --store names it
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	w.e.ringSends()
	return w.e.Store.Drop(ctx, lane, entries)
}

func (e *Engine) ringSends() {
	for _, l := range e.loops {
		l.bell.ring()
	}
}

// sleep waits for a ring, a time or the end.
func sleep(ctx context.Context, b bell, until time.Time) error {
	d := time.Until(until)
	if d <= 0 {
		d = time.Millisecond
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-b:
	case <-t.C:
	}
	return nil
}
