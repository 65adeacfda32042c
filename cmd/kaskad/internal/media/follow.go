package media

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
)

// Feed is the outbox: what happened, in order, and the messages that it names.
type Feed interface {
	Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	LastChange() uint64
	// Changed is closed when something was appended after the call.
	Changed() <-chan struct{}
	Cursor(ctx context.Context, name string) (uint64, error)
	PutCursor(ctx context.Context, name string, at uint64) error
	Message(ctx context.Context, id bots.ID) (*bots.Message, error)
}

const (
	cursor    = "media"
	page      = 500
	saveEvery = 30 * time.Second
	sweepEach = time.Hour
	tries     = 5
	firstRest = time.Minute // then twice as long, each time
	maxLater  = 1000        // files that wait for another try
)

// later is a file that could not be fetched.
type later struct {
	message bots.ID
	at      time.Time
	tries   int
}

// Run fetches the files of new messages until ctx ends, one after the other, and sweeps.
func (k *Keeper) Run(ctx context.Context, feed Feed) error {
	at, err := feed.Cursor(ctx, cursor)
	if err != nil {
		return err
	}
	if at == 0 {
		at = feed.LastChange() // what came before there was a keeper is fetched when it is asked for
	}
	f := &follower{k: k, feed: feed, at: at, kept: at}
	beat := time.NewTicker(saveEvery)
	defer beat.Stop()
	for ctx.Err() == nil {
		changed := feed.Changed()
		n, err := f.page(ctx)
		if err == nil && n == page {
			continue
		}
		if err != nil && ctx.Err() == nil {
			k.Log.Warn("files of new messages are not fetched now", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-changed:
			if err != nil {
				rest(ctx, time.Second)
			}
		case now := <-beat.C:
			f.beat(ctx, now)
		}
	}
	return ctx.Err()
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

type follower struct {
	k        *Keeper
	feed     Feed
	at, kept uint64
	swept    time.Time
	later    []later
}

// page looks at the next changes.
func (f *follower) page(ctx context.Context) (int, error) {
	changes, err := f.feed.Changes(ctx, f.at, page)
	if err != nil {
		return 0, err
	}
	for _, c := range changes {
		if c.Type == "message.received" && f.k.Fetchers[c.Channel] != nil {
			if err := f.message(ctx, later{message: c.Message}); err != nil {
				return 0, err
			}
		}
		f.at = c.ID
	}
	return len(changes), nil
}

// message fetches the files of one message. The error is the store's.
func (f *follower) message(ctx context.Context, l later) error {
	m, err := f.feed.Message(ctx, l.message)
	if err != nil || m == nil {
		return err
	}
	again := false
	for n := range m.Media {
		again = f.k.soon(ctx, m, n) || again
	}
	if l.tries++; again && l.tries < tries && len(f.later) < maxLater {
		l.at = time.Now().Add(firstRest << (l.tries - 1))
		f.later = append(f.later, l)
	}
	return nil
}

// soon fetches a file that nobody has asked for yet; it reports whether another try may help.
func (k *Keeper) soon(ctx context.Context, m *bots.Message, n int) (again bool) {
	file, err := k.Open(ctx, m, n)
	switch {
	case err == nil:
		_ = file.Close() // it was opened to be read
		return false
	case errors.Is(err, bots.ErrNoFile), ctx.Err() != nil:
		return false
	case errors.Is(err, bots.ErrGone), errors.Is(err, bots.ErrTooLarge):
		k.Log.Warn("a person's file is not kept", "message", m.ID.String(), "channel", m.Channel, "err", err)
		return false
	}
	k.Log.Info("a person's file could not be fetched yet", "message", m.ID.String(), "channel", m.Channel, "err", err)
	return true
}

// beat keeps the place, tries once more what is due, and sweeps.
func (f *follower) beat(ctx context.Context, now time.Time) {
	if f.at != f.kept {
		if err := f.feed.PutCursor(ctx, cursor, f.at); err == nil { // else it is read once more
			f.kept = f.at
		}
	}
	due := f.later
	f.later = nil
	for _, l := range due {
		if now.Before(l.at) {
			f.later = append(f.later, l)
		} else if err := f.message(ctx, l); err != nil && ctx.Err() == nil {
			f.k.Log.Warn("files of a message are not fetched now", "err", err)
		}
	}
	if now.Sub(f.swept) >= sweepEach {
		f.swept = now
		if err := f.k.Sweep(now); err != nil {
			f.k.Log.Warn("people's files were not swept", "err", err)
		}
	}
}
