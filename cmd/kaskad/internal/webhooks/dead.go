package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kaskad/bots"
)

// Dead is a change that a program did not take for a day.
type Dead struct {
	Change uint64    `json:"change"`
	At     time.Time `json:"at"` // when it was given up
	Why    string    `json:"why"`
	Tries  int       `json:"tries"`
	Again  bool      `json:"again,omitempty"` // somebody wants it told again, and it was not taken yet
	What   what      `json:"what"`
}

// what is a change as it is kept: the outbox may clear it away.
type what struct {
	Type     string    `json:"type"`
	At       time.Time `json:"at"`
	Contact  bots.ID   `json:"contact,omitempty"`
	Delivery bots.ID   `json:"delivery,omitempty"`
	Message  bots.ID   `json:"message,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	State    string    `json:"state,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

func (d *Dead) change() bots.Change {
	w := &d.What
	return bots.Change{ID: d.Change, Type: w.Type, At: w.At, Contact: w.Contact, Delivery: w.Delivery, Message: w.Message, Channel: w.Channel, State: w.State, Reason: w.Reason}
}

const (
	deadPage = 500
	// maxDead is how many dead letters of a program are kept: behind that the oldest go first.
	maxDead = 10_000
)

func deadKey(id string, change uint64) string { return fmt.Sprintf("%s/%020d", id, change) }

// DeadOf reads dead letters of a program, oldest first, behind a change; limit 0: all.
func (w *Webhooks) DeadOf(ctx context.Context, id string, after uint64, limit int) (all []Dead, err error) {
	from := deadKey(id, after)
	for {
		page, err := w.Dead.List(ctx, from, deadPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if len(r.ID) <= len(id) || r.ID[:len(id)+1] != id+"/" || limit > 0 && len(all) == limit {
				return all, nil
			}
			var d Dead
			if err := json.Unmarshal(r.Data, &d); err != nil {
				return nil, err
			}
			all, from = append(all, d), r.ID
		}
		if len(page) < deadPage {
			return all, nil
		}
	}
}

// dies makes a change a dead letter; its conversation goes on.
func (r *runner) dies(ctx context.Context, it *item, why string, now time.Time) {
	c := &it.c
	raw, err := json.Marshal(Dead{Change: c.ID, At: now.UTC(), Why: why, Tries: it.tries, What: what{c.Type, c.At, c.Contact, c.Delivery, c.Message, c.Channel, c.State, c.Reason}})
	if err == nil {
		err = r.w.Dead.Put(ctx, deadKey(r.hook.ID, c.ID), raw)
	}
	if err != nil { // it stays, and dies at its next try
		r.w.Log.Error("a dead letter could not be written", "webhook", r.hook.ID, "err", err)
		return
	}
	if !it.dead { // that was one already
		r.deaths++
	}
	if r.deaths > maxDead {
		r.forget(ctx)
	}
	r.w.Log.Error("a webhook did not take a change for a day: it is a dead letter, which can be told again", "webhook", r.hook.ID, "change", c.ID, "why", why)
	r.drop(it)
}

// forget drops the oldest dead letter.
func (r *runner) forget(ctx context.Context) {
	oldest, err := r.w.DeadOf(ctx, r.hook.ID, 0, 1)
	if err == nil && len(oldest) > 0 {
		err = r.w.Dead.Delete(ctx, deadKey(r.hook.ID, oldest[0].Change))
	}
	if err != nil {
		r.w.Log.Error("a webhook has more dead letters than are kept, and the oldest could not be dropped", "webhook", r.hook.ID, "err", err)
		return
	}
	r.deaths--
	r.w.Log.Error("a webhook has more dead letters than are kept: the oldest was dropped", "webhook", r.hook.ID)
}

// buried takes away a dead letter that was taken.
func (r *runner) buried(ctx context.Context, it *item) {
	if err := r.w.Dead.Delete(ctx, deadKey(r.hook.ID, it.c.ID)); err != nil {
		r.w.Log.Error("a dead letter that was taken could not be taken away: it is told once more", "webhook", r.hook.ID, "err", err)
		return
	}
	r.deaths--
}

// Raise lets dead letters be told again: one, or with 0 all. It says how many.
func (w *Webhooks) Raise(ctx context.Context, id string, change uint64) (n int, err error) {
	h, err := w.Get(ctx, id)
	if err != nil {
		return 0, err
	}
	if !h.Off.IsZero() {
		return 0, ErrDisabled
	}
	dead, err := w.DeadOf(ctx, id, 0, 0)
	if err != nil {
		return 0, err
	}
	for _, d := range dead {
		if change != 0 && d.Change != change {
			continue
		}
		err := w.Dead.Update(ctx, deadKey(id, d.Change), func(old []byte) ([]byte, error) {
			if old == nil {
				return nil, nil
			}
			var d Dead
			if err := json.Unmarshal(old, &d); err != nil {
				return nil, err
			}
			d.Again = true
			return json.Marshal(d)
		})
		if err != nil {
			return n, err
		}
		n++
	}
	if change != 0 && n == 0 {
		return 0, ErrNotDead
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.run[id]; r != nil {
		r.mu.Lock()
		r.again = true
		r.mu.Unlock()
		r.ring()
	}
	return n, nil
}

// Rewind tells everything that happened after a change once more, under the ids of before.
func (w *Webhooks) Rewind(ctx context.Context, id string, after uint64) (Hook, error) {
	first, err := w.Feed.FirstChange(ctx)
	switch {
	case err != nil:
		return Hook{}, err
	case after > w.Feed.LastChange():
		return Hook{}, ErrAhead
	case after+1 < first:
		return Hook{}, ErrTooOld
	}
	return w.Change(ctx, id, func(h *Hook) { h.From, h.Era = after, h.Era+1 })
}

// Try tells a program that it is tried, once, and what came of it.
func (w *Webhooks) Try(ctx context.Context, id string) (Call, error) {
	h, err := w.Get(ctx, id)
	if err != nil {
		return Call{}, err
	}
	now := time.Now()
	body, err := json.Marshal(payload{Type: "webhook.test", Timestamp: now.UTC(), Test: w.Test})
	if err != nil {
		return Call{}, err
	}
	o := w.caller.call(ctx, &h, fmt.Sprintf("try_%d", now.UnixNano()), body)
	c := Call{At: now.UTC(), Type: "webhook.test", Try: 1, Status: o.status, Took: o.took}
	if !o.ok() {
		c.Error = o.text()
	}
	return c, nil
}
