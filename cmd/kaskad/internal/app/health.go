package app

import (
	"context"
	"errors"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

// healthOptions is what /readyz and /metrics read.
func (a *App) healthOptions() api.HealthOptions {
	return api.HealthOptions{
		Down: a.down, Condition: a.report, Held: a.engine.Held, Paused: a.engine.Paused, CatchingUp: a.engine.CatchingUp, Ramps: a.engine.Ramps, Holding: a.engine.Holding, Counts: a.counts,
		Transitions: a.tally.read, Waiting: a.db.Waiting, FirstAnswers: a.tally.answers.read, Slowed: a.slowed, Store: a.storeFigures, Quarantined: a.db.QuarantinedCount, Balances: a.balances.read, Clicks: a.redirect.Counts, Search: a.searchStatus, Codes: a.codeDay, Keeping: a.keeping.status, Webhooks: a.webhooks.Figures, Load: a.api.Load, Backup: a.backups.report, Alerts: a.alertFigures, Build: ThisBuild(),
	}
}

// down asks what the program cannot do without: a store that answers.
func (a *App) down(ctx context.Context) map[string]error {
	if _, err := a.db.Setting(ctx, "way_out"); err != nil {
		return map[string]error{"store": err}
	}
	if a.engine.Blocked() {
		return map[string]error{"store": errors.New("cannot write: look at the disk's free space and at the log")}
	}
	return nil
}

func (a *App) storeFigures() map[string]float64 {
	s := a.db.Stats()
	return map[string]float64{
		"queue": float64(s.Queue), "commits": float64(s.Batches), "operations": float64(s.Ops), "operations_again": float64(s.Again),
		"last_batch": float64(s.LastBatch), "max_batch": float64(s.MaxBatch), "last_commit_seconds": s.Commit.Seconds(), "max_commit_seconds": s.MaxCommit.Seconds(),
		"commit_seconds": s.Commits.Seconds(), "dirty_heads": float64(s.Dirty), "file_bytes": float64(s.FileSize), "free_pages": float64(s.FreePages),
		"pages_written": float64(s.Pages), "changes": float64(s.Change),
	}
}

// startLink is the address that opens the bot with a token.
func (c *channel) startLink(token string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), nameTime)
	defer cancel()
	return c.link(ctx, token)
}

// nameTime bounds how long a caller waits for a channel to say who we are.
const nameTime = 10 * time.Second
