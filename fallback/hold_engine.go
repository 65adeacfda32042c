package fallback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/bots"
)

// ErrUnknownHold is an id that names no hold.
var ErrUnknownHold = errors.New("no hold has this id")

// Bounds of holds: nobody keeps an eye on more, and their reason stands in lists.
const (
	maxHolds      = 10_000
	maxHoldReason = 500
)

// BeginHold makes a hold stand, inside a transaction. One of the same region and purposes that stands already takes the new end and
// reason, and keeps its begin.
func BeginHold(tx Tx, h RegionHold) (RegionHold, error) {
	standing := 0
	for _, have := range tx.Holds().All() {
		if !have.On(tx.Now()) {
			continue
		}
		standing++
		if regionOf(have.Region) == regionOf(h.Region) && slices.Equal(have.Purposes, h.Purposes) {
			if !have.Until.Equal(h.Until) || have.Reason != h.Reason {
				have.Until, have.Reason = h.Until, h.Reason
				tx.PutHold(have)
			}
			return have, nil
		}
	}
	if standing >= maxHolds {
		return RegionHold{}, invalid("too_many_holds", "region", "%d holds stand already, and there are at most so many. End those that are over.", standing)
	}
	h.ID, h.From, h.To = tx.NewID(), tx.Now(), time.Time{}
	tx.PutHold(h)
	tx.Change(h.change("hold.begun", tx.Now()))
	return h, nil
}

// EndHold ends a hold, inside a transaction: now, or when it was to end by itself. It does nothing to one that has ended.
func EndHold(tx Tx, id bots.ID) (RegionHold, error) {
	for _, h := range tx.Holds().All() {
		if h.ID != id {
			continue
		}
		if h.To.IsZero() {
			h.To = tx.Now()
			if !h.Until.IsZero() {
				h.To = later(h.From, earlier(h.To, h.Until))
			}
			tx.PutHold(h)
			tx.Change(h.change("hold.ended", tx.Now()))
		}
		return h, nil
	}
	return RegionHold{}, ErrUnknownHold
}

// change is what the outbox says of a hold: State is the region, Reason the operator's words.
func (h *RegionHold) change(kind string, now time.Time) bots.Change {
	return bots.Change{Type: kind, At: now, State: h.Region, Reason: h.Reason}
}

// Hold begins a hold of a region; see RegionHold. It is checked here: an error says what would be taken.
func (e *Engine) Hold(ctx context.Context, h RegionHold) (RegionHold, error) {
	if err := h.check(time.Now()); err != nil {
		return RegionHold{}, err
	}
	h, err := e.Store.BeginHold(ctx, h)
	if err != nil {
		return RegionHold{}, err
	}
	until := "somebody ends it"
	if !h.Until.IsZero() {
		until = h.Until.UTC().Format(time.RFC3339)
	}
	e.Log.Warn("hold begun", "hold", h.ID.String(), "until", until)
	e.waits.bell.ring() // it may have an end now
	return h, e.ReadHolds(ctx)
}

// EndHold ends a hold; what waited starts again spread over the ramp of its cascade.
func (e *Engine) EndHold(ctx context.Context, id bots.ID) (RegionHold, error) {
	h, err := e.Store.EndHold(ctx, id)
	if err != nil {
		return RegionHold{}, err
	}
	e.Log.Warn("hold ended", "hold", h.ID.String())
	defer e.wake()
	return h, e.ReadHolds(ctx)
}

// check puts a hold in the form in which it is kept.
func (h *RegionHold) check(now time.Time) error {
	region, err := ParseRegion(h.Region)
	if err != nil {
		return invalid("invalid_field", "region", "region: %v.", err)
	}
	h.Region, h.Reason = region, strings.TrimSpace(h.Reason)
	if len(h.Purposes) == 0 {
		h.Purposes = []Purpose{Marketing}
	}
	h.Purposes = slices.Compact(slices.Sorted(slices.Values(h.Purposes)))
	for _, p := range h.Purposes {
		if !p.Quiet() {
			return invalid("invalid_field", "purposes", "purposes: a hold keeps marketing, service, or both; what is urgent and what answers people goes on.")
		}
	}
	switch {
	case len(h.Reason) > maxHoldReason:
		return invalid("invalid_field", "reason", "reason: at most %d bytes.", maxHoldReason)
	case strings.ContainsFunc(h.Reason, unicode.IsControl) || !utf8.ValidString(h.Reason):
		return invalid("invalid_field", "reason", "reason: one line, without control characters.")
	case !h.Until.IsZero() && !h.Until.After(now):
		return invalid("invalid_field", "until", "until: %s is over; write a time to come, or leave it out and end the hold yourself.", h.Until.UTC().Format(time.RFC3339))
	case h.Until.After(now.Add(MaxDeadline)):
		return invalid("invalid_field", "until", "until: at most %s ahead; leave it out and end the hold yourself.", FormatDuration(MaxDeadline))
	}
	h.Until = h.Until.Round(0).UTC().Truncate(time.Microsecond)
	return nil
}

