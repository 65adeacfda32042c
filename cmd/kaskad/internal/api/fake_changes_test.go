package api_test

import (
	"context"
	"slices"

	"kaskad/bots"
)

func (f *fake) Changes(_ context.Context, after uint64, limit int) ([]bots.Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	i := 0
	for i < len(f.outbox) && f.outbox[i].ID <= after {
		i++
	}
	return slices.Clone(f.outbox[i:min(len(f.outbox), i+limit)]), f.err
}

// happen appends a change to the outbox; hidden ones are not shown.
func (f *fake) happen(kind string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastChange++
	if kind != hiddenChange {
		f.outbox = append(f.outbox, bots.Change{ID: f.lastChange, Type: kind, At: noon})
	}
	close(f.changed)
	f.changed = make(chan struct{})
	return f.lastChange
}

// drop drops the changes up to a number, as retention does.
func (f *fake) drop(to uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outbox = slices.DeleteFunc(f.outbox, func(c bots.Change) bool { return c.ID <= to })
}

const hiddenChange = "hidden"

func (f *fake) FirstChange(context.Context) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.outbox) == 0 {
		return f.lastChange + 1, nil
	}
	return f.outbox[0].ID, nil
}

func (f *fake) LastChange() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastChange
}

func (f *fake) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}
