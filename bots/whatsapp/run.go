package whatsapp

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

var noJID types.JID

var errTwice = errors.New("whatsapp: Run runs already: one session has one connection")

// Run holds the connection and hands every batch to receive. It ends only with ctx: whatever WhatsApp does is a state of Standing.
func (b *Bot) Run(ctx context.Context, receive func(context.Context, bots.Batch) error) error {
	if !b.listens.CompareAndSwap(false, true) {
		return errTwice
	}
	defer b.listens.Store(false)
	b.work.Add(1)
	defer b.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.life, cancel)()
	if !b.visited(ctx) {
		return nil
	}
	for ctx.Err() == nil {
		b.round(ctx, receive)
	}
	b.unmarked(ctx)
	return nil
}

func (b *Bot) running() bool { return b.listens.Load() }

// round is one connection, or the wait for a phone, and the rest after it.
func (b *Bot) round(ctx context.Context, receive func(context.Context, bots.Batch) error) {
	forgets := b.forgets.Load()
	dev, old, err := b.ours(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		b.opt.Log.Error("whatsapp.db or its mark cannot be kept", "err", err)
		b.set(bots.Standing{State: Storing, Advice: storeAdvice})
		b.rest(ctx, b.tries.rest(ending{kind: failed}, b.pauses, time.Now()))
		return
	case dev == nil:
		b.unpaired(ctx)
		return
	case old:
		b.outdone(ctx)
		return
	}
	b.trying()
	s := b.newSession(ctx, dev, receive)
	b.current.Store(s)
	if b.forgets.Load() != forgets {
		s.drop() // it has keys that were forgotten meanwhile
	}
	end := s.run(ctx)
	b.current.CompareAndSwap(s, nil)
	b.ended(ctx, end)
}

// visited waits for the end of a visit under way. None begins after it: Run is known to run. False: ctx ended.
func (b *Bot) visited(ctx context.Context) bool {
	if b.visiting.take(ctx) != nil {
		return false
	}
	b.visiting.release()
	return true
}

// ours is the session that is to be connected, if there is one, and whether it is an old copy, which must not be.
func (b *Bot) ours(ctx context.Context) (dev *store.Device, old bool, err error) {
	if dev, err = b.look(ctx); err != nil || dev == nil {
		return nil, false, err
	}
	if old, err = b.aged(ctx, dev); err == nil && !old {
		err = b.marked(ctx, dev)
	}
	return dev, old, err
}

// look takes from the store whose session it is, or that it is nobody's. A phone that is paired in the moment between the two must not be
// forgotten again.
func (b *Bot) look(ctx context.Context) (*store.Device, error) {
	b.learning.Lock()
	defer b.learning.Unlock()
	dev, err := b.device(ctx)
	if err != nil {
		return nil, err
	}
	if dev != nil {
		return dev, b.know(ctx, dev)
	}
	b.unknow()
	if now, _ := b.state(); now.State != LoggedOut {
		b.set(bots.Standing{State: Unpaired, Advice: pairAdvice})
	}
	return nil, nil
}

// trying says that we are on the way. What is known besides stays until we are there: why we were turned away, or what went wrong.
func (b *Bot) trying() {
	if now, _ := b.state(); now.State == Unpaired || now.State == LoggedOut || now.State == OldCopy {
		b.set(bots.Standing{State: Connecting})
	}
}

// unpaired waits for a phone.
func (b *Bot) unpaired(ctx context.Context) {
	select {
	case <-b.wake:
	case <-ctx.Done():
	}
}

// ended notes how a connection ended and rests.
func (b *Bot) ended(ctx context.Context, end ending) {
	if end.kind == finished || ctx.Err() != nil {
		return
	}
	b.settled(ctx, end)
	if end.kind != gone {
		b.rest(ctx, b.tries.rest(end, b.pauses, time.Now()))
	}
}

// forget removes the device and all its keys. The library does the same at a logout; it is not waited for.
func (b *Bot) forget(ctx context.Context) error {
	b.unknow()
	defer b.forgets.Add(1)
	for {
		dev, err := b.device(ctx)
		if err != nil || dev == nil {
			return err
		}
		if err := dev.Delete(ctx); err != nil {
			return err
		}
	}
}

// rest waits; a phone that is paired or logged out meanwhile ends it.
func (b *Bot) rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.wake:
	case <-ctx.Done():
	}
}

// tries counts what went wrong in a row, for the rests between.
type tries struct {
	mu                 sync.Mutex
	lost, failed, away int
	since              time.Time // the connection stands; zero: it does not
}

// well is said when we are connected and have heard everything.
func (t *tries) well(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.since.IsZero() {
		t.since = now
	}
}

// stood forgets what went wrong before a connection that stood for long. One that was cut off at once proves nothing: without a rest it
// would be made again and again, and two programs with the same session would take it from each other for ever. The caller holds mu.
func (t *tries) stood(now time.Time, p pauses) {
	if t.since.IsZero() {
		return
	}
	if long := now.Sub(t.since); long >= p.rarest {
		t.lost, t.away = 0, 0
	} else if long >= p.most {
		t.lost = 0
	}
	t.since = time.Time{}
}

// stored is said when something new was stored.
func (t *tries) stored() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = 0
}

// rest is how long to wait before the next connection. The first one after a loss is made at once, as the library would.
func (t *tries) rest(end ending, p pauses, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stood(now, p)
	switch end.kind {
	case failed:
		t.failed++
		return doubled(p.first, t.failed, p.most)
	case turned:
		t.away++
		return max(end.rest, doubled(p.refused, t.away, p.rarest))
	case lost, asked:
		if t.lost++; t.lost > 1 {
			return doubled(p.first, t.lost-1, p.most)
		}
	}
	return 0
}

// doubled is the n-th of rests that double, give or take a tenth: a fleet that was cut off together does not come back together.
func doubled(first time.Duration, n int, most time.Duration) time.Duration {
	d := min(first<<min(n-1, 20), most)
	return d + time.Duration((rand.Float64()-0.5)/5*float64(d))
}
