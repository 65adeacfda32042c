package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"kaskad/cmd/kaskad/internal/store"
)

// compactPath is where the socket has the store written anew. It is not part of the API: everything waits meanwhile, so it is for who has
// the machine.
const compactPath = "/v1/compact"

// Compacted is what a compaction did.
type Compacted struct {
	Before   int64 `json:"before"` // bytes of the file
	After    int64 `json:"after"`
	PausedMS int64 `json:"paused_ms"` // for so long nothing was written

	// OldOpen: somebody reads the old file still, so that its room on the disk is not free yet. It has no name any more.
	OldOpen bool `json:"old_open,omitempty"`

	old <-chan error // tells when it is closed
}

// Compact writes the store anew, without what was deleted: in the running gateway or, when none runs, in the command itself.
func Compact(ctx context.Context, at Place) (res Compacted, err error) {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return res, err
	}
	err = gate.Call(ctx, http.MethodPost, compactPath, nil, &res)
	return res, errors.Join(err, gate.Close())
}

// compact serves the socket.
func (a *App) compact(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it takes as long as it takes
	res, err := a.shrink(r.Context())
	if err == nil {
		err = res.settle(r.Context())
	}
	status, body := http.StatusOK, any(res)
	if err != nil {
		status, body = compactStatus(err), map[string]string{"code": "compact", "detail": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// oldWait is how long a command waits for the readers of the old file.
const oldWait = 10 * time.Second

// settle waits a moment for the old file to be closed, and notes where it is not.
func (c *Compacted) settle(ctx context.Context) error {
	timer := time.NewTimer(oldWait)
	defer timer.Stop()
	select {
	case err := <-c.old:
		if err != nil {
			return fmt.Errorf("the store was compacted, but its old file cannot be closed; its room is free when the gateway ends: %w", err)
		}
	case <-timer.C:
		c.OldOpen = true
	case <-ctx.Done():
		c.OldOpen = true
	}
	return nil
}

func compactStatus(err error) int {
	switch {
	case errors.Is(err, store.ErrBusy):
		return http.StatusConflict
	case errors.Is(err, store.ErrNoRoom), errors.Is(err, store.ErrFull):
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// shrink compacts. No wait runs out meanwhile: what people do cannot be stored. Who reads the old file still rests nobody.
func (a *App) shrink(ctx context.Context) (done Compacted, err error) {
	err = a.engine.Rest(func() (err error) {
		done, err = a.rewrite(ctx)
		return err
	})
	return done, err
}

// rewrite has the store written anew and says so, also in the audit.
func (a *App) rewrite(ctx context.Context) (Compacted, error) {
	res, err := a.db.Compact(ctx)
	if err != nil {
		a.log.Warn("the store was not compacted", "err", err)
		return Compacted{}, err
	}
	a.log.Info("the store was compacted", "bytes_before", res.Before, "bytes_after", res.After, "paused", res.Paused)
	done := Compacted{Before: res.Before, After: res.After, PausedMS: res.Paused.Milliseconds(), old: res.Closed}
	counts := map[string]int{"bytes_before": int(res.Before), "bytes_after": int(res.After), "paused_ms": int(done.PausedMS)}
	if err := a.noteAudit(context.WithoutCancel(ctx), "compact", counts); err != nil { // it is done, whether or not it is written down
		a.log.Error("the audit has no line of a compaction", "err", err)
	}
	return done, nil
}
