package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
)

// wireHooks makes the table of all ways in, and one caller for every channel that has to be told where it is.
func (a *App) wireHooks() []bots.Hook {
	a.door = newDoorman(a.engine.Listens)
	var table []bots.Hook
	for _, name := range slices.Sorted(maps.Keys(a.channels)) {
		for _, h := range a.channels[name].hooks {
			if to, must := h.Webhook.(bots.Registrar); must && a.cfg.Server.calledAt() != "" {
				c := a.newCaller(name, h, to)
				h.Webhook = watched{h.Webhook, c}
				a.callers = append(a.callers, c)
				c.know(false)
			} else {
				a.door.set(name, true)
			}
			table = append(table, h)
		}
	}
	return table
}

func (a *App) newCaller(name string, h bots.Hook, to bots.Registrar) *caller {
	return &caller{
		channel: name, url: a.hookURL(h), to: to, door: a.door, log: a.log,
		heard: func(ctx context.Context, caughtUp bool, asked time.Time) {
			a.engine.Heard(ctx, name, bots.Batch{Heard: asked, CaughtUp: caughtUp})
		},
		deaf: func() bool { return !a.engine.Degraded()[name].IsZero() },
	}
}

// hookURL is where a channel calls us.
func (a *App) hookURL(h bots.Hook) bots.Secret {
	return bots.Secret(a.cfg.Server.calledAt() + "/in/" + h.Path + "/" + h.Secret.Reveal())
}

// catchUp is how long waits of a channel that calls us are held for what it tells again: what the operator wrote, else what the
// channel needs.
func catchUp(cfg *Config, c *channel) time.Duration {
	if own := c.traits.DeafCap; own > 0 && !c.traits.Polls && !cfg.Server.catchUpWritten {
		return own
	}
	return cfg.Server.CatchUp.Duration
}

// tellChannels tells every channel that calls us where we are, once there is a certificate with which they would.
func (a *App) tellChannels(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if a.tls != nil {
		g.Go(func() error { return a.tls.run(ctx) })
	}
	g.Go(func() error {
		if !a.awaitCertificate(ctx) {
			return nil
		}
		for _, c := range a.callers {
			g.Go(func() error { return c.run(ctx) })
		}
		return nil
	})
	return g.Wait()
}

// awaitCertificate waits until callers can be answered; until then nobody can call. It is false when ctx ended first.
func (a *App) awaitCertificate(ctx context.Context) bool {
	if a.tls == nil {
		return true
	}
	select {
	case <-a.tls.ready():
		return true
	default:
	}
	a.door.open(false)
	select {
	case <-a.tls.ready():
		a.door.open(true)
		return true
	case <-ctx.Done():
		return false
	}
}
