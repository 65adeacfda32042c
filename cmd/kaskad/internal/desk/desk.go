// Package desk shows support staff, in their group, what customers write, and what became of the answers.
//
// It is for the way out to staff: it follows the changes, posts customers' messages into the room, says why an answer did not go
// out, and puts a reaction on an answer that shows how far it came. The way in (who may be staff, which answer belongs to whom) is
// fallback's, inside the event's transaction.
//
// It keeps its place in the changes, the lines that are not posted yet and the answers under way: together, with the room, in the
// transaction that makes a post. A crash at any moment neither loses a line nor posts it twice. One case is beyond that: a post
// whose outcome Telegram never told is posted once more, and says so.
//
// It never sends by itself: posts are deliveries, with a lane of their own. It never puts lines of two people into one post, as an
// answer must have one addressee: but for a digest of what answers a broadcast, from which nothing goes to anybody. It never
// logs what people write.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Feed is the outbox and the records it names.
type Feed interface {
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	// LastChange is the number of the newest line.
	LastChange() uint64
	// Read runs a read of several records on one view.
	Read(ctx context.Context, f func(fallback.View) error) error
}

// Road runs a transaction of the desk's, which may post. f must be pure: it may run more than once.
type Road interface {
	Staff(ctx context.Context, f func(tx fallback.Tx, post fallback.Poster) error) error
}

// Reactor puts an emoji on a message of a group; doing so again changes nothing.
type Reactor interface {
	React(ctx context.Context, chat, message, emoji string) error
}

// Toaster tells whoever pressed a button what came of it; nobody else sees it. Alert: until they close it. A press that is too old for
// that is no error.
type Toaster interface {
	AnswerPress(ctx context.Context, query, text string, alert bool) error
}

// Options is what a desk is made of.
type Options struct {
	Room     string // the name of the room that it serves; empty: the first
	Feed     Feed
	Road     Road
	Reactor  Reactor
	Core     bots.Core        // its keywords are answered by the program, not by staff
	Locale   string           // of the words around what people write
	Zone     *time.Location   // of the times in posts
	Channels []string         // on which an answer that failed may go instead, in this order
	Facts    []Fact           // what the shop knows of a customer and a card shows, in this order
	Toaster  Toaster          // nil: presses are not answered
	Storing  func() time.Time // since when a call's events are being stored: fallback.Engine.Storing; nil: nobody tells
	Log      *slog.Logger
}

// Desk serves one room.
type Desk struct {
	Options
	words words
	react *reactions
	toast *toasts
	lost  atomic.Pointer[time.Time]
	bar   atomic.Pointer[time.Time]
	mute  atomic.Pointer[time.Time]
	most  int // maxWaiting, but for tests
}

// New makes a desk.
func New(o Options) *Desk {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Desk{Options: o, words: wordsOf(o.Locale), react: newReactions(o.Reactor, o.Log), toast: newToasts(o.Toaster, o.Log), most: maxWaiting}
}

// Lost tells since when the room cannot be written to; false: it can, or there is none.
func (d *Desk) Lost() (since time.Time, lost bool) {
	if at := d.lost.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}

// Barred tells since when the group lets us make no topics; false: it does, or was not asked lately.
func (d *Desk) Barred() (since time.Time, barred bool) {
	if at := d.bar.Load(); at != nil && time.Now().Before(*at) {
		return at.Add(-barredFor), true
	}
	return time.Time{}, false
}

// Muted tells since when the bot is in the group and may not write there; false: it may, or was not refused.
func (d *Desk) Muted() (since time.Time, muted bool) {
	if at := d.mute.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}

const (
	page       = 500
	saveEvery  = 5 * time.Second
	retryAfter = 5 * time.Second // how long a store that cannot write is left alone
	lookEvery  = time.Second     // for a room, while there is none: the changes are not read
	maxOpen    = 3               // posts in the lane at once: behind that, lines of one person are joined
	laneFull   = 19              // the same among topics: what the group takes in a minute
	maxOpening = 15              // topics asked for at once: their first lines come soon after
	maxWaiting = 2000            // people and lines: behind that, the changes are read no further
)

// Run follows the changes until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	beside.Go(func() { d.react.run(ctx) })
	beside.Go(func() { d.toast.run(ctx) })
	k, err := d.open(ctx)
	for err == nil {
		changed := d.Feed.Changed()
		var more bool
		more, err = d.turn(ctx, k)
		switch {
		case errors.Is(err, fallback.ErrUnavailable): // a full disk passes
			more, changed, err = false, nil, nil
		case k.room.Group == "":
			changed = nil
		}
		if err == nil && !more {
			err = wait(ctx, changed, k.wake(changed == nil))
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// wait lasts until something changed, or until a time.
func wait(ctx context.Context, changed <-chan struct{}, until time.Time) error {
	var again <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		again = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-again:
	}
	return nil
}

// open reads what is durable.
func (d *Desk) open(ctx context.Context) (*keeper, error) {
	k := &keeper{desk: d, asked: map[bots.ID]asked{}, saved: time.Now()}
	last := d.Feed.LastChange()
	err := d.Feed.Read(ctx, func(v fallback.View) error { return k.open(v, last) })
	return k, err
}

// turn takes one page of changes and posts what there is to post; it reports whether there may be more.
func (d *Desk) turn(ctx context.Context, k *keeper) (more bool, err error) {
	if k.room.Group == "" {
		return d.idle(ctx, k)
	}
	var batch []bots.Change
	k.whole = fallback.Whole(d.Storing, time.Now())
	if !k.full() {
		if batch, err = d.Feed.Changes(ctx, k.Place, page); err != nil {
			return false, err
		}
		if more = len(batch) == page; more {
			k.whole = time.Time{}
		}
	}
	if err := k.read(ctx, batch); err != nil {
		return false, err
	}
	if err := k.speak(ctx); err != nil {
		return false, err
	}
	return more && !k.full(), k.keep(ctx)
}

// idle looks for a room. What happened before there was one is not posted.
func (d *Desk) idle(ctx context.Context, k *keeper) (found bool, err error) {
	last := d.Feed.LastChange()
	if err := d.Feed.Read(ctx, k.look); err != nil {
		return false, err
	}
	if k.room.Group == "" {
		k.Place = last
	}
	return k.room.Group != "", nil
}