// ReadHolds reads the holds of regions, as Run does at its start.
func (e *Engine) ReadHolds(ctx context.Context) error {
	holds, err := e.Store.Holds(ctx)
	if err == nil {
		e.regions.Store(holds)
	}
	return err
}

// Holds are the holds of regions that stand, and those that ended lately, oldest first.
func (e *Engine) Holds() []RegionHold { return e.regions.Load().All() }

// Holding are those that stand now.
func (e *Engine) Holding() []RegionHold {
	now := time.Now()
	return slices.DeleteFunc(slices.Clone(e.Holds()), func(h RegionHold) bool { return !h.On(now) })
}

// onHold reports whether a hold keeps a delivery that was read a moment ago. The claim asks again.
func (e *Engine) onHold(have *Loaded, now time.Time) bool {
	if !have.Delivery.Purpose.Quiet() {
		return false
	}
	env := Env{Rules: e.Rules, Holds: e.regions.Load().Of(have.Contact, e.Rules, now)}
	_, on := env.heldNow(have.Delivery.Purpose, now)
	return on
}

// holdsPerLook bounds how many deliveries one look at a lane puts aside, or lets go: others wait for their turn meanwhile.
const holdsPerLook = comeBatch

// walkRest is how many times as long as it took the lane rests from being walked as a whole: where many people wait and other holds end
// one after the other, looking who is free must not be all that the loop does.
const walkRest = 10

// freed works the lane of holds: what comes due there, and all of it after a hold has ended. It says when to look again.
func (w *waitLoop) freed(ctx context.Context, now time.Time) (time.Time, error) {
	next, ended, err := w.endHolds(ctx, now)
	if err != nil {
		return now, err
	}
	if ended.After(w.walked) && w.walking.IsZero() {
		if now.Before(w.rested) {
			next = soonest(next, w.rested)
		} else {
			w.walking, w.walk, w.began = ended, Entry{}, now
		}
	}
	until, after := now, Entry{}
	if !w.walking.IsZero() {
		until, after = now.Add(100*365*24*time.Hour), w.walk
	}
	entries, err := w.e.Store.Due(ctx, LaneHold, after, until, holdsPerLook)
	if err != nil {
		return now, err
	}
	if err := w.come(ctx, LaneHold, entries); err != nil {
		return now, err
	}
	if len(entries) == holdsPerLook {
		w.walk = entries[len(entries)-1]
		return now, nil
	}
	if !w.walking.IsZero() {
		w.walked, w.walking = w.walking, time.Time{}
		w.rested = now.Add(walkRest * now.Sub(w.began))
	}
	at, err := w.e.Store.NextDue(ctx, LaneHold)
	return soonest(at, next), err
}

// endHolds ends the holds whose time is over. It says when the next one ends by itself, and when the last one ended.
func (w *waitLoop) endHolds(ctx context.Context, now time.Time) (next, last time.Time, err error) {
	over := 0
	for _, h := range w.e.Holds() {
		switch {
		case !h.To.IsZero():
			last = later(last, h.To)
		case h.Until.IsZero():
		case h.Until.After(now):
			next = soonest(next, h.Until)
		case over == maxEnded:
			next = now
		default:
			over++
			if _, err := w.e.Store.EndHold(ctx, h.ID); err != nil && !errors.Is(err, ErrUnknownHold) {
				return next, last, fmt.Errorf("end hold %s: %w", h.ID, err)
			}
			w.e.Log.Warn("hold ended", "hold", h.ID.String())
			last = later(last, h.Until)
		}
	}
	if over > 0 {
		err = w.e.ReadHolds(ctx)
	}
	return next, last, err
}

// maxEnded is how many holds one look ends.
const maxEnded = 64
