package app

import (
	"context"

	"kaskad/bots"
)

// restoredAdvice is what /readyz and the log say while a store that was put back is not confirmed.
const restoredAdvice = "the store was put back from a copy: everything is shown and taken, and nothing is sent, because what went out since is not known. " +
	"kaskad resume restored ends every delivery that was open in the copy as unconfirmed (--send ID for those that are to go out) and lets the rest go on"

// confirm ends the safe mode: what was open in the copy ends, but for what is to be sent. One that is broken off is called again.
func (a *App) confirm(ctx context.Context, send []bots.ID) (ended int, err error) {
	if !a.engine.Restored() {
		return 0, nil
	}
	if err := a.db.OpenBefore(ctx, send); err != nil { // before the first one ends: a slip of the pen would cost the delivery that was meant
		return 0, err
	}
	keep := make(map[bots.ID]bool, len(send))
	for _, id := range send {
		keep[id] = true
	}
	if ended, err = a.db.EndRestored(ctx, keep); err != nil {
		return ended, err
	}
	if err := a.noteAudit(ctx, "restored", map[string]int{"ended": ended, "sent": len(keep)}); err != nil {
		return ended, err
	}
	return ended, a.engine.Confirm(ctx)
}

// onceConfirmed runs what tells others by itself, not before a store that was put back is confirmed.
func (a *App) onceConfirmed(ctx context.Context, f func(context.Context) error) error {
	for a.engine.Restored() {
		select {
		case <-ctx.Done():
			return nil
		case <-a.engine.Confirmed():
		}
	}
	return f(ctx)
}
