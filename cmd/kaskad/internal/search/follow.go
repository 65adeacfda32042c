package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const (
	page   = 500                    // changes of one transaction
	linger = 200 * time.Millisecond // what comes meanwhile shares a transaction
	beat   = time.Second
)

// keeper keeps one open file up.
type keeper struct {
	x       *Index
	f       *file
	dirty   bool // texts went away, and the log of the file still has them
	sweep   sweep
	merging *merging // nil: none is under way
}

// work opens the file and keeps it up until ctx ends (then the error says nothing), it has to be made anew, or something is wrong with it.
func (x *Index) work(ctx context.Context) (err error) {
	last := x.Store.LastChange()
	seen, err := x.look(ctx, last)
	if err != nil {
		return err
	}
	f, err := openFile(ctx, x.path(), origin{mark: x.Mark, last: last, seen: seen})
	if err != nil {
		return err
	}
	defer func() {
		x.file.Store(nil)
		if closed := f.close(); err == nil {
			err = closed
		}
	}()
	defer func() {
		if p := recover(); p != nil { // SQLite over a damaged file; the value may hold what a person wrote
			err = fmt.Errorf("%w: %T", errPanic, p)
		}
	}()
	if err := x.sameStory(ctx, f); err != nil {
		return err
	}
	x.file.Store(f)
	x.opened()
	k := &keeper{x: x, f: f}
	return k.run(ctx)
}

// sameStory returns errAnew when the store has not the change that the file has seen last: it was put back to an older day, and may
// have gone on since, as another story with the same numbers.
func (x *Index) sameStory(ctx context.Context, f *file) error {
	at := f.at.Load()
	if at > x.Store.LastChange() {
		return errAnew
	}
	seen, err := x.look(ctx, at)
	if err == nil && seen != "" && f.seen != "" && seen != f.seen {
		return errAnew
	}
	return err
}

// look is what a change looks like; empty: it is not kept any more, or there is none.
func (x *Index) look(ctx context.Context, number uint64) (string, error) {
	if number == 0 {
		return "", nil
	}
	found, err := x.Store.Changes(ctx, number-1, 1)
	if err != nil || len(found) == 0 || found[0].ID != number {
		return "", err
	}
	return looks(&found[0]), nil
}

func looks(c *bots.Change) string {
	return fmt.Sprint(c.At.UnixMicro(), c.Type, c.Contact, c.Delivery, c.Message)
}

