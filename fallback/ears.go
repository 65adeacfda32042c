package fallback

import (
	"context"
	"sync"
	"time"
)

// ears keeps what we know of our hearing of each channel. What counts is durable as Hearing; the rest is learnt again from the
// first batch after a start.
type ears struct {
	e     *Engine
	mu    sync.Mutex
	m     map[string]*ear
	last  time.Time // beat, by the clock that cannot be set
	wall  time.Time // the same, by the one that can
	ended time.Time // the program was told to stop: nobody is let in from then on
	since time.Time // when the first began of the standstills that followed one another
	calm  time.Time // until when the next one follows the last
	leapt time.Time // when a jump of the clock was last noticed
	bell  bell      // something was learnt that the next beat should not wait for
}

type ear struct {
	Hearing
	polls    bool
	shut     bool          // it calls us, and cannot: our listener is down, or it does not know where we are
	fresh    bool          // it never could, so it has nothing to tell again
	cap      time.Duration // waits are held at most this long without progress
	deafFrom time.Time     // zero: we hear
	before   uint64        // deaf: how many events the channel had told when that began
	progress time.Time     // deaf: when something last came in, or when we began to try
	gone     bool          // deaf beyond the cap
	stood    time.Time     // when we last found that we had stood still; see stoodStill
	settles  time.Time     // until when what was told meanwhile may come in
	saved    time.Time
}

const (
	saveEvery = 30 * time.Second
	tickEvery = 5 * time.Second
	// A poll lasts up to 50 s; a channel that answered none for longer than this is not heard.
	pollSilence = 90 * time.Second
	jump        = 15 * time.Second
	// A process that did not run for this long was stopped with its machine.
	longestBeat = 2 * time.Minute
	// One that did not run for this long stood still: what ran out meanwhile waits for what was told meanwhile.
	lateBeat   = 2500 * time.Millisecond
	pulseEvery = time.Second // how often a beat is made, so that a late one shows
	settleTime = 5 * time.Second
	// Who stands still again and again holds waits for no longer than this: after it they go on, slowly.
	starvedCap = 10 * time.Minute
	// The cap of a channel that cannot call us: there is nothing to catch up with until it can.
	shutCap = 10 * time.Minute
)

func newEars(e *Engine) *ears {
	x := &ears{e: e, m: map[string]*ear{}, bell: newBell()}
	for channel, c := range e.Rules.Channels {
		limit := c.DeafCap
		if !c.Polls {
			limit = e.CatchUp[channel]
		}
		x.m[channel] = &ear{polls: c.Polls, cap: limit}
	}
	return x
}

// begin reads what is durable. Since then we were away: every channel that was heard before is deaf until it has caught up.
func (x *ears) begin(ctx context.Context, now time.Time) error {
	all, err := x.e.Store.Hearing(ctx)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for channel, a := range x.m {
		a.Hearing = all[channel]
		if a.Until.IsZero() {
			a.Until = now
			x.put(ctx, channel, a, now) // a process that dies before its first beat was heard too
			if a.fresh = a.shut; !a.fresh {
				continue
			}
		}
		x.deafen(channel, a, earlier(a.Until, now)) // a clock that was ahead was set right meanwhile
		a.progress = now
	}
	return nil
}

// heard notes that a channel told everything until a time; it reports whether a gap ended.
func (x *ears) heard(ctx context.Context, channel string, until time.Time, caughtUp bool, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil {
		return false
	}
	if until.After(a.Until) {
		a.Until = until
	}
	settled := a.settle(until, caughtUp)
	if a.deafFrom.IsZero() || a.shut {
		return settled
	}
	if a.polls {
		a.progress = now
	}
	if !caughtUp {
		return settled
	}
	x.close(ctx, channel, a, now)
	return true
}

// deafen begins a gap.
func (x *ears) deafen(channel string, a *ear, from time.Time) {
	a.deafFrom, a.before = from, x.e.counts.events(channel)
}

// loses notes that the session of a channel is away: what falls due meanwhile is held until it has caught up. It reports whether that is
// new.
func (x *ears) loses(channel string, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil || !a.polls || !a.deafFrom.IsZero() {
		return false
	}
	x.deafen(channel, a, earlier(a.Until, now))
	a.progress = now
	return true
}

// misses notes that a channel told something that could not be kept: it has not caught up until it has told that again. It reports whether anything
// changed.
func (x *ears) misses(channel string, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil {
		return false
	}
	if a.deafFrom.IsZero() {
		x.deafen(channel, a, earlier(a.Until, now))
	}
	a.progress, a.gone = now, false // it tells: how long it is held counts from now
	return true
}

