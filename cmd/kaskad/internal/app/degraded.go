package app

import (
	"maps"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// degraded is everything that works badly or not at all while the gateway goes on, and since when: what /readyz names. Channels and parts of
// the program never have one name.
func (a *App) degraded() map[string]time.Time {
	all := a.poorChannels()
	maps.Copy(all, a.poorParts())
	return all
}

// unheard are the channels that have told us nothing for too long.
func (a *App) unheard() map[string]time.Time {
	all := a.engine.Degraded()
	delete(all, bots.Staff) // nothing is heard through it
	return all
}

// poorChannels are those that are not heard, whose session does not send everything, or whose sender (sms/main) refuses our account or does not answer.
func (a *App) poorChannels() map[string]time.Time {
	all := a.unheard()
	a.degradedSessions(all)
	maps.Copy(all, a.engine.Refusing())
	maps.Copy(all, a.engine.Down())
	if since, there := a.rival(); there && all[bots.Telegram].IsZero() {
		all[bots.Telegram] = since
	}
	return all
}

// rival is since when another program polls Telegram with our token.
func (a *App) rival() (since time.Time, there bool) {
	if c := a.channels[bots.Telegram]; c != nil && c.staff != nil {
		return c.staff.Rival()
	}
	return time.Time{}, false
}

// poorParts are what is ours: the staff's room, programs that are told nothing, the journal, alerts, backups, a restored store.
func (a *App) poorParts() map[string]time.Time {
	all := map[string]time.Time{}
	if since, bad := a.poorStaff(); bad {
		all[bots.Staff] = since
	}
	if since, failing := a.webhooks.Failing(); failing && time.Since(since) > hooksLate {
		all[hooksDegraded] = since
	}
	if late := a.journal.late(); !late.IsZero() {
		all[journalDegraded] = late
	}
	if a.alerts != nil {
		if since, _ := a.alerts.Failing(); !since.IsZero() {
			all[alertsDegraded] = since
		}
	}
	if since, why := a.backups.troubled(time.Now()); why != "" {
		all[backupDegraded] = since
	}
	for _, p := range a.engine.Paused() {
		if p.Scope == fallback.RestoredScope {
			all[fallback.RestoredScope] = p.From
		}
	}
	return all
}

// poorStaff tells whether staff cannot be told, or cannot answer.
func (a *App) poorStaff() (since time.Time, bad bool) {
	for _, d := range a.desks {
		for _, stands := range []func() (time.Time, bool){d.Barred, d.Muted, d.Lost} {
			if at, is := stands(); is {
				since, bad = at, true
			}
		}
	}
	if a.tickets != nil {
		if at, stuck := a.tickets.Stuck(); stuck {
			since, bad = at, true
		}
	}
	return since, bad
}
