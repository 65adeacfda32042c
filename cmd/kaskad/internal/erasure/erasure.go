// Package erasure brings to its end what an erase of a person began.
//
// The first transaction of an erase (fallback.Erase) takes the person; this package goes on in steps that are bounded: it removes the
// files that the person sent, lets the steps of the store empty the records, and tells those who keep something of the person elsewhere.
// Which people are left stands in the store, so that a crash loses none of it; what was done already is done once more, and harms nobody.
//
// It knows no person's name, keeps nothing, and decides nothing.
package erasure

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Store is what is asked of the store.
type Store interface {
	// Erasings are the people of whom there is something left.
	Erasings(ctx context.Context) ([]bots.ID, error)
	Erasing(ctx context.Context, contact bots.ID) (g fallback.Erasing, left bool, err error)
	// NextErased are the messages with files that the next step empties.
	NextErased(ctx context.Context, contact bots.ID) ([]*bots.Message, error)
	// Changed is closed when something was appended to the outbox after the call.
	Changed() <-chan struct{}
}

// Options is what it works with. Forget, Elsewhere and Keys may be nil.
type Options struct {
	Store Store
	// Some does one step; it reports whether there is more to do.
	Some func(ctx context.Context, contact bots.ID) (more bool, err error)
	// Rest does the last step of several people at once; it reports whether it has to be asked again.
	Rest func(ctx context.Context, people []bots.ID) (more bool, err error)
	// Forget removes file n of a message, which is kept under Message.Keeper.
	Forget func(keeper bots.ID, n int) error
	// Elsewhere forgets people in what a channel keeps for itself.
	Elsewhere func(ctx context.Context, people []fallback.Erasing) error
	// Keys takes away what opens the copies there are of those who are done with. It is asked at each look, because it may have failed before,
	// or a crash was faster.
	Keys func(ctx context.Context) error
	Log  *slog.Logger
}

// Run works until ctx ends.
func Run(ctx context.Context, o Options) error {
	var told time.Time
	for ctx.Err() == nil {
		changed := o.Store.Changed()
		wait := idle
		if left, err := o.all(ctx); err != nil && ctx.Err() == nil {
			if now := time.Now(); now.Sub(told) >= tellEvery {
				told = now
				o.Log.Warn("the records of people who were erased are not all emptied now; it is tried again and again", "err", err)
			}
			wait, changed = failed, nil
		} else if left {
			wait, changed = again, nil
		}
		pause(ctx, changed, wait)
	}
	return ctx.Err()
}

const (
	idle   = time.Minute
	again  = time.Second
	failed = 10 * time.Second
	// tellEvery is how often it is told that something fails: a phone that is not paired stays so for long.
	tellEvery = 10 * time.Minute
	linger    = 50 * time.Millisecond // between two looks at an outbox that is busy
)

func pause(ctx context.Context, changed <-chan struct{}, wait time.Duration) {
	over := time.NewTimer(wait)
	defer over.Stop()
	select {
	case <-ctx.Done():
	case <-over.C:
	case <-changed:
		select {
		case <-ctx.Done():
		case <-time.After(linger):
		}
	}
}

// together is for how many people the last step is done at once: it walks whole indexes, and has a whole file written anew.
const together = 500

// all works for everybody of whom there is something left; it reports whether there still is.
func (o *Options) all(ctx context.Context) (left bool, err error) {
	people, err := o.Store.Erasings(ctx)
	var rest []fallback.Erasing
	for _, who := range people {
		g, more, broke := o.one(ctx, who)
		switch {
		case broke != nil:
			err = broke // the others are not kept waiting by one
		case more && g.Stage == fallback.EraseRest:
			rest = append(rest, g)
		default:
			left = left || more
		}
	}
	for some := range slices.Chunk(rest, together) {
		more, broke := o.rest(ctx, some)
		if left = left || more; broke != nil {
			err = broke
		}
	}
	if o.Keys != nil {
		err = errors.Join(err, o.Keys(ctx))
	}
	return left, err
}

// steps bounds what is done for one person before the next one has a turn.
const steps = 20

// one does some steps for one person, up to the last; it reports which is next, if there is more to do.
func (o *Options) one(ctx context.Context, who bots.ID) (g fallback.Erasing, left bool, err error) {
	for range steps {
		if g, left, err = o.Store.Erasing(ctx, who); err != nil || !left || g.Stage == fallback.EraseRest {
			return g, left, err
		}
		if err := o.files(ctx, who); err != nil {
			return g, true, err
		}
		if more, err := o.Some(ctx, who); err != nil || !more {
			return g, more, err
		}
	}
	return o.Store.Erasing(ctx, who)
}

// rest does the last step of some people. What is kept elsewhere goes first: after it nobody knows their names.
func (o *Options) rest(ctx context.Context, people []fallback.Erasing) (more bool, err error) {
	if o.Elsewhere != nil {
		if err := o.Elsewhere(ctx, people); err != nil {
			return true, err
		}
	}
	ids := make([]bots.ID, len(people))
	for i := range people {
		ids[i] = people[i].Contact
	}
	return o.Rest(ctx, ids)
}

// files removes the files of the messages that are emptied next: after that nobody knows how many there were.
func (o *Options) files(ctx context.Context, who bots.ID) error {
	if o.Forget == nil {
		return nil
	}
	messages, err := o.Store.NextErased(ctx, who)
	if err != nil {
		return err
	}
	for _, m := range messages {
		for n := range m.Media {
			if err := o.Forget(m.Keeper(), n); err != nil {
				return err
			}
		}
	}
	return nil
}
