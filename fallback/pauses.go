package fallback

import (
	"context"
	"slices"
	"time"

	"kaskad/bots"
)

// Pause stops everything of a scope that was not handed to a channel: all (empty), a channel, or a purpose. With skip, which is for one
// channel, its steps do not wait, but go on to the next channel.
func (e *Engine) Pause(ctx context.Context, scope string, skip bool) error {
	if err := e.scope(scope); err != nil {
		return err
	}
	if skip && !e.Rules.on(scope) {
		return invalid("invalid_field", "skip", "skip is for one channel: name it as scope; a purpose, or everything, has nothing to go on to.")
	}
	if err := e.Store.Pause(ctx, scope, skip); err != nil {
		return err
	}
	e.Log.Warn("paused", "scope", scope, "skip", skip)
	defer e.wake()
	return e.ReadPauses(ctx)
}

// Resume ends a pause; what waited starts again at a rate that grows.
func (e *Engine) Resume(ctx context.Context, scope string) error {
	paused := func(p Pause) bool { return p.Scope == scope } // whatever is paused can be resumed, a channel that is off by now, too
	if err := e.scope(scope); err != nil && (scope == RestoredScope || !slices.ContainsFunc(e.Paused(), paused)) {
		return err
	}
	scopes := []string{scope}
	if scope == "" { // everything goes on: also what was paused under a name
		for _, p := range e.Paused() {
			if p.Scope != RestoredScope {
				scopes = append(scopes, p.Scope)
			}
		}
	}
	for _, s := range scopes {
		if err := e.Store.Resume(ctx, s); err != nil {
			return err
		}
	}
	e.Log.Warn("resumed", "scope", scope)
	defer e.wake()
	return e.ReadPauses(ctx)
}

// ResumeGap lets every delivery go on that a gap holds; it says how many there were.
func (e *Engine) ResumeGap(ctx context.Context) (int, error) {
	defer e.wake()
	far := time.Now().Add(100 * 365 * 24 * time.Hour)
	n := 0
	for after := (Entry{}); ; {
		entries, err := e.Store.Due(ctx, LaneGap, after, far, comeBatch)
		if err != nil || len(entries) == 0 {
			return n, err
		}
		for _, entry := range entries {
			if err := e.Store.ResumeGap(ctx, entry.ID, e.Rules, e.world()); err != nil {
				return n, err
			}
			n++
		}
		after = entries[len(entries)-1]
	}
}

func (e *Engine) scope(s string) error {
	if s == "" || e.Rules.on(s) {
		return nil
	}
	if _, err := ParsePurpose(s); err == nil {
		return nil
	}
	names := slices.DeleteFunc(bots.Channels(), func(c string) bool { return !e.Rules.on(c) })
	names = append(names, purposes[:Conversation]...)
	return invalid("unknown_scope", "scope", "%q cannot be paused: name a channel that is on, a purpose (service, marketing, urgent), or nothing for all.%s", s, didYouMean(s, names))
}

// RestoredScope is the scope of the pause that stands in a store which was put back from a copy: everything, waits and deadlines too, until
// Confirm. No Pause begins it, and no Resume ends it.
const RestoredScope = "restored"

// Restored reports whether the store was put back from a copy, and nobody has confirmed.
func (e *Engine) Restored() bool {
	return slices.ContainsFunc(e.Paused(), func(p Pause) bool { return p.Scope == RestoredScope })
}

// Confirmed is closed when Confirm has ended the safe mode of a store that was put back.
func (e *Engine) Confirmed() <-chan struct{} { return e.confirmed }

// Confirm ends the safe mode of a store that was put back; whoever calls it has ended the deliveries that nobody may send again.
func (e *Engine) Confirm(ctx context.Context) error {
	if err := e.Store.Resume(ctx, RestoredScope); err != nil {
		return err
	}
	e.Log.Warn("the restored store is confirmed: sending goes on")
	defer e.wake()
	if err := e.ReadPauses(ctx); err != nil {
		return err
	}
	e.confirmOnce.Do(func() { close(e.confirmed) })
	return nil
}

// EndRestored ends an open delivery of a store that was put back: nobody knows what became of it since. It reports whether it was open.
func EndRestored(tx Tx, id bots.ID) (ended bool, err error) {
	d := tx.Delivery(id)
	if d == nil || d.State.Final() { // a stale entry
		return false, nil
	}
	d.finish(Unconfirmed, ReasonRestored, tx.Now())
	save(tx, d)
	return true, nil
}

// ReadPauses reads what is paused, as Run does at its start. Without Run, Paused and Resume know of none before.
func (e *Engine) ReadPauses(ctx context.Context) error {
	pauses, err := e.Store.Pauses(ctx)
	if err == nil {
		e.pauses.Store(&pauses)
	}
	return err
}

// Paused lists the scopes that are paused now; the empty one means all.
func (e *Engine) Paused() []Pause {
	var on []Pause
	for _, p := range *e.pauses.Load() {
		if p.To.IsZero() {
			on = append(on, p)
		}
	}
	return on
}

// resumed is when the last pause ended that held a channel; the zero time: none did lately. It is read from the record of pauses,
// so that a restart in the middle of a ramp does not let go of everything at once.
func (e *Engine) resumed(channel string) (last time.Time) {
	for _, p := range *e.pauses.Load() {
		if p.Scope == channel || !e.Rules.on(p.Scope) { // all, or a purpose: every channel had a part of it
			last = later(last, p.To)
		}
	}
	return last
}

// paused is the world with its pauses, for a look at deliveries outside of a transaction.
func (e *Engine) paused() *World {
	w := *e.world()
	w.Pauses = *e.pauses.Load()
	return &w
}

// pausedNow reports whether a lane must not be read: its channel, its priority's purpose, or everything is paused.
func (e *Engine) pausedNow(channel string, p Priority) bool {
	for _, pause := range *e.pauses.Load() {
		if !pause.To.IsZero() || pause.Skip {
			continue
		}
		if pause.Scope == "" || pause.Scope == RestoredScope || pause.Scope == channel {
			return true
		}
		if p == Second && pause.Scope == Service.String() || p == Third && pause.Scope == Marketing.String() {
			return true // First is shared by urgent and conversation: the claim looks
		}
	}
	return false
}

// skippedNow reports whether somebody has switched a channel off by hand, so that its steps go on to the next one.
func (e *Engine) skippedNow(channel string) bool {
	return slices.ContainsFunc(e.Paused(), func(p Pause) bool { return p.Skip && p.Scope == channel })
}
