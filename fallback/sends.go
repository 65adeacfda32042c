package fallback

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"kaskad/bots"
)

// sendLoop works the send lanes of one channel: a token, then a worker for the step. Replies come before service messages, and
// those before marketing.
type sendLoop struct {
	e       *Engine
	channel string
	limits  Channel
	bell    bell
	limiter *rate.Limiter
	ramped  *rate.Limiter // besides, after a resume, for all but the first lane
	escape  *rate.Limiter
	fell    outage
	share   atomic.Uint64 // of the rate that ramp allows now, as bits of a float; 0: not known
	stuck   stuck
	slots   chan struct{}
	pace    pace
	window  window

	chats    chats
	files    fetches
	mu       sync.Mutex
	inFlight map[bots.ID]flight
	wg       sync.WaitGroup
}

const (
	sendPage   = 256
	sendPages  = 40               // per look at a lane: one chat with many messages must not hide the others
	rampTime   = 10 * time.Minute // after a resume
	rampFloor  = 0.1
	freeRate   = 50.0 // per second, of a channel without a limit while it ramps up
	leaseSpare = 5 * time.Second
	failRest   = time.Second // of a worker whose step met an error of the store
)

func newSendLoop(e *Engine, channel string, c Channel) *sendLoop {
	limit := rate.Inf
	workers := e.Workers
	if c.Workers > 0 {
		workers = min(workers, c.Workers)
	}
	burst := workers
	if c.PerSecond > 0 {
		limit = rate.Limit(c.PerSecond)
		burst = max(1, int(c.PerSecond/5), c.Burst)
	}
	return &sendLoop{
		e: e, channel: channel, limits: c, bell: newBell(), limiter: rate.NewLimiter(limit, burst), ramped: rate.NewLimiter(rate.Inf, burst),
		escape: rate.NewLimiter(perHeldLane, perHeldLane),
		slots:  make(chan struct{}, workers), pace: newPace(c), window: newWindow(c), inFlight: map[bots.ID]flight{}, chats: newChats(c), files: fetches{of: map[bots.ID]*fetch{}},
	}
}

func (l *sendLoop) run(ctx, drain context.Context) error {
	defer func() { l.wg.Wait(); l.files.forget(time.Now().Add(time.Second)) }()
	for {
		next, err := l.pass(ctx, drain)
		if next, err = l.e.patient(ctx, next, err); err != nil {
			return err
		}
		if err := sleep(ctx, l.bell, next); err != nil {
			return err
		}
	}
}

// pass hands out what tokens and workers allow now, and says when to look again.
func (l *sendLoop) pass(ctx, drain context.Context) (time.Time, error) {
	l.e.beat()
	now := time.Now()
	next := now.Add(idle)
	soon := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if l.e.Blocked() {
		return l.e.blockedUntil(), nil
	}
	if since, _, held := l.e.heldLane(l.channel, now); held {
		l.fell.begins(since)
	} else {
		l.fell.ends(now)
	}
	l.ramp(now)
	l.chats.forget(now)
	l.window.forget(now)
	l.chats.look()
	l.files.forget(now.Add(-fetchKept))
	for _, p := range Priorities() {
		if l.e.pausedNow(l.channel, p) {
			continue
		}
		if err := l.sieve(ctx, p, now); err != nil {
			return next, err
		}
		_, until, held := l.e.heldLane(l.channel, now)
		if held || l.e.skippedNow(l.channel) {
			if err := l.leave(ctx, SendLane(l.channel, p), now); err != nil {
				return next, err
			}
			if held {
				soon(earlier(until, now.Add(time.Second)))
			}
			continue
		}
		at, full, err := l.lane(ctx, drain, p, now)
		if err != nil {
			return next, err
		}
		soon(at)
		if full {
			break // the lower priorities wait for what is left
		}
	}
	return next, nil
}

