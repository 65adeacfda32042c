package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/store"
)

// keeping drops what is older than it is to be kept, each night, and has the store compacted before what was deleted has been in the file
// for too long. What it missed because nothing ran it does at once.
type keeping struct {
	db   *store.DB
	log  *slog.Logger
	cfg  Retention
	zone *time.Location
	// compact writes the store anew.
	compact func(context.Context) (Compacted, error)
	// note writes a line of the audit.
	note    func(ctx context.Context, what string, counts map[string]int) error
	journal *journal // nil: there is none
	crowd   int      // so many free pages make commits slow

	mu      sync.Mutex
	last    time.Time // of the last pass
	dropped map[string]uint64
	failed  time.Time // when something of it failed last
}

// settingRetained is when the last pass was.
const settingRetained = "retained"

// looks is how often it is looked whether something is to be done; tryAgain how long after a failure.
const (
	keepingLooks = time.Minute
	tryAgain     = time.Hour
)

func newKeeping(a *App) (*keeping, error) {
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	return &keeping{db: a.db, log: a.log, cfg: a.cfg.Retention, zone: zone, compact: a.shrink, note: a.noteAudit, journal: a.journal, crowd: crowd, dropped: map[string]uint64{}}, err
}

// run works until ctx ends.
func (k *keeping) run(ctx context.Context) error {
	if err := k.begin(ctx); err != nil {
		return err
	}
	ticks := time.NewTicker(keepingLooks)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := k.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			k.log.Warn("what is too old was not all dropped", "err", err)
			k.mu.Lock()
			k.failed = time.Now()
			k.mu.Unlock()
		}
	}
}

// begin reads when the last pass was; a new store has its first in the first night.
func (k *keeping) begin(ctx context.Context) error {
	text, err := time.Now().UTC().MarshalText()
	if err == nil {
		text, err = k.db.SettingOr(ctx, settingRetained, text)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last.UnmarshalText(text)
}

// look does what is due. What is too old and cannot be dropped is no reason to leave in the file what was deleted, nor the other way round.
func (k *keeping) look(ctx context.Context, now time.Time) error {
	k.mu.Lock()
	if k.last.After(now) {
		k.last = now // the clock was wrong then, or is now: the next night is waited for
	}
	last, failed := k.last, k.failed
	k.mu.Unlock()
	if now.Sub(failed) < tryAgain {
		return nil
	}
	var err error
	night := nightly(k.cfg.CompactAt, k.zone, last)
	due := !now.Before(night)
	if due {
		err = k.pass(ctx, now)
	}
	at := k.compactAt(now)
	if due && time.Since(night) < spare && k.crowded() || !at.IsZero() && !now.Before(at) {
		if _, failed := k.compact(ctx); !errors.Is(failed, store.ErrBusy) { // else the next look
			err = errors.Join(err, failed)
		}
	}
	return err
}

// crowd is how many free pages a file may have: their list is written with every commit.
const crowd = 20_000

// crowded reports whether so much was deleted that the file is better written anew in the hour that is made for it.
func (k *keeping) crowded() bool {
	s := k.db.Stats()
	return s.FreePages > k.crowd && int64(s.FreePages)*int64(s.PageSize) > s.FileSize/4
}

// pass drops what is too old, also lines of the journal.
func (k *keeping) pass(ctx context.Context, now time.Time) error {
	sum := map[string]int{}
	err := k.db.Retain(ctx, k.cfg.kept(k.journal != nil), func(kind string, n int) {
		if n > 0 {
			sum[kind] += n
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.dropped[kind] += uint64(n)
	})
	if kept := k.cfg.Journal.Duration; err == nil && k.journal != nil && kept > 0 {
		err = k.journal.Rotate(now.Add(-kept))
	}
	if err := errors.Join(err, k.tell(ctx, sum)); err != nil {
		return err
	}
	text, err := now.UTC().MarshalText()
	if err == nil {
		err = k.db.PutSetting(ctx, settingRetained, text)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = now
	return nil
}

// tell says what was dropped, in the log and in the audit.
func (k *keeping) tell(ctx context.Context, sum map[string]int) error {
	if len(sum) == 0 {
		return nil
	}
	args := []any{}
	for _, kind := range store.Kinds() {
		if n := sum[kind]; n > 0 {
			args = append(args, kind, n)
		}
	}
	k.log.Info("what was too old was dropped", args...)
	return k.note(ctx, "retention", sum)
}

// status is what /readyz and /metrics show.
func (k *keeping) status() api.Keeping {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := api.Keeping{Last: k.last, Dropped: map[string]uint64{}, DeletedSince: k.db.FreedSince(), CompactAt: k.compactAt(time.Now())}
	for _, kind := range store.Kinds() {
		s.Dropped[kind] = 0
	}
	maps.Copy(s.Dropped, k.dropped)
	return s
}

// keepingNow is the status of the keeping.
func (a *App) keepingNow() api.Keeping { return a.keeping.status() }

// compactAt is when the store is compacted next; the zero time: nothing of a person was deleted since the last time. What was deleted at a
// time that is yet to come, by a clock that was wrong, may have been there for long: it is compacted now.
func (k *keeping) compactAt(now time.Time) time.Time {
	since := k.db.FreedSince()
	switch {
	case since.IsZero():
		return since
	case since.After(now.Add(clockSlack)):
		return now
	}
	return compactBy(&k.cfg, k.zone, since)
}

// clockSlack is by how much a clock may go back without having been wrong.
const clockSlack = time.Hour
