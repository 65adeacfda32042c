package sms

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"kaskad/bots"
)

// Waiting knows, from durable state, which messages of a provider are without a final word.
type Waiting interface {
	// Awaited lists messages that sender ("sms/main") accepted after since and that are neither delivered nor failed, in order of
	// their steps, beginning behind the step after; at most limit.
	Awaited(ctx context.Context, sender string, since time.Time, after bots.ID, limit int) ([]Awaited, error)
}

var _ bots.Runner = (*Poller)(nil)

// Poller asks a provider for statuses and hands them on as batches. It remembers nothing that a restart needs: which messages
// to ask about comes from Waiting each time, or the provider tells what is new.
//
// A young message is asked about every time, an older one every tenth time, and one of more than two hours hourly. After three
// days nobody asks any more.
type Poller struct {
	name    string
	every   time.Duration
	batch   int
	fresh   bool
	waiting Waiting
	log     *slog.Logger
	ask     func(context.Context, []Awaited) (bots.Batch, error)
}

const (
	pollYoung   = 10 * time.Minute
	pollOld     = 2 * time.Hour
	pollForget  = 72 * time.Hour // providers keep a message for a day or three
	pollPage    = 1000
	pollTime    = 30 * time.Second // for one request
	pollRounds  = 100              // requests for what is new, one after another
	pollRefused = 5 * time.Second  // before a batch that could not be stored is handed on again
)

// Poller returns what asks for this provider's statuses, or nil when there is nothing to ask: see Polls. The program runs it
// and hands its batches to where reports go, and sets Config.Polled. Waiting may be nil when PollsNew.
func (p *Provider) Poller(waiting Waiting, log *slog.Logger) *Poller {
	if !p.Polls() || waiting == nil && !p.poll.fresh {
		return nil
	}
	if log == nil {
		log = slog.Default()
	}
	return &Poller{name: p.Name(), every: p.poll.every, batch: p.poll.batch, fresh: p.poll.fresh, waiting: waiting, log: log, ask: p.Ask}
}

// Run asks until ctx ends, and then returns nil.
func (r *Poller) Run(ctx context.Context, receive func(context.Context, bots.Batch) error) error {
	ticker := time.NewTicker(r.every)
	defer ticker.Stop()
	troubled := false
	for round := 0; ctx.Err() == nil; round++ {
		err := r.round(ctx, round, receive)
		switch {
		case ctx.Err() != nil:
		case err != nil && !troubled:
			r.log.Warn("sms statuses cannot be asked for; trying again", "sender", r.name, "every", r.every, "err", err)
		case err == nil && troubled:
			r.log.Info("sms statuses can be asked for again", "sender", r.name)
		}
		troubled = err != nil
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	return nil
}

func (r *Poller) round(ctx context.Context, round int, receive func(context.Context, bots.Batch) error) error {
	if r.fresh {
		return r.news(ctx, receive)
	}
	return r.old(ctx, round, receive)
}

// news asks for what is new until there is nothing more. Each status is told once, so a batch that could not be stored is
// handed on until it is.
func (r *Poller) news(ctx context.Context, receive func(context.Context, bots.Batch) error) error {
	for range pollRounds {
		batch, err := r.asked(ctx, nil)
		if err != nil || len(batch.Events) == 0 {
			return err
		}
		for err := receive(ctx, batch); err != nil; err = receive(ctx, batch) {
			r.log.Warn("sms statuses could not be stored; trying again", "sender", r.name, "err", err)
			select {
			case <-time.After(pollRefused):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// old asks about what is awaited, a page at a time.
func (r *Poller) old(ctx context.Context, round int, receive func(context.Context, bots.Batch) error) error {
	now := time.Now()
	var after bots.ID
	var due []Awaited
	for {
		page, err := r.waiting.Awaited(ctx, r.name, now.Add(-pollForget), after, pollPage)
		if err != nil {
			return fmt.Errorf("what is awaited: %w", err)
		}
		for _, m := range page {
			after = max(after, m.Step)
			if r.turn(m, round, now) {
				due = append(due, m)
			}
			if len(due) == r.batch {
				if err := r.about(ctx, due, receive); err != nil {
					return err
				}
				due = nil
			}
		}
		if len(page) < pollPage {
			break
		}
	}
	if len(due) == 0 {
		return nil
	}
	return r.about(ctx, due, receive)
}

// turn reports whether a message is asked about in this round. Older ones are spread over the rounds by their id.
func (r *Poller) turn(m Awaited, round int, now time.Time) bool {
	period := uint64(1)
	switch age := now.Sub(m.SentAt); {
	case m.ID == "":
		return false
	case age > pollOld:
		period = max(uint64(time.Hour/r.every), 1)
	case age > pollYoung:
		period = 10
	}
	return (uint64(m.Step)+uint64(round))%period == 0
}

func (r *Poller) about(ctx context.Context, due []Awaited, receive func(context.Context, bots.Batch) error) error {
	batch, err := r.asked(ctx, due)
	if err != nil || len(batch.Events) == 0 {
		return err
	}
	return receive(ctx, batch)
}

func (r *Poller) asked(ctx context.Context, due []Awaited) (bots.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	return r.ask(ctx, due)
}
