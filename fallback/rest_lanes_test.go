package fallback_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// rewritten is a store that begins to be written anew as the first wait is over, when a delivery is to be moved, which waits for the end of that.
type rewritten struct {
	fallback.Store
	rig   *rig
	begun atomic.Bool
}

func (s *rewritten) Come(ctx context.Context, id bots.ID, r *fallback.Rules, w *fallback.World) error {
	if time.Since(s.rig.start) >= 15*time.Minute && s.begun.CompareAndSwap(false, true) {
		go s.rig.engine.Rest(func() error { time.Sleep(2 * time.Minute); return nil })
		time.Sleep(2*time.Minute + time.Millisecond)
	}
	return s.Store.Come(ctx, id, r, w)
}

// TestARestThatBeginsInAPass: the waits of one lane are being moved when the store begins to be written anew, and wait for its end. The lanes
// behind it were not begun then: nothing runs out there before what came in meanwhile is stored.
func TestARestThatBeginsInAPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		store := &rewritten{}
		r = newRig(t, func(o *fallback.Options) { store.Store, o.Store = o.Store, store })
		store.rig = r
		defer r.close()
		first, second := r.person(), r.person()
		steps := &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(15 * time.Minute), Until: "read"}, {Channel: "sms"}}}
		r.ask(fallback.Ask{To: first.String(), Text: "Your order is ready", Purpose: "service", Steps: steps})
		r.promo(second) // in a lane behind that one
		r.pass(17*time.Minute + time.Second)
		r.event(bots.Event{Kind: bots.Wrote, Chat: second, Text: "thanks", MessageID: "900"})
		r.pass(time.Hour)
		r.want("0s telegram 1", "0s telegram 2", "17m0s sms/main +380501110001")
	})
}
