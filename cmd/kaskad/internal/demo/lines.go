package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Narrate plays, and writes a line for each thing that happens. An end by ctx is no error: the table shows what there was.
func (w *World) Narrate(ctx context.Context, shop Shop, out io.Writer) (*Report, error) {
	fmt.Fprintf(out, "%d customers, seed %d, speed %g: a quarter of an hour lasts %s. Times are the customers'.\n",
		len(w.people), w.opt.Seed, w.opt.Speed, time.Duration(float64(15*time.Minute)/w.opt.Speed).Round(10*time.Millisecond))
	n := &narrator{out: out, speed: w.opt.Speed, began: func() time.Time { return w.board.look(time.Now()).began }}
	inner, cancel := context.WithCancelCause(ctx)
	written := make(chan struct{})
	go func() {
		defer close(written)
		n.run(inner, cancel)
	}()
	err := w.play(inner, shop, n.add)
	writing := context.Cause(inner) // before it is ended from here
	cancel(nil)
	<-written
	if ctx.Err() == nil && writing != nil {
		return nil, writing
	}
	if err := n.flush(time.Time{}); err != nil {
		return nil, err
	}
	return w.ended(ctx, err)
}

// ended is the report of a demo that came to its end, or that somebody ended before.
func (w *World) ended(ctx context.Context, err error) (*Report, error) {
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	r := w.report(time.Now())
	r.Left = err != nil
	return r, nil
}

// narrator writes what happened, in the customers' time. What falls into the same moment is put in the order of the list, so that
// the same seed tells the same story although many things run at once.
type narrator struct {
	mu    sync.Mutex
	out   io.Writer
	speed float64
	began func() time.Time
	held  []happening
	told  time.Duration // the moment of the last line: no line goes back behind it
}

// slack is how far apart things may come out that are meant for the same moment.
const slack = 250 * time.Millisecond

// moment is the width of a moment in the customers' time: what slack is there, as a round number.
func (n *narrator) moment() time.Duration {
	want := lasted(slack, n.speed)
	for _, d := range []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute} {
		if d >= want {
			return d
		}
	}
	return 15 * time.Minute
}

func (n *narrator) add(all []happening) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = append(n.held, all...)
}

// run writes every moment that is over, until ctx ends. Who cannot be written to ends the demo.
func (n *narrator) run(ctx context.Context, stop context.CancelCauseFunc) {
	for nap(ctx) == nil {
		if err := n.flush(time.Now()); err != nil {
			stop(err)
			return
		}
	}
}

// flush writes the moments that were over a while before now; all of them when now is zero.
func (n *narrator) flush(now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	began, moment := n.began(), n.moment()
	slot := func(h *happening) time.Duration { return max(0, lasted(h.at.Sub(began), n.speed)).Truncate(moment) }
	slices.SortStableFunc(n.held, func(a, b happening) int {
		return cmp.Or(cmp.Compare(slot(&a), slot(&b)), cmp.Compare(a.customer, b.customer))
	})
	for len(n.held) > 0 {
		at := slot(&n.held[0])
		if !now.IsZero() && lasted(now.Add(-slack/2).Sub(began), n.speed) < at+moment {
			return nil
		}
		n.told = max(n.told, at)
		if _, err := io.WriteString(n.out, n.held[0].line(n.told)); err != nil {
			return err
		}
		n.held = n.held[1:]
	}
	return nil
}

// line is one happening in plain words.
func (h *happening) line(at time.Duration) string {
	end := ""
	if h.final != "" {
		end = " → " + h.final
	}
	return fmt.Sprintf("%s  %s  %-8s  %s%s\n", clock(at), padded(h.name, nameWidth), h.channel, shown(h.what), end)
}
