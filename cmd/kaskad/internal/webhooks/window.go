package webhooks

import (
	"context"
	"time"

	"kaskad/bots"
)

// What is read of the changes and not taken yet is a window, with bounds: of all, and of each conversation. What a conversation has beyond its own
// is read again later, so that what is refused of a few keeps nobody else's from being read.

// fill reads changes until the window is full.
func (r *runner) fill(ctx context.Context) error {
	first, err := r.w.Feed.FirstChange(ctx)
	if err != nil {
		return err
	}
	if r.read+1 < first && r.w.Feed.LastChange() >= first {
		r.lost += first - 1 - r.read
		r.w.Log.Error("changes were cleared away before a webhook took them: [retention] changes says how long they are kept", "webhook", r.hook.ID, "changes", first-1-r.read)
		r.read = first - 1
	}
	h := r.now()
	for r.room(time.Now()) {
		batch, err := r.w.Feed.Changes(ctx, r.read, page)
		if err != nil {
			return err
		}
		for i := range batch {
			c := &batch[i]
			if len(r.open) >= window && !r.room(time.Now()) {
				return nil
			}
			r.read, r.dirty = c.ID, true
			switch _, late := r.late[c.Contact]; {
			case !h.tells(c.Type), late:
			case r.many[c.Contact] >= each:
				r.late[c.Contact] = c.ID
			default:
				r.add(&item{c: *c})
			}
		}
		if len(batch) < page {
			return nil
		}
	}
	return nil
}

// catchUp reads what was put off of conversations of which all that was read is taken.
func (r *runner) catchUp(ctx context.Context) error {
	h := r.now()
	for contact, after := range r.late {
		if r.many[contact] > 0 {
			continue
		}
		if !r.room(time.Now()) {
			return nil
		}
		first, err := r.w.Feed.FirstChange(ctx)
		if err != nil {
			return err
		}
		rest, err := r.rest(ctx, &h, contact, after-1)
		if err != nil {
			return err
		}
		if after < first { // this one, and nobody knows which of those behind it
			r.lost++
			r.w.Log.Error("changes of a conversation were cleared away before a webhook took what stood before them: [retention] changes says how long they are kept", "webhook", r.hook.ID)
		}
		if delete(r.late, contact); len(rest) > each {
			r.late[contact] = rest[each].ID
			rest = rest[:each]
		}
		for _, c := range rest {
			r.add(&item{c: c})
		}
		r.dirty = true
	}
	return nil
}

// rest is what was read behind a change, of one conversation: one more than is taken at once, if there are so many.
func (r *runner) rest(ctx context.Context, h *Hook, contact bots.ID, after uint64) (all []bots.Change, err error) {
	for after < r.read {
		batch, err := r.w.Feed.Changes(ctx, after, page)
		if err != nil || len(batch) == 0 {
			return all, err
		}
		for _, c := range batch {
			if after = c.ID; after > r.read || len(all) > each {
				return all, nil
			}
			if c.Contact == contact && h.tells(c.Type) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// from begins behind a change, with nothing open.
func (r *runner) from(change uint64) {
	r.read, r.open = change, nil
	clear(r.many)
	clear(r.late)
}

func (r *runner) add(it *item) {
	r.open = append(r.open, it)
	r.many[it.c.Contact]++
}

// room reports whether more may be read. What waits behind a change that was refused counts for less, so that conversations that are not taken
// leave room for the others.
func (r *runner) room(now time.Time) bool {
	switch {
	case len(r.open) < window:
		return true
	case len(r.open) >= mostOpen:
		return false
	case r.misses >= down: // all that is open may be of those
		return true
	}
	held := 0
	for _, it := range r.open {
		if now.Before(it.due) { // only the oldest of a conversation is tried
			held += r.many[it.c.Contact]
		}
	}
	return len(r.open)-held < window
}

// heads are the oldest change of each conversation that was not taken.
func (r *runner) heads() (all []*item) {
	seen := map[bots.ID]bool{}
	for _, it := range r.open {
		if !seen[it.c.Contact] {
			seen[it.c.Contact] = true
			all = append(all, it)
		}
	}
	return all
}
