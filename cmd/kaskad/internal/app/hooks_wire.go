package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/fallback"
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

// advice is what somebody has to do about channels that cannot call us, and about the certificate.
func (a *App) advice() map[string]string {
	all := a.door.todo()
	if a.tls != nil {
		if todo := a.tls.todo(); todo != "" {
			all["tls"] = todo
		}
	}
	a.adviseSessions(all)
	a.adviseSearch(all)
	a.adviseCodes(all)
	if since, failing := a.webhooks.Failing(); failing && time.Since(since) > hooksLate {
		all[hooksDegraded] = "a program takes nothing of what it is told: kaskad webhooks list says which, and why"
	}
	if !a.journal.late().IsZero() {
		all[journalDegraded] = journalAdvice
	}
	if a.alerts != nil {
		if since, why := a.alerts.Failing(); !since.IsZero() {
			all[alertsDegraded] = "nobody could be told what is wrong: " + why
		}
	}
	if _, why := a.backups.troubled(time.Now()); why != "" {
		all[backupDegraded] = adviseBackup(why)
	}
	if a.engine.Restored() {
		all[fallback.RestoredScope] = restoredAdvice
	}
	if since, there := a.rival(); there {
		all[bots.Telegram] = "another program polls Telegram with the same token since " + since.UTC().Format(time.RFC3339) +
			", and some of the updates go to it: stop it, or give it a token of its own (@BotFather, /revoke ends the old one)"
	}
	for sender := range a.engine.Refusing() {
		all[sender] = sender + " refuses our account: look at its keys and its balance with kaskad check --live; the log has its own words"
	}
	for sender := range a.engine.Down() {
		all[sender] = sender + " does not answer: it is asked again by itself. See its own status page and our network; kaskad pause CHANNEL --skip sends what waits on to the next channel at once"
	}
	return adviseOthers(a.adviseStaff(all), a.degraded())
}

// adviseOthers says of every other channel in trouble what there is to look at: nothing degraded is without advice.
func adviseOthers(all map[string]string, degraded map[string]time.Time) map[string]string {
	for name, since := range degraded {
		if all[name] == "" {
			all[name] = name + " was not heard, or takes nothing, since " + since.UTC().Format(time.RFC3339) +
				": the log has its words; see the network, kaskad check --live, and the messenger's own status page"
		}
	}
	return all
}
