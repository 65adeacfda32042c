package app

import (
	"fmt"
	"maps"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

// condition is how everything stands at one moment. Each thing is looked at once, so that one answer (/readyz, an alert) never says of
// something that it is well and what to do about it.
type condition struct {
	// deaf are the channels that have told us nothing for too long.
	deaf map[string]time.Time
	// standings is how the channels stand that hold a session.
	standings map[string]bots.Standing
	// channels are those that are not heard, whose session does not send everything, or whose sender (sms/main) refuses our account or does
	// not answer, and since when.
	channels map[string]time.Time
	// parts are what is ours: the staff's room, programs that are told nothing, the journal, alerts, backups, a restored store.
	parts map[string]time.Time
	// others are degraded, and no alert of their own name: channels that a fault holds (until when), the index, the day's codes.
	others map[string]time.Time
	// advice is what somebody has to do, of each of these and of what only may become one.
	advice map[string]string
}

// condition looks at everything.
func (a *App) condition() condition {
	c := condition{
		deaf: a.engine.Degraded(), standings: a.engine.Standings(),
		channels: map[string]time.Time{}, parts: map[string]time.Time{}, others: a.engine.Held(), advice: a.door.todo(),
	}
	delete(c.deaf, bots.Staff) // nothing is heard through it
	if a.tls != nil {
		if todo := a.tls.todo(); todo != "" {
			c.advice["tls"] = todo
		}
	}
	a.lookAtChannels(&c)
	a.lookAtParts(&c)
	a.lookAtOthers(&c)
	for _, staff := range a.poorStaff() {
		c.bad(c.parts, bots.Staff, staff.since, staff.todo)
	}
	c.adviseRest()
	return c
}

// bad notes one that works badly.
func (c *condition) bad(among map[string]time.Time, name string, since time.Time, todo string) {
	among[name], c.advice[name] = since, todo
}

func (a *App) lookAtChannels(c *condition) {
	maps.Copy(c.channels, c.deaf)
	for channel, s := range c.standings {
		if poorly(s) {
			c.bad(c.channels, channel, s.Since, stoodSo(s))
		}
	}
	for sender, since := range a.engine.Refusing() {
		c.bad(c.channels, sender, since, sender+" refuses our account: look at its keys and its balance with kaskad check --live; the log has its own words")
	}
	for sender, since := range a.engine.Down() {
		c.bad(c.channels, sender, since, sender+" does not answer: it is asked again by itself. See its own status page and our network; kaskad pause CHANNEL --skip sends what waits on to the next channel at once")
	}
	if since, there := a.rival(); there {
		todo := "another program polls Telegram with the same token since " + since.UTC().Format(time.RFC3339) +
			", and some of the updates go to it: stop it, or give it a token of its own (@BotFather, /revoke ends the old one)"
		if at := c.channels[bots.Telegram]; !at.IsZero() { // it was in trouble before
			since = at
		}
		c.bad(c.channels, bots.Telegram, since, todo)
	}
}

// rival is since when another program polls Telegram with our token.
func (a *App) rival() (since time.Time, there bool) {
	if c := a.channels[bots.Telegram]; c != nil && c.staff != nil {
		return c.staff.Rival()
	}
	return time.Time{}, false
}

func (a *App) lookAtParts(c *condition) {
	if since, failing := a.webhooks.Failing(); failing && time.Since(since) > hooksLate {
		c.bad(c.parts, hooksDegraded, since, "a program takes nothing of what it is told: kaskad webhooks list says which, and why")
	}
	if late := a.journal.late(); !late.IsZero() {
		c.bad(c.parts, journalDegraded, late, journalAdvice)
	}
	if since, took := a.db.Slow(); !since.IsZero() && time.Since(since) > slowDiskAfter {
		c.bad(c.parts, slowDisk, since, adviseSlowDisk(took))
	}
	if a.alerts != nil {
		if since, why := a.alerts.Failing(); !since.IsZero() {
			c.bad(c.parts, alertsDegraded, since, "nobody could be told what is wrong: "+why)
		}
	}
	if since, why := a.backups.troubled(time.Now()); why != "" {
		c.bad(c.parts, backupDegraded, since, adviseBackup(why))
	}
	for _, p := range a.engine.Paused() {
		if p.Scope == fallback.RestoredScope {
			c.bad(c.parts, fallback.RestoredScope, p.From, restoredAdvice)
		}
	}
}

// slowDisk is what /readyz names while each commit takes a second or longer, and has for slowDiskAfter: one slow commit is nobody's business.
const (
	slowDisk      = "slow_disk"
	slowDiskAfter = 5 * time.Second
)

func adviseSlowDisk(took time.Duration) string {
	return fmt.Sprintf("the disk took %s for the last write, and everything waits for it: look what else writes there (iostat, pidstat -d), at its health (dmesg, smartctl), or move data_dir to a quicker one", took.Round(100*time.Millisecond))
}

func (a *App) lookAtOthers(c *condition) {
	for channel := range c.others {
		if c.advice[channel] == "" {
			c.advice[channel] = heldAdvice
		}
	}
	if s := a.searchStatus(); s.Lasting(time.Now()) {
		c.bad(c.others, "search", s.Since, adviseSearch(s))
	}
	if day, on := a.codeDay(); on && day.Spent() {
		c.bad(c.others, "codes", day.Last, adviseCodes(day))
	}
}

// heldAdvice is of a channel that waits.
const heldAdvice = "sends wait because of a fault (a wrong token, no money, told to wait): kaskad check --live, and the log has its words"

// adviseRest says of every other one in trouble what there is to look at: nothing degraded is without advice.
func (c *condition) adviseRest() {
	for name, since := range c.degraded() {
		if c.advice[name] == "" {
			c.advice[name] = fmt.Sprintf("%s was not heard, or takes nothing, since %s: the log has its words; see the network, kaskad check --live, "+
				"and the messenger's own status page", name, since.UTC().Format(time.RFC3339))
		}
	}
}

// degraded is everything that works badly or not at all while the gateway goes on, and since when. Channels and parts of the program never
// have one name.
func (c *condition) degraded() map[string]time.Time {
	all := maps.Clone(c.channels)
	maps.Copy(all, c.parts)
	return all
}

// report is what /readyz and /metrics say of it.
func (a *App) report() api.Condition {
	c := a.condition()
	all := c.degraded()
	maps.Copy(all, c.others)
	return api.Condition{Degraded: all, Unheard: c.deaf, Parts: c.parts, Standings: c.standings, Advice: c.advice}
}
