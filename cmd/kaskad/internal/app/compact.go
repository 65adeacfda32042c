package app

import (
	"context"
	"encoding/json"
	"errors"
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
	status, body := http.StatusOK, any(res)
	if err != nil {
		status, body = compactStatus(err), map[string]string{"code": "compact", "detail": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
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

// shrink compacts. No wait runs out meanwhile: what people do cannot be stored.
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
	done := Compacted{res.Before, res.After, res.Paused.Milliseconds()}
	counts := map[string]int{"bytes_before": int(res.Before), "bytes_after": int(res.After), "paused_ms": int(done.PausedMS)}
	if err := a.noteAudit(context.WithoutCancel(ctx), "compact", counts); err != nil { // it is done, whether or not it is written down
		a.log.Error("the audit has no line of a compaction", "err", err)
	}
	return done, nil
}
