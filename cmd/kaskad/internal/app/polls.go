package app

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// awaited tells pollers which messages of theirs have no end yet. The store is walked once a round, when the first page is
// asked for; the pages after it come from what was found then.
type awaited struct {
	db    *store.DB
	lanes []fallback.Lane

	mu     sync.Mutex
	rounds map[string][]bots.ID // by sender, in order
}

var _ sms.Waiting = (*awaited)(nil)

// mostAwaited bounds a round: when more messages wait, the newest are asked about.
const mostAwaited = 500_000

// Awaited lists a page. It is shorter than limit only when it is the last.
func (w *awaited) Awaited(ctx context.Context, sender string, since time.Time, after bots.ID, limit int) ([]sms.Awaited, error) {
	ids, err := w.behind(ctx, sender, since, after)
	if err != nil {
		return nil, err
	}
	page := make([]sms.Awaited, 0, min(limit, len(ids)))
	for len(page) < limit && len(ids) > 0 {
		n := min(limit-len(page), len(ids))
		found, err := w.db.AwaitedMessages(ctx, ids[:n])
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			page = append(page, sms.Awaited{ID: m.ProviderID, Step: m.ID, Phone: m.To.ID, SentAt: m.SentAt})
		}
		ids = ids[n:]
	}
	w.keep(sender, ids)
	return page, nil
}

// behind is what is left of a sender's round behind a message; from the beginning, a new one.
func (w *awaited) behind(ctx context.Context, sender string, since time.Time, after bots.ID) ([]bots.ID, error) {
	if after == 0 {
		ids, err := w.db.Awaited(ctx, sender, since, w.lanes)
		return ids[max(0, len(ids)-mostAwaited):], err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := w.rounds[sender]
	at, found := slices.BinarySearch(ids, after)
	if found {
		at++
	}
	return ids[at:], nil
}

func (w *awaited) keep(sender string, ids []bots.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(ids) == 0 {
		delete(w.rounds, sender)
		return
	}
	w.rounds[sender] = ids
}

// awaitedLanes are where deliveries can stand that wait for an SMS: those of SMS itself, those that a gap holds, and, of every
// channel that comes behind SMS in a cascade of the configuration, its waits and its queue. A cascade that came with a call of
// the API and goes on behind SMS is not looked for there.
func awaitedLanes(cfg *Config, channels map[string]fallback.Channel) []fallback.Lane {
	lanes := []fallback.Lane{fallback.LaneGap}
	for _, p := range fallback.Priorities() {
		lanes = append(lanes, fallback.WaitLane(bots.SMS, p))
	}
	cascades, _ := cfg.Cascading().Cascade(channels)
	for _, name := range append(slices.Collect(maps.Keys(channels)), bots.Staff) {
		if name == bots.SMS || !slices.ContainsFunc(values(cascades), func(c fallback.Cascade) bool { return behindSMS(c, name) }) {
			continue
		}
		for _, p := range fallback.Priorities() {
			lanes = append(lanes, fallback.WaitLane(name, p), fallback.SendLane(name, p))
		}
	}
	return lanes
}

func values[K comparable, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

// behindSMS reports whether a cascade may send to a channel when its SMS has gone out.
func behindSMS(c fallback.Cascade, channel string) bool {
	at := slices.IndexFunc(c.Steps, func(s fallback.Step) bool { return s.Channel == bots.SMS })
	if at < 0 {
		return false
	}
	later := c.Steps[at+1:]
	if c.Order != "" && c.Order != "listed" {
		later = c.Steps
	}
	return slices.ContainsFunc(later, func(s fallback.Step) bool {
		return s.Channel == channel || s.Channel == fallback.Messengers && bots.Messenger(channel)
	})
}

// runPolls asks the providers that do not tell us what became of their messages.
func (a *App) runPolls(ctx context.Context) error {
	c := a.channels[bots.SMS]
	if c == nil {
		return nil
	}
	channels := map[string]fallback.Channel{}
	for name, other := range a.channels {
		channels[name] = other.traits
	}
	waiting := &awaited{db: a.db, lanes: awaitedLanes(a.cfg, channels), rounds: map[string][]bots.ID{}}
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range c.providers() {
		if poller := p.Poller(waiting, a.log); poller != nil {
			g.Go(func() error {
				return poller.Run(ctx, func(ctx context.Context, b bots.Batch) error {
					return a.engine.Receive(ctx, a.tests.polled(p, b))
				})
			})
		}
	}
	return g.Wait()
}

// providers are a channel's SMS providers, in the order in which they are tried.
func (c *channel) providers() []*sms.Provider {
	var all []*sms.Provider
	for _, name := range c.traits.Senders {
		if p, ok := c.senders[name].(*sms.Provider); ok {
			all = append(all, p)
		}
	}
	return all
}
