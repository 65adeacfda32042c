package app

import (
	"context"
	"time"

	"kaskad/cmd/kaskad/internal/webhooks"
	"kaskad/fallback"
)

// jumpTold is how long it is told that the clock jumped.
const jumpTold = 15 * time.Minute

// wrongSending is what is wrong with sending that shows in what waits and in what it costs: the day's money, steps that wait too long, changes
// that programs did not take, a clock that jumped.
func (a *App) wrongSending(ctx context.Context, add func(key string, critical bool, format string, args ...any)) {
	rules := a.engine.Rules
	if rules.SpendPerDay.Amount > 0 {
		_ = a.db.Read(ctx, func(v fallback.View) error { // a store that cannot tell is down, which is told
			switch spent, warn, reached := fallback.SpendToday(v, rules); {
			case reached:
				add("spend", true, "%s of %s for today are spent: paid steps wait until midnight; [spend] per_day", spent, rules.SpendPerDay)
			case warn:
				add("spend", false, "%s of %s for today are spent: at the end paid steps wait until midnight; [spend] per_day", spent, rules.SpendPerDay)
			}
			return nil
		})
	}
	if most := a.cfg.Alerts.QueueAge.Duration; most > 0 {
		now := time.Now()
		if late, err := a.engine.Overdue(ctx, now.Add(-most)); err == nil { // as above
			for channel, since := range late {
				add("queue:"+channel, false, "the oldest message that could go out waits since %s: look at held and queue in GET /v1/status, and at the log", since.UTC().Format(time.RFC3339))
			}
		}
	}
	a.others.tell(time.Now(), add)
	for _, f := range a.webhooks.Figures() {
		if f.Dead > 0 {
			add("dead_letters:"+f.ID, false, "it did not take %d changes for a day: kaskad webhooks dead %s lists them, kaskad webhooks replay tells them again", f.Dead, f.ID)
		}
	}
	if hooks, err := a.webhooks.List(ctx); err == nil { // as above
		for _, h := range hooks {
			switch h.Why {
			case webhooks.OffGone:
				add("webhook_off:"+h.ID, false, "it is told nothing any more, because it has answered 410: kaskad webhooks enable %s tells it again, kaskad webhooks disable leaves it so", h.ID)
			case webhooks.OffFailing:
				add("webhook_off:"+h.ID, false, "it is told nothing any more, because it has taken nothing for five days: kaskad webhooks enable %s tells it again, from where it was, kaskad webhooks disable leaves it so", h.ID)
			}
		}
	}
	tellJump(a.engine.Jumped(), time.Now(), add)
}

// tellJump tells of a jump of the clock for a time; the zero time: there was none.
func tellJump(at, now time.Time, add func(key string, critical bool, format string, args ...any)) {
	if !at.IsZero() && now.Sub(at) < jumpTold {
		add("clock", false, "the clock jumped, or the machine slept: waits were held until every channel had caught up. Look at the time service, and whether the machine is suspended")
	}
}
