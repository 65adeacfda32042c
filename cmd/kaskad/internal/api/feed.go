package api

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
)

// feed holds the newest changes as streams write them: whoever follows live reads them here, so that a change is read from the
// store once and not once for each stream. Whoever comes first fills it; there is no goroutine to end. What it gives out is never
// changed.
type feed struct {
	store Store
	test  bool
	mu    sync.Mutex
	from  uint64          // it has everything after this number
	to    uint64          // up to this one
	lines []line          // at most feedLines
	seen  <-chan struct{} // nothing is new while the store says so
}

// line is one change as a server-sent event.
type line struct {
	id  uint64
	raw []byte
}

const (
	feedLines = 1024 // kept for those who follow live
	feedPage  = 256  // given out, and read from the store, at once
)

// after gives the next page of what comes after a number, and how far that reaches.
func (f *feed) after(ctx context.Context, after uint64) ([]line, uint64, error) {
	page, to, live, err := f.live(ctx, after)
	if live || err != nil {
		return page, to, err
	}
	page, err = f.read(ctx, after) // whoever is behind reads alone, and holds up nobody
	switch n := len(page); {
	case n == feedPage:
		to = page[n-1].id
	case n > 0:
		to = max(to, page[n-1].id)
	}
	return page, max(after, to), err
}

// live is after, for who is not further behind than memory reaches; else live is false, and to what memory has.
func (f *feed) live(ctx context.Context, after uint64) (page []line, to uint64, live bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil { // nobody has followed yet
		f.to = f.store.LastChange()
		f.from = f.to
	}
	if after < f.from {
		return nil, f.to, false, nil
	}
	if err := f.fill(ctx); err != nil {
		return nil, 0, true, err
	}
	if after < f.from {
		return nil, f.to, false, nil
	}
	for i := range f.lines {
		if f.lines[i].id > after {
			page := f.lines[i:min(len(f.lines), i+feedPage)]
			return page, page[len(page)-1].id, true, nil
		}
	}
	return nil, after, true, nil
}

// fill reads what is new. Whether something is, the channel says and not the number of the newest change: that is known a moment
// before the change can be read, and there are changes that are never shown.
func (f *feed) fill(ctx context.Context) error {
	for {
		changed := f.store.Changed()
		if changed == f.seen {
			return nil
		}
		lines, err := f.read(ctx, f.to)
		if err != nil {
			return err
		}
		f.keep(lines)
		if len(lines) < feedPage {
			f.seen = changed
			return nil
		}
	}
}

// read takes a page from the store; one that is not full is the last.
func (f *feed) read(ctx context.Context, after uint64) ([]line, error) {
	found, err := f.store.Changes(ctx, after, feedPage)
	if err != nil {
		return nil, err
	}
	lines := make([]line, len(found))
	for i := range found {
		raw, err := json.Marshal(showChange(&found[i], f.test))
		if err != nil {
			return nil, err
		}
		lines[i] = line{found[i].ID, event(found[i].ID, raw)}
	}
	return lines, nil
}

// keep adds a page, and lets go what is oldest. The slice is made anew: pages of the old one may be in use.
func (f *feed) keep(lines []line) {
	if len(lines) == 0 {
		return
	}
	all := slices.Concat(f.lines, lines)
	if over := len(all) - feedLines; over > 0 {
		f.from = all[over-1].id
		all = slices.Clone(all[over:])
	}
	f.lines, f.to = all, all[len(all)-1].id
}
