package fallback

import (
	"context"
	"errors"
	"sync"
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
	escape  *rate.Limiter
	slots   chan struct{}

	mu       sync.Mutex
	inFlight map[bots.ID]bool
	chats    map[bots.Address]time.Time // when the next message may go to a chat
	wg       sync.WaitGroup
}

const (
	sendPage   = 256
	sendPages  = 4
	rampTime   = 10 * time.Minute // after a resume
	rampFloor  = 0.1
	freeRate   = 50.0 // per second, of a channel without a limit while it ramps up
	leaseSpare = 5 * time.Second
)

func newSendLoop(e *Engine, channel string, c Channel) *sendLoop {
	limit := rate.Inf
	burst := e.Workers
	if c.PerSecond > 0 {
		limit = rate.Limit(c.PerSecond)
		burst = max(1, int(c.PerSecond/5))
	}
	return &sendLoop{
		e: e, channel: channel, limits: c, bell: newBell(), limiter: rate.NewLimiter(limit, burst), escape: rate.NewLimiter(perHeldLane, perHeldLane),
		slots: make(chan struct{}, e.Workers), inFlight: map[bots.ID]bool{}, chats: map[bots.Address]time.Time{},
	}
}

func (l *sendLoop) run(ctx, drain context.Context) error {
	defer l.wg.Wait()
	for {
		next, err := l.pass(ctx, drain)
		if err != nil {
			return err
		}
		if err := sleep(ctx, l.bell, next); err != nil {
			return err
		}
	}
}

// pass hands out what tokens and workers allow now, and says when to look again.
func (l *sendLoop) pass(ctx, drain context.Context) (time.Time, error) {
	now := time.Now()
	next := now.Add(idle)
	soon := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	l.ramp(now)
	l.forget(now)
	for _, p := range Priorities() {
		lane := SendLane(l.channel, p)
		if l.e.pausedNow(l.channel, p) {
			continue
		}
		if until, held := l.e.holds.held(l.channel, now); held {
			if err := l.leave(ctx, lane, now); err != nil {
				return next, err
			}
			soon(earlier(until, now.Add(time.Second)))
			continue
		}
		at, full, err := l.lane(ctx, drain, lane, now)
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
func (l *sendLoop) lane(ctx, drain context.Context, lane Lane, now time.Time) (next time.Time, full bool, err error) {
	after := Entry{}
	for range sendPages {
		entries, err := l.e.Store.Due(ctx, lane, after, now, sendPage)
		if err != nil {
			return now, false, err
		}
		for _, entry := range entries {
			if l.busy(entry.ID) {
				continue
			}
			ok, wait := l.token(now)
			if !ok {
				return now.Add(wait), true, nil
			}
			l.start(ctx, drain, lane, entry)
		}
		if len(entries) < sendPage {
			break
		}
		after = entries[len(entries)-1]
	}
	at, err := l.e.Store.NextDue(ctx, lane)
	if err == nil && !at.IsZero() && !at.After(now) {
		at = now.Add(20 * time.Millisecond) // its entries are under way, or wait for their chat
	}
	return at, false, err
}

// token takes one token and one worker, or says how long to wait.
func (l *sendLoop) token(now time.Time) (bool, time.Duration) {
	select {
	case l.slots <- struct{}{}:
	default:
		return false, 50 * time.Millisecond // a worker that ends rings
	}
	r := l.limiter.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		<-l.slots
		return false, d
	}
	return true, 0
}

func (l *sendLoop) busy(id bots.ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight[id]
}

// start gives one step to a worker.
func (l *sendLoop) start(ctx, drain context.Context, lane Lane, entry Entry) {
	l.mu.Lock()
	l.inFlight[entry.ID] = true
	l.mu.Unlock()
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		defer func() {
			l.mu.Lock()
			delete(l.inFlight, entry.ID)
			l.mu.Unlock()
			<-l.slots
			l.bell.ring()
		}()
		if err := l.step(ctx, drain, lane, entry); err != nil && ctx.Err() == nil {
			l.e.Log.Error("step not sent", "channel", l.channel, "delivery", entry.ID.String(), "err", err)
		}
	}()
}

