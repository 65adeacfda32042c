package fallback

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/templates"
)

// Options is what an engine is made of.
type Options struct {
	Store   Store
	Rules   *Rules
	Intake  *Intake                // to begin with; Reload puts another one in its place
	Senders map[string]bots.Sender // by name: "telegram", "sms/main"
	Company templates.Company
	Locale  string
	// WayOut mints the link by which the person of a delivery stops marketing; nil or empty: only keywords.
	WayOut func(*Delivery) string
	// WayOutKept keeps that link whole with its message, where nobody's word hangs on it: for messages to people who are none.
	WayOutKept bool
	// Link is the address of ours for tracked link n of a delivery's current leg, always of one length; nil or empty: links are
	// sent as they are written.
	Link func(d *Delivery, n int) string
	// Invite is the address of ours that a one-time link's token opens, always of one length; nil: texts invite nobody.
	Invite func(token string) string
	// CatchUp is how long waits of channels that call us are held after a start, for what is told again.
	CatchUp map[string]time.Duration
	// Files opens what is handed on from one channel to another; nil: only words go.
	Files   Files
	Log     *slog.Logger
	Workers int // sends under way at once per channel; 0: 64
	// PaceAt is how many people may wait for an answer of staff before marketing goes out slower; 0: it never does. See Engine.PeopleWait.
	PaceAt int
	// Still switches heartbeats off, for tests under fake time.
	Still bool
}

// Engine gets messages through: it is the only road out, and the one entry for what comes in.
type Engine struct {
	Options
	boot    uint64
	loaded  atomic.Pointer[Intake]
	ears    *ears
	loops   map[string]*sendLoop // by channel
	waits   *waitLoop
	holds   *holds
	rests   rests
	now     atomic.Pointer[World]
	pauses  atomic.Pointer[[]Pause]
	regions atomic.Pointer[RegionHolds] // the holds of regions
	// blocked is until when nothing is begun because the store could not write, in unix nanoseconds.
	blocked atomic.Int64
	// complained is when a store that cannot write was last logged, in unix nanoseconds.
	complained  atomic.Int64
	counts      counts
	crowd       crowd
	storing     storing
	confirmed   chan struct{} // closed by Confirm
	begun       chan struct{} // closed once Run has read what is durable
	confirmOnce sync.Once
	codesOut    atomic.Int64 // when it was last logged that no codes are left, in unix nanoseconds
}

// New validates and wires an engine. Run starts it, once.
func New(o Options) (*Engine, error) {
	if o.Store == nil || o.Rules == nil || o.Intake == nil || o.Intake.Templates == nil {
		return nil, errors.New("fallback: an engine needs a store, rules, and an intake with templates")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 64
	}
	if o.Rules.Lease == 0 {
		o.Rules.Lease = time.Minute
	}
	e := &Engine{Options: o, boot: newBoot(), loops: map[string]*sendLoop{}, holds: newHolds(), confirmed: make(chan struct{}), begun: make(chan struct{}), crowd: crowd{most: o.PaceAt}}
	e.loaded.Store(o.Intake)
	if o.Rules.Quote == nil {
		o.Rules.Quote = e.quote
	}
	if o.Rules.Staff.Template == nil {
		o.Rules.Staff.Template = func(a Ask, now time.Time) (*Request, error) { return e.intake().Request(a, now) }
	}
	for channel, c := range o.Rules.Channels {
		for _, name := range c.Senders {
			if o.Senders[name] == nil {
				return nil, fmt.Errorf("fallback: channel %s names sender %q, which does not exist", channel, name)
			}
		}
		e.loops[channel] = newSendLoop(e, channel, c)
	}
	e.ears = newEars(e)
	e.waits = newWaitLoop(e)
	e.pauses.Store(&[]Pause{})
	e.look()
	return e, nil
}

// newBoot names this process, so that an attempt of another one can be told apart.
func newBoot() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) | 1
}

// world is what transitions may know of the moment.
func (e *Engine) world() *World { return e.now.Load() }

// look takes a new picture of the world, after something in it changed.
func (e *Engine) look() {
	now := time.Now()
	e.now.Store(&World{Boot: e.boot, Ears: e.ears.picture(now), Distrusted: e.holds.distrusted(now), Avoid: e.holds.avoided(now), Held: e.heldSince(now), Standing: e.Standings(), WhenDown: e.intake().WhenDown})
}

// wake makes every loop look at its lanes now.
func (e *Engine) wake() {
	for _, l := range e.loops {
		l.bell.ring()
	}
	e.waits.bell.ring()
}

// Run works the lanes until ctx ends, then lets sends under way finish: they have until the drain time, which the caller bounds
// through drain.
func (e *Engine) Run(ctx context.Context, drain context.Context) error {
	if err := e.begin(ctx); err != nil {
		return err
	}
	close(e.begun)
	g, all := errgroup.WithContext(ctx)
	for _, l := range e.loops {
		g.Go(func() error { return l.run(all, drain) })
	}
	g.Go(func() error { return e.waits.run(all) })
	g.Go(func() error { return e.ears.run(all) })
	g.Go(func() error { return e.ears.pulse(all) })
	g.Go(func() error { return e.probes(all) })
	g.Go(func() error { return e.attend(all) })
	err := g.Wait()
	e.ears.save(context.WithoutCancel(ctx), time.Now())
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Begun is closed once what is said of the engine (which channels are not heard, what is held) is more than what a new one believes.
func (e *Engine) Begun() <-chan struct{} { return e.begun }

// every does something again and again until ctx ends, and whenever the bell rings (nil: there is none); where heartbeats are off, never.
func (e *Engine) every(ctx context.Context, often time.Duration, b bell, do func()) error {
	if e.Still {
		<-ctx.Done()
		return ctx.Err()
	}
	t := time.NewTicker(often)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			do()
		case <-b:
			do()
		}
	}
}

// begin reads what is durable, and gives up the attempts of processes that died.
func (e *Engine) begin(ctx context.Context) error {
	if err := e.ReadPauses(ctx); err != nil {
		return err
	}
	if err := e.ReadHolds(ctx); err != nil {
		return err
	}
	if err := e.ears.begin(ctx, time.Now()); err != nil {
		return err
	}
	e.look()
	far := time.Now().Add(100 * 365 * 24 * time.Hour)
	for after := (Entry{}); ; {
		entries, err := e.Store.Due(ctx, LaneLease, after, far, comeBatch)
		if err != nil || len(entries) == 0 {
			return err
		}
		after = entries[len(entries)-1]
		dead, err := e.inFlight(ctx, entries)
		if err != nil {
			return err
		}
		if err := e.waits.come(ctx, LaneLease, dead); err != nil {
			return err
		}
	}
}

// inFlight are the entries at which an attempt still stands; the others were left behind when it settled.
func (e *Engine) inFlight(ctx context.Context, entries []Entry) ([]Entry, error) {
	var found []Entry
	for _, entry := range entries {
		have, err := e.Store.Load(ctx, entry.ID)
		if errors.Is(err, ErrUnknownDelivery) {
			continue
		}
		if errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return nil, err
		}
		if err != nil { // one broken record must not stop the start; check --store names it
			e.Log.Error("delivery cannot be read", "delivery", entry.ID.String(), "err", err)
			continue
		}
		if have.Delivery.State == Sending {
			found = append(found, entry)
		}
	}
	return found, nil
}

// Cancel stops a delivery.
func (e *Engine) Cancel(ctx context.Context, id bots.ID) (withdrawn bool, err error) {
	return e.Store.Cancel(ctx, id)
}

// bell wakes one loop; rings while it is busy are one ring.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}
