package sms

import (
	"context"
	"fmt"
	"time"

	"kaskad/bots"
)

var _ bots.Replayer = (*Provider)(nil)

// Replay reads one element of a call that was kept in quarantine. A reference that stood in the call's own address is not kept
// with it: such a report cannot be told apart any more.
func (p *Provider) Replay(raw []byte, at time.Time) (bots.Batch, error) {
	item, err := decode(raw)
	if err != nil {
		return bots.Batch{}, fmt.Errorf("%s: %w: it is no JSON", p.Name(), bots.ErrMalformed)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	e, ok := p.event(ctx, item, bots.Call{At: at}, false)
	if ctx.Err() != nil {
		return bots.Batch{}, fmt.Errorf("%s: the element took longer to read than %v", p.Name(), callTime)
	}
	if !ok {
		return bots.Batch{}, nil
	}
	return bots.Batch{Events: []bots.Event{e}}, nil
}
