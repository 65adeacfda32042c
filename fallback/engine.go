package fallback

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	// Link is the address of ours for tracked link n of a delivery's current leg, always of one length; nil or empty: links are
	// sent as they are written.
	Link func(d *Delivery, n int) string
	// CatchUp is how long waits of channels that call us are held after a start, for what is told again.
	CatchUp map[string]time.Duration
	Log     *slog.Logger
	Workers int // sends under way at once per channel; 0: 64
	// Still switches heartbeats off, for tests under fake time.
	Still bool
}

// Engine gets messages through: it is the only road out, and the one entry for what comes in.
type Engine struct {
	Options
	boot   uint64
	loaded atomic.Pointer[Intake]
	ears   *ears
	loops  map[string]*sendLoop // by channel
	waits  *waitLoop
	holds  *holds
	now    atomic.Pointer[World]
	pauses atomic.Pointer[[]Pause]
	// blocked is until when nothing is begun because the store could not write, in unix nanoseconds.
	blocked atomic.Int64
	// complained is when a store that cannot write was last logged, in unix nanoseconds.
	complained atomic.Int64
	counts     counts
}

// New validates and wires an engine. Run starts it.
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
	e := &Engine{Options: o, boot: newBoot(), loops: map[string]*sendLoop{}, holds: newHolds()}
	e.loaded.Store(o.Intake)
	if o.Rules.Quote == nil {
		o.Rules.Quote = e.quote
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
	e.now.Store(&World{Boot: e.boot, Ears: e.ears.picture(now), Distrusted: e.holds.distrusted(now), Avoid: e.holds.avoided(now), Held: e.heldSince(now), Standing: e.Standings(), LeaveHeld: e.intake().LeaveHeld})
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
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range e.loops {
		g.Go(func() error { return l.run(ctx, drain) })
	}
	g.Go(func() error { return e.waits.run(ctx) })
	g.Go(func() error { return e.ears.run(ctx) })
	g.Go(func() error { return e.probes(ctx) })
	g.Go(func() error { return e.attend(ctx) })
	err := g.Wait()
	e.ears.save(context.WithoutCancel(ctx), time.Now())
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// begin reads what is durable, and gives up the attempts of processes that died.
func (e *Engine) begin(ctx context.Context) error {
	if err := e.ReadPauses(ctx); err != nil {
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

// Receive makes a batch of events durable. It returns nil only when every one of them is: then the channel may be answered.
// Events of one chat keep their order.
func (e *Engine) Receive(ctx context.Context, b bots.Batch) error {
	_, err := e.Answer(ctx, b)
	return err
}

// Answer is Receive for a caller who is waiting: the answer is durable as well, and a repeat of the call gets the same one.
func (e *Engine) Answer(ctx context.Context, b bots.Batch) (bots.Answer, error) {
	said, err := e.receiveAll(ctx, b.Events)
	if err != nil {
		return bots.Answer{}, err
	}
	if said != nil && b.Word != nil {
		return b.Word(said)
	}
	return b.Answer, nil
}

// receiveAll makes events durable; it returns what the core said in answer to one of them.
func (e *Engine) receiveAll(ctx context.Context, events []bots.Event) (*bots.Message, error) {
	if len(events) == 1 { // of a webhook
		return e.receive(ctx, events[0])
	}
	chats, order := byChat(events)
	var said atomic.Pointer[bots.Message]
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(128)
	for _, chat := range order {
		g.Go(func() error {
			for some := range slices.Chunk(chats[chat], together) {
				m, err := e.receiveSome(gctx, some)
				if err != nil {
					return err
				}
				if m != nil {
					said.Store(m)
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return said.Load(), err
}

// together is how many events of one chat are made durable in one transaction.
const together = 64

// receiveSome makes events of one chat durable in one transaction: one for each would let a call with very many of one person wait for
// the disk as often. When one of them cannot be taken, each is received by itself; so are reports of failures, which may change what
// the next one is taken for.
func (e *Engine) receiveSome(ctx context.Context, events []bots.Event) (said *bots.Message, err error) {
	if len(events) > 1 && !slices.ContainsFunc(events, func(ev bots.Event) bool { return ev.Receipt != nil && ev.Receipt.Failed }) {
		at := time.Now()
		for i := range events {
			events[i].ArrivedAt = at
		}
		done, err := e.Store.ReceiveAll(ctx, events, e.Rules, e.world())
		if err == nil {
			for i := range done {
				if m := e.received(ctx, &events[i], &done[i]); m != nil {
					said = m
				}
			}
			return said, nil
		}
	}
	for _, ev := range events {
		m, err := e.receive(ctx, ev)
		if err != nil {
			return nil, err
		}
		if m != nil {
			said = m
		}
	}
	return said, nil
}

// byChat groups events by chat, in their order. The two addresses that a person may have are one chat.
func byChat(events []bots.Event) (chats map[bots.Address][]bots.Event, order []bots.Address) {
	same := map[bots.Address]bots.Address{}
	first := func(a bots.Address) bots.Address {
		for b, ok := same[a]; ok; b, ok = same[a] {
			a = b
		}
		return a
	}
	for i := range events {
		if twin := events[i].Twin(); twin.ID != "" {
			if a, b := first(events[i].Chat), first(twin); a != b {
				same[a] = b
			}
		}
	}
	chats = map[bots.Address][]bots.Event{}
	for _, ev := range events {
		key := first(ev.Chat)
		if _, ok := chats[key]; !ok {
			order = append(order, key)
		}
		chats[key] = append(chats[key], ev)
	}
	return chats, order
}

// Heard takes what a batch says about our hearing of its channel, after its events are durable.
func (e *Engine) Heard(ctx context.Context, channel string, b bots.Batch) {
	if !b.Heard.IsZero() && e.ears.heard(ctx, channel, b.Heard, b.CaughtUp, time.Now()) {
		e.look()
		e.wake()
	}
}

// receive makes one event durable; it returns what the core said in answer.
func (e *Engine) receive(ctx context.Context, ev bots.Event) (*bots.Message, error) {
	ev.ArrivedAt = time.Now()
	turn, err := e.Store.Receive(ctx, ev, e.Rules, e.world())
	switch {
	case err == nil, errors.Is(err, ErrSeen):
		return e.received(ctx, &ev, &ReceiveResult{Turn: turn, Seen: err != nil}), nil
	case errors.Is(err, ErrUnavailable) || ctx.Err() != nil:
		e.block(err)
		return nil, err // not acknowledged: the channel tells it again
	}
	e.counts.add("event", ev.Channel, "quarantined")
	e.Log.Error("event put into quarantine", "channel", ev.Channel, "event", ev.ID, "err", err)
	return nil, e.Store.Quarantine(ctx, Quarantined{Channel: ev.Channel, Event: ev.ID, Reason: err.Error(), Raw: ev.Raw, At: ev.ArrivedAt})
}

// received follows up an event that is durable.
func (e *Engine) received(ctx context.Context, ev *bots.Event, done *ReceiveResult) *bots.Message {
	if done.Seen || done.Turn.Repeated {
		e.counts.add("event", ev.Channel, "seen")
		return done.Turn.Said
	}
	e.counts.add("event", ev.Channel, string(ev.Kind))
	e.reported(ctx, ev)
	if done.Turn.Moved {
		e.wake()
	}
	return done.Turn.Said
}

// Quarantine keeps a call that could not even be parsed.
func (e *Engine) Quarantine(ctx context.Context, channel string, raw []byte, reason string) error {
	return e.Store.Quarantine(ctx, Quarantined{Channel: channel, Reason: reason, Raw: raw, At: time.Now()})
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