// listens notes whether a channel that calls us can. From the moment it can, it is given time to tell again what it could not.
// It reports whether anything changed.
func (x *ears) listens(channel string, can bool, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	a := x.m[channel]
	if a == nil || a.polls || a.shut == !can {
		return false
	}
	a.shut, a.progress, a.gone = !can, now, false
	if can && a.fresh {
		a.progress = now.Add(-a.cap)
	}
	a.fresh = a.fresh && !can
	if a.deafFrom.IsZero() && !a.Until.IsZero() { // else begin finds out since when
		x.deafen(channel, a, earlier(a.Until, now))
	}
	return true
}

// close ends a gap and keeps it: it does not count against the waits it lies in.
func (x *ears) close(ctx context.Context, channel string, a *ear, now time.Time) {
	if n := len(a.Gaps); n > 0 && !a.Gaps[n-1].To.Before(a.deafFrom) {
		a.deafFrom = earlier(a.deafFrom, a.Gaps[n-1].From) // gaps that touch are one
		a.Gaps = a.Gaps[:n-1]
	}
	if !a.polls && a.progress.After(a.deafFrom) && a.progress.Before(now) {
		// While they catch up they are heard: only the time before can have lost anything for good.
		a.Gaps, a.deafFrom = append(a.Gaps, Span{a.deafFrom, a.progress.Round(0)}), a.progress.Round(0)
	}
	a.Gaps = append(a.Gaps, Span{a.deafFrom, now})
	if len(a.Gaps) > MaxGaps {
		a.Gaps = a.Gaps[len(a.Gaps)-MaxGaps:]
	}
	a.deafFrom, a.gone = time.Time{}, false
	a.Until = now
	x.put(ctx, channel, a, now)
	x.tell(ctx, channel, a, now)
}

func (x *ears) put(ctx context.Context, channel string, a *ear, now time.Time) {
	if err := x.e.Store.PutHearing(ctx, channel, a.Hearing); err != nil {
		x.e.Log.Warn("hearing not saved", "channel", channel, "err", err)
		return
	}
	a.saved = now
}

// picture is what transitions may know.
func (x *ears) picture(now time.Time) map[string]Ear {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := make(map[string]Ear, len(x.m))
	for channel, a := range x.m {
		ear := Ear{Gaps: append([]Span(nil), a.Gaps...)}
		if !a.deafFrom.IsZero() {
			ear.Until = a.progress.Add(a.limit())
			ear.Deaf = now.Before(ear.Until)
			ear.Gone = !ear.Deaf
			if ear.Gone {
				ear.Gaps = append(ear.Gaps, Span{a.deafFrom, ear.Until}) // the cap: waits go on from there
			}
		}
		if now.Before(a.settles) && !ear.Deaf {
			ear.Gone = x.starved(now)
			ear.Deaf, ear.Until = !ear.Gone, a.settles
		}
		all[channel] = ear
	}
	return all
}

// run is the heartbeat: listeners that are up hear, pollers that were not answered are deaf, clocks that jumped are a gap of
// every channel.
func (x *ears) run(ctx context.Context) error {
	if x.e.Still {
		<-ctx.Done()
		return x.end(ctx)
	}
	last := time.Now()
	for {
		t := time.NewTimer(x.untilTick(last))
		select {
		case <-ctx.Done():
			t.Stop()
			return x.end(ctx)
		case <-x.bell:
		case <-t.C:
		}
		last = time.Now()
		x.beat(last)
		x.tick(ctx, last)
		x.e.look()
	}
}

// limit is how long waits are held without progress.
func (a *ear) limit() time.Duration {
	if a.shut {
		return shutCap
	}
	return a.cap
}

// end notes when we stopped listening.
func (x *ears) end(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = time.Now()
	return ctx.Err()
}

// pulse makes a beat every second, so that a late one shows that we stood still.
func (x *ears) pulse(ctx context.Context) error { return x.e.every(ctx, pulseEvery, nil, x.e.beat) }

// untilTick is how long to sleep: a beat, or until the first deaf channel's waits may go on.
func (x *ears) untilTick(now time.Time) time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	d := tickEvery
	for _, a := range x.m {
		if !a.deafFrom.IsZero() && !a.gone {
			d = min(d, a.progress.Add(a.limit()).Sub(now))
		}
	}
	return max(d, 10*time.Millisecond)
}

