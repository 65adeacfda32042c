// Package ticks shows people, where their messenger can, that a person has read what they wrote: two blue ticks on WhatsApp.
//
// It is for the moment in which an answer of staff has gone out: only then somebody has certainly read. It follows the changes, and has
// marked what stood before the answer in the same channel: what the answered post showed, where staff answered in their group, else all
// that came before the answer was written.
//
// It keeps its place in the changes. A mark is worth little: it is tried once, in its turn, beside everything else, and one that fails,
// or comes late, is counted and left. A crash repeats the last few, which changes nothing.
//
// It never marks for what the program says by itself, never before an answer is out, and never what staff wrote.
package ticks

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Feed is the outbox, and the records that it names.
type Feed interface {
	// ChangesOf reads, of up to limit lines after a number, those of some types, and says up to which number it looked.
	ChangesOf(ctx context.Context, after uint64, limit int, types ...string) (list []bots.Change, upTo uint64, err error)
	LastChange() uint64
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	Cursor(ctx context.Context, name string) (uint64, error)
	PutCursor(ctx context.Context, name string, at uint64) error
	Delivery(ctx context.Context, id bots.ID) (*fallback.Delivery, error)
	// Said reads the last messages of a conversation, newest first.
	Said(ctx context.Context, contact bots.ID, most int) ([]Line, error)
}

// Line is a message of a conversation, and what became of it.
type Line struct {
	*bots.Message
	State bots.MessageState
}

// Options is what marking needs.
type Options struct {
	Feed    Feed
	Markers map[string]bots.Marker // by channel; those that are wanted
	Log     *slog.Logger
}

// Ticks marks what was read. It is safe for use by many goroutines.
type Ticks struct {
	Options
	mu     sync.Mutex
	counts map[[2]string]uint64 // channel, outcome
	mute   map[string]bool      // channels whose last mark failed, and said so
}

// New makes it; Run works.
func New(o Options) *Ticks {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Ticks{Options: o, counts: map[[2]string]uint64{}, mute: map[string]bool{}}
}

const (
	cursor    = "ticks"
	page      = 500
	saveEvery = 30 * time.Second
	// late is when a mark is left: one that comes long after the answer, such as after the program was away, is a strange sign.
	late = 10 * time.Minute
	// pace is between two looks: under load every commit changes something, and a tick has that much time.
	pace = 200 * time.Millisecond
	// markTime bounds one call.
	markTime = 10 * time.Second
)

// Run follows the changes until ctx ends. The error is that of a store which does not know its place.
func (t *Ticks) Run(ctx context.Context) error {
	kept, err := t.Feed.Cursor(ctx, cursor)
	if err != nil {
		return err
	}
	p := &place{at: kept, kept: kept, saved: time.Now()}
	if kept == 0 {
		p.at = t.Feed.LastChange() // what was answered before there were ticks stays as it is
	}
	for {
		changed := t.Feed.Changed()
		more, err := t.turn(ctx, p)
		if err != nil && ctx.Err() == nil {
			t.Log.Warn("what staff answered is not marked as read now", "err", err)
			changed = nil
		}
		if err == nil && more {
			continue
		}
		if !wait(ctx, changed, p) {
			return nil
		}
	}
}

// place is how far the changes were read, and how far that is on disk.
type place struct {
	at, kept uint64
	saved    time.Time
}

// retryAfter is how long a store that cannot be read or written is left alone.
const retryAfter = 5 * time.Second

// wait lasts until something changed, or until the place is due; false: it is over.
func wait(ctx context.Context, changed <-chan struct{}, p *place) bool {
	var again <-chan time.Time
	switch {
	case changed == nil:
		again = time.After(retryAfter)
	case p.at != p.kept:
		again = time.After(time.Until(p.saved.Add(saveEvery)))
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-again:
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pace):
		return true
	}
}

// sent is the change that tells that a channel took a message.
const sent = "delivery.step_sent"

// turn reads one page of changes; it reports whether there may be more.
func (t *Ticks) turn(ctx context.Context, p *place) (more bool, err error) {
	batch, upTo, err := t.Feed.ChangesOf(ctx, p.at, page, sent)
	if err != nil {
		return false, err
	}
	more = upTo-p.at >= page // numbers that were cleared away count, too
	worked := false
	for i := range batch {
		marked, err := t.take(ctx, &batch[i])
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil { // of one answer: the others go on
			t.Log.Warn("what an answer shows to be read cannot be told", "delivery", batch[i].Delivery.String(), "err", err)
		}
		p.at, worked = batch[i].ID, worked || marked
	}
	p.at = upTo
	if p.at != p.kept && (worked || time.Since(p.saved) >= saveEvery) {
		if err := t.Feed.PutCursor(ctx, cursor, p.at); err != nil {
			return false, err
		}
		p.kept, p.saved = p.at, time.Now()
	}
	return more, nil
}

// take marks what an answer shows to be read; it reports whether it asked a channel.
func (t *Ticks) take(ctx context.Context, c *bots.Change) (marked bool, err error) {
	marker := t.Markers[c.Channel]
	if marker == nil || time.Since(c.At) > late {
		return false, nil
	}
	d, err := t.delivery(ctx, c.Delivery)
	if err != nil || !answers(d) {
		return false, err
	}
	lines, err := t.Feed.Said(ctx, d.Contact, mostLines)
	if err != nil {
		return false, err
	}
	read, err := t.read(ctx, d, lines, c.Channel)
	if err != nil {
		return false, err
	}
	for _, r := range read {
		t.mark(ctx, marker, r)
	}
	return len(read) > 0, nil
}

// delivery reads one; nil: its person was erased since.
func (t *Ticks) delivery(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	d, err := t.Feed.Delivery(ctx, id)
	if errors.Is(err, fallback.ErrUnknownDelivery) {
		return nil, nil
	}
	return d, err
}

// mark makes one call. What comes of it is counted; that it does not work is logged once, until it works again.
func (t *Ticks) mark(ctx context.Context, m bots.Marker, r *chat) {
	ctx, cancel := context.WithTimeout(ctx, markTime)
	defer cancel()
	err := m.MarkRead(ctx, r.at, r.ids)
	t.mu.Lock()
	defer t.mu.Unlock()
	channel := r.at.Channel
	if err == nil {
		t.counts[[2]string{channel, "marked"}]++
		t.mute[channel] = false
		return
	}
	t.counts[[2]string{channel, "failed"}]++
	if !t.mute[channel] {
		t.Log.Warn("a person's messages could not be marked as read; the answer to them is out, and further failures are only counted", "channel", channel, "err", err)
	}
	t.mute[channel] = true
}

// Counts reads how many marks were made and failed since the start, as the engine counts.
func (t *Ticks) Counts() []fallback.Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]fallback.Count, 0, len(t.counts))
	for k, n := range t.counts {
		all = append(all, fallback.Count{What: "read_mark", Channel: k[0], Kind: k[1], N: n})
	}
	return all
}