// step brings one queued step to its channel: render, claim, send, settle.
func (l *sendLoop) step(ctx, drain context.Context, lane Lane, entry Entry) error {
	have, err := l.e.Store.Load(ctx, entry.ID)
	if errors.Is(err, ErrUnknownDelivery) || err == nil && !have.Delivery.Stands(lane, entry) {
		return l.e.Store.Drop(ctx, lane, []Entry{entry})
	}
	if err != nil {
		return err
	}
	in, err := l.e.render(&have)
	if err != nil {
		l.e.Log.Warn("message cannot be written", "channel", l.channel, "template", have.Delivery.Template, "err", err)
		defer l.e.wake()
		return l.e.Store.Reject(ctx, entry.ID, have.Delivery.Leg, reasonUnwritable, l.e.Rules, l.e.world())
	}
	if !l.chatFree(in.Out.To, time.Now()) {
		return nil // it stays due: the lane comes back to it
	}
	a, err := l.e.Store.Claim(ctx, in, l.e.Rules, l.e.world())
	if err != nil || a == nil {
		l.e.wake()
		return err
	}
	return l.send(drain, a)
}

const reasonUnwritable = "unwritable"

// send is the one call that leaves the machine. Between the claim's commit and the socket nothing waits.
func (l *sendLoop) send(drain context.Context, a *Attempt) error {
	ctx, cancel := context.WithDeadline(drain, a.Lease.Add(-leaseSpare))
	defer cancel()
	receipt, err := l.e.Senders[a.Sender].Send(ctx, a.Out)
	res := Result{Receipt: receipt}
	outcome := "accepted"
	if err != nil {
		res.Err = bots.FaultOf(err)
		outcome = res.Err.Fault.String()
		l.e.Log.Info("step not accepted", "channel", l.channel, "delivery", a.Delivery.String(), "attempt", a.Number, "fault", outcome, "code", res.Err.Code)
	}
	l.e.counts.add("send", l.channel, outcome)
	l.e.settled(l.channel, a.Sender, res.Err)
	defer l.e.wake()
	return l.e.Store.Settle(context.WithoutCancel(drain), a, res, l.e.Rules, l.e.world()) // in any state, final ones too
}

// chatFree takes the chat's turn: a channel may want a pause between two messages to one person.
func (l *sendLoop) chatFree(chat bots.Address, now time.Time) bool {
	if l.limits.PerChat == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.chats[chat]) {
		return false
	}
	l.chats[chat] = now.Add(l.limits.PerChat)
	return true
}

// forget drops chats whose turn is long over, so that the map stays as small as the traffic.
func (l *sendLoop) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.chats) < 4096 {
		return
	}
	for chat, at := range l.chats {
		if at.Before(now) {
			delete(l.chats, chat)
		}
	}
}

// ramp sets the rate after a resume: a tenth at first, all of it after ten minutes.
func (l *sendLoop) ramp(now time.Time) {
	since := now.Sub(time.Unix(0, l.e.resumed.Load()))
	full := rate.Inf
	if l.limits.PerSecond > 0 {
		full = rate.Limit(l.limits.PerSecond)
	}
	limit := full
	if since < rampTime && l.e.resumed.Load() != 0 {
		base := full
		if base == rate.Inf {
			base = freeRate
		}
		limit = base * rate.Limit(rampFloor+(1-rampFloor)*float64(since)/float64(rampTime))
	}
	if l.limiter.Limit() != limit {
		l.limiter.SetLimitAt(now, limit)
	}
}

// leave lets steps go on to their next channel whose lane a fault has held for longer than their own wait.
func (l *sendLoop) leave(ctx context.Context, lane Lane, now time.Time) error {
	entries, err := l.e.Store.Due(ctx, lane, Entry{}, now, sendPage)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if l.escape.TokensAt(now) < 1 {
			return nil
		}
		have, err := l.e.Store.Load(ctx, entry.ID)
		if err != nil {
			return err
		}
		d := have.Delivery
		probe := &Env{Rules: l.e.Rules, World: l.e.world(), Contact: have.Contact, Talk: have.Talk}
		if !d.Stands(lane, entry) || !d.GiveUpLane(probe, now) || !l.escape.AllowN(now, 1) {
			continue
		}
		if err := l.e.Store.GiveUpLane(ctx, entry.ID, l.e.Rules, l.e.world()); err != nil {
			return err
		}
		l.e.wake()
	}
	return nil
}
