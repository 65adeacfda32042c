package fallback

import (
	"context"
	"errors"
	"strings"
	"sync"
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
	ends map[Lane]*deadlines      // of lanes whose channel is deaf

	// Of the lane of holds: the last end of a hold after which it was walked as a whole, the one for which it is walked now, and how far.
	walked, walking time.Time
	walk            Entry
	began, rested   time.Time // when the walk began, and before when no other one does

	stuck stuck
}

func newWaitLoop(e *Engine) *waitLoop {
	w := &waitLoop{e: e, bell: newBell(), gone: map[string]*rate.Limiter{}, ends: map[Lane]*deadlines{}}
	for channel := range e.Rules.Channels {
		w.gone[channel] = rate.NewLimiter(perGoneEar, perGoneEar)
	}
	return w
}

// lanes of the loop. Those of channels that were switched off since are among them: nothing may be an orphan.
func (w *waitLoop) lanes() []Lane {
	lanes := []Lane{LaneStart, LaneLease, LaneGap, LaneTalk}
	for _, channel := range append(bots.Channels(), bots.Staff) {
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
		if w.e.beat(); !w.e.Still {
			w.e.look()
		}
		next, err := w.pass(ctx)
		if next, err = w.e.patient(ctx, next, err); err != nil {
			return err
		}
		if err := sleep(ctx, w.bell, next); err != nil {
			return err
		}
	}
}

// beat looks whether the machine slept or we stood still, before anything is taken for overdue.
func (e *Engine) beat() {
	if !e.Still && e.ears.beat(time.Now()) {
		e.look()
		e.wake()
	}
}

// patient keeps a loop alive while the store cannot write: a full disk passes. The store itself ends the program when it failed.
func (e *Engine) patient(ctx context.Context, next time.Time, err error) (time.Time, error) {
	if err == nil || ctx.Err() != nil || !errors.Is(err, ErrUnavailable) {
		return next, err
	}
	e.block(err)
	return time.Now().Add(blockTime), nil
}

// blockTime is how long nothing is begun after the store could not write. Small writes may still fit on a full disk while the
// proofs that wait for us do not: a fallback that went on then would send what a stored proof would have stopped.
const blockTime = 5 * time.Second

// block holds everything back for a while when the store cannot write.
func (e *Engine) block(err error) {
	if !errors.Is(err, ErrUnavailable) {
		return
	}
	now := time.Now()
	e.blocked.Store(now.Add(blockTime).UnixNano())
	if now.UnixNano()-e.complained.Load() > int64(idle) {
		e.complained.Store(now.UnixNano())
		e.Log.Error("the store cannot write; nothing is sent until it can", "err", err)
	}
}

// blockedUntil is when a store that could not write is tried again; a time that is over: it is not blocked.
func (e *Engine) blockedUntil() time.Time { return time.Unix(0, e.blocked.Load()) }

// Blocked reports whether the store could not write a moment ago.
func (e *Engine) Blocked() bool { return time.Now().Before(e.blockedUntil()) }

// pass moves everything that is due now, and says when to look again.
func (w *waitLoop) pass(ctx context.Context) (time.Time, error) {
	next := time.Now().Add(idle)
	if e := w.e; e.Blocked() {
		return e.blockedUntil(), nil
	}
	if at := w.e.rests.next(time.Now()); !at.IsZero() {
		return at, nil
	}
	held, err := w.freed(ctx, time.Now())
	if err != nil {
		return next, err
	}
	if !held.IsZero() && held.Before(next) {
		next = held
	}
	for _, lane := range w.lanes() {
		if at := w.e.rests.next(time.Now()); !at.IsZero() { // it began meanwhile, and the lane before has waited for its end
			return at, nil
		}
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
	w.e.beat()
	if w.e.Restored() {
		return time.Time{}, nil // not even a deadline: what was open is ended as what it is; Confirm rings
	}
	now := time.Now()
	ear := w.e.world().ear(lane.Channel())
	if ear.Deaf && !now.Before(ear.Until) {
		w.e.look()
		ear = w.e.world().ear(lane.Channel())
	}
	if strings.HasPrefix(string(lane), "wait/") && w.e.pausedNow(lane.Channel(), First) {
		return time.Time{}, nil // a resume rings
	}
	limit := comeBatch
	held := lane != WaitLane(lane.Channel(), First) && (ear.Deaf || ear.Gone)
	if !held {
		delete(w.ends, lane)
	} else {
		end, err := w.expire(ctx, lane, now)
		if err != nil || ear.Deaf {
			return earlier(end, ear.Until), err
		}
		if limit = int(w.gone[heardOn(lane.Channel())].TokensAt(now)); limit == 0 {
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
		if held {
			w.gone[heardOn(lane.Channel())].AllowN(now, len(entries))
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
		if w.stuck.skip(entry.ID, time.Now()) {
			continue
		}
		g.Go(func() error {
			err := w.moveOn(gctx, lane, entry.ID)
			if err != nil && !errors.Is(err, ErrUnavailable) && gctx.Err() == nil {
				w.e.Log.Error("what came due cannot go on", "lane", string(lane), "id", entry.ID.String(), "err", err)
				w.stuck.add(entry.ID, time.Now())
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

// moveOn moves what an entry names: a delivery, or a conversation.
func (w *waitLoop) moveOn(ctx context.Context, lane Lane, id bots.ID) error {
	if lane == LaneTalk {
		return w.e.Store.Mind(ctx, id, w.e.Rules)
	}
	return w.e.Store.Come(ctx, id, w.e.Rules, w.e.world())
}

func (e *Engine) ringSends() {
	for _, l := range e.loops {
		l.bell.ring()
	}
}

// leastSleep keeps a loop whose entries do not move from eating a processor.
const leastSleep = 20 * time.Millisecond

// stuck remembers deliveries that could not be moved, so that they are tried again once a minute and not at every turn.
type stuck struct {
	mu sync.Mutex
	m  map[bots.ID]time.Time
}

func (b *stuck) skip(id bots.ID, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.m[id])
}

func (b *stuck) add(id bots.ID, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil || len(b.m) > comeBatch {
		b.m = map[bots.ID]time.Time{}
	}
	b.m[id] = now.Add(idle)
}

// sleep waits for a ring, a time or the end.
func sleep(ctx context.Context, b bell, until time.Time) error {
	d := max(time.Until(until), leastSleep)
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