// lane hands out the due steps of one lane. It says when to look again, and whether tokens or workers ran out.
func (l *sendLoop) lane(ctx, drain context.Context, p Priority, now time.Time) (next time.Time, full bool, err error) {
	lane := SendLane(l.channel, p)
	var left []Entry // entries that their deliveries have left
	defer func() {
		if dropped := l.drop(ctx, lane, &left); err == nil {
			err = dropped
		}
	}()
	var kept []Entry   // whose person's region is on hold
	var chat time.Time // when the first chat that is waited for has its turn, or room in its minute
	after := Entry{}
	for range sendPages {
		entries, err := l.e.Store.Due(ctx, lane, after, now, sendPage)
		if err != nil {
			return now, false, err
		}
		for _, entry := range entries {
			if under, busy := l.busy(entry.ID); busy {
				if now.Before(under.until) {
					l.chats.pass(under.chat) // its file may be there before what follows is looked at, which must not overtake it
				}
				continue
			}
			if l.stuck.skip(entry.ID, now) {
				continue
			}
			have, err := l.e.Store.Load(ctx, entry.ID)
			if errors.Is(err, ErrUnknownDelivery) || err == nil && !have.Delivery.Stands(lane, entry) {
				left = append(left, entry)
				continue
			}
			if err != nil {
				if err := l.setAside(ctx, entry.ID, err); err != nil {
					return now, false, err
				}
				continue
			}
			if l.e.onHold(&have, now) {
				kept = append(kept, entry)
				continue
			}
			place := have.Place()
			if at := l.chats.wait(place, entry.ID, p, now); now.Before(at) {
				chat = soonest(chat, at)
				continue
			}
			free := l.window.free(have.Delivery)
			if wait := l.window.wait(place, now); wait > 0 && !free { // what is free goes before those that wait, and so does what is for another chat
				chat = soonest(chat, now.Add(wait))
				continue // before its file is fetched: few are kept at a time
			}
			if !l.fetched(ctx, have, p, now) {
				continue
			}
			if ok, wait := l.token(p, free, now); !ok {
				_, err := l.putAside(ctx, kept) // else they are read again for every token
				return now.Add(wait), true, err
			}
			if !free {
				l.window.took(place, now)
			}
			l.start(ctx, drain, have, now)
		}
		if len(entries) < sendPage || len(kept) >= holdsPerLook {
			break
		}
		after = entries[len(entries)-1]
	}
	if moved, err := l.putAside(ctx, kept); err != nil || moved {
		return now, false, err // there may be more
	}
	if err := l.drop(ctx, lane, &left); err != nil { // before the question what comes next
		return now, false, err
	}
	at, err := l.e.Store.NextDue(ctx, lane)
	if err != nil || at.IsZero() {
		return at, false, err
	}
	if !at.After(now) { // its entries are under way, and a worker that ends rings; or they wait for their chat
		at = soonest(now.Add(idle), chat)
	}
	return at, false, nil
}

func (l *sendLoop) drop(ctx context.Context, lane Lane, left *[]Entry) error {
	if len(*left) == 0 {
		return nil
	}
	entries := *left
	*left = nil
	return l.e.Store.Drop(ctx, lane, entries)
}

// soonest is the earlier of two times of which either may be none.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// token takes one token of every bucket that counts and one worker, or says how long to wait and takes nothing. What is free takes a
// worker only.
func (l *sendLoop) token(p Priority, free bool, now time.Time) (bool, time.Duration) {
	if wait := l.pace.wait(p, now); wait > 0 {
		return false, wait
	}
	if p == Third {
		if wait := l.e.crowd.wait(l.channel, now); wait > 0 {
			return false, min(wait, idle) // how many wait changes
		}
	}
	if _, until, held := l.e.heldLane(l.channel, now); held { // since the lane was looked at: by a message that went out just now
		return false, until.Sub(now)
	}
	if len(l.slots) > 0 && l.e.holds.trial(l.limits.Senders, now) {
		return false, idle // one at a time; a worker that ends rings
	}
	select {
	case l.slots <- struct{}{}:
	default:
		return false, idle // a worker that ends rings
	}
	if free {
		return true, 0
	}
	taken := []*rate.Reservation{l.limiter.ReserveN(now, 1)}
	if p != First {
		taken = append(taken, l.ramped.ReserveN(now, 1))
	}
	wait := time.Duration(0)
	for _, r := range taken {
		wait = max(wait, r.DelayFrom(now))
	}
	if wait == 0 {
		l.pace.took(now)
		if p == Third {
			l.e.crowd.took(l.channel, now)
		}
		return true, 0
	}
	for _, r := range taken {
		r.CancelAt(now)
	}
	<-l.slots
	return false, wait
}

