package fallback

import (
	"context"

	"kaskad/bots"
)

// ReceiveBy makes an event durable through a transaction of the caller's, which receives it (see Receive) together with
// something of its own: its release from quarantine. What goes wrong is the caller's to tell: nothing is put into quarantine.
func (e *Engine) ReceiveBy(ctx context.Context, ev bots.Event, do func(context.Context, bots.Event, *Rules, *World) (bots.Turn, error)) error {
	turn, err := do(ctx, ev, e.Rules, e.world())
	if err != nil {
		return err
	}
	e.counts.add("event", ev.Channel, string(ev.Kind))
	if turn.Moved {
		e.wake()
	}
	return nil
}
