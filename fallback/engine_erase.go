package fallback

import (
	"context"

	"kaskad/bots"
)

// EraseStore is a store that does the steps of an erase.
type EraseStore interface {
	EraseSome(ctx context.Context, contact bots.ID, r *Rules, w *World) (more bool, err error)
}

// EraseSome does one step of an erase; it reports whether there is more to do. Posts that are to be taken back go out at once.
func (e *Engine) EraseSome(ctx context.Context, store EraseStore, contact bots.ID) (more bool, err error) {
	more, err = store.EraseSome(ctx, contact, e.Rules, e.world())
	if err == nil {
		e.wake()
	}
	return more, err
}