// flight is something that is done for a delivery: in which chat, and until when it keeps that at the latest.
type flight struct {
	chat  bots.Address
	until time.Time
}

// busy reports whether something is being done for a delivery.
func (l *sendLoop) busy(id bots.ID) (under flight, busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	under, busy = l.inFlight[id]
	return under, busy
}

// start gives one step to a worker, and takes its chat's turn.
func (l *sendLoop) start(ctx, drain context.Context, have Loaded, now time.Time) {
	id, chat := have.Delivery.ID, have.Place()
	l.occupy(id, chat, have.Delivery.Purpose.Priority(), now, l.limits.PerChat)
	free := sync.OnceFunc(func() { <-l.slots; l.bell.ring() })
	l.wg.Go(func() {
		defer func() { free(); l.leaves(id, chat) }()
		if err := l.step(ctx, drain, have, free); err != nil && ctx.Err() == nil {
			l.e.block(l.setAside(ctx, id, err))
			rest(ctx, failRest) // it is still due: not at once again
		}
	})
}

// setAside leaves a delivery alone for a while that cannot be read or moved: one broken record must not stop the others; check
// --store names it. A store that cannot write is no fault of the record, and is returned.
func (l *sendLoop) setAside(ctx context.Context, id bots.ID, err error) error {
	if ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	l.e.Log.Error("step not finished", "channel", l.channel, "delivery", id.String(), "err", err)
	l.stuck.add(id, time.Now())
	return nil
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ramp sets the rate of all but the first lane after a resume, and after a fault: a tenth at first, then all of it.
func (l *sendLoop) ramp(now time.Time) {
	limit, share := rate.Inf, min(part(now.Sub(l.e.resumed(l.channel)), rampTime), l.fell.part(now))
	share = rampFloor + (1-rampFloor)*share
	l.share.Store(math.Float64bits(share))
	if share < 1 {
		base := freeRate
		if l.limits.PerSecond > 0 {
			base = l.limits.PerSecond
		}
		limit = rate.Limit(base * share)
	}
	if l.ramped.Limit() != limit {
		l.ramped.SetLimitAt(now, limit)
	}
}

// part is how much of a ramp is over: 0 to 1.
func part(since, whole time.Duration) float64 {
	if whole <= 0 {
		return 1
	}
	return min(1, float64(max(since, 0))/float64(whole))
}

// outage is what a lane remembers of the last fault that held it: what waited goes out over as long a time as the fault lasted, because
// whoever falls over may do so again under everything at once.
type outage struct {
	since, over time.Time
	lasted      time.Duration
}

// shortOutage is a fault after which nothing is ramped: what waited is not much.
const shortOutage = 10 * time.Second

func (o *outage) begins(since time.Time) {
	if o.since.IsZero() {
		o.since = since
	}
}

func (o *outage) ends(now time.Time) {
	if o.since.IsZero() {
		return
	}
	o.over, o.lasted, o.since = now, now.Sub(o.since), time.Time{}
	if o.lasted < shortOutage {
		o.lasted = 0
	}
}

func (o *outage) part(now time.Time) float64 { return part(now.Sub(o.over), min(o.lasted, rampTime)) }