// beat compares the wall clock with the one that cannot be set. The loops ask before they believe that anything is overdue: what fell due
// while the machine slept is met by a world that knows of it. It reports whether there is news.
func (x *ears) beat(now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	last, wall := x.last, x.wall
	x.last, x.wall = now, now.Round(0)
	if last.IsZero() {
		return false
	}
	ran := now.Sub(last)
	if ahead := x.wall.Sub(wall) - ran; ahead > jump || ahead < -jump || ran > longestBeat {
		x.jumped(wall, now)
		return true
	}
	if ran > lateBeat {
		x.stoodStill(ran, now)
		return true
	}
	return false
}

// stoodStill lets nothing run out for a moment. The process was stopped, or starved, and what people did meanwhile lies in our sockets or
// is told again soon: whichever loop runs first must not decide whether a paid step goes out. It is no gap: nothing was lost.
func (x *ears) stoodStill(ran time.Duration, now time.Time) {
	x.e.Log.Info("stood still: nothing runs out until what was told meanwhile is in", "for", ran.Round(time.Millisecond).String())
	if began := now.Add(-ran); began.After(x.calm) {
		x.since = began
	}
	x.calm = now.Add(settleTime + ran)
	for _, a := range x.m {
		a.stood, a.settles = now, x.calm
	}
}

// starved reports whether standstills have followed one another for so long that nothing waits for their end any more.
func (x *ears) starved(now time.Time) bool {
	return now.Before(x.calm) && now.Sub(x.since) >= starvedCap
}

// settle notes that a channel that we ask has answered since we stood still: it reports whether waits may go on by that.
func (a *ear) settle(until time.Time, caughtUp bool) bool {
	if a.settles.IsZero() || !a.polls || !caughtUp || until.Before(a.stood) {
		return false
	}
	a.settles = time.Time{}
	return true
}

// jumped makes a wall-clock jump or a suspended machine a gap of every channel.
func (x *ears) jumped(from, now time.Time) {
	x.leapt = now
	x.e.Log.Warn("the clock jumped or the machine slept: waits are held until every channel has caught up", "from", from, "to", now)
	for channel, a := range x.m {
		if a.deafFrom.IsZero() {
			x.deafen(channel, a, earlier(from, now))
		}
		a.progress, a.gone = now, false // catching up begins again
	}
}

func (x *ears) tick(ctx context.Context, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for channel, a := range x.m {
		switch {
		case a.polls && a.deafFrom.IsZero() && now.Sub(a.Until) > pollSilence:
			x.deafen(channel, a, a.Until)
			a.progress = now
			x.e.Log.Warn("channel not heard; waits for it are held", "channel", channel, "since", a.deafFrom)
		case !a.polls && a.deafFrom.IsZero():
			a.Until = now
		case !a.polls && !a.shut && now.Sub(a.progress) >= a.cap:
			x.close(ctx, channel, a, now)
			defer x.e.wake()
		case (a.polls || a.shut) && !a.deafFrom.IsZero() && now.Sub(a.progress) >= a.limit() && !a.gone:
			a.gone = true
			defer x.e.wake()
		}
		x.tell(ctx, channel, a, now)
		if a.deafFrom.IsZero() && now.Sub(a.saved) >= saveEvery {
			x.put(ctx, channel, a, now)
		}
	}
}

// save makes the last state durable, at a stop.
func (x *ears) save(ctx context.Context, now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for channel, a := range x.m {
		if a.deafFrom.IsZero() {
			if !a.polls {
				a.Until = earlier(now, x.ended) // the listener closed first
			}
			x.put(ctx, channel, a, now)
		}
	}
}

// Listens tells whether a channel that calls us can do so: our listener is up, and the channel knows where we are. Until it is
// said otherwise, it can. A channel that we ask is none of these.
func (e *Engine) Listens(channel string, can bool) {
	if now := time.Now(); e.ears.listens(channel, can, now) {
		if can {
			e.holds.meet(e.Rules.Channels[channel].Senders, now)
		}
		e.ears.bell.ring()
		e.look()
		e.wake()
	}
}

// Degraded lists the channels that are deaf, and since when.
func (e *Engine) Degraded() map[string]time.Time {
	e.ears.mu.Lock()
	defer e.ears.mu.Unlock()
	all := map[string]time.Time{}
	for channel, a := range e.ears.m {
		if !a.deafFrom.IsZero() {
			all[channel] = a.deafFrom
		}
	}
	return all
}