func (k *keeper) run(ctx context.Context) error {
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	for ctx.Err() == nil {
		changed := k.x.Store.Changed()
		began := time.Now()
		busy, err := k.step(ctx)
		if err != nil {
			return err
		}
		if busy {
			changed = nil // there is more at once
		}
		wait := linger
		if busy {
			wait = k.rest(time.Since(began))
		}
		if err := k.wait(ctx, wait, changed, ticks.C); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// rest is how long to leave the processors to others after work that took so long: half of one at most is taken from those who answer
// customers. While many people are brought in it is an eighth: they come faster than they could be indexed in any case, and the index
// catches up when they are in.
func (k *keeper) rest(took time.Duration) time.Duration {
	if k.x.Store.Importing() {
		return 7 * took
	}
	return took
}

// step takes the next changes, and goes on with the walk when there are few; it reports whether there is more to do at once.
func (k *keeper) step(ctx context.Context) (busy bool, err error) {
	n, err := k.follow(ctx)
	if err != nil || n == page {
		return n == page, err
	}
	return k.build(ctx)
}

// wait waits for a while, and then until something changed or there is a beat; without changed it only waits for the while.
func (k *keeper) wait(ctx context.Context, while time.Duration, changed <-chan struct{}, ticks <-chan time.Time) error {
	over := time.NewTimer(while)
	defer over.Stop()
	select {
	case <-ctx.Done():
		return nil
	case <-k.x.anew:
		return errAnew
	case <-over.C:
	}
	if changed == nil {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-k.x.anew:
		return errAnew
	case <-changed:
	case t := <-k.x.stale:
		return k.drop(ctx, t)
	case <-ticks:
		return k.tidy(ctx)
	}
	return nil
}

// follow takes a page of changes into the file; it reports how many there were.
func (k *keeper) follow(ctx context.Context) (int, error) {
	at := k.f.at.Load()
	changes, err := k.x.Store.Changes(ctx, at, page)
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	if changes[0].ID != at+1 {
		return 0, errAnew // what was in between is not kept any more
	}
	b, err := k.named(ctx, changes)
	if err != nil {
		return 0, err
	}
	last := &changes[len(changes)-1]
	b.at, b.seen = last.ID, looks(last)
	return len(changes), k.apply(ctx, b)
}

// named reads the records that changes are about. A status says nothing about the words of a message: one that is in the file already
// is not read for it.
func (k *keeper) named(ctx context.Context, changes []bots.Change) (*batch, error) {
	people, messages := map[bots.ID]bool{}, map[bots.ID]bool{}
	var stands []bots.ID // messages of which a change says how they stand, and no words
	for _, c := range changes {
		if c.Contact != 0 && strings.HasPrefix(c.Type, "contact.") {
			people[c.Contact] = true
		}
		if c.Type == "contact.merged" || c.Type == "contact.unmerged" {
			if other, err := bots.ParseID(c.State); err == nil {
				people[other] = true
			}
		}
		switch {
		case c.Message == 0:
		case c.Type == "message.received" || c.Type == "message.edited" || c.Type == "message.deleted":
			messages[c.Message] = true
		default:
			stands = append(stands, c.Message)
		}
		if c.Type == "contact.erased" {
			of, err := k.f.messagesOf(ctx, c.Contact)
			if err != nil {
				return nil, fmt.Errorf("search.db: %w", err)
			}
			for _, id := range of {
				messages[id] = true
			}
		}
	}
	unknown, err := k.f.unknown(ctx, stands)
	if err != nil {
		return nil, err
	}
	for _, id := range unknown {
		messages[id] = true
	}
	return k.read(ctx, slices.Collect(maps.Keys(people)), slices.Collect(maps.Keys(messages)))
}

// atOnce is how many records are read on one view of the store.
const atOnce = 500

// read reads what people and messages are found by now.
func (k *keeper) read(ctx context.Context, people, messages []bots.ID) (*batch, error) {
	b := &batch{}
	for some := range slices.Chunk(people, atOnce) {
		if err := k.x.Store.Read(ctx, func(v fallback.View) error {
			for _, id := range some {
				t, _ := person(v, id)
				b.people = append(b.people, t)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	met := map[bots.ID]bool{0: true}
	for some := range slices.Chunk(messages, atOnce) {
		if err := k.x.Store.Read(ctx, func(v fallback.View) error {
			for _, id := range some {
				if id = stands(v, id); met[id] {
					continue
				}
				met[id] = true
				t, _, _ := said(v, id)
				b.messages = append(b.messages, t)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (k *keeper) apply(ctx context.Context, b *batch) error {
	removed, err := k.f.apply(ctx, b, k.x.careful)
	k.dirty = k.dirty || removed
	return err
}

// drop looks again at texts that a search found to be gone.
func (k *keeper) drop(ctx context.Context, t text) error {
	var people, messages []bots.ID
	for more := true; more && len(people)+len(messages) < atOnce; {
		if t.contact == 0 {
			people = append(people, t.id)
		} else {
			messages = append(messages, t.id)
		}
		select {
		case t = <-k.x.stale:
		default:
			more = false
		}
	}
	b, err := k.read(ctx, people, messages)
	if err != nil {
		return err
	}
	return k.apply(ctx, b)
}

// tidy does what is done each second while there is nothing else.
func (k *keeper) tidy(ctx context.Context) error {
	if err := k.sweepSome(ctx); err != nil {
		return err
	}
	if err := k.settle(ctx); err != nil {
		return err
	}
	if !k.dirty {
		return nil
	}
	done, err := k.f.scrub(ctx)
	k.dirty = !done
	return err
}
