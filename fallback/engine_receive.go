package fallback

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
)

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
		e.untaken(b.Events, err)
		return bots.Answer{}, err
	}
	if said != nil && b.Word != nil {
		return b.Word(said)
	}
	return b.Answer, nil
}

// untaken holds what waits for a channel whose events could not be stored, until it has told them again: a proof may be among them, and whoever
// tells rests for up to half a minute, while the store may be well again at once.
func (e *Engine) untaken(events []bots.Event, err error) {
	if !errors.Is(err, ErrUnavailable) {
		return
	}
	news, now := false, time.Now()
	for i := range events {
		news = e.ears.misses(events[i].Channel, now) || news
	}
	if news {
		e.look()
	}
}

// receiveAll makes events durable; it returns what the core said in answer to one of them.
func (e *Engine) receiveAll(ctx context.Context, events []bots.Event) (*bots.Message, error) {
	begun := time.Now()
	if len(events) == 1 { // of a webhook
		ev := events[0]
		ev.ArrivedAt = begun
		return e.receive(ctx, ev)
	}
	defer e.storing.begin(begun)()
	chats, order := byChat(arrived(events, begun))
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

// arrived are events with when they came, each a moment after the one before: their chats are stored side by side.
func arrived(events []bots.Event, at time.Time) []bots.Event {
	events = slices.Clone(events)
	for i := range events {
		events[i].ArrivedAt = at.Add(time.Duration(i) * time.Microsecond)
	}
	return events
}

// together is how many events of one chat are made durable in one transaction.
const together = 64

// receiveSome makes events of one chat durable in one transaction: one for each would let a call with very many of one person wait for
// the disk as often. When one of them cannot be taken, each is received by itself; so are reports of failures, which may change what
// the next one is taken for.
func (e *Engine) receiveSome(ctx context.Context, events []bots.Event) (said *bots.Message, err error) {
	if len(events) > 1 && !slices.ContainsFunc(events, func(ev bots.Event) bool { return ev.Receipt != nil && ev.Receipt.Failed }) {
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
	e.codesAsked(ev.Chat.Channel, done.Turn.NoCode, done.Turn.Intent == bots.ClaimsPhone)
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
